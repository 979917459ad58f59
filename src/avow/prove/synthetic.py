"""Synthetic rows: a person who does not exist, made to fit a table's own constraints.

Every value says what it is: reserved domain `example.invalid`, addresses of 192.0.2.0/24 (RFC 5737), the telephone
numbers +44 7700 900000 to 900999 that Ofcom keeps for drama, names that begin with "Avow Canary". Refuses to plant
anything by itself: it gives rows, and the caller rolls back or journals them.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from psycopg import sql
from psycopg.types.json import Json

from avow.datamap.holds import categories_of
from avow.datamap.model import StoreMap, Table
from avow.datamap.questions import shared_owners
from avow.prove.inquiry import CannotTell
from avow.prove.queries import load_query
from avow.prove.scene import Connection, RowRule
from avow.stores.port import ColumnInfo, ForeignKey, StoreDescription, TableInfo

HANDLING, DELIVERY = "avow_handling", "avow_batch"
NO_DELIVERY = "00000000-0000-0000-0000-000000000000"  # the batch of synthetic people
AUTHORITY = "avow-canary-authority"  # to whom the mystery shopper's police cases hand synthetic rows
NOBODY = "avow canary"  # a word that no closed list holds


@dataclass(frozen=True)
class Row:
    """One inserted row: `key` are its primary key columns with what the store gave them."""

    table: str
    key: Mapping[str, Any]


@dataclass
class Maker:
    """Makes rows for one store in one transaction. `token` stands in every text value, so that a leak is recognised."""

    store: StoreMap
    description: StoreDescription
    token: str = field(default_factory=lambda: secrets.token_hex(6))
    made: list[Row] = field(default_factory=list)
    journal: Callable[[str, str, str], None] | None = None  # table, key column, key: told before the row is planted

    def values_for(self, connection: Connection, table: str, fixed: Mapping[str, Any]) -> dict[str, Any]:
        """What an insert into `table` needs: `fixed` as given, the rest so that no constraint refuses it. Rows that it
        refers to are inserted. Raises CannotTell where the table is not described."""
        info = self._describe(table)
        mapped = self.store.find_table(table)
        values: dict[str, Any] = dict(fixed)
        for key in info.foreign_keys:
            if not set(key.columns) & set(values) and self._needed(info, key, mapped):
                values |= self._parent(connection, key, info)
        filled = self._filled(connection, table)
        for column in info.columns:
            if column.name not in values | filled and self._wants_value(column, mapped):
                values[column.name] = self._value(column, mapped)
        if HANDLING not in values and mapped is not None and mapped.source is not None and mapped.source.handling:
            values |= self._listed(connection, table)
        if DELIVERY not in values and info.find_column(DELIVERY) is not None:
            values[DELIVERY] = NO_DELIVERY
            values |= {c: self._typed(i, mapped) for c, i in self._reached(info, mapped).items() if not values.get(c)}
        values |= {k: v for k, v in self._owners(connection, info, mapped, values).items() if k not in values}
        return values

    def insert(self, connection: Connection, table: str, fixed: Mapping[str, Any]) -> Row:
        """Inserts one synthetic row and gives its primary key. Raises what the store raises."""
        values = self.values_for(connection, table, fixed)
        info = self._describe(table)
        keys = info.primary_key or tuple(c.name for c in info.columns[:1])
        values |= {
            k: self._typed(c, None)
            for k in keys
            if not info.primary_key and k not in values
            if (c := info.find_column(k))
        }
        if self.journal is not None:
            values |= self._registered_key(connection, info, values)
        statement = insert_statement(table, values, keys, own_key=self.journal is not None)
        found = connection.execute(statement, list(values.values())).fetchone()
        row = Row(table, dict(zip(keys, found or (), strict=True)))
        self.made.append(row)
        if self.journal is not None:
            self._answer(connection, table, values)
        return row

    def _answer(self, connection: Connection, table: str, values: Mapping[str, Any]) -> None:
        """A committed row that waits for a question gets its outcome, as everybody's must: "not answered", which opens nothing."""
        mapped = self.store.find_table(table)
        answers = self.store.find_table(mapped.asks.recorded_in) if mapped and mapped.asks else None
        paths = shared_owners(mapped, answers) if mapped and answers else None
        if mapped is None or mapped.asks is None or answers is None or answers.outcomes is None or paths is None:
            return
        open_with = {
            fixed for name, words in mapped.asks.unless.items() for fixed in fixed_for(mapped, {name: words}).items()
        }
        person, key = values.get(paths[0].steps[0].column), paths[1].steps[0].column
        if (
            person is None
            or any(values.get(c) == v for c, v in open_with)
            or self._has_answer(connection, answers.name, key, person)
        ):
            return
        words = dict.fromkeys(answers.outcomes.purposes.values(), answers.outcomes.words["unanswered"])
        self.insert(connection, answers.name, {key: person, **words})

    def _has_answer(self, connection: Connection, table: str, key: str, person: Any) -> bool:
        home, _, name = table.rpartition(".")
        statement = sql.SQL("SELECT FROM {} WHERE {} = %s").format(sql.Identifier(home, name), sql.Identifier(key))
        return connection.execute(statement, (person,)).fetchone() is not None

    def _registered_key(self, connection: Connection, info: TableInfo, values: Mapping[str, Any]) -> dict[str, Any]:
        """The key that the row will have, registered before it is planted."""
        if len(info.primary_key) != 1 or self.journal is None:
            raise CannotTell(f"{info.name} has no single key column: a canary there could not be removed by name")
        column = info.find_column(info.primary_key[0])
        if column is None:
            raise CannotTell(f"the key of {info.name} was not described")
        value = values.get(column.name)
        if value is None:
            value = self._new_key(connection, info, column)
        self.journal(info.name, column.name, str(value))
        return {column.name: value}

    def _new_key(self, connection: Connection, info: TableInfo, column: ColumnInfo) -> Any:
        found = connection.execute("SELECT pg_get_serial_sequence(%s, %s)", (info.name, column.name)).fetchone()
        if found and found[0]:
            row = connection.execute("SELECT nextval(%s::regclass)", (found[0],)).fetchone()
            return row[0] if row else None
        return self._typed(column, None)

    def _reached(self, info: TableInfo, mapped: Table | None) -> dict[str, ColumnInfo]:
        """The columns for an address: by a reserved one a row without a delivery is known to be nobody's."""
        named = [c.name for c in (mapped.columns if mapped else ()) if "email" in " ".join((c.name, *categories_of(c)))]
        live = {name: info.find_column(name) for name in named if "email" in name}
        return {name: column for name, column in live.items() if column is not None}

    def _filled(self, connection: Connection, table: str) -> dict[str, None]:
        """Columns that the store fills by itself, as of the description."""
        facts, asked = self.description.facts, ("filled", table)
        if asked not in facts:
            found = connection.execute(load_query("filled"), {"table": table})
            facts[asked] = {str(name): None for (name,) in found}
        return dict(facts[asked])

    def _listed(self, connection: Connection, table: str) -> dict[str, Any]:
        facts, asked = self.description.facts, ("handling", table)
        if asked not in facts:
            facts[asked] = listed_handling(connection, table)
        return dict(facts[asked])

    def _describe(self, table: str) -> TableInfo:
        info = self.description.find_table(table)
        if info is None:
            raise CannotTell(f"{table} is not there")
        return info

    def _needed(self, info: TableInfo, key: ForeignKey, mapped: Table | None) -> bool:
        """Whether a row must refer to another one: no null is allowed and the store gives no value by itself, or a
        control may ask for it."""
        columns = [c for name in key.columns if (c := info.find_column(name)) is not None]
        asked = _ruled_columns(mapped) | self._first_steps(mapped)
        wanted = all(not c.default and (not c.nullable or c.name in asked) for c in columns)
        return key.to_table != info.name and wanted

    def _first_steps(self, mapped: Table | None) -> frozenset[str]:
        """The columns by which rows lead to their people: a row without an owner would prove nothing about one."""
        return frozenset(path.steps[0].column for path in (mapped.owners if mapped else ()) if path.steps)

    def _parent(self, connection: Connection, key: ForeignKey, info: TableInfo) -> dict[str, Any]:
        parent = self.insert_once(connection, key.to_table)
        return {here: parent.get(there) for here, there in zip(key.columns, key.to_columns, strict=True)}

    def insert_once(self, connection: Connection, table: str) -> dict[str, Any]:
        """The key of a row of `table` made before in this transaction, or of a new one."""
        found = next((row for row in self.made if row.table == table), None) or self.insert(connection, table, {})
        return dict(found.key)

    def _owners(
        self, connection: Connection, info: TableInfo, mapped: Table | None, values: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The first step of each undeclared owner path: a reference that only the data map knows."""
        found: dict[str, Any] = {}
        for path in mapped.owners if mapped else ():
            step = path.steps[0] if path.steps else None
            column = info.find_column(step.column) if step else None
            if step is None or column is None or step.column in values or step.to_table == info.name:
                continue
            found[step.column] = self.insert_once(connection, step.to_table).get(step.to_column)
        return found

    def _wants_value(self, column: ColumnInfo, mapped: Table | None) -> bool:
        if column.generated or column.default:
            return False
        return not column.nullable or column.name in _ruled_columns(mapped)

    def _value(self, column: ColumnInfo, mapped: Table | None) -> Any:
        """A value of the column's type; where the map has a closed list for the column, one of that list."""
        if mapped is not None:
            source = mapped.source
            if source is not None and source.column == column.name and source.values:
                return next(iter(source.values))
            for attribute in mapped.attributes:
                if attribute.column == column.name and attribute.values:
                    return next(iter(attribute.values.values()))
        return self._typed(column, mapped)

    def _typed(self, column: ColumnInfo, mapped: Table | None) -> Any:
        kind = column.type.lower()
        if kind.startswith(("text", "character", "varchar", "citext")):
            return self._text(column, mapped, kind)
        if kind.startswith(("integer", "bigint", "smallint")):
            return 900_000_000 + secrets.randbelow(99_999_999) if not kind.startswith("small") else 32_000
        if kind.startswith(("numeric", "real", "double", "money")):
            return 1
        fixed: dict[str, Any] = {
            "boolean": False,
            "date": "2001-01-01",
            "uuid": _uuid(),
            "inet": "192.0.2.7",
            "cidr": "192.0.2.0/24",
            "json": Json({}),
            "jsonb": Json({}),
            "bytea": b"",
            "interval": "0",
        }
        if kind.startswith("timestamp"):
            return "2001-01-01 00:00:00+00"
        if kind.startswith("time"):
            return "00:00"
        if kind.endswith("[]"):
            return []
        if kind in fixed:
            return fixed[kind]
        raise CannotTell(f"no synthetic value is known for the type `{column.type}` of column `{column.name}`")

    def _text(self, column: ColumnInfo, mapped: Table | None, kind: str) -> str:
        mapped_column = mapped.find_column(column.name) if mapped else None
        categories = categories_of(mapped_column) if mapped_column else frozenset()
        words = " ".join([*categories, column.name])
        value = f"Avow Canary {self.token}"
        if "email" in words:
            value = f"avow-canary-{self.token}@example.invalid"
        elif "phone" in words or "fax" in words:
            value = f"+44 7700 900{secrets.randbelow(1000):03d}"
        elif "ip" in column.name.split("_") or "ip_address" in words:
            value = "192.0.2.7"
        return value[: _length(kind)]


def listed_handling(connection: Connection, table: str) -> dict[str, Any]:
    """The handling column with one value of its closed list; {} where there is no such list."""
    given = {"table": table, "column": HANDLING}
    for (text,) in connection.execute(load_query("handling_list"), given):
        numbers = [int(n) for n in re.findall(r"\b\d+\b", str(text)) if int(n) > 0]
        if numbers:
            return {HANDLING: numbers[0]}
    return {}


def fitting(table: Table, alternative: RowRule) -> dict[str, Any]:
    """Column values of a row that fits one alternative. Attributes that must not have a value get another one."""
    found = fixed_for(table, alternative.where)
    for name, values in alternative.where_not.items():
        attribute = table.find_attribute(name)
        known = [word for word in (attribute.values if attribute else {}) if word not in values]
        if name not in alternative.where:
            found |= fixed_for(table, {name: (known[0] if known else NOBODY,)})
    return found | ({table.clock: alternative.since} if alternative.since and table.clock else {})


def fixed_for(table: Table, where: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """Column values that make a row fit a predicate. Raises CannotTell for an attribute that the map does not place."""
    found: dict[str, Any] = {}
    for name, values in where.items():
        attribute = table.find_attribute(name)
        if attribute is None:
            raise CannotTell(f"the map of {table.name} does not say which column holds `{name}`")
        value = attribute.values.get(values[0], values[0])
        if value != "not null":
            found[attribute.column] = None if value == "null" else value
    return found


def _ruled_columns(mapped: Table | None) -> frozenset[str]:
    """Columns that a control may ask for although the table does not: the source and the row attributes."""
    if mapped is None:
        return frozenset()
    source = mapped.source.column if mapped.source else ""
    return frozenset({source, *(a.column for a in mapped.attributes)})


def insert_statement(
    table: str, values: Mapping[str, Any], returning: tuple[str, ...] = (), own_key: bool = False
) -> sql.Composed:
    """INSERT with placeholders in the order of `values`. `own_key`: also where the store would number the rows itself."""
    home, _, name = table.rpartition(".")
    overriding = "OVERRIDING SYSTEM VALUE " if own_key else ""
    statement = sql.SQL("INSERT INTO {} ({}) " + overriding + "VALUES ({})").format(
        sql.Identifier(home, name),
        sql.SQL(", ").join(map(sql.Identifier, values)),
        sql.SQL(", ").join([sql.Placeholder()] * len(values)),
    )
    if not values:
        statement = sql.SQL("INSERT INTO {} DEFAULT VALUES").format(sql.Identifier(home, name))
    if returning:
        columns = sql.SQL(", ").join(map(sql.Identifier, returning))
        statement = sql.SQL("{} RETURNING {}").format(statement, columns)
    return statement


def _length(kind: str) -> int | None:
    digits = "".join(ch for ch in kind.partition("(")[2] if ch.isdigit())
    return int(digits) if digits else None


def _uuid() -> str:
    import uuid

    return str(uuid.uuid4())
