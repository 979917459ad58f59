"""Copies Avow's own records out of a database and into an empty one, table by table, in one snapshot.

Promises: what is copied is one moment of all tables; each file's digest and row count are given back; rows go in in the order that
their references ask for. What must not wake up elsewhere is left out: the binding of mail, sessions, caches, the queue. Refuses
columns that this release does not have.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import psycopg
from psycopg import sql

from avow.control.statements import load_statements
from avow.errors import ControlError, Diagnostic, Place

Connection = psycopg.Connection[Any]
SCHEMAS: tuple[str, ...] = ("control", "ledger", "centre", "console")
LEFT_OUT = frozenset(
    {
        "control.outbox_binding",  # a copy must never write to people by itself
        *(
            f"{desk}.{name}"
            for desk in ("centre", "console")
            for name in ("django_session", "web_cache", "django_migrations")
        ),
        *(f"{desk}.{name}" for desk in ("centre", "console") for name in ("django_content_type", "auth_permission")),
    }
)
_CHUNK = 1 << 16


@dataclass(frozen=True)
class Copied:
    """One table in a file: `sha256` is over the rows as COPY writes them, before they were compressed."""

    table: str
    columns: tuple[str, ...]
    rows: int
    sha256: str


@dataclass(frozen=True)
class _Table:
    name: str
    columns: tuple[str, ...]
    after: frozenset[str]


def list_tables(connection: Connection, schemas: Sequence[str] = SCHEMAS) -> tuple[_Table, ...]:
    """The tables of a copy, each after those that it refers to."""
    rows = connection.execute(load_statements("backup")["tables"], {"schemas": list(schemas)}).fetchall()
    found = [_Table(f"{home}.{name}", tuple(columns), frozenset(after)) for home, name, columns, after in rows]
    return tuple(_in_order([table for table in found if table.name not in LEFT_OUT]))


def _in_order(tables: list[_Table]) -> Iterator[_Table]:
    left, placed = list(tables), set[str]()
    names = {table.name for table in tables}
    while left:
        ready = [table for table in left if not (table.after & names) - placed] or left[:1]
        yield from ready
        placed |= {table.name for table in ready}
        left = [table for table in left if table.name not in placed]


def copy_out(connection: Connection, folder: Path) -> tuple[Copied, ...]:
    """Every table into `folder`, of one snapshot: nothing that changes meanwhile is seen."""
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        return tuple(_write(connection, table, folder) for table in list_tables(connection))


def _write(connection: Connection, table: _Table, folder: Path) -> Copied:
    digest, query = (
        hashlib.sha256(),
        sql.SQL("COPY {} ({}) TO STDOUT").format(_name(table.name), _columns(table.columns)),
    )
    with gzip.open(path_of(folder, table.name), "wb") as file, connection.cursor() as cursor:
        with cursor.copy(query) as copy:
            for chunk in copy:
                digest.update(chunk)
                file.write(chunk)
        rows = cursor.rowcount
    return Copied(table.name, table.columns, rows, digest.hexdigest())


def digest_of(folder: Path, table: str) -> str:
    """The digest of a table's file. Raises OSError, EOFError or zlib.error when it cannot be read."""
    digest = hashlib.sha256()
    with gzip.open(path_of(folder, table), "rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def copy_in(connection: Connection, folder: Path, copies: Iterable[Copied]) -> int:
    """Fills the empty tables, in the caller's transaction; gives how many rows. Raises ControlError `backup.other-release`, or
    `backup.changed` where a file has not the rows that its manifest says."""
    given = {one.table: one for one in copies}
    live = list_tables(connection)
    _check_columns(given, live)
    copied = [given[table.name] for table in live if table.name in given]
    _set_triggers(connection, copied, "DISABLE")
    rows = sum(_read(connection, one, folder) for one in copied)
    # references that the desks' tables look at only when a transaction ends: no table can be altered while some wait
    connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    _set_triggers(connection, copied, "ENABLE")
    for home, name, column, sequence in connection.execute(
        load_statements("backup")["sequences"], {"schemas": list(SCHEMAS)}
    ).fetchall():
        _set_sequence(connection, f"{home}.{name}", column, sequence)
    return rows


def _check_columns(given: Mapping[str, Copied], live: Sequence[_Table]) -> None:
    known = {table.name: set(table.columns) for table in live}
    lacking = [name for name, one in given.items() if set(one.columns) - known.get(name, set())]
    if lacking:
        raise ControlError(
            Diagnostic(
                Place(lacking[0]),
                "backup.other-release",
                f"this release of Avow has no place for everything in {lacking[0]}",
                "restore with the release that wrote the backup, or a later one",
                "nothing was restored",
            )
        )


def _set_triggers(connection: Connection, copies: Iterable[Copied], how: Literal["ENABLE", "DISABLE"]) -> None:
    """Triggers of ours rest meanwhile: they are for what people do, and these rows were judged when they were made."""
    for one in copies:
        connection.execute(sql.SQL("ALTER TABLE {} {} TRIGGER USER").format(_name(one.table), sql.SQL(how)))


def _read(connection: Connection, one: Copied, folder: Path) -> int:
    name = _name(one.table)
    connection.execute(sql.SQL("DELETE FROM {}").format(name))  # rows that creating the tables brought
    query = sql.SQL("COPY {} ({}) FROM STDIN").format(name, _columns(one.columns))
    with gzip.open(path_of(folder, one.table), "rb") as file, connection.cursor() as cursor:
        with cursor.copy(query) as copy:
            while chunk := file.read(_CHUNK):
                copy.write(chunk)
        rows = cursor.rowcount
    if rows != one.rows:
        raise ControlError(_not_whole(one, rows))
    return rows


def _not_whole(one: Copied, rows: int) -> Diagnostic:
    return Diagnostic(
        Place(one.table),
        "backup.changed",
        f"{rows} rows of {one.table} came back, and the backup was written with {one.rows}",
        "take another copy of the backup",
        "nothing was restored",
    )


def _set_sequence(connection: Connection, table: str, column: str, sequence: str) -> None:
    query = sql.SQL("SELECT setval(%s, coalesce(max({}), 0) + 1, false) FROM {}").format(
        sql.Identifier(column), _name(table)
    )
    connection.execute(query, (sequence,))


def holds_records(connection: Connection) -> bool:
    """Whether Avow has worked in this database before."""
    row = connection.execute("SELECT to_regclass('control.policy_version'), to_regclass('ledger.log')").fetchone()
    return row is not None and any(found is not None for found in row)


def path_of(folder: Path, table: str) -> Path:
    return folder / f"{table}.copy.gz"


def _name(table: str) -> sql.Identifier:
    return sql.Identifier(*table.split("."))


def _columns(columns: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(column) for column in columns)
