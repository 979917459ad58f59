"""Subscriptions to webhooks, and which moves of requests each of them was told. Refuses to hold a secret in the clear."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from uuid import UUID

from avow.control.session import Session
from avow.sealing import Slot


@dataclass(frozen=True)
class Subscription:
    """A live subscription. `events` are states of requests, or "*"."""

    id: UUID
    client: UUID
    url: str
    events: tuple[str, ...]
    made_at: datetime


@dataclass(frozen=True)
class Move:
    """One move of a request, in ids and states."""

    event: int
    at: datetime
    name: str
    from_state: str
    to_state: str
    request: UUID
    reference: str
    kind: str


def _slot(id: UUID) -> Slot:
    return Slot("webhook", "secret_sealed", str(id))


def record_subscription(session: Session, client: UUID, url: str, events: Sequence[str], secret: bytes) -> Subscription:
    """From now on; what happened before is not told."""
    id, key = session.new_id(), session.make_key()
    session.connection.execute(
        "INSERT INTO control.webhook (id, company, client, url, events, key_id, secret_sealed, after_event, made_at) "
        "SELECT %s, %s, %s, %s, %s, %s, %s, coalesce(max(id), 0), %s FROM control.request_event",
        (id, session.company, client, url, list(events), key, session.seal(key, _slot(id), secret), session.now),
    )
    return Subscription(id, client, url, tuple(events), session.now)


def list_subscriptions(session: Session, client: UUID | None = None) -> tuple[Subscription, ...]:
    """Live ones, of a client or of all; oldest first."""
    rows = session.connection.execute(
        "SELECT id, client, url, events, made_at FROM control.webhook WHERE company = %s AND ended_at IS NULL "
        "AND (%s::uuid IS NULL OR client = %s) ORDER BY made_at, id",
        (session.company, client, client),
    )
    return tuple(Subscription(row[0], row[1], row[2], tuple(row[3]), row[4]) for row in rows)


def record_ended(session: Session, id: UUID, client: UUID) -> bool:
    """False when this client has no such live subscription. Its secret's key is dropped."""
    row = session.connection.execute(
        "UPDATE control.webhook SET ended_at = %s WHERE company = %s AND id = %s AND client = %s AND ended_at IS NULL "
        "RETURNING key_id",
        (session.now, session.company, id, client),
    ).fetchone()
    if row is not None:
        session.drop([row[0]])
    return row is not None


def take_news(session: Session, id: UUID, limit: int = 500) -> tuple[UUID, bytes, tuple[Move, ...]] | None:
    """(key, secret, moves) of a live subscription, locked until the transaction ends; None when a rival has it."""
    row = session.connection.execute(
        "SELECT key_id, secret_sealed, after_event FROM control.webhook WHERE id = %s AND ended_at IS NULL "
        "FOR UPDATE SKIP LOCKED",
        (id,),
    ).fetchone()
    if row is None:
        return None
    values = {"company": session.company, "after": row[2], "now": session.now, "limit": limit}
    moves = tuple(Move(*found) for found in session.connection.execute(_news(), values))
    return row[0], session.open_bytes(row[0], _slot(id), row[1]), moves


def record_told(session: Session, id: UUID, event: int) -> None:
    """Everything up to this event was put into the outbox."""
    session.connection.execute("UPDATE control.webhook SET after_event = %s WHERE id = %s", (event, id))


def _news() -> bytes:
    return files("avow.control").joinpath("sql/webhook_news.sql").read_bytes()
