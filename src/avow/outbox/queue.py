"""Puts messages into the outbox, decides about batches, binds it to a database, and lists what stands in it.

Promises: `put` is part of the caller's transaction, so that a message exists exactly when the step that caused it does; an id
that is put twice is put once. Nothing leaves before `mail.live` is set *and* this very database was bound: a dump that was
restored, a copy by CREATE DATABASE and a base backup that was recovered each differ from what was bound, and stay silent.
A copy of the whole data directory with the server's files, started as it is, does not differ: stop the original first.
Refuses to put a message that names a person, and to let the person who asked for a batch approve it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from avow.errors import Diagnostic, OutboxError, Place
from avow.outbox.content import check_address, check_names_nobody
from avow.outbox.model import Gate, Hook, Line, Message, OutboxRules
from avow.sealing import DataKey, Slot

Connection = psycopg.Connection[Any]
TABLE = "outbox"


@cache
def statement(name: str) -> str:
    return files(__package__).joinpath(f"sql/{name}.sql").read_text(encoding="utf-8")


def slot_of(column: str, message_id: UUID) -> Slot:
    return Slot(TABLE, column, str(message_id))


@dataclass(frozen=True)
class _Row:
    id: UUID
    kind: str
    template: str
    request: UUID | None
    batch: str
    state: str
    to_sealed: bytes
    body_sealed: bytes
    to_domain: str
    error: str
    synthetic: bool


class Outbox:
    """The outbox of one company, under its rules."""

    def __init__(self, rules: OutboxRules) -> None:
        self.rules = rules

    def put(
        self,
        connection: Connection,
        messages: Sequence[Message],
        key_id: UUID,
        key: DataKey,
        now: datetime,
        asked_by: str = "system",
    ) -> None:
        """Puts mails in, sealed under `key`. A batch above the limit waits for somebody else than `asked_by`.

        Raises OutboxError `outbox.names-a-person` or `outbox.bad-address`; nothing is put then."""
        self._insert(connection, [self._mail_row(message, key) for message in messages], key_id, now)
        batches = sorted({message.batch for message in messages if message.batch})
        if batches:
            asked = {"batches": batches, "above": self.rules.approve_above, "asked_by": asked_by, "now": now}
            connection.execute(statement("ask_approval"), {"company": self.rules.company, **asked})

    def put_hooks(
        self, connection: Connection, hooks: Sequence[Hook], key_id: UUID, key: DataKey, now: datetime
    ) -> None:
        """Puts calls of webhooks in. Raises OutboxError `outbox.names-a-person` or `outbox.insecure-webhook`."""
        self._insert(connection, [self._hook_row(hook, key) for hook in hooks], key_id, now)

    def _insert(self, connection: Connection, rows: Sequence[_Row], key_id: UUID, now: datetime) -> None:
        if not rows:
            return
        columns = {name: [getattr(row, name) for row in rows] for name in _Row.__dataclass_fields__}
        given = {"company": self.rules.company, "key_id": key_id, "now": now, "expires_at": now + self.rules.lifetime}
        connection.execute(statement("put"), {**given, **columns})

    def _mail_row(self, message: Message, key: DataKey) -> _Row:
        check_address(message.to)
        texts = (message.subject, message.text, message.html, *(value for _, value in message.headers))
        check_names_nobody(message.template, texts, (message.to, *message.identifiers))
        to = (self.rules.sink or message.to) if message.synthetic else message.to
        domain = check_address(to)
        error = self._refusal(message, domain)
        body = {"subject": message.subject, "text": message.text, "html": message.html, "headers": message.headers}
        return _Row(
            id=message.id,
            kind="mail",
            template=message.template,
            request=message.request,
            batch=message.batch,
            state="refused" if error else "held",
            to_sealed=key.seal_text(slot_of("to_sealed", message.id), to),
            body_sealed=key.seal_text(slot_of("body_sealed", message.id), json.dumps(body)),
            to_domain=domain,
            error=error,
            synthetic=message.synthetic,
        )

    def _refusal(self, message: Message, domain: str) -> str:
        """A code, or "" when the message may go."""
        if message.synthetic:
            return "" if self.rules.sink else "outbox.no-sink"
        if self.rules.domains and domain not in self.rules.domains:
            return "outbox.domain-not-allowed"
        return ""

    def _hook_row(self, hook: Hook, key: DataKey) -> _Row:
        host = _check_url(hook.url)
        body = json.dumps(hook.payload, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        check_names_nobody(hook.event, (body,), hook.identifiers)
        to = json.dumps({"url": hook.url, "secret": hook.secret.hex()})
        return _Row(
            id=hook.id,
            kind="webhook",
            template=hook.event,
            request=hook.request,
            batch="",
            state="refused" if hook.synthetic else "held",
            to_sealed=key.seal_text(slot_of("to_sealed", hook.id), to),
            body_sealed=key.seal_text(slot_of("body_sealed", hook.id), body),
            to_domain=host,
            error="outbox.no-sink" if hook.synthetic else "",
            synthetic=hook.synthetic,
        )

    def find_gate(self, connection: Connection) -> Gate:
        """Whether anything may leave now, and if not, why."""
        if not self.rules.live:
            return Gate(False, "outbox.not-live")
        row = connection.execute(
            "SELECT system FROM control.outbox_binding WHERE company = %s", (self.rules.company,)
        ).fetchone()
        if row is None:
            return Gate(False, "outbox.not-bound")
        return Gate(True) if row[0] == find_system(connection) else Gate(False, "outbox.bound-elsewhere")

    def bind(self, connection: Connection, by: str, now: datetime, release: bool = False) -> int:
        """Binds the outbox to this database. What waits from before stays held unless `release`; gives how many wait.

        Whoever binds says: this is the one that writes to people. The original of a copy must be stopped first."""
        with connection.transaction():
            connection.execute(statement("hold"), {"company": self.rules.company})
            system = {"system": find_system(connection), "by": by, "now": now}
            connection.execute(statement("bind"), {"company": self.rules.company, **system})
            if release:
                self.release_held(connection)
            (waiting,) = connection.execute(
                "SELECT count(*) FROM control.outbox WHERE company = %s AND state = 'held'", (self.rules.company,)
            ).fetchone() or (0,)
        return int(waiting)

    def release_held(self, connection: Connection) -> int:
        """Queues every held message, those from before the binding included; gives how many."""
        return connection.execute(
            "UPDATE control.outbox SET state = 'queued' WHERE company = %s AND state = 'held'", (self.rules.company,)
        ).rowcount

    def approve(
        self, connection: Connection, batch: str, by: str, now: datetime, approved: bool = True, by_cli: bool = False
    ) -> int:
        """Decides about a batch; gives how many messages that lets go or refuses.

        Raises OutboxError `outbox.same-person` or `outbox.no-such-batch`."""
        decision = {
            "company": self.rules.company,
            "batch": batch,
            "by": by,
            "now": now,
            "approved": approved,
            "by_cli": by_cli,
            "error": "outbox.not-approved",
        }
        with connection.transaction():
            if connection.execute(statement("decide"), decision).rowcount == 0:
                raise OutboxError(self._undecidable(connection, batch))
            return connection.execute(statement("release_batch"), decision).rowcount

    def _undecidable(self, connection: Connection, batch: str) -> Diagnostic:
        row = connection.execute(
            "SELECT decided_at FROM control.outbox_approval WHERE company = %s AND batch = %s",
            (self.rules.company, batch),
        ).fetchone()
        if row is not None and row[0] is None:
            code, cause = "outbox.same-person", "whoever asked for a batch cannot approve it"
            return Diagnostic(
                Place(f"batch `{batch}`"), code, cause, "let a second person look at it", "it keeps waiting"
            )
        return Diagnostic(
            Place(f"batch `{batch}`"),
            "outbox.no-such-batch",
            "no batch of this name waits for approval",
            "see `avow outbox list`",
            "nothing was approved",
        )

    def lines(
        self,
        connection: Connection,
        states: Iterable[str] | None = None,
        request: UUID | None = None,
        limit: int = 200,
    ) -> list[Line]:
        """Newest first; nothing that is sealed."""
        asked = {"states": None if states is None else list(states), "request": request, "limit": limit}
        with connection.cursor(row_factory=class_row(Line)) as cursor:
            return cursor.execute(statement("list"), {"company": self.rules.company, **asked}).fetchall()

    def waiting_batches(self, connection: Connection) -> list[tuple[str, str, int, datetime]]:
        """(batch, who asked, recipients, when), oldest first."""
        rows = connection.execute(
            "SELECT batch, asked_by, recipients, asked_at FROM control.outbox_approval "
            "WHERE company = %s AND decided_at IS NULL ORDER BY asked_at, batch",
            (self.rules.company,),
        )
        return [(str(b), str(by), int(n), at) for b, by, n, at in rows]

    def remove_old(self, connection: Connection, before: datetime) -> int:
        """Deletes what is over (sent, refused, expired) and was made before `before`; gives how many."""
        return connection.execute(
            "DELETE FROM control.outbox WHERE company = %s AND made_at < %s AND state IN ('sent', 'refused', 'expired')",
            (self.rules.company, before),
        ).rowcount


def find_system(connection: Connection) -> str:
    """What tells this database from every copy of it."""
    row = connection.execute(statement("system")).fetchone()
    assert row is not None
    return str(row[0])


def open_message(key: DataKey, message_id: UUID, to_sealed: bytes, body_sealed: bytes) -> tuple[str, dict[str, Any]]:
    """(address, body) of a row. Raises SealingError."""
    to = key.open_text(slot_of("to_sealed", message_id), to_sealed)
    body: dict[str, Any] = json.loads(key.open_text(slot_of("body_sealed", message_id), body_sealed))
    return to, body


def _check_url(url: str) -> str:
    """The host. Plain HTTP is for this machine only."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    local = host in ("localhost", "127.0.0.1", "::1")
    if host and not parts.username and (parts.scheme == "https" or (parts.scheme == "http" and local)):
        return host
    raise OutboxError(
        Diagnostic(
            Place("webhook"),
            "outbox.insecure-webhook",
            "the address of a webhook is not https, or holds a password",
            "give an https address without a user in it (http only for this machine)",
            "nothing is sent there",
        )
    )
