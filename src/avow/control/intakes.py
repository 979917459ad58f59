"""Deliveries as Avow's own database knows them: facts in the clear, lines sealed until they are worked through.

Promises: one delivery is one row, however often it is handed in; when it is finished its lines are gone and their key is dropped.
Refuses to hold a value of a person in the clear, and to say more of a line that was left out than its number, a code and a field.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.types.json import Jsonb

from avow.control.session import Session
from avow.sealing import Slot

WAITING, DONE, FAILED = "waiting", "done", "failed"


@dataclass(frozen=True)
class Delivery:
    """`rows` lines were handed in, `worked` of them are looked at, `accepted` stand in the store. `facts` of the delivery."""

    id: UUID
    store: str
    intake: str
    facts: Mapping[str, object]
    notice: str
    channel: str
    opened_by: str
    synthetic: bool
    state: str
    cause: str
    rows: int
    worked: int
    accepted: int
    opened_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True)
class Reject:
    """A line that was left out, and why: no value of it."""

    line: int
    code: str
    field: str = ""


Lines = Sequence[Mapping[str, str]]


def _slot(delivery: UUID) -> Slot:
    return Slot("delivery", "content", str(delivery))


def record_delivery(session: Session, delivery: Delivery, lines: Lines) -> bool:
    """Hands a delivery in; False where the same one was handed in before."""
    key = session.make_key()
    sealed = session.seal(key, _slot(delivery.id), json.dumps(list(lines)))
    row = session.run(
        "intakes", "add", id=delivery.id, store=delivery.store, intake=delivery.intake, facts=Jsonb(dict(delivery.facts)),
        notice=delivery.notice, channel=delivery.channel, by=delivery.opened_by, synthetic=delivery.synthetic,
        rows=len(lines), key=key, content=sealed,
    ).fetchone()  # fmt: skip
    if row is None:
        session.drop([key])
    return row is not None


def access_waiting(session: Session) -> tuple[Delivery, Lines, UUID] | None:
    """The oldest delivery that waits, locked until the transaction ends, with its lines and the id of their key."""
    row = session.run("intakes", "lock_waiting").fetchone()
    if row is None:
        return None
    delivery, key, content = Delivery(*row[:15]), row[15], row[16]
    session.load([key])
    return delivery, json.loads(session.open(key, _slot(delivery.id), content)), key


def find_delivery(session: Session, delivery: UUID) -> Delivery | None:
    row = session.run("intakes", "find", id=delivery).fetchone()
    return Delivery(*row) if row else None


def list_deliveries(session: Session, limit: int = 100) -> list[Delivery]:
    """Newest first; those of the mystery shopper are left out."""
    return [Delivery(*row) for row in session.run("intakes", "newest", limit=limit)]


def record_progress(session: Session, delivery: UUID, worked: int, accepted: int, rejects: Sequence[Reject]) -> None:
    """`worked` lines are looked at by now, `accepted` more were taken."""
    session.run("intakes", "progress", id=delivery, worked=worked, accepted=accepted)
    if rejects:
        session.run(
            "intakes", "reject", id=delivery, lines=[r.line for r in rejects], codes=[r.code for r in rejects],
            fields=[r.field for r in rejects],
        )  # fmt: skip


def show_progress(session: Session, delivery: UUID, worked: int) -> None:
    """To be called in a transaction of its own, so that others see it while the delivery is worked on."""
    session.run("intakes", "show_progress", id=delivery, worked=worked)


def record_finished(session: Session, delivery: UUID, key: UUID, cause: str = "") -> None:
    """The lines are gone with their key. `cause`: why it failed."""
    session.run("intakes", "finish", id=delivery, state=FAILED if cause else DONE, cause=cause)
    session.drop([key])


def list_rejects(session: Session, delivery: UUID) -> list[Reject]:
    return [Reject(*row) for row in session.run("intakes", "rejects", id=delivery)]


def count_rejects(session: Session, delivery: UUID) -> dict[str, int]:
    """Code -> how many lines."""
    return {code: int(count) for code, count in session.run("intakes", "reject_counts", id=delivery)}


def drop_synthetic(session: Session) -> int:
    """What the mystery shopper handed in is forgotten; gives how many deliveries that were."""
    keys = [row[0] for row in session.run("intakes", "forget_synthetic").fetchall()]
    session.drop(keys)
    return len(keys)


def count_overdue(session: Session, before: datetime) -> int:
    """Deliveries of real firms that wait since before then."""
    row = session.run("intakes", "overdue", before=before).fetchone()
    return int(row[0]) if row else 0


def record_line(session: Session, what: str, line: str) -> bool:
    """Marks a line of the first day as taken over; False where it was before. What is kept is a keyed digest."""
    digest = session.keys.lookup.digest_form("day one", f"{what}\0{line}")
    return session.run("intakes", "take_line", what=what, digest=digest).fetchone() is not None
