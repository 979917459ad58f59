"""The breach room in Avow's own records: what was breached, whom it affects, who was told, letters to people.

Promises: words, letters and whose row it is are sealed under the key of the case and found by keyed digests; the newest count
replaces the list of people, but never the mark of who was written to. The database itself refuses what `sql/breaches.sql` says.
Refuses to say which laws want whom told: that is `avow.duties.breaches`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from avow.control.people import key_digest
from avow.control.session import Connection, Session
from avow.control.statements import load_statements
from avow.sealing import Slot

QUEUED, NO_ADDRESS, GONE, NOT_SENT = "queued", "no_address", "gone", "not_sent"


@dataclass(frozen=True)
class Breach:
    """`figures` is the newest count as it was recorded, None before the first; `words` what staff says for the letters, {} where
    the case's key was dropped; `unwritten` are natural persons on its list to whom no letter went, also after the list itself went
    (`list_ended_at`). Times are UTC."""

    case: UUID
    aware_at: datetime
    risk: str
    risk_by: str
    words: Mapping[str, str]
    figures: Mapping[str, Any] | None
    counted_at: datetime | None
    count_wanted_at: datetime | None
    key: UUID
    unwritten: int = 0
    list_ended_at: datetime | None = None


@dataclass(frozen=True)
class KeptExtent:
    id: UUID
    kind: str
    store: str
    name: str
    since: datetime
    until: datetime | None
    key: str
    added_by: str


@dataclass(frozen=True)
class KeptTold:
    """`told_at` is when it happened, `recorded_at` when somebody wrote it down."""

    id: UUID
    to: str
    law: str
    told_at: datetime
    by: str
    decided: bool
    words: str
    recorded_at: datetime


@dataclass(frozen=True)
class KeptLetter:
    """`content` holds title, text and html; {} where the key was dropped."""

    id: UUID
    content: Mapping[str, str]
    asked_by: str
    asked_at: datetime
    approved_by: str
    approved_at: datetime | None
    refused_by: str
    finished_at: datetime | None

    @property
    def waits(self) -> bool:
        return self.approved_at is None and not self.refused_by


@dataclass(frozen=True)
class Mails:
    """`dead` were refused or expired; `sent_at` is when the last one left."""

    sent: int
    waiting: int
    dead: int
    sent_at: datetime | None


@dataclass(frozen=True)
class Affected:
    """One person (or organisation) of a count. `key` names the row in its store."""

    store: str
    table: str
    key: str
    categories: tuple[str, ...]
    organisation: bool = False
    state: str = ""


def _slot(case: UUID, column: str) -> Slot:
    return Slot("breach", column, str(case))


def _person_slot(case: UUID, digest: bytes) -> Slot:
    return Slot("breach_person", "key_sealed", f"{case} {bytes(digest).hex()}")


def record_breach(session: Session, case: UUID, aware_at: datetime) -> None:
    session.run("breaches", "add", case=case, aware_at=aware_at)


def find_breach(session: Session, case: UUID) -> Breach | None:
    row = session.run("breaches", "find", case=case).fetchone()
    if row is None:
        return None
    aware_at, risk, risk_by, words, figures, counted_at, wanted, key, unwritten, ended = row
    said = json.loads(session.open(key, _slot(case, "words_sealed"), words)) if words and session.has(key) else {}
    return Breach(case, aware_at, risk, risk_by, said, figures, counted_at, wanted, key, unwritten, ended)


def find_breach_locked(session: Session, case: UUID) -> Breach | None:
    """The same, locked until the transaction ends."""
    session.run("breaches", "lock", case=case)
    return find_breach(session, case)


def list_breaches(connection: Connection, company: str) -> list[tuple[Breach, list[KeptTold]]]:
    """Every real breach with who was told, without a word of either: for those who hold no key."""
    statements = load_statements("breaches")
    rows = connection.execute(statements["all"], {"company": company}).fetchall()
    found = []
    for case, aware_at, risk, risk_by, figures, counted_at, wanted, key, unwritten in rows:
        told = connection.execute(statements["told"], {"case": case}).fetchall()
        kept = [
            KeptTold(id, to, law, at, by, decided, "", recorded) for id, to, law, at, by, decided, _, recorded in told
        ]
        found.append((Breach(case, aware_at, risk, risk_by, {}, figures, counted_at, wanted, key, unwritten), kept))
    return found


def record_aware(session: Session, case: UUID, aware_at: datetime) -> None:
    """An earlier moment. Raises psycopg.errors.RestrictViolation for a later one."""
    session.run("breaches", "aware", case=case, aware_at=aware_at)


def record_risk(session: Session, case: UUID, risk: str, by: str) -> None:
    session.run("breaches", "risk", case=case, risk=risk, by=by)


def record_words(session: Session, breach: Breach, words: Mapping[str, str]) -> None:
    sealed = session.seal(breach.key, _slot(breach.case, "words_sealed"), json.dumps(dict(words)))
    session.run("breaches", "words", case=breach.case, words=sealed)


def record_count_wanted(session: Session, case: UUID) -> None:
    session.run("breaches", "want_count", case=case)


def list_uncounted(session: Session) -> list[UUID]:
    """Open breaches whose count somebody asked for."""
    return [row[0] for row in session.run("breaches", "uncounted")]


def record_extent(
    session: Session,
    breach: Breach,
    kind: str,
    store: str,
    name: str,
    key: str,
    window: tuple[datetime, datetime | None],
    by: str,
) -> UUID:
    """What was breached, as far as is known now; a new count is wanted."""
    made = session.new_id()
    sealed = session.seal(breach.key, _slot(made, "extent_key"), key) if key else None
    session.run(
        "breaches",
        "add_extent",
        id=made,
        case=breach.case,
        kind=kind,
        store=store,
        name=name,
        key=sealed,
        since=window[0],
        until=window[1],
        by=by,
    )
    record_count_wanted(session, breach.case)
    return made


def record_extent_withdrawn(session: Session, case: UUID, id: UUID, by: str) -> bool:
    """False where there is none. A new count is wanted."""
    gone = session.run("breaches", "withdraw_extent", id=id, case=case, by=by).rowcount == 1
    if gone:
        record_count_wanted(session, case)
    return gone


def access_extents(session: Session, breach: Breach) -> list[KeptExtent]:
    """Those that hold; the key of a row is "" where the case's key was dropped."""
    rows = session.run("breaches", "extents", case=breach.case).fetchall()
    readable = session.has(breach.key)
    return [
        KeptExtent(
            id,
            kind,
            store,
            name,
            since,
            until,
            session.open(breach.key, _slot(id, "extent_key"), sealed) if sealed and readable else "",
            by,
        )
        for id, kind, store, name, since, until, sealed, by in rows
    ]


def record_told(
    session: Session, breach: Breach, to: str, law: str, at: datetime, by: str, decided: bool, words: str
) -> UUID:
    """Raises psycopg.errors.CheckViolation for a moment that has not come."""
    made = session.new_id()
    sealed = session.seal(breach.key, _slot(made, "told_words"), words)
    session.run(
        "breaches", "add_told", id=made, case=breach.case, to=to, law=law, at=at, by=by, decided=decided, words=sealed
    )
    return made


def access_told(session: Session, breach: Breach) -> list[KeptTold]:
    """Oldest first."""
    rows = session.run("breaches", "told", case=breach.case).fetchall()
    readable = session.has(breach.key)
    return [
        KeptTold(
            id,
            to,
            law,
            at,
            by,
            decided,
            session.open(breach.key, _slot(id, "told_words"), words) if readable else "",
            recorded,
        )
        for id, to, law, at, by, decided, words, recorded in rows
    ]


def record_letter(session: Session, breach: Breach, content: Mapping[str, str], by: str) -> UUID:
    """A letter to the people that waits for a second person."""
    made = session.new_id()
    sealed = session.seal(breach.key, _slot(made, "letter_sealed"), json.dumps(dict(content)))
    session.run("breaches", "add_letter", id=made, case=breach.case, letter=sealed, by=by)
    return made


def access_letters(session: Session, breach: Breach) -> list[KeptLetter]:
    """Newest first."""
    rows = session.run("breaches", "letters", case=breach.case).fetchall()
    readable = session.has(breach.key)
    return [
        KeptLetter(
            id, json.loads(session.open(breach.key, _slot(id, "letter_sealed"), sealed)) if readable else {}, *rest
        )
        for id, sealed, *rest in rows
    ]


def record_letter_approved(session: Session, case: UUID, letter: UUID, by: str) -> bool:
    """False when it does not wait. Raises psycopg.errors.CheckViolation when `by` asked for it."""
    return session.run("breaches", "approve_letter", id=letter, case=case, by=by).rowcount == 1


def record_letter_refused(session: Session, case: UUID, letter: UUID, by: str) -> bool:
    return session.run("breaches", "refuse_letter", id=letter, case=case, by=by).rowcount == 1


def record_letter_finished(session: Session, letter: UUID) -> bool:
    """False when it was over before."""
    return session.run("breaches", "finish_letter", id=letter).rowcount == 1


def count_mails(session: Session, letter: UUID) -> Mails:
    """What became of the mails of a letter; those that were removed since count as nothing."""
    row = session.run("breaches", "mails", letter=letter).fetchone()
    return Mails(*row) if row else Mails(0, 0, 0, None)


def list_going_letters(session: Session) -> list[tuple[UUID, UUID]]:
    """(letter, case) of approved letters that have not gone to everybody, oldest first."""
    return [(letter, case) for letter, case in session.run("breaches", "going_letters")]


def record_people(session: Session, breach: Breach, people: Sequence[Affected]) -> None:
    """Puts people on the list, or brings their categories up to date."""
    digests = [key_digest(session, one.store, one.table, one.key) for one in people]
    keys = [
        session.seal(breach.key, _person_slot(breach.case, digest), one.key)
        for one, digest in zip(people, digests, strict=True)
    ]
    session.run(
        "breaches",
        "add_people",
        case=breach.case,
        stores=[one.store for one in people],
        tables=[one.table for one in people],
        digests=digests,
        keys=keys,
        categories=[" ".join(one.categories) for one in people],
        organisations=[one.organisation for one in people],
    )


def record_counted(session: Session, case: UUID, figures: Mapping[str, Any], wanted: datetime) -> None:
    """The count is whole: who is not in it and was not written to leaves the list. `wanted`: the wish that it answers."""
    session.run("breaches", "drop_people", case=case)
    session.run("breaches", "counted", case=case, figures=json.dumps(dict(figures)), wanted=wanted)


def access_next_people(session: Session, breach: Breach, limit: int) -> list[Affected]:
    """People who were not written to, locked; those of another worker are passed over."""
    rows = session.run("breaches", "next_people", case=breach.case, limit=limit).fetchall()
    return [
        Affected(store, table, session.open(breach.key, _person_slot(breach.case, digest), sealed), ())
        for store, table, digest, sealed in rows
    ]


def record_written(
    session: Session,
    case: UUID,
    letter: UUID,
    people: Sequence[Affected],
    states: Sequence[str],
    messages: Sequence[UUID | None],
) -> int:
    """`states` as QUEUED, NO_ADDRESS, GONE; `messages` the mails of those who are QUEUED. Raises
    psycopg.errors.RestrictViolation without an approved letter."""
    digests = [key_digest(session, one.store, one.table, one.key) for one in people]
    return session.run(
        "breaches",
        "written",
        case=case,
        letter=letter,
        stores=[one.store for one in people],
        tables=[one.table for one in people],
        digests=digests,
        states=list(states),
        messages=list(messages),
    ).rowcount


def record_not_sent(session: Session, letter: UUID) -> None:
    """Whose mail was refused or ran out of time is NOT_SENT from now on: the outbox forgets it one day."""
    session.run("breaches", "not_sent", letter=letter)


def count_people(session: Session, case: UUID) -> dict[str, int]:
    """State ("" not yet) -> natural persons; "organisations" for those on the list who are none. They stay when the list goes."""
    ended = session.run("breaches", "ended_counts", case=case).fetchone()
    if ended is not None:
        return dict(ended[0])
    found: dict[str, int] = {}
    for state, organisation, count in session.run("breaches", "people_counts", case=case):
        name = "organisations" if organisation else state
        found[name] = found.get(name, 0) + count
    return found


def record_lists_ended(session: Session, before: datetime) -> list[UUID]:
    """Lets the lists of breaches go that were closed before then; gives those breaches. Whose rows were breached is not known here
    any more; how many people were told stays."""
    return [case for (case,) in session.run("breaches", "end_lists", before=before).fetchall()]


def access_people(session: Session, breach: Breach, limit: int = 10_000_000) -> list[Affected]:
    """Who is affected: whoever reads this sees keys of rows."""
    rows = session.run("breaches", "people", case=breach.case, limit=limit).fetchall()
    if not session.has(breach.key):
        return []
    return [
        Affected(
            store,
            table,
            session.open(breach.key, _person_slot(breach.case, digest), sealed),
            tuple(categories),
            state=state,
        )
        for store, table, digest, sealed, categories, state in rows
    ]
