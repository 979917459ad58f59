"""An empty clone of a store's schema in a scratch database, inside one transaction that is always rolled back.

Promises: built from a description alone (no right on the real store beyond reading its catalogue); no row is copied; roles
that the clone needs are made in the same transaction, with their groups and grants and without a password, and are gone with
it, as is the scratch database. Refuses to pass for the real thing: types the scratch server does not know become text; policies,
triggers and the defaults of the company's own columns are left out, and what could not be built is told.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from avow.stores.port import ForeignKey, LoginInfo, StoreDescription, TableInfo

Connection = psycopg.Connection[tuple[Any, ...]]
_RIGHTS = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"})


@contextmanager
def open_clone(description: StoreDescription, scratch_dsn: str) -> Iterator[tuple[Connection, tuple[str, ...]]]:
    """A connection in a transaction that holds the clone, and the names of what could not be built."""
    name = f"avow_scratch_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(scratch_dsn, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        before = _roles(server)
        try:
            with psycopg.connect(make_conninfo(scratch_dsn, dbname=name)) as clone:
                clone.execute("SET LOCAL check_function_bodies = off")
                yield clone, tuple(_build(clone, description))
                clone.rollback()
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
            for role in _roles(server) - before:  # only if a migration committed by itself
                server.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role)))


def _roles(connection: Connection) -> set[str]:
    return {row[0] for row in connection.execute("SELECT rolname FROM pg_roles").fetchall()}


def _build(clone: Connection, description: StoreDescription) -> Iterator[str]:
    _roles_of(clone, description)
    tables = [t for t in description.tables if t.kind in ("table", "partition", "foreign table")]
    for schema in sorted({t.name.partition(".")[0] for t in description.tables}):
        clone.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema)))
    for kind in sorted({c.type for t in tables for c in t.columns}):
        _ensure_type(clone, kind)
    for table in tables:
        clone.execute(_create(table))
        _default_own_columns(clone, table)
    attempts: list[tuple[str, sql.Composed | str]]
    attempts = [(table.name, index.definition) for table in tables for index in table.indexes]
    attempts += [(table.name, _reference(table, key)) for table in tables for key in table.foreign_keys]
    attempts += [(routine.name, routine.definition) for routine in description.routines]
    yield from (name for name, statement in attempts if not _attempt(clone, statement))
    yield from _views(clone, description)
    for table in description.tables:
        _attempt(clone, sql.SQL("ALTER TABLE {} OWNER TO {}").format(_name(table), sql.Identifier(table.owner)))
        if table.row_security:
            _attempt(clone, sql.SQL("ALTER TABLE {} ENABLE ROW LEVEL SECURITY").format(_name(table)))
    for statement in (*_grants(description), *_rights_to_call(description)):
        _attempt(clone, statement)


def _roles_of(clone: Connection, description: StoreDescription) -> None:
    """Every role with what lifts it above the rules, and its groups. Whoever may take a pair of Avow's does so by asking: these
    memberships are left out, as a clone would have them inherit."""
    known = _roles(clone)
    logins = [login for login in description.logins if login.name != "PUBLIC"]
    for login in logins:
        if login.name not in known:
            words = _attributes(login)
            clone.execute(sql.SQL("CREATE ROLE {} {}").format(sql.Identifier(login.name), sql.SQL(words)))
    for login in logins:
        for group in login.member_of:
            if not re.fullmatch(r"av_p[0-9]+", group):
                _attempt(clone, sql.SQL("GRANT {} TO {}").format(sql.Identifier(group), sql.Identifier(login.name)))


def _attributes(login: LoginInfo) -> str:
    given = {
        "LOGIN": login.can_login,
        "SUPERUSER": login.superuser,
        "BYPASSRLS": login.bypass_row_security,
        "CREATEROLE": login.create_role,
    }
    return " ".join(word for word, has in given.items() if has)


def _grants(description: StoreDescription) -> Iterator[sql.Composed]:
    """What is granted on tables and columns, one statement for each role, table and right."""
    for login in description.logins:
        columns: dict[tuple[str, str], list[str]] = {}
        for privilege in login.privileges:
            table, right, column = [*privilege.split(":"), ""][:3]
            if right in _RIGHTS:
                columns.setdefault((table, right), []).append(column)
        for (table, right), named in columns.items():
            yield sql.SQL("GRANT {}{} ON {} TO {}").format(
                sql.SQL(right),
                sql.SQL("") if "" in named else sql.SQL(" ({})").format(_list(tuple(named))),
                sql.Identifier(*table.split(".", 1)),
                _grantee(login.name),
            )


def _rights_to_call(description: StoreDescription) -> Iterator[sql.Composed]:
    for routine in description.routines:
        name, _, arguments = routine.name.partition("(")
        signature = sql.SQL("{}({}").format(sql.Identifier(*name.split(".", 1)), sql.SQL(arguments))
        yield sql.SQL("ALTER ROUTINE {} OWNER TO {}").format(signature, sql.Identifier(routine.owner))
        if not routine.public_execute:
            yield sql.SQL("REVOKE EXECUTE ON ROUTINE {} FROM PUBLIC").format(signature)
        for caller in routine.callers:
            yield sql.SQL("GRANT EXECUTE ON ROUTINE {} TO {}").format(signature, sql.Identifier(caller))


def _grantee(name: str) -> sql.Composable:
    return sql.SQL("PUBLIC") if name == "PUBLIC" else sql.Identifier(name)


def _default_own_columns(clone: Connection, table: TableInfo) -> None:
    """Columns of Avow's own (`avow_*`) rest on their defaults: an unmodified program does not name them. A default that calls what
    only the store has is NULL here: that there is one is enough."""
    for column in table.columns:
        if column.name.startswith("avow_") and column.default and not column.generated:
            change = sql.SQL("ALTER TABLE {} ALTER {} SET DEFAULT ").format(_name(table), sql.Identifier(column.name))
            if not _attempt(clone, change + sql.SQL(column.default)):
                _attempt(clone, change + sql.SQL("(NULL)"))


def _ensure_type(clone: Connection, kind: str) -> None:
    """An enum, domain or extension type of the store is text here: its shape is enough to compare columns."""
    bare = re.sub(r"\(.*\)|\[\]", "", kind).strip()
    found = clone.execute("SELECT to_regtype(%s) IS NOT NULL", [bare]).fetchall()[0][0]
    if not found:
        schema, _, name = bare.replace('"', "").rpartition(".")
        owner = sql.Identifier(schema or "public")
        clone.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(owner))
        clone.execute(sql.SQL("CREATE DOMAIN {}.{} AS text").format(owner, sql.Identifier(name)))


def _create(table: TableInfo) -> sql.Composed:
    columns = [
        sql.SQL("{} {}{}").format(
            sql.Identifier(column.name),
            sql.SQL(column.type),  # as the store's own catalogue spells it
            sql.SQL("" if column.nullable else " NOT NULL"),
        )
        for column in table.columns
    ]
    key = [sql.SQL("PRIMARY KEY ({})").format(_list(table.primary_key))] if table.primary_key else []
    return sql.SQL("CREATE TABLE {} ({})").format(_name(table), sql.SQL(", ").join([*columns, *key]))


def _reference(table: TableInfo, key: ForeignKey) -> sql.Composed:
    schema, _, name = key.to_table.partition(".")
    return sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {} ({})").format(
        _name(table),
        sql.Identifier(key.name),
        _list(key.columns),
        sql.Identifier(schema, name),
        _list(key.to_columns),
    )


def _views(clone: Connection, description: StoreDescription) -> Iterator[str]:
    """Views in whatever order they can be made: one round for each level of views on views."""
    waiting = [t for t in description.tables if t.definition]
    while waiting:
        left = [t for t in waiting if not _attempt(clone, _view(t))]
        if len(left) == len(waiting):
            yield from (t.name for t in left)
            return
        waiting = left


def _view(table: TableInfo) -> sql.Composed:
    kind = sql.SQL("MATERIALIZED VIEW" if table.kind == "materialized view" else "VIEW")
    body = sql.SQL(table.definition.rstrip().rstrip(";"))  # the catalogue's own text
    rights = sql.SQL(" WITH (security_invoker = true)" if table.invoker_rights else "")
    return sql.SQL("CREATE {} {}{} AS {}").format(kind, _name(table), rights, body)


def _attempt(clone: Connection, statement: sql.Composed | str) -> bool:
    """Each in a savepoint: a constraint's own index, or a routine in a missing language, must not end the clone."""
    try:
        with clone.transaction():
            clone.execute(sql.SQL(statement) if isinstance(statement, str) else statement)
    except psycopg.errors.DuplicateTable:
        return True  # the index of a primary key is there already
    except psycopg.Error:
        return False
    return True


def _name(table: TableInfo) -> sql.Identifier:
    return sql.Identifier(*table.name.split(".", 1))


def _list(names: tuple[str, ...]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))
