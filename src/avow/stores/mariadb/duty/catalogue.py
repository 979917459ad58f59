"""What MariaDB's information_schema says that an erasure must know: types, what may be empty, keys, what refers to what.

Promises: one database, no row of its tables is read. Names are `database.table`, as in the data map. Refuses to know more
than the login may see.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from avow.stores.duty import ColumnSpec, PathSpec, StoreSpec, TableSpec

Row = tuple[Any, ...]
Ask = Callable[[str], list[Row]]
_TEXTS = frozenset({"char", "varchar", "tinytext", "text", "mediumtext", "longtext", "json", "enum", "set"})
_NUMBERS = frozenset({"tinyint", "smallint", "mediumint", "int", "bigint", "decimal", "float", "double", "bit", "year"})
DIALLED = frozenset({"int", "bigint", "decimal", "double"})  # of those, what is wide enough for a telephone number
SEARCHED = _TEXTS | {"binary", "varbinary", "blob", "tinyblob", "mediumblob", "longblob", "inet4", "inet6", "uuid"}


@dataclass(frozen=True)
class LiveColumn:
    name: str
    base: str
    type: str
    required: bool
    generated: bool
    unique: bool
    length: int

    @property
    def is_text(self) -> bool:
        return self.base in _TEXTS and self.base not in ("enum", "set")

    @property
    def is_number(self) -> bool:
        return self.base in _NUMBERS


@dataclass(frozen=True)
class Reference:
    """A declared foreign key; `clears` says that a delete empties the reference by itself."""

    name: str
    table: str
    columns: tuple[str, ...]
    to_table: str
    to_columns: tuple[str, ...]
    clears: bool


@dataclass(frozen=True)
class Mapped:
    """One table of the spec that the database has. Without a primary key a row is known by all of its values."""

    spec: TableSpec
    columns: Mapping[str, LiveColumn]
    key: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def listed(self) -> tuple[ColumnSpec, ...]:
        return tuple(c for c in self.spec.columns if c.name in self.columns)

    @property
    def personal(self) -> tuple[ColumnSpec, ...]:
        return tuple(c for c in self.listed if c.kind in ("value", "text", "json"))

    @property
    def cleanable(self) -> tuple[ColumnSpec, ...]:
        texts = (c for c in self.personal if self.columns[c.name].is_text and not self.columns[c.name].generated)
        return tuple(c for c in texts if c.kind != "value" or c.telling)

    @property
    def identity(self) -> tuple[str, ...]:
        return self.key or tuple(self.columns)


@dataclass(frozen=True)
class World:
    """The spec as far as the live database bears it out; `everything` has the tables that nobody mapped, too."""

    spec: StoreSpec
    tables: Mapping[str, Mapped]
    everything: Mapping[str, Mapping[str, LiveColumn]]
    references: tuple[Reference, ...]

    def people_of(self, table: Mapped) -> tuple[PathSpec, ...]:
        return tuple(path for path in table.spec.people if self._stands(table, path))

    def _stands(self, table: Mapped, path: PathSpec) -> bool:
        subject, reached = self.tables.get(path.subject), table
        if subject is None or (not path.steps and subject is not table):
            return False
        for step in path.steps:
            target = self.tables.get(step.to_table)
            if target is None or step.column not in reached.columns or step.to_column not in target.columns:
                return False
            reached = target
        return True

    def find_reference(self, table: str, column: str) -> Reference | None:
        return next((r for r in self.references if r.table == table and r.columns == (column,)), None)

    def link_can_go(self, table: Mapped, column: str) -> bool:
        """Whether a link to a person can be taken out of a row."""
        live = table.columns[column]
        if live.generated or not live.required:
            return not live.generated
        return not live.unique and self.find_reference(table.name, column) is None


def statement(name: str) -> str:
    """The text of `sql/<name>.sql`."""
    return (files(__package__) / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def read_world(spec: StoreSpec, database: str, ask: Ask) -> World:
    """The spec against one database."""
    everything: dict[str, dict[str, LiveColumn]] = {}
    keys: dict[str, list[str]] = {}
    for table, column, base, kind, required, generated, unique, length, primary in ask(statement("columns")):
        name = f"{database}.{table}"
        live = LiveColumn(column, base.lower(), kind, bool(required), bool(generated), bool(unique), int(length))
        everything.setdefault(name, {})[column] = live
        if primary:
            keys.setdefault(name, []).append(column)
    tables = {
        t.name: Mapped(t, everything[t.name], tuple(keys.get(t.name, ())))
        for t in spec.tables
        if t.name in everything and (not t.key or t.key in everything[t.name])
    }
    return World(spec, tables, everything, _references(database, ask))


def _references(database: str, ask: Ask) -> tuple[Reference, ...]:
    parts: dict[tuple[str, str], list[Row]] = {}
    for name, table, *rest in ask(statement("references")):
        parts.setdefault((name, table), []).append(tuple(rest))
    return tuple(
        Reference(
            name,
            f"{database}.{table}",
            tuple(row[0] for row in rows),
            f"{database}.{rows[0][1]}",
            tuple(row[2] for row in rows),
            rows[0][3] in ("SET NULL", "SET DEFAULT"),
        )
        for (name, table), rows in parts.items()
    )


def quoted(name: str) -> str:
    """An identifier, or `database.table`."""
    return ".".join("`" + part.replace("`", "``") + "`" for part in name.split(".", 1))
