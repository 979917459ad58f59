"""What the catalogue says that an erasure must know: types, what may be empty, keys, what refers to what.

Promises: one read of the catalogue, no row of any table. Refuses to know more than the login may see.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import psycopg
from psycopg.sql import SQL

_TEXTS = frozenset({"text", "varchar", "bpchar", "citext", "name", "char"})


@dataclass(frozen=True)
class LiveColumn:
    """`category` is PostgreSQL's type category; `unique` says that a unique index has the column; `length` 0: no limit."""

    name: str
    type: str
    category: str
    base: str
    required: bool
    generated: bool
    unique: bool
    length: int

    @property
    def is_text(self) -> bool:
        return self.base in _TEXTS

    @property
    def is_json(self) -> bool:
        return self.base in ("json", "jsonb")


@dataclass(frozen=True)
class LiveTable:
    """`kind` is the relation's kind (r, p, m, f); `filled` False: a materialized view that was never refreshed."""

    name: str
    kind: str
    partition: bool
    filled: bool
    columns: Mapping[str, LiveColumn]
    key: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reference:
    """A declared foreign key; `on_delete` is pg_constraint's letter (a, r, c, n, d)."""

    name: str
    table: str
    columns: tuple[str, ...]
    to_table: str
    to_columns: tuple[str, ...]
    on_delete: str
    indexed: bool


@dataclass(frozen=True)
class Catalogue:
    tables: Mapping[str, LiveTable]
    references: tuple[Reference, ...]

    def to_table(self, name: str) -> tuple[Reference, ...]:
        """What refers to the table."""
        return tuple(r for r in self.references if r.to_table == name)

    def find_reference(self, table: str, column: str) -> Reference | None:
        """The foreign key that the column alone makes."""
        return next((r for r in self.references if r.table == table and r.columns == (column,)), None)


@cache
def statement(name: str) -> bytes:
    """The text of `sql/<name>.sql`."""
    return (files(__package__) / "sql" / f"{name}.sql").read_bytes()


@cache
def template(name: str) -> SQL:
    """The same as a statement into which names and conditions are put."""
    return SQL(statement(name).decode())


def read_catalogue(connection: psycopg.Connection[Any]) -> Catalogue:
    """Everything about every table outside the system's and Avow's own schemas."""
    rows = connection.execute(statement("columns")).fetchall()
    keys = connection.execute(statement("keys")).fetchall()
    primary = {table: tuple(columns) for kind, table, _, columns, *_ in keys if kind == "p"}
    columns: dict[str, dict[str, LiveColumn]] = {}
    about: dict[str, tuple[str, bool, bool]] = {}
    for name, _, kind, column, *facts, partition, filled in rows:
        columns.setdefault(name, {})[column] = LiveColumn(column, *facts)
        about[name] = (kind, partition, filled)
    tables = {name: LiveTable(name, *about[name], found, primary.get(name, ())) for name, found in columns.items()}
    references = tuple(
        Reference(name, table, tuple(own), target, tuple(others), deletes, indexed)
        for kind, table, name, own, target, others, deletes, indexed in keys
        if kind == "f"
    )
    return Catalogue(tables, references)
