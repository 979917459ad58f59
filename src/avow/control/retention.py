"""Sweeps and legal holds as Avow's own database knows them.

Promises: a sweep that died stays visible as one that never finished; a hold has an end. Refuses to hold a key in the clear.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from avow.control.people import key_digest
from avow.control.session import Session
from avow.sealing import Slot


@dataclass(frozen=True)
class SweepRun:
    """The newest run of one sweep; `finished_at` None: under way, or its worker died. `held`, `referred` and `others` rows were due
    and waited; `waits_for` names the tables whose rows kept them. `counted`: rows went from that table by this run
    or by any other one whose limit leaves figures."""

    rule: str
    store: str
    table: str
    started_at: datetime
    finished_at: datetime | None
    swept: int
    held: int
    referred: int
    cause: str
    others: int = 0
    waits_for: str = ""
    counted: bool = False


@dataclass(frozen=True)
class LegalHold:
    """Rows about one person stay until a day. `key` is "" where its data key was dropped."""

    id: UUID
    store: str
    table: str
    reason: str
    held_by: str
    held_at: datetime
    until: datetime
    key: str = ""


def record_begun(session: Session, rule: str, store: str, table: str, figures: bool = False) -> None:
    """`figures`: the limit leaves some of the rows that go."""
    session.run("retention", "begin", rule=rule, store=store, table=table, figures=figures)


def record_swept(session: Session, rule: str, store: str, table: str, started: datetime, swept: int) -> None:
    """`swept` rows until now; a run is never set back."""
    session.run("retention", "progress", rule=rule, store=store, table=table, started=started, swept=swept)


def list_unfinished(session: Session, rule: str, store: str, table: str, before: datetime) -> list[datetime]:
    """When the newest runs of a sweep began that never finished, this one left out."""
    rows = session.run("retention", "unfinished", rule=rule, store=store, table=table, before=before)
    return [row[0] for row in rows.fetchall()]


def record_finished(
    session: Session,
    rule: str,
    store: str,
    table: str,
    started: datetime,
    waits: Mapping[str, int],
    names: str,
    cause: str = "",
) -> None:
    """`waits`: how many due rows are held, referred or others'; `names` the tables that they wait for; `cause`: why it stopped
    before its end, "" where it did not."""
    session.run(
        "retention", "finish", rule=rule, store=store, table=table, started=started, waits_for=names, cause=cause, **waits
    )  # fmt: skip


def list_newest(session: Session) -> list[SweepRun]:
    """The newest run of every sweep."""
    return [SweepRun(*row) for row in session.run("retention", "newest")]


def record_hold(session: Session, store: str, table: str, key: str, reason: str, by: str, until: datetime) -> UUID:
    """Rows that lead to this person stay until then."""
    number, data_key = session.new_id(), session.make_key()
    digest = key_digest(session, store, table, key)
    sealed = session.seal(data_key, _slot(number), key)
    session.run(
        "retention", "hold", id=number, store=store, table=table, digest=digest, key=data_key, sealed=sealed,
        reason=session.seal(data_key, _reason_slot(number), reason),
        by=by, until=until,
    )  # fmt: skip
    return number


def record_released(session: Session, hold: UUID) -> bool:
    """False where there is no such hold."""
    return session.run("retention", "release", id=hold).fetchone() is not None


def access_holds(session: Session) -> list[LegalHold]:
    """Every hold that stands now, with its key."""
    rows = session.run("retention", "holds").fetchall()
    session.load({row[7] for row in rows})
    return [_hold(session, *row) for row in rows]


def find_held(session: Session, store: str, keys: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those (table, key) of people in `store` that a legal hold keeps now; no data key is needed for it."""
    digests = {key_digest(session, store, table, key): (table, key) for table, key in keys}
    rows = session.run("retention", "held_keys", store=store, digests=list(digests)) if digests else ()
    return {digests[bytes(row[0])] for row in rows}


def find_held_until(session: Session, store: str, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], datetime]:
    """The same (table, key), each with the end of its last hold."""
    digests = {key_digest(session, store, table, key): (table, key) for table, key in keys}
    rows = session.run("retention", "held_until", store=store, digests=list(digests)) if digests else ()
    return {digests[bytes(digest)]: until for digest, until in rows}


def _hold(session: Session, number: UUID, *told: Any) -> LegalHold:
    *facts, key_id, _, sealed, words = told
    readable = session.has(key_id)
    key = session.open(key_id, _slot(number), sealed) if readable else ""
    store, table, reason, by, at, until = facts
    if words is not None:
        reason = session.open(key_id, _reason_slot(number), words) if readable else ""
    return LegalHold(number, store, table, reason, by, at, until, key)


def seal_clear_reasons(session: Session) -> int:
    """Reasons of holds from before they were sealed; gives how many there were."""
    rows = session.run("retention", "clear_reasons").fetchall()
    for hold, key, reason in rows:
        words = session.seal(key, _reason_slot(hold), reason) if session.has(key) else b""
        session.run("retention", "seal_reason", id=hold, sealed=words or None)
    return len(rows)


def _reason_slot(hold: UUID) -> Slot:
    return Slot("legal_hold", "reason_sealed", str(hold))


def _slot(hold: UUID) -> Slot:
    return Slot("legal_hold", "key_sealed", str(hold))
