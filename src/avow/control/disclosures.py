"""The register of disclosures: what left to whom on which ground, what was refused, and who had to be told of it later.

Promises: it is only added to; a file is sealed under a key of its own; a person is a keyed digest, found again by the row that a
store knows them by, and lost with that row. The database itself refuses a release without a ground or a place, an
emergency without a review, and a review by who asked. Refuses to rule: that is `avow.duties.disclosures`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from avow.control.people import key_digest
from avow.control.session import Session
from avow.sealing import Slot

REFUSED, READY, DELIVERED = "refused", "ready", "delivered"
JUSTIFIED, NOT_JUSTIFIED = "justified", "not_justified"


@dataclass(frozen=True)
class Disclosure:
    """One line of the register. `data` are categories, `columns` "store:schema.table.column"; `people` how many it is about and
    `left_out` how many it is not because the ground does not hold for them; `codes` say why it was refused. Times are UTC."""

    id: UUID
    at: datetime
    state: str
    recipient: str
    entity: str
    kind: str
    place: str
    affiliated: bool
    purpose: str
    ground: str
    duty_case: UUID | None
    channel: str
    data: tuple[str, ...]
    columns: tuple[str, ...]
    people: int
    left_out: int
    codes: tuple[str, ...]
    asked_by: str
    giver: str
    sha256: str = ""
    expires_at: datetime | None = None
    delivered_at: datetime | None = None
    review_due_at: datetime | None = None
    reviewed_at: datetime | None = None
    reviewed_by: str = ""
    review: str = ""
    synthetic: bool = False
    rows: int = 0  # of everything that was handed over, where that is more than a line for each person; not kept

    @property
    def reference(self) -> str:
        """Short enough to say on the telephone; with a line's number it names one person's data to the recipient."""
        return f"D-{self.id.hex[:10]}"


@dataclass(frozen=True)
class Given:
    """What went to one recipient about one person."""

    disclosure: UUID
    at: datetime
    recipient: str
    entity: str
    kind: str
    place: str
    purpose: str
    ground: str
    data: tuple[str, ...]
    line: int

    @property
    def record(self) -> str:
        """How the recipient knows the line."""
        return f"D-{self.disclosure.hex[:10]}/{self.line}"


@dataclass(frozen=True)
class Notice:
    """Somebody who has to be told that what they were given was corrected, erased or blocked. `queued`: a mail waits to be sent."""

    id: UUID
    recipient: str
    entity: str
    disclosure: UUID
    line: int
    what: str
    at: datetime
    told_at: datetime | None
    confirmed_at: datetime | None
    queued: bool = False


@dataclass(frozen=True)
class Figure:
    """One line for everybody: `released` disclosures about `people` people, and `refused` ones."""

    kind: str
    ground: str
    released: int
    people: int
    refused: int


@dataclass(frozen=True)
class Year:
    """One line of a year: how often something went outside on one ground, about how many people. `ground` "": it was refused."""

    year: int
    ground: str
    times: int
    people: int


def _slot(disclosure: UUID, column: str) -> Slot:
    return Slot("disclosure", column, str(disclosure))


def record_disclosure(
    session: Session,
    made: Disclosure,
    why: str = "",
    file: bytes = b"",
    people: Sequence[tuple[str, str, str]] = (),
) -> None:
    """Adds a line; `people` are (store, table, key) in the order of the file's lines. Raises psycopg.errors.CheckViolation for
    what no disclosure may be."""
    key = session.make_key()
    session.run(
        "disclosures",
        "add",
        id=made.id,
        state=made.state,
        recipient=made.recipient,
        entity=made.entity,
        kind=made.kind,
        place=made.place,
        affiliated=made.affiliated,
        purpose=made.purpose,
        ground=made.ground,
        duty_case=made.duty_case,
        channel=made.channel,
        data=list(made.data),
        columns=list(made.columns),
        people=made.people,
        left_out=made.left_out,
        codes=list(made.codes),
        asked_by=made.asked_by,
        giver=made.giver,
        key=key,
        why=session.seal(key, _slot(made.id, "why_sealed"), why) if why else None,
        file=session.seal(key, _slot(made.id, "file_sealed"), file) if file else None,
        sha256=made.sha256,
        expires_at=made.expires_at,
        review_due_at=made.review_due_at,
        synthetic=made.synthetic,
    )
    if people:
        session.run(
            "disclosures",
            "add_people",
            disclosure=made.id,
            lines=list(range(1, len(people) + 1)),
            stores=[store for store, _, _ in people],
            tables=[table for _, table, _ in people],
            digests=[key_digest(session, *one) for one in people],
        )


def find_disclosure(session: Session, id: UUID) -> Disclosure | None:
    row = session.run("disclosures", "find", id=id).fetchone()
    return None if row is None else _read(row)


def list_disclosures(
    session: Session, state: str = "", recipient: str = "", limit: int = 200, synthetic: bool = False
) -> list[Disclosure]:
    """Newest first; "" for every state or recipient."""
    rows = session.run(
        "disclosures", "list", state=state, recipient=recipient, limit=limit, synthetic=synthetic
    ).fetchall()
    return [_read(row) for row in rows]


def _read(row: Sequence[Any]) -> Disclosure:
    values = list(row)
    for place in (12, 13, 16):
        values[place] = tuple(values[place])
    return Disclosure(*values)


def access_file(session: Session, id: UUID) -> bytes:
    """What was (or is to be) handed over; b"" where there is nothing or its key was dropped."""
    row = session.run("disclosures", "content", id=id).fetchone()
    if row is None or row[1] is None or not session.has(row[0]):
        return b""
    return session.open_bytes(row[0], _slot(id, "file_sealed"), row[1])


def access_why(session: Session, id: UUID) -> str:
    """The reason in the words of who asked; "" where there is none."""
    row = session.run("disclosures", "content", id=id).fetchone()
    if row is None or row[2] is None or not session.has(row[0]):
        return ""
    return session.open(row[0], _slot(id, "why_sealed"), row[2])


def record_delivered(session: Session, id: UUID) -> bool:
    """The first time only: False afterwards."""
    return session.run("disclosures", "delivered", id=id).rowcount == 1


def record_files_gone(session: Session, ids: Sequence[UUID] = ()) -> int:
    """Files past their day, and those of `ids`, are no longer kept; gives how many."""
    return session.run("disclosures", "drop_files", ids=list(ids)).rowcount


def record_review(session: Session, id: UUID, by: str, justified: bool) -> bool:
    """False where nothing waits for a review. Raises psycopg.errors.CheckViolation when `by` asked for the disclosure."""
    review = JUSTIFIED if justified else NOT_JUSTIFIED
    return session.run("disclosures", "review", id=id, by=by, review=review, by_cli=session.by_cli).rowcount == 1


def list_given(session: Session, keys: Iterable[tuple[str, str, str]]) -> list[Given]:
    """The register of one person, by the (store, table, key) that stores know them by; newest first."""
    digests = [key_digest(session, *key) for key in keys]
    rows = session.run("disclosures", "of_person", digests=digests).fetchall()
    return [_given(row) for row in rows]


def _given(row: Sequence[Any]) -> Given:
    values = list(row)
    values[8] = tuple(values[8])
    return Given(*values)


def list_subjects(session: Session, id: UUID) -> list[UUID | None]:
    """The people of the rows of one disclosure; None for a row whose person is not known."""
    return [row[0] for row in session.run("disclosures", "subjects_of", id=id)]


def get_figures(session: Session, since: datetime, until: datetime) -> list[Figure]:
    """Of real disclosures in [since, until): counts alone."""
    rows = session.run("disclosures", "figures", since=since, until=until).fetchall()
    return [Figure(*row) for row in rows]


def list_years(session: Session) -> list[Year]:
    """Every ground of every year, newest first; refusals with the ground ""."""
    rows = session.run("disclosures", "yearly").fetchall()
    return [Year(int(year), ground, int(times), int(people or 0)) for year, ground, times, people in rows]


def count_overdue(session: Session) -> tuple[int, int]:
    """(emergencies that nobody reviewed in time, notices that nobody was told of for a week)."""
    row = session.run("disclosures", "overdue").fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def record_notices(
    session: Session, request: UUID, what: str, given: Sequence[Given], synthetic: bool
) -> list[tuple[UUID, Given]]:
    """Who has to be told; nobody is yet. Gives those that were not there before, each with its id."""
    ids = [session.new_id() for _ in given]
    rows = session.run(
        "disclosures",
        "add_notices",
        ids=ids,
        disclosures=[one.disclosure for one in given],
        lines=[one.line for one in given],
        request=request,
        what=what,
        synthetic=synthetic,
    ).fetchall()
    new = {row[0] for row in rows}
    return [(id, one) for id, one in zip(ids, given, strict=True) if id in new]


def record_notice_mails(session: Session, mails: Iterable[tuple[UUID, UUID]]) -> None:
    """(notice, message): they are told when that message is sent, which the outbox notes itself."""
    listed = list(mails)
    session.run("disclosures", "add_mails", notices=[one[0] for one in listed], messages=[one[1] for one in listed])


def list_notices(session: Session, open: bool = False, limit: int = 200, synthetic: bool = False) -> list[Notice]:
    """Oldest first; `open`: those that nobody has confirmed."""
    return [Notice(*row) for row in session.run("disclosures", "notices", open=open, limit=limit, synthetic=synthetic)]


def list_notices_of(session: Session, request: UUID) -> list[Notice]:
    return [Notice(*row) for row in session.run("disclosures", "notices_of", request=request)]


def record_confirmed(session: Session, notice: UUID) -> bool:
    """The recipient said that it was done. False where that stood there before."""
    return session.run("disclosures", "confirm", id=notice).rowcount == 1


def forget_synthetic(session: Session, ids: Sequence[UUID]) -> int:
    """Takes back disclosures of the mystery shopper, with their people and notices, and nobody else's."""
    keys = [row[0] for row in session.run("disclosures", "forget_synthetic", ids=list(ids))]
    session.drop(keys)
    return len(keys)
