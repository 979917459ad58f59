"""Read `datamap.yaml` and `custodians.yaml` into the model.

Promises: a `DataMap` in which every term is in the vocabulary, every named column and table is mapped and every owner
path ends on the key of a subject table; or every error at once, each with its line and column.

Refuses to look at a store: whether the map agrees with live tables is a question for `lint`. Refuses to guess: what
nobody confirmed stays unconfirmed, a warning, and counts as `any.personal`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from avow.datamap import tables as reading
from avow.datamap.hands import BY_HAND, by_hand
from avow.datamap.model import Aggregate, Custodian, DataMap, OwnerPath, Step, StoreMap, Table
from avow.datamap.questions import check_asks
from avow.datamap.words import STORE_KINDS, Terms, one_of, term
from avow.errors import Collector, DataMapError, Diagnostic, Place
from avow.yamlplaces import Node, did_you_mean, read_yaml

_CUSTODIAN_KEYS = ("holder", "reason", "seen_by", "expires")
_CUSTODIAN_IS = ("role", "routine")


def read_datamap(source: Path | str, vocabulary: Terms, file: str = "datamap.yaml") -> DataMap:
    """The map out of a file (a Path, or a text without a line break) or a YAML text. Raises DataMapError with all errors."""
    found = Collector()
    read = _read(source, vocabulary, file, found)
    found.raise_as(DataMapError)
    return read


def check_datamap(source: Path | str, vocabulary: Terms, file: str = "datamap.yaml") -> tuple[Diagnostic, ...]:
    """Every error and warning of the map, sorted by place; an empty tuple for a map without any."""
    found = Collector()
    _read(source, vocabulary, file, found)
    return tuple(sorted(found.found))


def read_custodians(source: Path | str, datamap: DataMap, file: str = "custodians.yaml") -> DataMap:
    """The map with its custodians: `custodians: [{role, holder, reason, seen_by, expires, store}]`; without `store` an
    entry holds for every store. Raises DataMapError with all errors."""
    found = Collector()
    root = _open(source, file, found)
    entries = root.mapping(required=("custodians",), what="the custodians file") if not found.found else {}
    listed = entries["custodians"].sequence() if "custodians" in entries else ()
    named = [(_store_name(entry, datamap), _custodian(entry)) for entry in listed]
    found.raise_as(DataMapError)
    stores = (
        replace(store, custodians=(*store.custodians, *(c for name, c in named if name in ("", store.name))))
        for store in datamap.stores
    )
    return replace(datamap, stores=tuple(stores))


def _open(source: Path | str, file: str, found: Collector) -> Node:
    if isinstance(source, str) and "\n" in source:
        return read_yaml(source, file, found)
    path = Path(source)
    try:
        return read_yaml(path.read_text("utf-8"), path.name, found)
    except (OSError, UnicodeDecodeError) as error:
        cause = f"`{path}` cannot be read: {getattr(error, 'strerror', None) or 'it is not UTF-8'}"
        help = "check the path and its rights, and save the file as UTF-8"
        found.add("map.cannot-read", Place(path.name), cause, help, "nothing is known about the stores")
        return Node("null", Place(path.name), found)


def _read(source: Path | str, terms: Terms, file: str, found: Collector) -> DataMap:
    root = _open(source, file, found)
    entries = root.mapping(required=("stores",), what="the data map") if not found.found else {}
    stores = entries["stores"].mapping() if "stores" in entries else {}
    return DataMap(tuple(_store(name, node, terms) for name, node in stores.items()), root.place.file)


def _store(name: str, node: Node, terms: Terms) -> StoreMap:
    known = ("tables", "logins", "aggregates")
    given = node.mapping((*known, "duty", *BY_HAND), required=("kind", "location"), what=f"store `{name}`")
    below = {key: given[key].mapping() if key in given else {} for key in known}
    tables = tuple(reading.table(table, entry, terms) for table, entry in below["tables"].items())
    read = StoreMap(
        name,
        one_of(given["kind"], STORE_KINDS, "kind of store") if "kind" in given else "",
        term(given["location"], "place", terms) if "location" in given else "",
        tables,
        tuple(reading.login(login, entry, terms) for login, entry in below["logins"].items()),
        aggregates=tuple(reading.aggregate(title, entry) for title, entry in below["aggregates"].items()),
        by_hand=by_hand(name, node, given, terms),
        duty=given["duty"].text() if "duty" in given else StoreMap.duty,
    )
    for table in tables:
        _check_owners(table, read, below["tables"][table.name])
        _check_copy(table, read, below["tables"][table.name])
        check_asks(table, read, below["tables"][table.name])
    for aggregate in read.aggregates:
        _check_aggregate(aggregate, read, below["aggregates"][aggregate.name])
    return read


def _check_owners(table: Table, store: StoreMap, node: Node) -> None:
    listed = node.find("owners")
    places = listed.sequence() if listed else ()
    for path, at in zip(table.owners, places, strict=False):
        _check_path(path, table, store, at)


def _check_path(path: OwnerPath, table: Table, store: StoreMap, at: Node) -> None:
    subject = store.find_table(path.subject)
    if subject is None or not subject.key:
        help = did_you_mean(path.subject, [t.name for t in store.tables if t.key])
        at.add("map.bad-owner-path", f"`{path.subject}` is no mapped table with a `key`", help)
        return
    if not _check_steps(path.steps, table, store, at) or (not path.steps and path.subject == table.name):
        return
    last = path.steps[-1] if path.steps else None
    if last is None or (last.to_table, last.to_column) != (subject.name, subject.key):
        help = f"let the last step lead to `{subject.name}.{subject.key}`"
        at.add("map.bad-owner-path", f"the path does not end on the key of `{subject.name}`", help)


def _check_steps(steps: tuple[Step, ...], table: Table, store: StoreMap, at: Node) -> bool:
    """Each step must start at a mapped column of the table reached, and lead to a mapped column."""
    reached: Table | None = table
    for step in steps:
        target = store.find_table(step.to_table)
        for where, name in ((reached, step.column), (target, step.to_column)):
            if where is None:
                help = did_you_mean(step.to_table, [t.name for t in store.tables])
                at.add("map.bad-owner-path", f"the path crosses `{step.to_table}`, which is not mapped", help)
                return False
            if not where.find_column(name):
                help = did_you_mean(name, [c.name for c in where.columns])
                at.add("map.bad-owner-path", f"`{where.name}` has no mapped column `{name}`", help)
                return False
        reached = target
    return True


def _check_copy(table: Table, store: StoreMap, node: Node) -> None:
    if table.copy_of and (table.copy_of == table.name or not store.find_table(table.copy_of)):
        help = did_you_mean(table.copy_of, [t.name for t in store.tables if t.name != table.name])
        cause = f"`{table.name}` is called a copy of `{table.copy_of}`, which is not another mapped table"
        node.add("map.unknown-table", cause, help)


def _check_aggregate(aggregate: Aggregate, store: StoreMap, node: Node) -> None:
    table = store.find_table(aggregate.table)
    if table is None:
        help = did_you_mean(aggregate.table, [t.name for t in store.tables])
        node.add("map.unknown-table", f"`{aggregate.name}` reads `{aggregate.table}`, which is not mapped", help)
        return
    wanted = [(table, aggregate.subject)] + [(table, m.column) for m in aggregate.measures if m.column]
    for group in aggregate.groups:
        if _check_steps(group.via, table, store, node):
            reached = store.find_table(group.via[-1].to_table) if group.via else table
            wanted += [(reached, group.column)] if reached else []
    for where, name in wanted:
        if name and not where.find_column(name):
            help = did_you_mean(name, [c.name for c in where.columns])
            node.add("map.unknown-column", f"`{aggregate.name}` names `{name}`, no column of `{where.name}`", help)


def _store_name(node: Node, datamap: DataMap) -> str:
    name = node.find("store")
    word = name.text() if name else ""
    if name and word and not datamap.find_store(word):
        known = [s.name for s in datamap.stores]
        name.add("map.bad-custodian", f"`{word}` is no store of the data map", did_you_mean(word, known))
    return word


def _custodian(node: Node) -> Custodian:
    given = node.mapping(("store", *_CUSTODIAN_IS), required=_CUSTODIAN_KEYS, what="a custodian")
    words = {key: given[key].text() if key in given else "" for key in (*_CUSTODIAN_KEYS, *_CUSTODIAN_IS)}
    if node.kind == "mapping" and bool(words["role"]) == bool(words["routine"]):
        cause = "a custodian is either a role or a routine with its owner's rights"
        node.add("map.bad-custodian", cause, "write `role:`, or `routine: public.find_caller(number text)`")
    try:
        date.fromisoformat(words["expires"])
    except ValueError:
        if words["expires"]:
            help = "write the day as in `2027-03-31`"
            given["expires"].add("map.bad-custodian", f"`{words['expires']}` is not a date", help)
    return Custodian(**words)


__all__ = ["check_datamap", "read_custodians", "read_datamap"]
