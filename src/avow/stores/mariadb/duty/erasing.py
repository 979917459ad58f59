"""Erases people in MariaDB: the same decisions as in any store, row by row, all items in one transaction, children first.

Promises: what the port promises; a row is changed by its key, so other rows cannot be meant. Refuses to hold more than one
batch in memory: the caller bounds the batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from avow.stores.duty import ColumnSpec, Done, Hold, Person, Planned
from avow.stores.identifying import normal
from avow.stores.mariadb.duty.catalogue import LiveColumn, Mapped, Reference, World, quoted
from avow.stores.mariadb.duty.rows import Ask, Found, Known, Stream, collect, has_somebody_else, kinds_of, know
from avow.stores.needles import clean_json, clean_text
from avow.stores.ordering import children_first

_ERASURE = {"delete": "d", "anonymise": "a", "keep": "k"}
_ACTIONS = {"d": "delete", "a": "anonymise", "s": "anonymise", "e": "anonymise", "c": "clean", "k": "keep"}
Rows = dict[str, dict[tuple[Any, ...], Found]]


def order(world: World) -> tuple[Mapped, ...]:
    """Children first, by declared references and owner paths."""
    references = [(r.table, r.to_table) for r in world.references]
    references += [
        (t.name, path.steps[0].to_table) for t in world.tables.values() for path in world.people_of(t) if path.steps
    ]
    return tuple(world.tables[name] for name in children_first(list(world.tables), references))


def plan(ask: Ask, stream: Stream, world: World, person: Person, holds: Sequence[Hold]) -> tuple[Planned, ...]:
    """What an erasure would do to one person's rows."""
    _, rows = _decide(ask, stream, world, {"": person}, {"": holds})
    counts = _count(rows, [""])[""]
    said = {hold.table: hold.ground for hold in holds}
    planned = []
    for what, count in sorted(counts.items()):
        table, _, action = what.rpartition(" ")
        ground = (said.get(table) or world.tables[table].spec.ground) if action == "keep" else ""
        planned.append(Planned(table, action, count, ground))
    return tuple(planned)


def erase(
    ask: Ask, stream: Stream, world: World, batch: Mapping[str, Person], holds: Mapping[str, Sequence[Hold]]
) -> dict[str, Done]:
    """Erases the people; the transaction is the caller's."""
    known, rows = _decide(ask, stream, world, batch, holds)
    ordered = order(world)
    for table in ordered:
        for found in rows.get(table.name, {}).values():
            if found.fate in "asec":
                _change(ask, world, known, found)
    for table in ordered:
        for found in rows.get(table.name, {}).values():
            if found.fate == "d":
                where, values = _where(found)
                ask(f"DELETE FROM {quoted(table.name)} WHERE {where}", *values)
    return {item: Done(dict(sorted(counts.items()))) for item, counts in _count(rows, list(batch)).items()}


def _decide(
    ask: Ask, stream: Stream, world: World, batch: Mapping[str, Person], holds: Mapping[str, Sequence[Hold]]
) -> tuple[list[Known], Rows]:
    known = know(ask, world, batch, holds)
    rows: Rows = {}
    for table in order(world):
        rows[table.name] = {found.identity: found for found in collect(stream, world, known, table)}
        for found in rows[table.name].values():
            found.fate = _fate(world, known, found)
        for reference in (r for r in world.references if r.to_table == table.name and not r.clears):
            _block(ask, world, table, reference, rows)
    return known, rows


def _fate(world: World, known: Sequence[Known], found: Found) -> str:
    erasure, ways = _ERASURE[found.table.spec.erasure], set(found.how.values())
    if len(found.held) == len(found.how) or erasure == "k":
        return "k"
    if ways == {"m"}:
        return "c"
    key = found.table.spec.find_column(found.table.spec.key) if found.table.spec.key else None
    shared = has_somebody_else(known, found, world.people_of(found.table), bool(key and key.identifies))
    if found.held or shared or ("p" not in ways and erasure == "a"):
        return "s"
    return erasure


def _block(ask: Ask, world: World, table: Mapped, reference: Reference, rows: Rows) -> None:
    """Rows to be deleted that a staying row refers to are emptied instead. Within one table until nothing changes."""
    child = world.tables.get(reference.table)
    again = True
    while again:
        again = False
        for found in (f for f in rows[table.name].values() if f.fate == "d"):
            values = [found.texts[c] for c in reference.to_columns]
            condition = " AND ".join(f"{quoted(c)} = %s" for c in reference.columns)
            listed = ", ".join(map(quoted, child.identity)) if child and child.key else "NULL"
            for identity in ask(f"SELECT {listed} FROM {quoted(reference.table)} WHERE {condition}", *values):
                other = rows.get(reference.table, {}).get(identity) if child and child.key else None
                if other is None or not _goes(world, other, reference):
                    found.fate, again = "e", reference.table == table.name


def _goes(world: World, other: Found, reference: Reference) -> bool:
    if other.fate == "d":
        return True
    led = any(
        len(path.steps) == 1 and (path.steps[0].column,) == reference.columns for path in world.people_of(other.table)
    )
    can_go = len(reference.columns) == 1 and world.link_can_go(other.table, reference.columns[0])
    return other.fate in "as" and led and can_go and not other.held


def _change(ask: Ask, world: World, known: Sequence[Known], found: Found) -> None:
    """Empties, unlinks and cleans one row that stays."""
    people = [known[n] for n in found.how if n not in found.held]
    news = dict(_unlinked(ask, world, people, found)) if found.fate != "c" else {}
    for column in found.table.personal:
        if column.name not in news:
            news |= _new_value(ask, world, known, people, found, column)
    sets = {name: value for name, value in news.items() if value != found.texts[name]}
    if sets:
        listed = ", ".join(f"{quoted(name)} = %s" for name in sets)
        where, values = _where(found)
        ask(f"UPDATE {quoted(found.table.name)} SET {listed} WHERE {where}", *sets.values(), *values)


def _where(found: Found) -> tuple[str, list[Any]]:
    if found.table.key:
        return " AND ".join(f"{quoted(name)} = %s" for name in found.table.key), list(found.identity)
    return (
        " AND ".join(f"CAST({quoted(name)} AS char) <=> %s COLLATE utf8mb4_bin" for name in found.texts),
        list(found.texts.values()),
    )


def _unlinked(ask: Ask, world: World, people: Sequence[Known], found: Found) -> Iterator[tuple[str, Any]]:
    for path in world.people_of(found.table):
        if len(path.steps) != 1 or not world.link_can_go(found.table, path.steps[0].column):
            continue
        column = path.steps[0].column
        if any(found.texts[column] in one.keys.get(path.subject, ()) for one in people):
            yield column, _nobody(ask, world, found.table.columns[column], path.subject)


def _nobody(ask: Ask, world: World, live: LiveColumn, subject: str) -> Any:
    """NULL; where the link is required, a value that is no key of the subject."""
    if not live.required:
        return None
    if not live.is_number:
        return ""
    key = world.tables[subject].spec.key
    taken = ask(f"SELECT 1 FROM {quoted(subject)} WHERE {quoted(key)} = 0 LIMIT 1")
    lowest = {"tinyint": -128, "smallint": -32768, "mediumint": -8388608, "int": -2147483648}.get(live.base, -(2**63))
    return "0" if not taken else str(lowest)


def neutral(live: LiveColumn) -> Any:
    """What stands for nothing; Ellipsis where there is no such value."""
    if not live.required:
        return None
    if live.unique:
        return ...
    if live.is_number:
        return "0"
    if live.base in ("date", "datetime", "timestamp"):
        return "1970-01-02 00:00:00" if live.base != "date" else "1970-01-02"
    return "" if live.is_text or live.base.endswith("blob") or live.base.endswith("binary") else ...


def _new_value(
    ask: Ask, world: World, known: Sequence[Known], people: Sequence[Known], found: Found, column: ColumnSpec
) -> dict[str, Any]:
    live, value = found.table.columns[column.name], found.texts[column.name]
    if value is None or live.generated or column.name in (*found.table.key, found.table.spec.key):
        return {}
    nothing = _random(ask, live) if live.required and live.unique and live.is_text else neutral(live)
    if nothing is not ...:
        if column.kind == "json" and live.required:
            nothing = "{}"
        theirs = column.kind == "value" and column.telling
        if found.fate == "e" or (found.fate == "a" and theirs):
            return {column.name: nothing}
        if found.fate == "s" and theirs and _is_theirs(ask, world, people, found, column, value):
            return {column.name: nothing}
    if column not in found.table.cleanable:
        return {}
    cleaned = value
    for pattern in (one.pattern for one in people if one.pattern):
        cleaned = clean_json(cleaned, pattern) if column.kind == "json" else clean_text(cleaned, pattern)
    return {column.name: cleaned[: live.length] if live.length else cleaned}


def _random(ask: Ask, live: LiveColumn) -> str:
    return str(ask("SELECT REPLACE(UUID(), '-', '')")[0][0])[: live.length or None]


def _is_theirs(ask: Ask, world: World, people: Sequence[Known], found: Found, column: ColumnSpec, value: str) -> bool:
    """The value is one of an erased person's, and not also one of a person who stays on the row."""
    forms = {(kind, normal(kind, value)) for kind in kinds_of(column)}
    if not any(forms & one.values for one in people):
        return False
    for path, key in zip(world.people_of(found.table), found.keys, strict=True):
        if key is None or not path.steps or any(key in one.keys.get(path.subject, ()) for one in people):
            continue
        subject = world.tables[path.subject]
        same = [c for c in subject.listed if c.kind == "value" and set(kinds_of(c)) & set(kinds_of(column))]
        if not same:
            continue
        listed = ", ".join(f"CAST({quoted(c.name)} AS char)" for c in same)
        rows = ask(f"SELECT {listed} FROM {quoted(subject.name)} WHERE {quoted(subject.spec.key)} = %s", key)
        if any(
            v and (kind, normal(kind, v)) in forms
            for row in rows
            for c, v in zip(same, row, strict=True)
            for kind in kinds_of(c)
        ):
            return False
    return True


def _count(rows: Rows, items: Sequence[str]) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {item: {} for item in items}
    for name, found in rows.items():
        for one in found.values():
            for n in one.how:
                action = "keep" if n in one.held else _ACTIONS[one.fate]
                what = f"{name} {action}"
                counts[items[n]][what] = counts[items[n]].get(what, 0) + 1
    return counts
