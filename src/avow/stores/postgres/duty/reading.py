"""Reads every row about a person, table by table: along the paths, by identifiers, by mentions in texts.

Promises: one prepared statement for all tables, constant memory here (rows are streamed as the server finds them), one
consistent snapshot, each row once. What identifies other people in the same row is named beside it, to be masked. Refuses to
mask anything itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import psycopg
from psycopg.sql import SQL, Composable, Composed, Literal
from psycopg.sql import Identifier as SQLIdentifier

from avow.stores.duty import Identifier, PathSpec, Person, Row
from avow.stores.identifying import find_forms, find_in_text, find_pattern, list_beside, normal
from avow.stores.postgres.duty import hits, people
from avow.stores.postgres.duty.catalogue import template
from avow.stores.postgres.duty.spelling import (
    Held,
    Mapped,
    T,
    World,
    any_of,
    as_text,
    kinds_of,
    of,
    path_joins,
    people_beside,
    row_id,
)

Connection = psycopg.Connection[tuple[Any, ...]]
HOW = {"p": "path", "i": "identifier", "m": "mention"}
PREPARE = SQL("PREPARE avow_read (text[], text[], int[], text[], text[], text[], text[], text[]) AS ")
_NONE = SQL("SELECT 0, 0::oid, NULL::tid, 0, 'p'::\"char\", false WHERE false")


def statement_of(world: World) -> Composed:
    """The statement that reads a person in this store, to be prepared once per connection."""
    ordered = _subjects_first(world)
    led: list[Composable] = [
        hits.path_arm(world, t, path) for t in ordered if not _direct(world, t) for path in world.people_of(t)
    ]
    named: list[Composable] = [
        arm for t in ordered for c in t.identifying if (arm := hits.identifier_arm(t, c, SQL("led"))) is not None
    ]
    kinds = ("email", "phone", "word")
    mentioned: list[Composable] = [arm for t in ordered if t.mentionable for arm in hits.mention_arms(t, kinds)]
    others: list[Composable] = [*people.others_arms(world)]
    rows = [arm for t in ordered for arm in _rows(world, t)]
    query = template("read").format(
        others=SQL(" UNION ").join(others or [SQL("SELECT 0, 0 WHERE false")]),
        led=SQL(" UNION ").join(led or [_NONE]),
        named=SQL(" UNION ").join(named or [_NONE]),
        mentioned=SQL(" UNION ").join(mentioned or [_NONE]),
        rows=SQL(" UNION ALL ").join(rows),
    )
    return PREPARE + query


def _subjects_first(world: World) -> list[Mapped]:
    """The values in the own rows of a person tell which values elsewhere are the person's."""
    return sorted(world.tables, key=lambda t: not (t.spec.key and not t.spec.organisation))


def _direct(world: World, table: Mapped) -> bool:
    """One path of at most one step, and nothing else to find the rows by: they are read where the path leads to them."""
    paths = world.people_of(table)
    return len(paths) == 1 and len(paths[0].steps) <= 1 and not (table.identifying or table.mentionable)


def _rows(world: World, table: Mapped) -> Iterator[Composed]:
    shown = SQL("{number}, {row}, {how}, {at}, {source}, {party}, {shared}, {beside}, {values}")
    facts: dict[str, Composable] = {
        "number": Literal(table.number), "row": row_id(table), "at": _clock(table), "source": _source(table),
        "shared": _shared(world, table), "party": _party(table),
        "values": SQL("ARRAY[{}]::text[]").format(SQL(", ").join(as_text(T, c.name) for c in table.personal)),
    }  # fmt: skip
    if _direct(world, table):
        path: PathSpec = world.people_of(table)[0]
        listed = shown.format(how=SQL("'p'::\"char\""), beside=SQL("NULL::text[]"), **facts)
        joins = path_joins(world, table, path, hits.KEYS)
        yield SQL("SELECT {} FROM {} WHERE k.subject = {}").format(listed, joins, Literal(path.subject))
        return
    sources = [SQL("avow_hit")] if world.people_of(table) or table.identifying else []
    sources += [SQL("mentioned")] if table.mentionable else []
    for source in sources:
        places = SQL(
            "SELECT DISTINCT ON (part, at) part, at, how FROM {} WHERE t = {} ORDER BY part, at, how DESC"
        ).format(source, Literal(table.number))
        yield SQL("SELECT {} FROM ({}) h JOIN {} t ON t.tableoid = h.part AND t.ctid = h.at").format(
            shown.format(how=SQL("h.how"), beside=_beside(world, table), **facts), places, table.ident
        )


def read(connection: Connection, world: World, person: Person) -> Iterator[Row]:
    """Rows about the person, subject rows first. The connection's transaction is the snapshot."""
    query, known = _execution(world, person)
    tables = {table.number: table for table in world.tables}
    shapes = {number: _Shape(table) for number, table in tables.items()}
    with connection.cursor() as cursor:
        for number, row, how, at, source, party, shared, beside, values in cursor.stream(query, size=500):
            table, shape = tables[number], shapes[number]
            held = dict(zip(shape.names, values, strict=True))
            if table.spec.key and how == "p":
                known |= shape.values_of(held)
            others = (*shape.others(held, known, how != "p" or shared), *list_beside(beside or (), known))
            spec = table.spec
            yield Row(
                world.spec.name, table.name, spec.record_kind, row, HOW[how], held, others, at or "",
                _source_term(spec.source_always, spec.source_values, source), party or "",
            )  # fmt: skip


def _execution(world: World, person: Person) -> tuple[Composed, set[tuple[str, str]]]:
    """The prepared statement with this person's values, and what is known to be the person's."""
    code = world.spec.calling_code
    keys = [key for key in dict.fromkeys(person.keys) if people.fits(world, key.table, key.key)]
    forms = [
        (i, one.kind, form, one.since, one.until, find_pattern(one, code))
        for i, one in enumerate(dict.fromkeys(person.identifiers))
        for form in sorted(find_forms(one, code))
    ]
    known = {(kind, form) for _, kind, form, *_ in forms}
    lists: list[Any] = [[key.table for key in keys], [key.key for key in keys]]
    lists += [[row[column] for row in forms] for column in range(6)]
    values = SQL(", ").join(Literal(value) if value else SQL("'{{}}'").format() for value in lists)
    return SQL("EXECUTE avow_read ({})").format(values), known


class _Shape:
    """What of a table's values is compared: computed once per table."""

    def __init__(self, table: Mapped) -> None:
        self.columns = table.personal
        self.names = [c.name for c in self.columns]
        kinds = [c.spec.identifies for c in self.columns]
        self._doubled = {kind for kind in kinds if kind and kinds.count(kind) > 1}
        self._told = [c for c in self.columns if c.spec.identifies or c.spec.kind in ("text", "json")]

    def values_of(self, held: Mapping[str, str | None]) -> set[tuple[str, str]]:
        """The identifiers in an own row of the person."""
        return {
            (kind, normal(kind, value))
            for column in self.columns
            if column.spec.identifies and (value := held[column.name])
            for kind in kinds_of(column)
        }

    def others(
        self, held: Mapping[str, str | None], known: set[tuple[str, str]], shared: bool
    ) -> tuple[Identifier, ...]:
        """Identifiers of other people: in a row that is not the person's alone, in the second column of a kind, in texts."""
        found: dict[Identifier, None] = {}
        for column in self._told:
            value, kind = held[column.name], column.spec.identifies
            if value:
                found |= dict.fromkeys(self._others_in(column, kind, value, known, shared))
        return tuple(found)

    def _others_in(
        self, column: Held, kind: str, value: str, known: set[tuple[str, str]], shared: bool
    ) -> Iterable[Identifier]:
        inside = () if kind in ("ip", "name", "phone") else find_in_text(value)
        if kind and (shared or kind in self._doubled) and (kind, normal(kind, value)) not in known and len(inside) < 2:
            yield Identifier(kind, value)
        elif column.spec.kind in ("text", "json") or len(inside) > 1:
            yield from (one for one in inside if (one.kind, normal(one.kind, one.value)) not in known)


def _beside(world: World, table: Mapped) -> Composable:
    """The other people to whom a row leads: somebody's besides the person where several paths do, or where a mention found it."""
    beside = people_beside(world, table)
    if len(world.people_of(table)) > 1:
        return beside
    return SQL("CASE WHEN h.how <> 'p' THEN {} END").format(beside)


def _clock(table: Mapped) -> Composable:
    clock = table.live.columns.get(table.spec.clock)
    if clock is None:
        return SQL("NULL::text")
    value = of(T, clock.name)
    if clock.base == "date":
        return SQL("to_char({}, 'YYYY-MM-DD')").format(value)
    if clock.base == "timestamptz":
        value = SQL("({} AT TIME ZONE 'UTC')").format(value)
    elif clock.base != "timestamp":
        return as_text(T, clock.name)
    return SQL('to_char({}, \'YYYY-MM-DD"T"HH24:MI:SS"Z"\')').format(value)


def _source(table: Mapped) -> Composable:
    column = table.spec.source_column
    if column not in table.live.columns:
        return SQL("NULL::text")
    if column == "avow_handling":
        return SQL("(SELECT g.source FROM avow.handling g WHERE g.id = t.avow_handling)")
    return as_text(T, column)


def _party(table: Mapped) -> Composable:
    """What the firm that passed the row on is called."""
    given = table.spec.source_party
    if given is None or given[0] not in table.live.columns:
        return SQL("NULL::text")
    column, home, key, name = given
    firms = SQL("(SELECT f.{}::text FROM {} f WHERE f.{} = t.{})")
    return firms.format(
        SQLIdentifier(name), SQLIdentifier(*home.split(".", 1)), SQLIdentifier(key), SQLIdentifier(column)
    )


def _source_term(always: str, values: Mapping[str, str], found: str | None) -> str:
    if always or not found:
        return always
    return values.get(found, "" if values else found)


def _shared(world: World, table: Mapped) -> Composable:
    """The row also leads to another natural person."""
    paths = world.people_of(table)
    return any_of(hits.somebody_else(world, table, path) for path in paths) if len(paths) > 1 else SQL("false")
