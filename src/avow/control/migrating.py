"""Brings Avow's own database up to date when it is opened: numbered changes first, then whatever is missing.

Promises: all of it in one transaction, under a lock that every start takes; a change is recorded and never made again; a
database that is up to date costs one look. A new database and one that came up through every change have the same catalogue.
Refuses a database that a newer release has changed, and leaves a database as it was when one of the changes fails.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import psycopg

from avow.errors import Diagnostic, Place, StoreError

Connection = psycopg.Connection[Any]
Migrations = Mapping[int, tuple[str, str]]
LOCK = "SELECT pg_advisory_xact_lock(4158520, 1)"
_FILE = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")
_SO = "nothing was changed in Avow's own database, and nothing was checked, planned or applied"


def bring_up_to_date(connection: Connection, parts: Sequence[str], migrations: Migrations | None = None) -> None:
    """`parts` are files of this room that create what is missing; `migrations` (number -> name, statements) the changes to
    what stands, by default those in `migrations/`.

    Raises StoreError: `control.newer`, `control.not-updated`."""
    known = load_migrations() if migrations is None else migrations
    digest = digest_of(parts, known)
    row = connection.execute("SELECT to_regclass('control.schema_made') IS NOT NULL").fetchone()
    if row == (True,) and _is_made(connection, digest, known):
        return
    with connection.transaction():
        connection.execute(LOCK)
        connection.execute("SET LOCAL client_min_messages = warning")
        connection.execute("SET LOCAL lock_timeout = '60s'")
        _run(connection, "`sql/migrating.sql`", _text("sql/migrating.sql"))
        if not _is_made(connection, digest, known):
            _update(connection, parts, known)
            connection.execute("INSERT INTO control.schema_made (digest) VALUES (%s)", (digest,))


def load_migrations() -> Migrations:
    """Every numbered change of this release, in order: number -> (name, statements)."""
    found: dict[int, tuple[str, str]] = {}
    for file in sorted((files(__package__) / "migrations").iterdir(), key=lambda f: f.name):
        if match := _FILE.fullmatch(file.name):
            found[int(match[1])] = (match[2], file.read_text(encoding="utf-8"))
    return found


@cache
def _text(part: str) -> str:
    return files(__package__).joinpath(part).read_text(encoding="utf-8")


def digest_of(parts: Sequence[str], migrations: Migrations) -> str:
    """Names what a release makes of a database: SHA-256 in hex over every statement of it."""
    whole = hashlib.sha256()
    for text in (*map(_text, parts), *(f"{number} {sql}" for number, (_, sql) in sorted(migrations.items()))):
        whole.update(hashlib.sha256(text.encode()).digest())
    return whole.hexdigest()


def _is_made(connection: Connection, digest: str, known: Migrations) -> bool:
    """Whether this release was here before. A release that is older than the newest one here, with no change between them,
    makes nothing undone. Raises StoreError `control.newer`."""
    row = connection.execute(
        "SELECT EXISTS (SELECT FROM control.schema_made WHERE digest = %s), max(number) FROM control.migration",
        (digest,),
    ).fetchone()
    assert row is not None  # an aggregate
    if (row[1] or 0) > max(known, default=0):
        raise StoreError(
            Diagnostic(
                Place("AVOW_CONTROL_DSN"),
                "control.newer",
                f"a newer release of Avow has changed this database (change {row[1]:04d})",
                "install the release that changed it, or a later one, on this machine too",
                _SO,
            )
        )
    return bool(row[0])


def _update(connection: Connection, parts: Sequence[str], known: Migrations) -> None:
    """The changes that were not made yet, in order; then the schema itself, which adds what is missing."""
    made = {number for (number,) in connection.execute("SELECT number FROM control.migration").fetchall()}
    for number, (name, sql) in sorted(known.items()):
        if number not in made:
            _run(connection, f"change {number:04d}, `{name}`", sql)
            connection.execute("INSERT INTO control.migration (number, name) VALUES (%s, %s)", (number, name))
    for part in parts:
        _run(connection, f"`{part}`", _text(part))


def _run(connection: Connection, what: str, sql: str) -> None:
    try:
        connection.execute(sql.encode())
    except psycopg.Error as error:
        raise StoreError(
            Diagnostic(
                Place("AVOW_CONTROL_DSN"),
                "control.not-updated",
                f"{what} could not be made in Avow's own database (SQLSTATE {error.sqlstate or 'none'})",
                "look into the server's log; stop whatever holds its tables, or give the login the right to change them",
                _SO,
            )
        ) from error
