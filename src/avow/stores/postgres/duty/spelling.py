"""Names, paths and values of a `StoreSpec` as PostgreSQL text: composed by psycopg, never by hand.

Promises: a value of a column is compared in the normal form of `avow.stores.identifying`, written so that an index on
`lower(btrim(column))` serves; a path is joined from the person inwards, so that indexes on the links serve. Refuses to guess:
a table or column of the spec that the store does not have is left out, and `check_ready` tells it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from psycopg.sql import SQL, Composable, Composed, Identifier, Literal

from avow.stores.duty import ColumnSpec, PathSpec, StoreSpec, TableSpec
from avow.stores.postgres.duty.catalogue import Catalogue, LiveColumn, LiveTable, template

T = SQL("t")


@dataclass(frozen=True)
class Held:
    """One column of the spec that the store has."""

    spec: ColumnSpec
    live: LiveColumn

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def cleanable(self) -> bool:
        """Texts in which a person may be mentioned: sentences, JSON, arrays, and telling values that are written as text."""
        if (
            self.live.generated
            or self.spec.kind in ("link", "plain")
            or (self.spec.kind == "value" and not self.telling)
        ):
            return False
        return self.live.is_text or self.live.is_json or self.live.category == "A"

    @property
    def telling(self) -> bool:
        return self.spec.kind in ("value", "text", "json") and self.spec.telling and not self.live.generated


@dataclass(frozen=True)
class Mapped:
    """One table of the spec that the store has; `number` is its place in the spec."""

    number: int
    spec: TableSpec
    live: LiveTable
    columns: tuple[Held, ...]

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def ident(self) -> Composable:
        return ident(self.spec.name)

    def find(self, column: str) -> Held | None:
        return next((c for c in self.columns if c.name == column), None)

    @property
    def personal(self) -> tuple[Held, ...]:
        return tuple(c for c in self.columns if c.spec.kind in ("value", "text", "json"))

    @property
    def identifying(self) -> tuple[Held, ...]:
        """Columns in which a strong identifier or an address of the network stands as the whole value."""
        return tuple(c for c in self.columns if c.spec.identifies and c.spec.identifies != "name")

    @property
    def cleanable(self) -> tuple[Held, ...]:
        return tuple(c for c in self.columns if c.cleanable)

    @property
    def mentionable(self) -> tuple[Held, ...]:
        """Texts in which anybody may be mentioned. A single value in a row of the people themselves is that person's own."""
        return tuple(c for c in self.cleanable if c.spec.kind != "value" or not self.spec.key)


@dataclass(frozen=True)
class World:
    """The spec as far as the live store bears it out."""

    spec: StoreSpec
    catalogue: Catalogue
    tables: tuple[Mapped, ...]

    def find(self, name: str) -> Mapped | None:
        return next((t for t in self.tables if t.name == name), None)

    @property
    def subjects(self) -> tuple[Mapped, ...]:
        return tuple(t for t in self.tables if t.spec.key)

    def people_of(self, table: Mapped) -> tuple[PathSpec, ...]:
        """The paths to natural persons whose every column the store has."""
        return tuple(path for path in table.spec.people if self._stands(table, path))

    def owners_of(self, table: Mapped) -> tuple[PathSpec, ...]:
        """The same to whoever a row is about, organisations included; a subject's own row leads to that subject."""
        own = (PathSpec(table.name, (), table.spec.organisation),) if table.spec.key else ()
        return (*own, *(p for p in table.spec.paths if p.steps and self._stands(table, p)))

    def _stands(self, table: Mapped, path: PathSpec) -> bool:
        subject, reached = self.find(path.subject), table
        if subject is None or (not path.steps and subject is not table):
            return False
        for step in path.steps:
            target = self.find(step.to_table)
            if target is None or step.column not in reached.live.columns or step.to_column not in target.live.columns:
                return False
            reached = target
        return True


def make_world(spec: StoreSpec, catalogue: Catalogue) -> World:
    """What of the spec stands in the store: tables that hold rows, with their columns."""
    found = []
    for number, table in enumerate(spec.tables):
        live = catalogue.tables.get(table.name)
        if live is None or live.kind not in "rp" or (table.key and table.key not in live.columns):
            continue
        held = tuple(Held(c, live.columns[c.name]) for c in table.columns if c.name in live.columns)
        found.append(Mapped(number, table, live, held))
    return World(spec, catalogue, tuple(found))


def ident(name: str) -> Composable:
    """`schema.table`, quoted."""
    return Identifier(*name.split(".", 1))


def of(alias: Composable, column: str) -> Composed:
    return SQL("{}.{}").format(alias, Identifier(column))


def as_text(alias: Composable, column: str) -> Composed:
    return SQL("{}::text").format(of(alias, column))


def normal_sql(alias: Composable, column: Held) -> Composed:
    """The value in its normal form, as text."""
    kind, value = column.spec.identifies, as_text(alias, column.name)
    if kind == "phone":
        return SQL("regexp_replace({}, '[^0-9]', '', 'g')").format(value)
    if kind == "ip" and column.live.base in ("inet", "cidr"):
        return SQL("host({})").format(of(alias, column.name))
    if kind in ("email", "customer_number", "cookie", "ip"):
        return SQL("lower(btrim({}))").format(value if not column.live.is_text else of(alias, column.name))
    return SQL("lower(regexp_replace(btrim({}), '\\s+', ' ', 'g'))").format(value)


def near_sql(alias: Composable, column: Held, few: bool) -> Composed:
    """A condition more where a column is compared with `few` telephone numbers: it tells most values apart without taking
    their digits out, which takes five times as long."""
    if not few or column.spec.identifies != "phone":
        return SQL("").format()
    return SQL(" AND ") + template("near_phone").format(text=as_text(alias, column.name))


def path_joins(world: World, table: Mapped, path: PathSpec, keys: Composable) -> Composed:
    """FROM items that lead from the person (`k`, with `subject` and `key`) to the rows `t` of the table."""
    parts: list[Composable] = [SQL("{} k").format(keys)]
    steps = path.steps
    for index in range(len(steps) - 1, 0, -1):
        through, alias = steps[index - 1].to_table, Identifier(f"s{index}")
        if index == len(steps) - 1:
            condition = _equals_key(world, through, alias, steps[index].column)
        else:
            condition = SQL("{} = {}").format(
                of(alias, steps[index].column), of(Identifier(f"s{index + 1}"), steps[index].to_column)
            )
        parts.append(SQL("JOIN {} {} ON {}").format(ident(through), alias, condition))
    if len(steps) > 1:
        last = SQL("{} = {}").format(of(T, steps[0].column), of(Identifier("s1"), steps[0].to_column))
    else:
        last = _equals_key(world, table.name, T, steps[0].column if steps else table.spec.key)
    parts.append(SQL("JOIN {} t ON {}").format(table.ident, last))
    return SQL(" ").join(parts)


def _equals_key(world: World, table: str, alias: Composable, column: str) -> Composed:
    kind = world.catalogue.tables[table].columns[column].type
    return SQL("{} = k.key::{}").format(of(alias, column), SQL(kind))


def key_of_path(world: World, path: PathSpec, table: Mapped) -> Composed:
    """The subject's key, as text, of a row `t`, but only if that subject exists: a link into nothing is nobody."""
    subject = world.find(path.subject)
    assert subject is not None
    if not path.steps:
        return as_text(T, table.spec.key)
    tables, where, last = _reach(path)
    return SQL("(SELECT {}::text FROM {} WHERE {} LIMIT 1)").format(of(last, subject.spec.key), tables, where)


def keys_of_path(world: World, path: PathSpec, table: Mapped) -> Composed:
    """The keys, as an array of text, of every subject that a row `t` leads to: a step before the last may lead to several rows."""
    subject = world.find(path.subject)
    assert subject is not None
    if not path.steps:
        return SQL("ARRAY[{}]").format(as_text(T, table.spec.key))
    tables, where, last = _reach(path)
    return SQL("ARRAY(SELECT {} FROM {} WHERE {})").format(as_text(last, subject.spec.key), tables, where)


def _reach(path: PathSpec) -> tuple[Composed, Composed, Composable]:
    """(FROM items, condition, alias of the subject table) that lead from a row `t` along the steps of a path."""
    parts: list[Composable] = []
    for index, step in enumerate(path.steps, 1):
        alias = Identifier(f"o{index}")
        before = T if index == 1 else Identifier(f"o{index - 1}")
        condition = SQL("{} = {}").format(of(alias, step.to_column), of(before, step.column))
        parts.append(SQL("{} {}").format(ident(step.to_table), alias))
        parts.append(condition)
    return SQL(", ").join(parts[0::2]), SQL(" AND ").join(parts[1::2]), Identifier(f"o{len(path.steps)}")


def people_beside(world: World, table: Mapped) -> Composable:
    """What identifies the other people to whom a row `t` leads, out of their own rows: an array of kind, tab, value."""
    found: list[Composable] = []
    for path in world.people_of(table):
        subject = world.find(path.subject)
        telling = [c for c in subject.columns if c.spec.identifies not in ("", "ip")] if subject else []
        if subject is None or not path.steps or not telling:
            continue  # what stands in the row itself is read with it
        tables, where, last = _reach(path)
        values = [SQL("{} || {}").format(Literal(f"{c.spec.identifies}\t"), as_text(last, c.name)) for c in telling]
        found.append(
            template("people_beside").format(
                tables=tables,
                where=where,
                values=SQL(", ").join(values),
                key=as_text(last, subject.spec.key),
                subject=Literal(path.subject),
            )
        )
    return SQL(" || ").join(found) if found else SQL("NULL::text[]")


def row_id(table: Mapped) -> Composable:
    """The primary key as text: one column as it stands, several as a JSON array, none as the row's place."""
    key = table.live.key
    if not key:
        return SQL("t.tableoid::int8 || ' ' || t.ctid::text")
    if len(key) == 1:
        return as_text(T, key[0])
    return SQL("jsonb_build_array({})::text").format(SQL(", ").join(as_text(T, column) for column in key))


def neutral(column: LiveColumn) -> Composable | None:
    """What stands for nothing: NULL, or where that is not allowed a value of the type; None where there is none."""
    if not column.required:
        return SQL("NULL")
    if column.unique:
        if not column.is_text:
            return SQL("gen_random_uuid()") if column.base == "uuid" else None
        cut = SQL("left({}, {})") if column.length else SQL("{}")
        made = SQL("replace(gen_random_uuid()::text, '-', '')")
        return cut.format(made, Literal(column.length)) if column.length else cut.format(made)
    word = _NEUTRAL.get(column.base, _NEUTRAL.get(column.category))
    if word is None:
        return None
    return SQL("{}::{}").format(Literal(word), SQL(column.type))


_NEUTRAL = {
    "uuid": "00000000-0000-0000-0000-000000000000", "inet": "0.0.0.0", "cidr": "0.0.0.0/32", "json": "{}", "jsonb": "{}",
    "bytea": "", "date": "0001-01-01", "timestamp": "0001-01-01", "timestamptz": "0001-01-01 00:00+00", "time": "00:00",
    "A": "{}", "N": "0", "B": "false", "T": "0", "S": "", "macaddr": "00:00:00:00:00:00",
}  # fmt: skip


def cleaned(column: Held, pattern: Composable) -> Composed:
    """The column's text with what matches the pattern taken out; other words stay. The row as it is where nothing matches."""
    value, text, kind = of(T, column.name), as_text(T, column.name), SQL(column.live.type)
    if column.live.is_json:
        # a bare number inside JSON becomes null: the word for what is gone would be no JSON there
        numbers = SQL("regexp_replace({}, '([:\\[,] ?)(' || {} || ')(?= ?[,}}\\]])', '\\1null', 'gi')").format(
            SQL("{}::jsonb::text").format(value), pattern
        )
        made = SQL("regexp_replace({}, {}, '[erased]', 'gi')::{}").format(numbers, pattern, kind)
        return SQL("CASE WHEN {}::jsonb::text ~* {} THEN {} ELSE {} END").format(value, pattern, made, value)
    made = SQL("regexp_replace({}, {}, '[erased]', 'gi')").format(text, pattern)
    if column.live.length:
        made = SQL("left({}, {})").format(made, Literal(column.live.length))
    return SQL("CASE WHEN {} ~* {} THEN {}::{} ELSE {} END").format(text, pattern, made, kind, value)


def reworded(column: Held, pattern: Composable, value: str, number: str) -> Composed | None:
    """The column's text with `value` in the place of what matches the pattern, and in JSON `number` in that of a bare number. As it
    is where nothing matches, or where the new text would be too long; None where the value cannot stand in the type."""
    held, text, kind = of(T, column.name), as_text(T, column.name), SQL(column.live.type)
    if column.live.is_json:
        whole = SQL("{}::jsonb::text").format(held)
        if number:  # a number of JSON begins with no zero; one that matches inside a string reads the same afterwards
            seen = SQL("'([:\\[,] ?)(?=[1-9][0-9]* ?[,}}\\]])(?:' || {} || ')(?= ?[,}}\\]])'").format(pattern)
            whole = SQL("regexp_replace({}, {}, {}, 'gi')").format(whole, seen, Literal(f"\\1{number}"))
        made = SQL("regexp_replace({}, {}, {}, 'gi')::{}").format(whole, pattern, _put(json.dumps(value)[1:-1]), kind)
        return SQL("CASE WHEN {}::jsonb::text ~* {} THEN {} ELSE {} END").format(held, pattern, made, held)
    if column.live.category == "A" and set(value) & set(',{}"\\'):
        return None
    made = SQL("regexp_replace({}, {}, {}, 'gi')").format(text, pattern, _put(value))
    fits = SQL("length({}) <= {}").format(made, Literal(column.live.length)) if column.live.length else SQL("true")
    return SQL("CASE WHEN {} ~* {} AND {} THEN {}::{} ELSE {} END").format(text, pattern, fits, made, kind, held)


def _put(value: str) -> Composable:
    """A replacement that stands for itself: a backslash is no reference to what was found."""
    return Literal(value.replace("\\", "\\\\"))


def any_of(parts: Iterable[Composable]) -> Composed:
    listed = list(parts)
    return SQL("({})").format(SQL(" OR ").join(listed)) if listed else SQL("false").format()


def mention_text(column: Held) -> Composed:
    """The text in which a mention is looked for."""
    if column.live.base == "json":
        return SQL("{}::jsonb::text").format(of(T, column.name))
    return as_text(T, column.name)


def kinds_of(column: Held) -> Iterator[str]:
    """Under which words a value of this column is compared with another's."""
    if column.spec.identifies:
        yield column.spec.identifies
    else:
        yield from column.spec.categories
