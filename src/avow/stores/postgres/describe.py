"""Reads a PostgreSQL catalogue into a StoreDescription.

Promises: one snapshot (the caller's transaction), no row of any table is read, nothing is locked beyond what reading
the catalogue takes. Leaves out the system's schemas and Avow's own (`avow`, `av_p<number>`); every other schema is in,
whatever its name. Refuses to guess: an estimate the server does not have is 0.
Source: PostgreSQL documentation, chapter "System Catalogs".
"""

from __future__ import annotations

from collections import defaultdict
from importlib.resources import files
from typing import Any

import psycopg

from avow.stores.fingerprint import fingerprint
from avow.stores.port import (
    ColumnInfo,
    ForeignKey,
    IndexInfo,
    LoginInfo,
    RoutineInfo,
    StoreDescription,
    TableInfo,
)

Row = tuple[Any, ...]


def statement(name: str) -> str:
    """The text of `sql/<name>.sql`."""
    return (files(__package__) / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def read_description(connection: psycopg.Connection[Row]) -> StoreDescription:
    """Everything the port asks for. Call it inside one read-only transaction so that it is one snapshot."""
    cursor = connection.cursor()
    version, system = cursor.execute(statement("identity")).fetchall()[0]
    rows = cursor.execute(statement("tables")).fetchall()
    oids = {"oids": [row[0] for row in rows]}
    tables = _tables(
        rows,
        columns=cursor.execute(statement("columns"), oids).fetchall(),
        keys=cursor.execute(statement("keys"), oids).fetchall(),
        indexes=cursor.execute(statement("indexes"), oids).fetchall(),
    )
    routines = tuple(_routine(row) for row in cursor.execute(statement("routines")).fetchall())
    logins = _logins(
        cursor.execute(statement("roles")).fetchall(),
        cursor.execute(statement("privileges"), oids).fetchall(),
        tables,
    )
    shape = fingerprint(tables, routines)
    return StoreDescription("postgresql", version.split(" ")[0], system, tables, routines, logins, shape)


def _routine(row: Row) -> RoutineInfo:
    name, owner, definer, public, definition, callers = row
    return RoutineInfo(name, owner, definer, public, definition, tuple(callers))


def _by_first(rows: list[Row]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for key, *rest in rows:
        found[key].append(tuple(rest))
    return found


def _tables(
    rows: list[Row],
    columns: list[Row],
    keys: list[Row],
    indexes: list[Row],
) -> tuple[TableInfo, ...]:
    columns_of, keys_of, indexes_of = _by_first(columns), _by_first(keys), _by_first(indexes)
    return tuple(_table(row, columns_of[row[0]], keys_of[row[0]], indexes_of[row[0]]) for row in rows)


def _table(row: Row, columns: list[Row], keys: list[Row], indexes: list[Row]) -> TableInfo:
    oid, name, kind, comment, estimate, size, owner, definition, row_security, invoker = row
    return TableInfo(
        name=name,
        kind=kind,
        columns=tuple(ColumnInfo(*column) for column in columns),
        primary_key=next((tuple(key[2]) for key in keys if key[0] == "p"), ()),
        foreign_keys=tuple(
            ForeignKey(key[1], tuple(key[2]), key[3], tuple(key[4]), key[5]) for key in keys if key[0] == "f"
        ),
        indexes=tuple(IndexInfo(index[0], tuple(index[1]), *index[2:]) for index in indexes),
        comment=comment,
        rows=estimate,
        bytes=size,
        owner=owner,
        definition=definition,
        row_security=row_security,
        oid=oid,
        invoker_rights=invoker,
    )


def _logins(roles: list[Row], grants: list[Row], tables: tuple[TableInfo, ...]) -> tuple[LoginInfo, ...]:
    granted = _by_first(grants)
    owned: dict[str, list[str]] = defaultdict(list)
    for table in tables:
        owned[table.owner].append(table.name)
    return tuple(
        LoginInfo(
            name,
            can_login,
            superuser,
            bypass,
            create_role,
            tuple(member_of),
            tuple(dict.fromkeys(text for (text,) in granted[oid])),
            tuple(owned[name]),
        )
        for oid, name, can_login, superuser, bypass, create_role, member_of in roles
    )
