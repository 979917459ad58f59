"""Sends what is due: mark it, speak to the server, record what came of it.

Promises: each message is marked `sending` and committed before the server is spoken to, and its row is held meanwhile. A sender
that is killed lets go of the row; the next one finds it marked and sends it again under the same Message-ID: possibly twice,
never not at all. Nothing leaves while the gate is closed, above the hourly cap, after its time, or where the caller's last look,
taken while the row is held, gives a reason why not any more. A failure is tried again after 1, 2, 4 ... minutes, at most 6 hours,
until the message expires. Refuses to go on with a message that ended its sender `MOST_ATTEMPTS` times.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg

from avow.errors import SealingError
from avow.outbox.model import Sent
from avow.outbox.queue import Outbox, open_message, slot_of, statement
from avow.outbox.smtp import Mailer, Undelivered
from avow.outbox.webhook import Poster
from avow.sealing import Sealer, get_key

Connection = psycopg.Connection[Any]
# What is asked of a message in the moment of sending: a diagnostic code why it may not go any more, or "".
LastLook = Callable[[Connection, UUID], str]
MOST_ATTEMPTS = 50
_LONGEST = timedelta(hours=6)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class _Run:
    outbox: Outbox
    connection: Connection
    sealer: Sealer
    mailer: Mailer
    poster: Poster
    now: datetime
    last_look: LastLook

    @property
    def company(self) -> dict[str, Any]:
        return {"company": self.outbox.rules.company, "now": self.now}


def send_due(
    outbox: Outbox,
    connection: Connection,
    sealer: Sealer,
    mailer: Mailer,
    poster: Poster,
    now: datetime,
    limit: int = 500,
    last_look: LastLook = lambda connection, message: "",
) -> Sent:
    """Sends at most `limit` messages on an autocommitting connection of its own; any number of processes may at once."""
    run = _Run(outbox, connection, sealer, mailer, poster, now, last_look)
    expired = connection.execute(statement("expire"), run.company).rowcount
    gate = outbox.find_gate(connection)
    if not gate.open:
        connection.execute(statement("hold"), run.company)
        return Sent(gate, expired=expired)
    connection.execute(statement("open"), run.company)
    ends: Counter[str] = Counter()
    seen: list[UUID] = []
    capped = False
    while len(seen) < limit:
        claimed, capped = _claim(run, seen)
        if claimed is None:
            break
        seen.append(claimed)
        ends[_deliver(run, claimed)] += 1
    return Sent(gate, ends["sent"], ends["failed"], ends["refused"], expired, capped)


def _claim(run: _Run, seen: list[UUID]) -> tuple[UUID | None, bool]:
    """The next message, marked; and whether the cap keeps mails back. Counting and marking are one step for all senders."""
    with run.connection.transaction():
        run.connection.execute("SELECT pg_advisory_xact_lock(4158520, hashtext(%(company)s))", run.company)
        since = {"company": run.outbox.rules.company, "since": run.now - _HOUR}
        (sent,) = run.connection.execute(statement("sent_in_hour"), since).fetchone() or (0,)
        capped = int(sent) >= run.outbox.rules.per_hour
        kinds = ["webhook"] if capped else ["mail", "webhook"]
        row = run.connection.execute(statement("claim"), {**run.company, "seen": seen, "kinds": kinds}).fetchone()
    return (None if row is None else row[0]), capped


def _deliver(run: _Run, message_id: UUID) -> str:
    """The state that the message has now; "" when another sender has it."""
    with run.connection.transaction():
        row = run.connection.execute(statement("take"), {"id": message_id}).fetchone()
        if row is None:
            return ""
        kind, template, key_id, to_sealed, body_sealed, attempts, made_at = row
        no_more = run.last_look(run.connection, message_id)
        if no_more:
            return _record(run, message_id, "refused", no_more, attempts)
        try:
            if attempts > MOST_ATTEMPTS:
                raise Undelivered("outbox.too-many-attempts", permanent=True)
            _hand_over(run, message_id, kind, template, key_id, bytes(to_sealed), bytes(body_sealed), made_at)
        except SealingError as error:
            return _record(run, message_id, "refused", error.codes[0], attempts)
        except Undelivered as error:
            return _record(run, message_id, "refused" if error.permanent else "failed", error.code, attempts)
        return _record(run, message_id, "sent", "", attempts)


def _hand_over(
    run: _Run,
    message_id: UUID,
    kind: str,
    template: str,
    key_id: UUID,
    to_sealed: bytes,
    body_sealed: bytes,
    made_at: datetime,
) -> None:
    key = get_key(run.connection, run.sealer, key_id)
    if kind == "mail":
        to, body = open_message(key, message_id, to_sealed, body_sealed)
        run.mailer.send(message_id, to, body, made_at)
        return
    target = json.loads(key.open_text(slot_of("to_sealed", message_id), to_sealed))
    payload = json.loads(key.open_text(slot_of("body_sealed", message_id), body_sealed))
    event = {"id": str(message_id), "type": template, "timestamp": made_at.isoformat(), "data": payload}
    posted = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
    run.poster.post(str(message_id), target["url"], bytes.fromhex(target["secret"]), posted, run.now)


def _record(run: _Run, message_id: UUID, state: str, error: str, attempts: int) -> str:
    retry_at = run.now + back_off(attempts) if state == "failed" else None
    sent_at = run.now if state == "sent" else None
    run.connection.execute(
        "UPDATE control.outbox SET state = %s, error = %s, retry_at = %s, sent_at = %s WHERE id = %s",
        (state, error, retry_at, sent_at, message_id),
    )
    return state


def back_off(attempts: int) -> timedelta:
    """How long to wait after the n-th attempt: 1, 2, 4 ... minutes, at most 6 hours."""
    return min(timedelta(minutes=1 << min(attempts - 1, 10)), _LONGEST)
