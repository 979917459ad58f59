"""What people said about uses of their data: consent records that are only added to, and their receipts.

Promises: a record is never changed, by a trigger of the database; an answer that a governed store wrote down is taken in once,
however often it is read; nothing of a person but their id stands here. Refuses to decide what an answer means for anybody's state.
Source: ISO/IEC TS 27560 (consent records and receipts); GDPR article 7(1).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from avow.control.session import Session

GIVEN, REFUSED, WITHDRAWN, UNANSWERED = "given", "refused", "withdrawn", "unanswered"


@dataclass(frozen=True)
class Said:
    """One answer. `channel` "" is about the use itself, otherwise email, phone or post; `explicit`: said in so many words;
    `store` and `store_seq` where a governed store wrote it down first."""

    subject: UUID
    purpose: str
    outcome: str
    method: str
    said_at: datetime
    policy_version: str = ""  # "": the newest that is registered
    explicit: bool = True
    channel: str = ""
    recipient: str = ""
    wording: str = ""
    store: str = ""
    store_seq: int | None = None

    @property
    def is_no(self) -> bool:
        return self.outcome in (REFUSED, WITHDRAWN)


@dataclass(frozen=True)
class Record:
    """An answer on record. `receipt`: a signed receipt exists under the same id."""

    id: UUID
    subject: UUID
    purpose: str
    recipient: str
    channel: str
    outcome: str
    explicit: bool
    method: str
    wording: str
    policy_version: str
    said_at: datetime
    recorded_at: datetime
    store: str
    store_seq: int | None
    receipt: bool

    @property
    def is_no(self) -> bool:
        return self.outcome in (REFUSED, WITHDRAWN)


@dataclass(frozen=True)
class Consent:
    """A consent as it stood at a moment. `withdrawn_at` None: it stands; `receipt` is the id of the record and its receipt."""

    receipt: UUID
    given_at: datetime
    withdrawn_at: datetime | None
    explicit: bool
    wording: str
    policy_version: str


def record_said(session: Session, said: Sequence[Said]) -> list[UUID]:
    """Puts answers on record and lets the next pass spread them; gives the ids of those that were new."""
    if not said:
        return []
    columns: dict[str, list[Any]] = {f.name: [getattr(one, f.name) for one in said] for f in fields(Said)}
    ids = [session.new_id() for _ in said]
    fresh = [row[0] for row in session.run("choices", "add", id=ids, **columns)]
    session.run("choices", "wait", ids=fresh)
    return fresh


def list_records(session: Session, subjects: Iterable[UUID]) -> dict[UUID, list[Record]]:
    """Everything that these people said, oldest first."""
    found: dict[UUID, list[Record]] = {}
    for row in session.run("choices", "history", subjects=list(subjects)):
        found.setdefault(row[1], []).append(Record(*row))
    return found


def find_record(session: Session, record: UUID) -> Record | None:
    row = session.run("choices", "one", id=record).fetchone()
    return Record(*row) if row else None


def find_consent(
    session: Session, subject: UUID, purpose: str, recipient: str = "", at: datetime | None = None
) -> Consent | None:
    """The newest consent to the use (and recipient) that was given until `at`, with its withdrawal if there was one by then."""
    until = at or session.now
    mine = [
        one
        for one in list_records(session, [subject]).get(subject, [])
        if (one.purpose, one.recipient, one.channel) == (purpose, recipient, "") and one.said_at <= until
    ]
    given = next((one for one in reversed(mine) if one.outcome == GIVEN), None)
    if given is None:
        return None
    gone = next((one.said_at for one in mine[mine.index(given) :] if one.is_no), None)
    return Consent(given.id, given.said_at, gone, given.explicit, given.wording, given.policy_version)


def newest(records: Iterable[Record]) -> dict[tuple[str, str, str], Record]:
    """(purpose, recipient, channel) -> what was said last. `records` oldest first."""
    return {(one.purpose, one.recipient, one.channel): one for one in records}


def take_turn(session: Session) -> None:
    """Waits for other workers that take answers in or spread them, and keeps them waiting until the transaction ends: in a store
    they would lock the same lists against each other."""
    session.run("choices", "take_turn")


def list_waiting(session: Session, limit: int) -> list[Record]:
    """Answers that no list of addresses knows yet, locked; those of rivals are skipped."""
    return [Record(*row) for row in session.run("choices", "waiting", limit=limit)]


def count_waiting(session: Session) -> tuple[int, datetime | None]:
    """How many wait, and since when the oldest."""
    row = session.run("choices", "count_waiting").fetchone()
    return (int(row[0]), row[1]) if row else (0, None)


def record_spread(session: Session, records: Iterable[UUID]) -> None:
    session.run("choices", "done", ids=list(records))


def record_receipts(session: Session, receipts: Sequence[tuple[UUID, Mapping[str, Any], bytes]]) -> None:
    """(consent, document, signature); one that stands is left alone."""
    consents, documents, signatures = zip(*receipts, strict=True) if receipts else ((), (), ())
    session.run(
        "choices",
        "add_receipts",
        consents=list(consents),
        documents=[json.dumps(document) for document in documents],
        signatures=list(signatures),
    )


def find_receipt(session: Session, consent: UUID) -> tuple[dict[str, Any], bytes] | None:
    """The receipt and its signature."""
    row = session.run("choices", "receipt", consent=consent).fetchone()
    return (row[0], bytes(row[1])) if row else None


def lift_suppressions(session: Session, values: Sequence[tuple[str, str]], mark: str) -> None:
    """Takes a mark off addresses and numbers of a person who wants to be written to again."""
    digests = [digest for kind, value in values for digest in session.keys.suppression.digests(kind, value)]
    session.run("choices", "drop_suppressions", digests=digests, mark=mark)


def list_set_by_request(session: Session, subjects: Iterable[UUID]) -> dict[UUID, set[str]]:
    """Marks that stand as each person asked in so many words: those that hold, and consents that they took back."""
    found: dict[UUID, set[str]] = {}
    for subject, mark in session.run("choices", "set_by_request", subjects=list(subjects)):
        found.setdefault(subject, set()).add(mark)
    return found


def count_totals(session: Session) -> list[tuple[str, str, str, bool, int]]:
    """(purpose, channel, outcome, explicit, people) by what each said last."""
    return [(row[0], row[1], row[2], bool(row[3]), int(row[4])) for row in session.run("choices", "totals")]


def list_planted(session: Session, places: Sequence[tuple[str, str, str]]) -> set[tuple[str, str, str]]:
    """Of these (store, table, key): the rows of synthetic people that stand there now."""
    stores, tables, keys = ([place[n] for place in places] for n in range(3))
    return {(s, t, k) for s, t, k in session.run("choices", "planted", stores=stores, tables=tables, keys=keys)}
