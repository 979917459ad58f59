"""Corrects values of one person, in the row that is named and in each live copy that is about the same person.

Promises: only rows about the person change; a copy is the old value in a column of the same kind, in any case and spacing.
Refuses a row that no path leads to and that holds nothing of the person: `store.not-this-person`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier, Literal

from avow.stores.duty import Change, Done, Person
from avow.stores.duty import Identifier as Known
from avow.stores.identifying import find_forms
from avow.stores.postgres.duty import hits, people
from avow.stores.postgres.duty.catalogue import template
from avow.stores.postgres.duty.erasing import record_steps
from avow.stores.postgres.duty.spelling import Held, Mapped, T, World, as_text, kinds_of, normal_sql, of, row_id

Connection = psycopg.Connection[tuple[Any, ...]]


class NotThisPerson(Exception):
    """The row is not about the person; `table` names where."""

    def __init__(self, table: str, column: str = "") -> None:
        super().__init__(table)
        self.table, self.column = table, column


def change(
    connection: Connection, world: World, run: str, item: str, person: Person, changes: Sequence[Change]
) -> Done:
    """All changes of one item. Raises NotThisPerson; nothing is changed then."""
    if not record_steps(connection, run, [item]):
        return Done(again=True)
    people.fill(connection, world, {item: person}, {})
    people.disown(connection, world, few=True)
    hits.collect_paths(connection, world, world.tables)
    hits.collect_identifiers(connection, world.tables, few=True)
    rows: dict[str, int] = {}
    for one in changes:
        table, column = _named(world, one)
        old = _old_value(connection, table, column, one)
        copies = _copies(world, table, column) if one.everywhere and old is not None else []
        for other, same in copies:
            count = _replace(connection, world, other, same, column, old, one.value)
            rows[f"{other.name} change"] = rows.get(f"{other.name} change", 0) + count
        count = _set(connection, table, column, one)
        rows[f"{table.name} change"] = rows.get(f"{table.name} change", 0) + count
    return Done({key: count for key, count in sorted(rows.items()) if count})


def _named(world: World, one: Change) -> tuple[Mapped, Held]:
    table = world.find(one.table)
    column = table.find(one.column) if table else None
    if table is None or column is None or column.spec.kind not in ("value", "text", "json") or column.live.generated:
        raise NotThisPerson(one.table, one.column)
    return table, column


def _old_value(connection: Connection, table: Mapped, column: Held, one: Change) -> str | None:
    """The value before; the row must be about the person."""
    query = SQL(
        "SELECT {} FROM {} t JOIN avow_hit h ON h.part = t.tableoid AND h.at = t.ctid"
        " WHERE h.t = {} AND h.how <> 'm' AND {} = %s LIMIT 1"
    ).format(as_text(T, column.name), table.ident, Literal(table.number), row_id(table))
    found = connection.execute(query, [one.row]).fetchone()
    if found is None:
        raise NotThisPerson(one.table, one.column)
    value: str | None = found[0]
    return value


def _copies(world: World, table: Mapped, column: Held) -> list[tuple[Mapped, Held]]:
    kinds = set(kinds_of(column))
    if column.spec.kind != "value" or not kinds:
        return []
    return [
        (other, same)
        for other in world.tables
        for same in other.columns
        if same.spec.kind == "value" and not same.live.generated and kinds & set(kinds_of(same)) and same.live.is_text
        and same.name not in other.live.key and other.spec.erasure != "keep"
    ]  # fmt: skip


def _replace(
    connection: Connection, world: World, table: Mapped, same: Held, column: Held, old: str | None, new: str | None
) -> int:
    """The old value in rows about the person becomes the new one. Where rows move, what was collected is followed."""
    kind = column.spec.identifies
    spelled = normal_sql(T, Held(replace(same.spec, identifies=kind), same.live))
    same_value = sorted(find_forms(Known(kind, old or ""), world.spec.calling_code))
    wanted = SQL("ANY ({})").format(Literal(same_value))
    statement = template("replace").format(
        table=table.ident,
        name=Identifier(same.name),
        number=Literal(table.number),
        value=spelled,
        wanted=wanted,
    )
    return connection.execute(statement, [new]).rowcount


def _set(connection: Connection, table: Mapped, column: Held, one: Change) -> int:
    statement = template("set").format(
        table=table.ident, name=Identifier(column.name), type=SQL(column.live.type), row=row_id(table),
        value=of(T, column.name), number=Literal(table.number),
    )  # fmt: skip
    return connection.execute(statement, [one.value, one.row, one.value]).rowcount
