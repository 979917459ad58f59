"""What is wrong with Avow itself: its keys, its queue, its outbox. Part of `avow doctor`.

Looks only: makes no key, no table, and sends nothing. Refuses to call a project ill that never used them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg

from avow.app.databases import control_dsn
from avow.app.outgoing import make_mailer, make_outbox
from avow.app.project import Progress
from avow.errors import AvowError, Diagnostic, Place
from avow.sealing import open_company_keys
from avow.settings import Settings
from avow.work import get_waiting

Connection = psycopg.Connection[Any]


def check_own_health(settings: Settings, progress: Progress) -> tuple[Diagnostic, ...]:
    """Every finding, in the order keys, queue, outbox."""
    try:
        with (
            control_dsn(settings, progress) as dsn,
            psycopg.connect(dsn, autocommit=True, connect_timeout=5) as connection,
        ):
            return tuple(_check_all(settings, connection))
    except psycopg.OperationalError as error:
        return (
            Diagnostic(
                Place("AVOW_CONTROL_DSN"),
                "control.unreachable",
                f"Avow's own database does not answer ({type(error).__name__})",
                "start it, or correct AVOW_CONTROL_DSN",
                "requests stand still, and nothing leaves",
            ),
        )


def _check_all(settings: Settings, connection: Connection) -> Iterator[Diagnostic]:
    if _has(connection, "control.seal_key"):
        yield from _check_keys(settings, connection)
    if _has(connection, "work.procrastinate_jobs"):
        yield from _check_queue(connection)
    if _has(connection, "control.outbox_binding"):
        yield from _check_outbox(settings, connection)


def _has(connection: Connection, table: str) -> bool:
    return connection.execute("SELECT to_regclass(%s)", (table,)).fetchone() != (None,)


def _check_keys(settings: Settings, connection: Connection) -> Iterator[Diagnostic]:
    """The newest key must open: with another key file everything that people wrote is out of reach."""
    newest = connection.execute(
        "SELECT id, wrapped FROM control.seal_key WHERE wrapped IS NOT NULL ORDER BY made_at DESC LIMIT 1"
    ).fetchone()
    if newest is None:
        return
    try:
        open_company_keys(settings.sealing_key, create=False).sealer.unwrap(newest[0], bytes(newest[1]))
    except AvowError as error:
        yield from error.diagnostics


def _check_queue(connection: Connection) -> Iterator[Diagnostic]:
    waiting = get_waiting(connection)
    if waiting.due and not waiting.workers:
        yield Diagnostic(
            Place("queue"),
            "work.nobody-works",
            f"{waiting.due} jobs are due and no worker shows a heartbeat",
            "start `avow work`, or run `avow work --once`",
            "requests stand still while their clocks run",
        )
    if waiting.failed:
        yield Diagnostic(
            Place("queue"),
            "work.given-up",
            f"{waiting.failed} jobs failed at every attempt",
            "look into the worker's log for their codes; what they left open is taken up by the next periodic run",
            "failed jobs are removed after a month",
            "warning",
        )


def _check_outbox(settings: Settings, connection: Connection) -> Iterator[Diagnostic]:
    outbox = make_outbox(settings)
    held = len(outbox.lines(connection, ("held",), limit=10_000))
    gate = outbox.find_gate(connection)
    if held and not gate.open:
        yield Diagnostic(
            Place("outbox"),
            gate.reason,
            f"{held} messages are held: nothing leaves this database",
            "see `avow outbox list`; on the database that writes to people run `avow outbox bind`",
            "people are not answered, and the messages expire",
        )
    if gate.open:
        try:
            make_mailer(settings)
        except AvowError as error:
            yield from error.diagnostics
    for batch, _, recipients, _ in outbox.waiting_batches(connection):
        yield Diagnostic(
            Place(f"batch `{batch}`"),
            "outbox.needs-approval",
            f"a batch to {recipients} people waits for a second person",
            "look at it, then `avow outbox approve`",
            "it expires if nobody does",
            "warning",
        )
