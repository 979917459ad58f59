"""Corrects values of one person, in the row that is named and in each live copy that is about the same person.

Promises: a copy is the old value in a column of the same kind, in any case and spacing; a strong old value that is the person's
alone is put right inside texts and JSON, too, also where others wrote it. Refuses a row that no path leads to and that holds
nothing of the person (`store.not-this-person`); leaves alone what identifies somebody else and tables that are not `rewritable`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import psycopg
from psycopg.sql import SQL, Composable, Identifier, Literal

from avow.stores.duty import Change, Done, Person, Swap
from avow.stores.duty import Identifier as Known
from avow.stores.identifying import ERASED, find_forms, find_pattern, number_for
from avow.stores.needles import compile_pattern
from avow.stores.postgres.duty import hits, people
from avow.stores.postgres.duty.catalogue import template
from avow.stores.postgres.duty.erasing import record_steps
from avow.stores.postgres.duty.fates import in_order
from avow.stores.postgres.duty.hits import somebody_else
from avow.stores.postgres.duty.spelling import (
    Held,
    Mapped,
    T,
    World,
    any_of,
    as_text,
    kinds_of,
    mention_text,
    normal_sql,
    of,
    reworded,
    row_id,
)

Connection = psycopg.Connection[tuple[Any, ...]]


class NotThisPerson(Exception):
    """The row is not about the person; `table` names where."""

    def __init__(self, table: str, column: str = "") -> None:
        super().__init__(table)
        self.table, self.column = table, column


@dataclass(frozen=True)
class _Asked:
    """One change, where it is to be made, and what stood there."""

    change: Change
    table: Mapped
    column: Held
    old: str | None

    @property
    def swap(self) -> Swap | None:
        """What it means for every other place, where the old value tells who the person is."""
        kind, old = self.column.spec.identifies, self.old or ""
        known = Known(kind, old)
        return Swap(known, self.change.value or "") if self.change.everywhere and old and known.strong else None


def change(
    connection: Connection,
    world: World,
    run: str,
    item: str,
    person: Person,
    changes: Sequence[Change],
    swaps: Sequence[Swap] = (),
) -> Done:
    """All changes of one item. Raises NotThisPerson; nothing is changed then."""
    if not record_steps(connection, run, [item]):
        return Done(again=True)
    _collect(connection, world, item, person)
    asked = [
        _Asked(one, *found, _old_value(connection, *found, one)) for one in changes for found in [_named(world, one)]
    ]
    swaps = [*swaps, *(one.swap for one in asked if one.swap)]
    known = list(dict.fromkeys([*person.identifiers, *(swap.old for swap in swaps)]))
    if swaps:
        _collect(connection, world, item, replace(person, identifiers=tuple(known)))
        hits.collect_mentions(connection, world.tables)
    own = {known[i] for (i,) in connection.execute("SELECT i FROM avow_ident WHERE own").fetchall()}
    rows: Counter[str] = Counter()
    for table in in_order(world):  # children first: a change of a parent can set their marks anew, and so move them
        rows[f"{table.name} change"] = sum(_change(connection, world, table, asked, swaps, own))
    return Done({key: count for key, count in sorted(rows.items()) if count})


def _collect(connection: Connection, world: World, item: str, person: Person) -> None:
    people.fill(connection, world, {item: person}, {})
    people.disown(connection, world, few=True)
    hits.collect_paths(connection, world, world.tables)
    hits.collect_identifiers(connection, world.tables, few=True)


def _change(
    connection: Connection, world: World, table: Mapped, asked: Sequence[_Asked], swaps: Sequence[Swap], own: set[Known]
) -> Iterator[int]:
    """Copies and mentions in one table, then what is named in it; how many rows each."""
    if table.spec.rewritable:
        for one in asked:
            if one.change.everywhere and one.old is not None and one.swap is None:
                for same in _copies(table, one.column):
                    old = Known(one.column.spec.identifies, one.old)
                    yield _replace(connection, world, table, same, Swap(old, one.change.value or ""), True)
        for swap in swaps:
            for same in (c for c in table.columns if c.spec.identifies == swap.old.kind and _can_be_a_copy(table, c)):
                yield _replace(connection, world, table, same, swap, swap.old in own)
            if swap.old in own:
                yield _reword(connection, world, table, swap)
    for one in asked:
        if one.table is table:
            yield _set(connection, table, one.column, one.change)


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


def _can_be_a_copy(table: Mapped, column: Held) -> bool:
    live = column.live
    return column.spec.kind == "value" and not live.generated and live.is_text and column.name not in table.live.key


def _copies(table: Mapped, column: Held) -> list[Held]:
    """The columns of a table in which the same value may stand."""
    kinds = set(kinds_of(column))
    if column.spec.kind != "value":
        return []
    return [same for same in table.columns if kinds & set(kinds_of(same)) and _can_be_a_copy(table, same)]


def _replace(connection: Connection, world: World, table: Mapped, same: Held, swap: Swap, own: bool) -> int:
    """The old value in rows about the person becomes the new one; one that others have, too, in rows that lead to nobody else."""
    if same.live.length and len(swap.value) > same.live.length:
        return 0  # it stays, and the search afterwards says where
    kind = swap.old.kind
    forms = sorted(find_forms(swap.old, world.spec.calling_code))
    statement = template("replace").format(
        table=table.ident,
        name=Identifier(same.name),
        number=Literal(table.number),
        value=normal_sql(T, Held(replace(same.spec, identifies=kind), same.live)),
        wanted=SQL("ANY ({})").format(Literal(forms)),
        alone=SQL("") if own else SQL(" AND {}").format(_alone(world, table)),
    )
    return connection.execute(statement, [swap.value or None]).rowcount


def _alone(world: World, table: Mapped) -> Composable:
    """The row leads to nobody but the person."""
    key = table.find(table.spec.key)
    own = bool(key and key.spec.identifies)  # a list of addresses: its own key is the same person, whoever that is
    paths = [path for path in world.people_of(table) if path.steps or not own]
    return SQL("NOT {}").format(any_of(somebody_else(world, table, path) for path in paths))


def _reword(connection: Connection, world: World, table: Mapped, swap: Swap) -> int:
    """The new value inside the texts of one table. What identifies somebody is reworded in rows that lead to nobody else."""
    code, value = world.spec.calling_code, swap.value or ERASED
    spelled = find_pattern(swap.old, code)
    if not spelled or compile_pattern(spelled).search(value):
        return 0
    pattern, number = Literal(spelled), number_for(swap.old, value)
    alone = _alone(world, table)
    sets, found = [], []
    for column in table.cleanable:
        single = column.spec.kind == "value"
        made = reworded(column, pattern, value, number)
        if made is None or column.name in (*table.live.key, table.spec.key) or (single and table.spec.organisation):
            continue
        condition = SQL("({} AND {} ~* {})").format(alone if single else SQL("true"), mention_text(column), pattern)
        sets.append(
            SQL("{} = CASE WHEN {} THEN {} ELSE {} END").format(
                Identifier(column.name), condition, made, of(T, column.name)
            )
        )
        found.append(condition)
    if not sets:
        return 0
    statement = template("reword").format(
        table=table.ident, sets=SQL(", ").join(sets), number=Literal(table.number), found=any_of(found)
    )
    return connection.execute(statement).rowcount


def _set(connection: Connection, table: Mapped, column: Held, one: Change) -> int:
    statement = template("set").format(
        table=table.ident, name=Identifier(column.name), type=SQL(column.live.type), row=row_id(table),
        value=of(T, column.name), number=Literal(table.number),
    )  # fmt: skip
    return connection.execute(statement, [one.value, one.row, one.value]).rowcount
