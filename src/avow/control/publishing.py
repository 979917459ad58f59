"""Which verdicts customers see, what is told to the owner before a fall, holds, and approved readings.

Promises that nothing is shown but the verdict of the newest check, or that a sentence is being looked into: there is no place for a
better one. A fall is shown once the owner was told of it, by a mail that was sent; a mail that does not leave hides it for 72 hours
at most. A switch is bound to the words of its sentence and ends with them; a hold ends after 72 hours, which the database itself
demands, and is counted. Refuses nothing else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from avow.control.statements import load_statements

Connection = psycopg.Connection[Any]
LOOKED_INTO = "looked_into"  # stands where a fall was not told to the owner yet, or is held
LONGEST_HOLD = timedelta(hours=72)


@dataclass(frozen=True)
class Shown:
    """What customers see of one version. `holds` counts how often each sentence was held, ever."""

    verdicts: Mapping[str, str]
    checked_at: datetime | None
    holds: Mapping[str, int]


@dataclass(frozen=True)
class Reading:
    """That somebody looked at how a sentence was read: its words and its rules, by digest."""

    statement: str
    quote_sha256: str
    reading_sha256: str
    by_whom: str
    at: datetime


def quote_digest(quote: str) -> str:
    return hashlib.sha256(quote.encode()).hexdigest()


def record_switch(
    connection: Connection, company: str, statement: str, quote: str, shown: bool, by: str, now: datetime
) -> None:
    given = {"statement": statement, "quote": quote_digest(quote), "shown": shown, "by": by, "now": now}
    connection.execute(load_statements("notices")["switch"], {"company": company, **given})


def list_shown(connection: Connection, company: str, statements: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Statements whose verdict is switched on for exactly these words."""
    wanted = [f"{one['id']} {quote_digest(one['quote'])}" for one in statements]
    rows = connection.execute(load_statements("notices")["shown"], {"company": company, "wanted": wanted})
    return frozenset(row[0] for row in rows)


def record_hold(
    connection: Connection, company: str, statement: str, reason: str, by: str, now: datetime, hours: int
) -> None:
    """Raises psycopg.errors.CheckViolation for more than 72 hours, or without a reason."""
    given = {"statement": statement, "reason": reason, "by": by, "now": now, "until": now + timedelta(hours=hours)}
    connection.execute(load_statements("notices")["hold"], {"company": company, **given})


def list_holds(connection: Connection, company: str) -> dict[str, tuple[int, datetime]]:
    """Statement -> (how often it was held, until when it is or was)."""
    rows = connection.execute(load_statements("notices")["holds"], {"company": company})
    return {statement: (int(count), until) for statement, count, until in rows}


def record_alarms(
    connection: Connection, company: str, version: str, now: datetime, message: UUID | None = None
) -> tuple[str, ...]:
    """Notes which switched-on statements have fallen to broken since they last were not; gives those that were not told before, or
    whose mail was not sent. `message`: by which the owner is told of these; None where nobody can be written to."""
    row = connection.execute(
        load_statements("notices")["newest_check"], {"company": company, "version": version}
    ).fetchone()
    if row is None:
        return ()
    shown = list_shown(connection, company, row[2])
    broken = [one["id"] for one in row[2] if one["verdict"] == "broken" and one["id"] in shown]
    given = {"company": company, "check_run": row[0], "statements": broken, "now": now, "message": message}
    return tuple(sorted(found[0] for found in connection.execute(load_statements("notices")["alarm"], given)))


def find_shown(connection: Connection, company: str, version: str, now: datetime) -> Shown:
    """What customers may see now."""
    row = connection.execute(
        load_statements("notices")["newest_check"], {"company": company, "version": version}
    ).fetchone()
    if row is None:
        return Shown({}, None, {})
    on, holds = list_shown(connection, company, row[2]), list_holds(connection, company)
    verdicts = {one["id"]: str(one["verdict"]) for one in row[2] if one["id"] in on}
    broken = [name for name, verdict in verdicts.items() if verdict == "broken"]
    given = {"company": company, "statements": broken, "check_run": row[0], "now": now}
    told = {found[0] for found in connection.execute(load_statements("notices")["alarmed"], given)}
    for name in broken:
        if name not in told or (name in holds and holds[name][1] > now):
            verdicts[name] = LOOKED_INTO
    return Shown(verdicts, row[1], {name: holds[name][0] for name in verdicts if name in holds})


def record_reading(connection: Connection, company: str, version: str, reading: Reading) -> None:
    given = {"company": company, "version": version, "statement": reading.statement, "quote": reading.quote_sha256}
    given |= {"reading": reading.reading_sha256, "by": reading.by_whom}
    connection.execute(load_statements("notices")["approve_reading"], {**given, "now": reading.at})


def list_readings(connection: Connection, company: str, version: str) -> dict[str, Reading]:
    """The newest approval of each statement."""
    with connection.cursor(row_factory=class_row(Reading)) as cursor:
        cursor.execute(load_statements("notices")["readings"], {"company": company, "version": version})
        return {one.statement: one for one in cursor}
