"""Opens the outbox of a project: its rules, its mail server, its keys; sends what is due, and binds it to its database.

Refuses to send where no mail server is named (`outbox.no-server`), and to a server on another machine without TLS
(`outbox.server-without-tls`): a process that only puts messages in needs neither.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg

from avow.app.actors import get_actor
from avow.app.databases import control_dsn
from avow.app.project import Progress
from avow.control import open_control
from avow.control.campaigns import find_no
from avow.control.people import find_suppressed
from avow.control.session import Session
from avow.control.telling import ERASED, FORGOTTEN, is_notice
from avow.errors import Diagnostic, OutboxError, Place
from avow.outbox import Gate, Line, Outbox, OutboxRules, Poster, Sent, Smtp, SmtpMailer, send_due
from avow.outbox.queue import slot_of
from avow.sealing import open_company_keys
from avow.settings import Settings

SEND_JOB = "send_outbox"
SEND_EVERY = "* * * * * */20"  # seconds stand last
KEPT = timedelta(days=90)  # what is over stays to be looked at; its text is gone as soon as the request's key is
_SEALED = "SELECT key_id, to_sealed FROM control.outbox WHERE id = %s"
_HERE = ("localhost", "127.0.0.1", "::1")


def make_outbox(settings: Settings) -> Outbox:
    """The outbox under the company's rules; anybody may put messages in who has a connection and a key."""
    mail = settings.mail
    return Outbox(
        OutboxRules(
            company=settings.company,
            sender=mail.sender,
            live=mail.live,
            reply_to=mail.reply_to,
            domains=mail.domains,
            per_hour=mail.per_hour,
            approve_above=mail.approve_above,
            lifetime=timedelta(hours=mail.lifetime_hours),
            sink=mail.sink,
        )
    )


def make_mailer(settings: Settings) -> SmtpMailer:
    """Raises OutboxError `outbox.no-server` or `outbox.server-without-tls`."""
    smtp = settings.mail.smtp
    if not smtp.host or not settings.mail.sender:
        raise OutboxError(
            Diagnostic(
                Place("AVOW_SMTP_HOST" if not smtp.host else "avow.toml mail.from"),
                "outbox.no-server",
                "mail is to be sent, and no mail server or no sender is named",
                "set AVOW_SMTP_HOST for `avow work`, and `mail.from` in avow.toml",
                "messages wait until then, and expire",
            )
        )
    if smtp.tls == "none" and smtp.host not in _HERE:
        raise OutboxError(
            Diagnostic(
                Place("AVOW_SMTP_TLS"),
                "outbox.server-without-tls",
                "the mail server is another machine, and AVOW_SMTP_TLS is `none`",
                "use `starttls` or `implicit`, or a server on this machine that passes mail on",
                "nothing is sent: addresses and passwords would cross the network in the clear",
            )
        )
    given = Smtp(smtp.host, smtp.port, smtp.tls, smtp.user, smtp.password, smtp.ca_file)
    return SmtpMailer(given, make_outbox(settings).rules)


def send_waiting(settings: Settings, dsn: str, now: datetime) -> Sent:
    """Sends what is due and removes what is long over; what a worker does every 20 seconds. Where mail is not live nothing
    is sent, and no mail server is needed. Raises OutboxError, SealingError."""
    outbox = make_outbox(settings)
    with psycopg.connect(dsn, autocommit=True, connect_timeout=5, application_name="avow outbox") as connection:
        outbox.remove_old(connection, now - KEPT)
        gate = outbox.find_gate(connection)
        mailer = make_mailer(settings) if gate.open else SmtpMailer(Smtp("localhost"), outbox.rules)
        keys = open_company_keys(settings.sealing_key)

        def look(connection: psycopg.Connection[Any], message: UUID) -> str:
            """A no that came after the message was put counts as well (GDPR article 21(3)), and so does an erasure."""
            session = Session(connection, settings.company, keys, now, uuid4)
            if find_no(session, message):
                return "campaign.said-no-since"
            return FORGOTTEN if _is_erased(session, message) else ""

        return send_due(outbox, connection, keys.sealer, mailer, Poster(), now, last_look=look)


def _is_erased(session: Session, message: UUID) -> bool:
    """Whether a notice goes to an address that was erased meanwhile. A letter about a breach does go: whoever was affected before
    they were erased is affected still, and the law that wants them told stands above the erasure (GDPR articles 34 and 17(3)(b));
    whose row is gone by the time it is written gets none."""
    if not is_notice(session, message):
        return False
    row = session.connection.execute(_SEALED, (message,)).fetchone()
    if row is None or not session.has(row[0]):
        return False  # nothing can be read, and so nothing can be sent: the sender says so
    address = session.open(row[0], slot_of("to_sealed", message), row[1])
    return any(mark == ERASED for mark in find_suppressed(session, [("email", address)])[0])


@dataclass(frozen=True)
class OutboxDesk:
    """The outbox as a person at the command line has it: one connection, and the clock."""

    outbox: Outbox
    connection: psycopg.Connection[Any]

    def gate(self) -> Gate:
        return self.outbox.find_gate(self.connection)

    def lines(self, states: tuple[str, ...], limit: int) -> list[Line]:
        return self.outbox.lines(self.connection, states or None, limit=limit)

    def waiting_batches(self) -> list[tuple[str, str, int, datetime]]:
        return self.outbox.waiting_batches(self.connection)

    def bind(self, by: str, release: bool) -> int:
        """Gives how many messages from before stay held."""
        return self.outbox.bind(self.connection, by, datetime.now(UTC), release)

    def approve(self, batch: str, by: str, approved: bool) -> int:
        """`by` names a member of the staff. Raises OutboxError, ControlError `staff.nobody`, `staff.may-not`."""
        who = get_actor(self.connection, self.outbox.rules.company, by, "outbox:decide")
        return self.outbox.approve(self.connection, batch, who, datetime.now(UTC), approved, by_cli=True)


@contextmanager
def open_outbox(settings: Settings, progress: Progress) -> Iterator[OutboxDesk]:
    """The outbox of a project, for one command. Raises StoreError `control.unreachable`."""
    with control_dsn(settings, progress) as dsn, open_control(dsn, settings.company):
        connection: psycopg.Connection[Any] = psycopg.connect(dsn, autocommit=True)
        with connection:
            yield OutboxDesk(make_outbox(settings), connection)
