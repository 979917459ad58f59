"""The outbox in values: what is put in, under which rules, and what comes out.

States: held (mail is not live here) · approval (a second person looks) · queued · sending (marked before the server is spoken
to) · sent · failed (tried again later) · refused (never: a rule or the server said no) · expired. Nothing here holds a connection.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

STATES: tuple[str, ...] = ("held", "approval", "queued", "sending", "sent", "failed", "refused", "expired")
OPEN_STATES: tuple[str, ...] = ("held", "approval", "queued", "sending", "failed")


@dataclass(frozen=True)
class Message:
    """One mail to one address. `identifiers` are the values by which the person is known: none may stand in what is sent, and
    they are not stored. `batch` names what goes to many people together. `headers` adds such as List-Unsubscribe."""

    id: UUID
    template: str
    to: str
    subject: str
    text: str
    html: str = ""
    request: UUID | None = None
    batch: str = ""
    synthetic: bool = False
    identifiers: tuple[str, ...] = field(default=(), repr=False)
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Hook:
    """One call of a webhook. `payload` is JSON of ids, states and links; `secret` signs it and is stored sealed."""

    id: UUID
    event: str
    url: str
    secret: bytes = field(repr=False)
    payload: Mapping[str, object] = field(default_factory=dict)
    request: UUID | None = None
    synthetic: bool = False
    identifiers: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class OutboxRules:
    """The company's rules. `domains` () allows every domain; `per_hour` counts mails of the last 60 minutes; a batch of more
    than `approve_above` recipients waits for a second person; `sink` is where mail of synthetic requests goes ("" nowhere)."""

    company: str
    sender: str
    live: bool = False
    reply_to: str = ""
    domains: tuple[str, ...] = ()
    per_hour: int = 200
    approve_above: int = 20
    lifetime: timedelta = timedelta(days=7)
    sink: str = ""


@dataclass(frozen=True)
class Gate:
    """Whether anything may leave this database now. `reason` is a diagnostic code, "" when it is open."""

    open: bool
    reason: str = ""


@dataclass(frozen=True)
class Line:
    """A message as lists show it: nothing that is sealed."""

    id: UUID
    kind: str
    template: str
    state: str
    batch: str
    request: UUID | None
    to_domain: str
    attempts: int
    error: str
    made_at: datetime
    expires_at: datetime
    sent_at: datetime | None
    synthetic: bool


@dataclass(frozen=True)
class Sent:
    """What one run of `send_due` did, in messages. `capped`: the hourly cap stopped it."""

    gate: Gate
    sent: int = 0
    failed: int = 0
    refused: int = 0
    expired: int = 0
    capped: bool = False
