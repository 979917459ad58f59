"""Reads every row about a person, table by table: along the paths, by identifiers, by mentions in texts.

Promises: constant memory (rows are streamed as the server finds them), one consistent snapshot, each row once. What
identifies other people in the same row is named beside it, to be masked. Refuses to mask anything itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import psycopg
from psycopg.sql import SQL, Composable, Literal

from avow.stores.duty import Identifier, Person, Row
from avow.stores.identifying import find_forms, find_in_text, normal
from avow.stores.postgres.duty import hits, people
from avow.stores.postgres.duty.catalogue import template
from avow.stores.postgres.duty.spelling import Held, Mapped, T, World, any_of, as_text, of, row_id

Connection = psycopg.Connection[tuple[Any, ...]]
HOW = {"p": "path", "i": "identifier", "m": "mention"}


def read(connection: Connection, world: World, person: Person) -> Iterator[Row]:
    """Rows in the order of the spec's tables. The connection's transaction is the snapshot."""
    people.fill(connection, world, {"": person}, {})
    people.disown(connection, world)
    hits.collect_paths(connection, world, world.tables)
    people.describe(connection, world)
    hits.collect_identifiers(connection, world, world.tables)
    hits.collect_mentions(connection, world, world.tables)
    found = {number for number, _, _ in hits.counted(connection)}
    known = _known(connection, world, person)
    for table in (t for t in world.tables if t.number in found):
        yield from _rows(connection, world, table, known)


def _known(connection: Connection, world: World, person: Person) -> frozenset[tuple[str, str]]:
    """(kind, normal form) of everything that is the person's own."""
    known = {(i.kind, form) for i in person.identifiers for form in find_forms(i, world.spec.calling_code)}
    for (vals,) in connection.execute("SELECT vals FROM pg_temp.avow_person").fetchall():
        known |= {(kind, form) for part in vals.split("\x01") if part for kind, _, form in [part.partition(" ")]}
    return frozenset(known)


def _rows(connection: Connection, world: World, table: Mapped, known: frozenset[tuple[str, str]]) -> Iterator[Row]:
    columns = table.personal
    query = template("rows").format(
        row=row_id(table), at=_clock(table), source=_source(table), shared=_shared(world, table), table=table.ident,
        values=SQL("ARRAY[{}]::text[]").format(SQL(", ").join(as_text(T, c.name) for c in columns)),
        number=Literal(table.number),
    )  # fmt: skip
    kinds = [c.spec.identifies for c in columns]
    doubled = {kind for kind in kinds if kind and kinds.count(kind) > 1}
    spec = table.spec
    with connection.cursor() as cursor:
        for row, how, at, source, shared, values in cursor.stream(query, size=500):
            held = dict(zip([c.name for c in columns], values, strict=True))
            others = _others(columns, held, known, HOW[how] != "path" or shared, doubled)
            yield Row(
                world.spec.name, table.name, spec.record_kind, row, HOW[how], held, others, at or "",
                _source_term(spec.source_always, spec.source_values, source),
            )  # fmt: skip


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


def _source_term(always: str, values: Mapping[str, str], found: str | None) -> str:
    if always or not found:
        return always
    return values.get(found, "" if values else found)


def _shared(world: World, table: Mapped) -> Composable:
    """The row also leads to another natural person."""
    paths = world.people_of(table)
    if len(paths) < 2:
        return SQL("false")
    return any_of(hits.somebody_else(world, table, path) for path in paths)


def _others(
    columns: tuple[Held, ...],
    held: Mapping[str, str | None],
    known: frozenset[tuple[str, str]],
    shared: bool,
    doubled: set[str],
) -> tuple[Identifier, ...]:
    """Identifiers of other people: in a row that is not the person's alone, in the second column of a kind, in texts."""
    found: dict[Identifier, None] = {}
    for column in columns:
        value, kind = held[column.name], column.spec.identifies
        if not value:
            continue
        inside = () if kind in ("ip", "name", "phone") else find_in_text(value)
        if kind and (shared or kind in doubled) and (kind, normal(kind, value)) not in known and len(inside) < 2:
            found[Identifier(kind, value)] = None
        elif column.spec.kind in ("text", "json") or len(inside) > 1:
            found |= {one: None for one in inside if (one.kind, normal(one.kind, one.value)) not in known}
    return tuple(found)
