"""Corrects values of one person in MariaDB, in the row that is named and in each live copy about the same person.

Promises: only rows about the person change, and texts in which a strong old value stands that is the person's alone. Refuses a row
that no path leads to and that holds nothing of the person; leaves alone what identifies somebody else and tables that are not
`rewritable`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from avow.stores.duty import Change, ColumnSpec, Done, Identifier, Person, Swap
from avow.stores.identifying import ERASED, find_forms, find_pattern, normal, number_for
from avow.stores.mariadb.duty.catalogue import World, quoted
from avow.stores.mariadb.duty.rows import Ask, Found, Stream, collect, has_somebody_else, kinds_of, know
from avow.stores.needles import compile_pattern, reword_json, reword_text


class NotThisPerson(Exception):
    """The row is not about the person; `table` names where."""

    def __init__(self, table: str, column: str = "") -> None:
        super().__init__(table)
        self.table, self.column = table, column


def change(
    ask: Ask, stream: Stream, world: World, person: Person, changes: Sequence[Change], swaps: Sequence[Swap] = ()
) -> Done:
    """All changes of one item; the transaction is the caller's. Raises NotThisPerson."""
    known = know(ask, world, {"": person}, {})
    rows = [f for t in world.tables.values() for f in collect(stream, world, known, t) if f.how[0] != "m"]
    counts: dict[str, int] = {}
    found = list(swaps)
    for one in changes:
        row, column = _named(rows, one)
        old = row.texts[one.column]
        former = Identifier(column.identifies, old or "")
        if one.everywhere and old and former.strong:
            found.append(Swap(former, one.value or ""))
        elif one.everywhere and old:
            for other, same in _copies(rows, column, old):
                _set(ask, counts, other, same.name, one.value)
        _set(ask, counts, row, one.column, one.value)
    if found:
        _swap(ask, stream, world, person, found, counts)
    return Done(dict(sorted(counts.items())))


def _swap(
    ask: Ask, stream: Stream, world: World, person: Person, swaps: Sequence[Swap], counts: dict[str, int]
) -> None:
    """Puts each new value where the old one stands, as a whole or inside a text."""
    olds = dict.fromkeys([*person.identifiers, *(swap.old for swap in swaps)])
    known = know(ask, world, {"": replace(person, identifiers=tuple(olds))}, {})
    for table in (t for t in world.tables.values() if t.spec.rewritable):
        paths = world.people_of(table)
        key = table.spec.find_column(table.spec.key) if table.spec.key else None
        for row in list(collect(stream, world, known, table)):
            alone = not has_somebody_else(known, row, paths, bool(key and key.identifies))
            for swap in swaps:
                for name, value in _swapped(world, row, swap, swap.old in known[0].own, alone).items():
                    _set(ask, counts, row, name, value)


def _swapped(world: World, row: Found, swap: Swap, own: bool, alone: bool) -> dict[str, str | None]:
    """Column -> what stands there afterwards. A value that others have as well is changed in rows that lead to nobody else; what
    identifies somebody is reworded in such rows alone."""
    code, value = world.spec.calling_code, swap.value or ERASED
    forms, spelled = find_forms(swap.old, code), find_pattern(swap.old, code)
    pattern = compile_pattern(spelled) if own and spelled else None
    if pattern and pattern.search(value):
        pattern = None
    news: dict[str, str | None] = {}
    for column in row.table.listed:
        live, text = row.table.columns[column.name], row.texts[column.name]
        if not text or live.generated or not live.is_text or column.name in (*row.table.key, row.table.spec.key):
            continue
        single = column.kind == "value"
        if single and column.identifies == swap.old.kind and row.how[0] != "m" and normal(swap.old.kind, text) in forms:
            if own or alone:
                news[column.name] = swap.value or None
        elif pattern and column in row.table.cleanable and not (single and (row.table.spec.organisation or not alone)):
            reword = reword_json(text, pattern, value, number_for(swap.old, value)) if column.kind == "json" else ""
            news[column.name] = reword or reword_text(text, pattern, value)
    return {name: new for name, new in news.items() if new != row.texts[name] and _fits(row, name, new)}


def _fits(row: Found, column: str, value: str | None) -> bool:
    """A value too long for its column stays as it was; the search afterwards says where."""
    length = row.table.columns[column].length
    return not length or len(value or "") <= length


def _named(rows: Sequence[Found], one: Change) -> tuple[Found, ColumnSpec]:
    row = next((f for f in rows if f.table.name == one.table and f.row == one.row), None)
    column = row.table.spec.find_column(one.column) if row else None
    if row is None or column is None or column.kind not in ("value", "text", "json"):
        raise NotThisPerson(one.table, one.column)
    return row, column


def _copies(rows: Sequence[Found], column: ColumnSpec, old: str) -> list[tuple[Found, ColumnSpec]]:
    kind = column.identifies
    forms = find_forms(Identifier(kind, old))
    return [
        (row, same)
        for row in rows
        for same in row.table.listed
        if column.kind == same.kind == "value" and set(kinds_of(same)) & set(kinds_of(column))
        and same.name not in row.table.key and row.table.columns[same.name].is_text and row.table.spec.rewritable
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
