"""Reads MariaDB's information_schema and grant tables into a StoreDescription.

Promises: one database, no row of its tables is read. A database is the schema of its tables' names. Refuses to leave
logins out silently: without the right to read the grant tables it raises `store.no-right`.
Source: MariaDB documentation, "Information Schema" and "mysql Database Tables".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from importlib.resources import files
from typing import Any

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
Ask = Callable[[str], list[Row]]
_KINDS = {"VIEW": "view"}
_SYSTEM_ACCOUNTS = ("mariadb.sys@localhost",)  # the server's own account for its sys schema: it cannot log in


def statement(name: str) -> str:
    """The text of `sql/<name>.sql`."""
    return (files(__package__) / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def read_description(ask: Ask) -> StoreDescription:
    """`ask` runs one statement in the database that is described and gives its rows."""
    version, host, port, database = ask("SELECT VERSION(), @@hostname, @@port, DATABASE()")[0]
    columns, keys, indexes = (_by_first(ask(statement(name))) for name in ("columns", "keys", "indexes"))
    tables = tuple(
        _table(database, row, columns[row[0]], keys[row[0]], indexes[row[0]]) for row in ask(statement("tables"))
    )
    routines = tuple(
        RoutineInfo(name, owner, bool(definer), bool(public), definition)
        for name, owner, definer, public, definition in ask(statement("routines"))
    )
    logins = _logins(database, tables, ask)
    shape = fingerprint(tables, routines)
    return StoreDescription("mariadb", version, f"{host}:{port}/{database}", tables, routines, logins, shape)


def _by_first(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for key, *rest in rows:
        found[key].append(tuple(rest))
    return found


def _table(database: str, row: Row, columns: list[Row], keys: list[Row], indexes: list[Row]) -> TableInfo:
    name, kind, comment, estimate, size, definition, definer = row
    listed = _indexes(indexes)
    return TableInfo(
        name=f"{database}.{name}",
        kind=_KINDS.get(kind, "table"),
        columns=tuple(
            ColumnInfo(c, t, bool(nullable), position, default, words, bool(generated))
            for c, t, nullable, position, default, words, generated in columns
        ),
        primary_key=tuple(key[1] for key in keys if key[0] == "PRIMARY"),
        foreign_keys=_foreign_keys(keys, listed),
        indexes=listed,
        comment="" if comment == "VIEW" else comment,
        rows=int(estimate),
        bytes=int(size),
        owner=definer,
        definition=definition,
    )


def _indexes(rows: list[Row]) -> tuple[IndexInfo, ...]:
    columns: dict[str, list[str]] = defaultdict(list)
    about: dict[str, tuple[bool, str]] = {}
    for name, unique, column, kind in rows:
        columns[name].append(column)
        about[name] = bool(unique), kind
    return tuple(
        IndexInfo(name, tuple(columns[name]), unique, f"{kind} ({', '.join(columns[name])})")
        for name, (unique, kind) in about.items()
    )


def _foreign_keys(rows: list[Row], indexes: tuple[IndexInfo, ...]) -> tuple[ForeignKey, ...]:
    parts: dict[str, list[Row]] = defaultdict(list)
    for name, *rest in rows:
        if name != "PRIMARY":
            parts[name].append(tuple(rest))
    found = []
    for name, steps in parts.items():
        own, others = tuple(step[0] for step in steps), tuple(step[3] for step in steps)
        indexed = any(set(index.columns[: len(own)]) == set(own) for index in indexes)
        found.append(ForeignKey(name, own, f"{steps[0][1]}.{steps[0][2]}", others, indexed))
    return tuple(found)


def _logins(database: str, tables: tuple[TableInfo, ...], ask: Ask) -> tuple[LoginInfo, ...]:
    """A grant on the whole database or server is told table by table: that is what it reaches."""
    names = [table.name for table in tables]
    granted: dict[str, list[str]] = defaultdict(list)
    for account, table, rights, column in ask(statement("privileges")):
        for right in (word for word in rights.split(",") if word):
            reached = names if table == "*" else [f"{database}.{table}"]
            granted[account] += [f"{name}:{right}{f':{column}' if column else ''}" for name in reached]
    members: dict[str, list[str]] = defaultdict(list)
    for account, role in ask(statement("memberships")):
        members[account].append(role)
    return tuple(
        LoginInfo(
            _without_host(account),
            bool(can_login) and account not in _SYSTEM_ACCOUNTS,
            bool(above),
            False,
            bool(creates),
            tuple(members[account]),
            tuple(dict.fromkeys([*_everywhere(rights, names), *granted[account]])),
        )
        for account, can_login, above, creates, rights in ask(statement("logins"))
    )


def _everywhere(rights: str, names: list[str]) -> list[str]:
    return [f"{name}:{right}" for right in rights.split(",") if right for name in names]


def _without_host(account: str) -> str:
    """A role has no host; an account from anywhere is named by its user alone."""
    user, _, host = account.rpartition("@")
    return user if host in ("", "%") else account
