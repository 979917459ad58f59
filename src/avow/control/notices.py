"""Which policy version was published at which address, since when and by whom; and what stands at an address on a day.

Promises that a publication is never changed or taken back: the database refuses it, whoever asks. Refuses to publish a version that
is not registered. No personal data passes here but the name of who published.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from avow.control.statements import load_statements

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Shown:
    """What stands at an address: the registered words, never those of a file. `digest` is of the file as it was registered."""

    version: str
    digest: str
    published: date
    effective_on: date
    published_at: datetime
    reason: str
    text: str


@dataclass(frozen=True)
class Publication:
    """One deed of publishing. `place` is a path at the privacy centre."""

    version: str
    place: str
    effective_on: date
    published_at: datetime
    published_by: str


@dataclass(frozen=True)
class NewPublication:
    """What is to be recorded; `synthetic` for the mystery shopper's own addresses."""

    id: UUID
    version: str
    place: str
    effective_on: date
    by: str
    synthetic: bool = False


def find_shown(connection: Connection, company: str, place: str, today: date) -> Shown | None:
    """The version that took effect last at this address; None where none was ever published there."""
    given = {"company": company, "place": place, "today": today}
    with connection.cursor(row_factory=class_row(Shown)) as cursor:
        return cursor.execute(load_statements("notices")["shown_at"], given).fetchone()


def find_in_force(connection: Connection, company: str, today: date) -> str:
    """The version that took effect last anywhere; "" where none was published."""
    given = {"company": company, "today": today}
    row = connection.execute(load_statements("notices")["in_force"], given).fetchone()
    return str(row[0]) if row else ""


def list_publications(connection: Connection, company: str) -> tuple[Publication, ...]:
    """Newest first, the shopper's left out."""
    with connection.cursor(row_factory=class_row(Publication)) as cursor:
        return tuple(cursor.execute(load_statements("notices")["publications"], {"company": company}))


def record_publication(connection: Connection, company: str, new: NewPublication, now: datetime) -> None:
    """Effective for the next reader, as soon as the caller's transaction is committed."""
    connection.execute(load_statements("notices")["publish"], {"company": company, "now": now, **vars(new)})


def record_synthetic_gone(connection: Connection, company: str, place: str) -> int:
    """Takes the shopper's publications at one address away; gives how many there were."""
    return connection.execute(
        load_statements("notices")["forget_synthetic"], {"company": company, "place": place}
    ).rowcount


def find_text(connection: Connection, company: str, version: str) -> str | None:
    """The registered words of a version."""
    given = {"company": company, "version": version}
    row = connection.execute(load_statements("notices")["version_text"], given).fetchone()
    return str(row[0]) if row else None
