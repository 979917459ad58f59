"""Counts whom a breach affects, from what was reachable: people by category, rows by kind of record, rows that lead to nobody.

Promises: one snapshot; a person is counted once however many of their rows were reachable, and in a category only where a column of
it held something; what is counted and who is listed come from the same rows. Refuses to hand out a value: keys of subjects, and the
address that a letter needs, are all that leaves the store.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import psycopg
from psycopg.sql import SQL, Composable, Composed, Identifier, Literal

from avow.stores.duty import StoreSpec
from avow.stores.postgres.duty.catalogue import read_catalogue
from avow.stores.postgres.duty.spelling import Mapped, T, World, key_of_path, make_world, of

Connection = psycopg.Connection[tuple[Any, ...]]
_MADE = "CREATE TEMPORARY TABLE avow_affected (n int, subject text, key text, organisation boolean, category text) ON COMMIT DROP"


@dataclass(frozen=True)
class Kind:
    """One kind of record of a table: rows where each column has the value ("null" and "not null" test for null)."""

    name: str
    where: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Reached:
    """What was reachable of one table: `columns` of all its rows, or of the rows with these `keys` alone."""

    table: str
    columns: frozenset[str]
    kinds: tuple[Kind, ...]
    keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class Counted:
    """One kind of record: its rows, those that lead to nobody, and how many it is about."""

    table: str
    kind: str
    rows: int
    nobody: int
    people: int
    organisations: int
    categories: tuple[str, ...]


@dataclass(frozen=True)
class One:
    """One of those who are affected: subject table, key, categories."""

    subject: str
    key: str
    organisation: bool
    categories: tuple[str, ...]


@dataclass(frozen=True)
class Census:
    """`per_category` counts natural persons."""

    counted: tuple[Counted, ...]
    per_category: Mapping[str, int]
    everyone: tuple[One, ...]


def count_affected(connection: Connection, spec: StoreSpec, reached: Sequence[Reached]) -> Census:
    """Raises psycopg.Error."""
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        world = make_world(spec, read_catalogue(connection))
        connection.execute(_MADE)
        counted: list[Counted] = []
        for one in reached:
            table = world.find(one.table)
            if table is not None:
                counted += [_count(connection, world, table, one, kind, len(counted) + n)
                            for n, kind in enumerate(one.kinds)]  # fmt: skip
        per_category = connection.execute(
            "SELECT category, count(DISTINCT (subject, key)) FROM avow_affected WHERE NOT organisation GROUP BY 1 ORDER BY 1"
        ).fetchall()
        everyone = connection.execute(
            "SELECT subject, key, organisation, array_agg(DISTINCT category ORDER BY category) FROM avow_affected"
            " GROUP BY 1, 2, 3 ORDER BY 1, 2"
        ).fetchall()
    people = tuple(One(subject, key, organisation, tuple(kinds)) for subject, key, organisation, kinds in everyone)
    return Census(tuple(counted), dict(per_category), people)


def _count(connection: Connection, world: World, table: Mapped, one: Reached, kind: Kind, n: int) -> Counted:
    categories = _categories(table, one.columns)
    keys = {path: key_of_path(world, path, table) for path in world.owners_of(table)}
    where = _where(table, one, kind)
    for path, key in keys.items():
        given = {
            "n": Literal(n),
            "subject": Literal(path.subject),
            "organisation": Literal(path.organisation),
            "key": key,
            "categories": SQL(", ").join(categories) if categories else SQL("NULL::text"),
            "table": table.ident,
            "where": where,
        }
        connection.execute(SQL(_text("affected")).format(**given))
    nobody = SQL(" AND ").join(SQL("{} IS NULL").format(key) for key in keys.values()) if keys else SQL("true")
    total = SQL("SELECT count(*), count(*) FILTER (WHERE {}) FROM {} t WHERE {}").format(nobody, table.ident, where)
    rows, lost = connection.execute(total).fetchone() or (0, 0)
    counts = connection.execute(_text("affected_counts").encode(), (n,)).fetchone()
    people, organisations, held = counts or (0, 0, None)
    return Counted(table.name, kind.name, rows, lost, people, organisations, tuple(held or ()))


def _categories(table: Mapped, columns: frozenset[str]) -> list[Composed]:
    """One entry for each category of each column, null where the column holds nothing."""
    return [
        SQL("CASE WHEN {} IS NOT NULL THEN {} END").format(of(T, column.name), Literal(category))
        for column in table.columns
        if column.name in columns
        for category in column.spec.categories
    ]


def _where(table: Mapped, one: Reached, kind: Kind) -> Composed:
    parts: list[Composable] = [SQL("true")]
    for column, value in kind.where:
        if value in ("null", "not null"):
            parts.append(SQL("{} IS {}").format(of(T, column), SQL("NULL" if value == "null" else "NOT NULL")))
        else:
            parts.append(SQL("{}::text = {}").format(of(T, column), Literal(value)))
    if one.keys:
        parts.append(SQL("{}::text = ANY ({})").format(of(T, table.spec.key), Literal(list(one.keys))))
    return SQL(" AND ").join(parts)


def read_login_reach(connection: Connection, login: str, tables: Sequence[str]) -> dict[str, frozenset[str]] | None:
    """Table -> columns that the login may read as the database stands; None where there is no such login."""
    known = connection.execute("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %s)", (login,)).fetchone()
    if known != (True,):
        return None
    found: dict[str, set[str]] = {}
    for table, column in connection.execute(_text("login_reach").encode(), {"login": login, "tables": list(tables)}):
        found.setdefault(table, set()).add(column)
    return {table: frozenset(columns) for table, columns in found.items()}


def access_addresses(
    connection: Connection, spec: StoreSpec, table: str, keys: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """(key, e-mail address) of those who still stand there; "" where none is known."""
    found = spec.find_table(table)
    if found is None or not found.key:
        return
    column = next((c.name for c in found.columns if c.identifies == "email"), "")
    address: Composable = SQL("coalesce({}::text, '')").format(Identifier(column)) if column else Literal("")
    home, _, name = table.rpartition(".")
    query = SQL("SELECT {key}::text, {address} FROM {table} WHERE {key}::text = ANY (%s)").format(
        key=Identifier(found.key), address=address, table=Identifier(home, name)
    )
    for key, said in connection.execute(query, (list(keys),)):
        yield key, said.strip()


@cache
def _text(name: str) -> str:
    return files("avow.stores.postgres").joinpath(f"sql/{name}.sql").read_text(encoding="utf-8")
