"""Corrects values of one person in MariaDB, in the row that is named and in each live copy about the same person.

Promises: only rows about the person change. Refuses a row that no path leads to and that holds nothing of the person.
"""

from __future__ import annotations

from collections.abc import Sequence

from avow.stores.duty import Change, ColumnSpec, Done, Identifier, Person
from avow.stores.identifying import find_forms, normal
from avow.stores.mariadb.duty.catalogue import World, quoted
from avow.stores.mariadb.duty.rows import Ask, Found, Stream, collect, kinds_of, know


class NotThisPerson(Exception):
    """The row is not about the person; `table` names where."""

    def __init__(self, table: str, column: str = "") -> None:
        super().__init__(table)
        self.table, self.column = table, column


def change(ask: Ask, stream: Stream, world: World, person: Person, changes: Sequence[Change]) -> Done:
    """All changes of one item; the transaction is the caller's. Raises NotThisPerson."""
    known = know(ask, world, {"": person}, {})
    rows = [f for t in world.tables.values() for f in collect(stream, world, known, t) if f.how[0] != "m"]
    counts: dict[str, int] = {}
    for one in changes:
        row, column = _named(rows, one)
        old = row.texts[one.column]
        for other, same in _copies(world, rows, column, old) if one.everywhere and old else []:
            _set(ask, counts, other, same.name, one.value)
        _set(ask, counts, row, one.column, one.value)
    return Done(dict(sorted(counts.items())))


def _named(rows: Sequence[Found], one: Change) -> tuple[Found, ColumnSpec]:
    row = next((f for f in rows if f.table.name == one.table and f.row == one.row), None)
    column = row.table.spec.find_column(one.column) if row else None
    if row is None or column is None or column.kind not in ("value", "text", "json"):
        raise NotThisPerson(one.table, one.column)
    return row, column


def _copies(world: World, rows: Sequence[Found], column: ColumnSpec, old: str | None) -> list[tuple[Found, ColumnSpec]]:
    kind = column.identifies
    forms = find_forms(Identifier(kind, old or ""), world.spec.calling_code)
    return [
        (row, same)
        for row in rows
        for same in row.table.listed
        if column.kind == same.kind == "value" and set(kinds_of(same)) & set(kinds_of(column))
        and same.name not in row.table.key and row.table.columns[same.name].is_text and row.table.spec.erasure != "keep"
        and normal(kind, row.texts[same.name] or "") in forms
    ]  # fmt: skip


def _set(ask: Ask, counts: dict[str, int], row: Found, column: str, value: str | None) -> None:
    if row.texts[column] == value:
        return
    if row.table.key:
        where, values = " AND ".join(f"{quoted(name)} = %s" for name in row.table.key), list(row.identity)
    else:
        where = " AND ".join(f"CAST({quoted(name)} AS char) <=> %s COLLATE utf8mb4_bin" for name in row.texts)
        values = list(row.texts.values())
    ask(f"UPDATE {quoted(row.table.name)} SET {quoted(column)} = %s WHERE {where}", value, *values)
    row.texts[column] = value
    counts[f"{row.table.name} change"] = counts.get(f"{row.table.name} change", 0) + 1
