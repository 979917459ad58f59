"""Which rows of a MariaDB database are about the people of a batch, and what is known of each.

Promises: each mapped table is read once; what the server's collation calls equal is compared again exactly, so that another
spelling of letters is never taken for the same address. Refuses to change anything.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from avow.stores.duty import ColumnSpec, Hold, Identifier, PathSpec, Person
from avow.stores.identifying import find_forms, find_pattern, join_patterns, normal
from avow.stores.mariadb.duty.catalogue import Mapped, World, quoted
from avow.stores.needles import compile_pattern

Ask = Callable[..., list[tuple[Any, ...]]]
Stream = Callable[..., Iterator[tuple[Any, ...]]]


@dataclass
class Known:
    """What one person of a batch is known by. `own`: identifiers that nobody else has; `values`: (kind, normal form)."""

    person: Person
    keys: dict[str, set[str]] = field(default_factory=dict)
    own: list[Identifier] = field(default_factory=list)
    values: set[tuple[str, str]] = field(default_factory=set)
    pattern: re.Pattern[str] | None = None
    mention: re.Pattern[str] | None = None
    mention_text: str = ""
    holds: Sequence[Hold] = ()


@dataclass
class Found:
    """One row: its identity (values of the key), its values as text, the subjects it leads to, and who it is about."""

    table: Mapped
    identity: tuple[Any, ...]
    texts: dict[str, str | None]
    keys: tuple[str | None, ...]
    beside: tuple[str | None, ...] = ()  # what identifies the person at the end of each path: lines of kind, tab, value
    how: dict[int, str] = field(default_factory=dict)
    held: set[int] = field(default_factory=set)
    fate: str = ""

    @property
    def row(self) -> str:
        """The key as text, as the port wants it."""
        if not self.table.key:
            return hashlib.sha256(json.dumps(self.texts, sort_keys=True).encode()).hexdigest()[:24]
        parts = [self.texts[name] for name in self.table.key]
        return str(parts[0]) if len(parts) == 1 else json.dumps(parts)


def kinds_of(column: ColumnSpec) -> tuple[str, ...]:
    return (column.identifies,) if column.identifies else column.categories


def know(ask: Ask, world: World, people: Mapping[str, Person], holds: Mapping[str, Sequence[Hold]]) -> list[Known]:
    """The people of a batch, in its order."""
    known = [Known(person, holds=holds.get(item, ())) for item, person in people.items()]
    for one in known:
        for key in one.person.keys:
            table = world.tables.get(key.table)
            if table and table.spec.key and _fits(table, key.key):
                one.keys.setdefault(key.table, set()).add(key.key)
    erased: dict[str, set[str]] = {}
    for one in known:
        for name, keys in one.keys.items():
            erased.setdefault(name, set()).update(keys)
    code = world.spec.calling_code
    for one in known:
        one.own = [i for i in dict.fromkeys(one.person.identifiers) if not _is_anothers(ask, world, i, erased)]
        one.values = {(i.kind, form) for i in one.own for form in find_forms(i, code)}
        one.values |= _subject_values(ask, world, one)
        patterns = {i: find_pattern(i, code) for i in one.own}
        whole, strong = (
            join_patterns(patterns.values()),
            join_patterns(p for i, p in patterns.items() if i.kind != "name"),
        )
        one.pattern = compile_pattern(whole) if whole else None
        one.mention, one.mention_text = (compile_pattern(strong), strong) if strong else (None, "")
    return known


def _fits(table: Mapped, key: str) -> bool:
    live = table.columns[table.spec.key]
    return not live.is_number or key.removeprefix("-").isdigit()


def _normal_sql(column: ColumnSpec) -> str:
    name = f"t.{quoted(column.name)}"
    return f"REGEXP_REPLACE({name}, '[^0-9]', '')" if column.identifies == "phone" else f"LOWER(TRIM({name}))"


def _is_anothers(ask: Ask, world: World, identifier: Identifier, erased: Mapping[str, set[str]]) -> bool:
    """Somebody outside the batch has the identifier in a subject row of his own."""
    forms = find_forms(identifier, world.spec.calling_code)
    if not identifier.strong or not forms:
        return False
    for table in world.tables.values():
        key = table.spec.find_column(table.spec.key) if table.spec.key else None
        if key is None or key.identifies:
            continue
        for column in (c for c in table.listed if c.identifies == identifier.kind):
            query = (
                f"SELECT CAST(t.{quoted(table.spec.key)} AS char), CAST(t.{quoted(column.name)} AS char)"
                f" FROM {quoted(table.name)} t WHERE {_normal_sql(column)} IN ({_marks(forms)})"
            )
            for found, value in ask(query, *sorted(forms)):
                if normal(identifier.kind, value) in forms and found not in erased.get(table.name, set()):
                    return True
    return False


def _subject_values(ask: Ask, world: World, one: Known) -> set[tuple[str, str]]:
    values = set()
    for name, keys in one.keys.items():
        table = world.tables[name]
        columns = [c for c in table.personal if c.kind == "value" and c.telling]
        if table.spec.organisation or not columns:
            continue
        listed = ", ".join(f"CAST({quoted(c.name)} AS char)" for c in columns)
        query = f"SELECT {listed} FROM {quoted(name)} WHERE {quoted(table.spec.key)} IN ({_marks(keys)})"
        for row in ask(query, *sorted(keys)):
            values |= {
                (kind, normal(kind, value))
                for c, value in zip(columns, row, strict=True)
                if value
                for kind in kinds_of(c)
            }
    return {(kind, form) for kind, form in values if form}


def _marks(values: Sequence[str] | set[str] | frozenset[str]) -> str:
    return ", ".join(["%s"] * len(values))


def collect(
    stream: Stream, world: World, known: Sequence[Known], table: Mapped, beside: bool = False
) -> Iterator[Found]:
    """The rows of one table that are about somebody of the batch, each once, as the server finds them. `beside`: with what
    identifies the people that the paths lead to."""
    paths = world.people_of(table)
    conditions, values = _conditions(world, known, table, paths)
    if not conditions:
        return
    names = list(table.columns)
    listed = [f"t.{quoted(name)}" for name in table.identity] if table.key else ["NULL"]
    listed += [f"CAST(t.{quoted(name)} AS char)" for name in names]
    listed += [_key_of_path(world, path, table) for path in paths]
    listed += [_beside(world, path) for path in paths] if beside else []
    query = f"SELECT {', '.join(listed)} FROM {quoted(table.name)} t WHERE {' OR '.join(conditions)}"
    width = len(table.identity) if table.key else 1
    seen = set()
    for row in stream(query, *values):
        texts = dict(zip(names, (_as_text(v) for v in row[width : width + len(names)]), strict=True))
        identity = row[:width] if table.key else tuple(texts.values())
        led = tuple(_as_text(v) for v in row[width + len(names) :])
        found = Found(table, identity, texts, led[: len(paths)], led[len(paths) :])
        if identity not in seen and _attribute(world, known, found, paths):
            seen.add(identity)
            yield found


def _as_text(value: Any) -> str | None:
    return None if value is None else value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _conditions(
    world: World, known: Sequence[Known], table: Mapped, paths: Sequence[PathSpec]
) -> tuple[list[str], list[str]]:
    """SQL that finds rather too many rows than too few; values are parameters."""
    conditions: list[str] = []
    values: list[str] = []
    for path in paths:
        keys = sorted({key for one in known for key in one.keys.get(path.subject, ())})
        if keys:
            conditions.append(_led(path, table, keys))
            values += keys
    for column in (c for c in table.listed if c.identifies and c.identifies != "name"):
        forms = sorted(
            {
                f
                for one in known
                for i in one.own
                if i.kind == column.identifies
                for f in find_forms(i, world.spec.calling_code)
            }
        )
        if forms:
            conditions.append(f"{_normal_sql(column)} IN ({_marks(forms)})")
            values += forms
    pattern = join_patterns(one.mention_text for one in known)
    for column in table.cleanable if pattern else ():
        conditions.append(f"t.{quoted(column.name)} REGEXP %s")
        values.append(f"(?i){pattern}")
    return conditions, values


def _led(path: PathSpec, table: Mapped, keys: Sequence[str]) -> str:
    if not path.steps:
        return f"t.{quoted(table.spec.key)} IN ({_marks(keys)})"
    inner = f"{quoted(path.steps[-1].column)} IN ({_marks(keys)})"
    for before, step in zip(reversed(path.steps[:-1]), reversed(path.steps[1:]), strict=True):
        del step
        selected = f"SELECT {quoted(before.to_column)} FROM {quoted(before.to_table)} WHERE {inner}"
        inner = f"{quoted(before.column)} IN ({selected})"
    return f"t.{inner}"


def _key_of_path(world: World, path: PathSpec, table: Mapped) -> str:
    """The subject's key, as text, but only if that subject exists."""
    if not path.steps:
        return f"CAST(t.{quoted(table.spec.key)} AS char)"
    key = world.tables[path.subject].spec.key
    return _at_the_end(path, f"CAST(o{len(path.steps)}.{quoted(key)} AS char)")


def _at_the_end(path: PathSpec, chosen: str) -> str:
    froms, wheres = [], []
    for index, step in enumerate(path.steps, 1):
        before = "t" if index == 1 else f"o{index - 1}"
        froms.append(f"{quoted(step.to_table)} o{index}")
        wheres.append(f"o{index}.{quoted(step.to_column)} = {before}.{quoted(step.column)}")
    return f"(SELECT {chosen} FROM {', '.join(froms)} WHERE {' AND '.join(wheres)} LIMIT 1)"


def _beside(world: World, path: PathSpec) -> str:
    """What identifies the person at the end of a path: lines of kind, tab, value."""
    telling = [c for c in world.tables[path.subject].listed if c.identifies not in ("", "ip")]
    if not path.steps or not telling:
        return "NULL"  # what stands in the row itself is read with it
    last = f"o{len(path.steps)}"
    lines = [f"CONCAT('{c.identifies}', CHAR(9 USING utf8mb4), CAST({last}.{quoted(c.name)} AS char))" for c in telling]
    return _at_the_end(path, f"CONCAT_WS(CHAR(10 USING utf8mb4), {', '.join(lines)})")


def _attribute(world: World, known: Sequence[Known], found: Found, paths: Sequence[PathSpec]) -> bool:
    """Who the row is about, and how that is known; exactly."""
    for n, one in enumerate(known):
        if any(key in one.keys.get(path.subject, ()) for path, key in zip(paths, found.keys, strict=True) if key):
            found.how[n] = "p"
        elif any(_names(world, one, found, column) for column in found.table.listed):
            found.how[n] = "i"
        elif one.mention and any(one.mention.search(found.texts[c.name] or "") for c in found.table.cleanable):
            found.how[n] = "m"
    for n in found.how:
        holds = [h for h in known[n].holds if h.table == found.table.name]
        if any(h.row in ("", found.row) for h in holds):
            found.held.add(n)
    return bool(found.how)


def _names(world: World, one: Known, found: Found, column: ColumnSpec) -> bool:
    value = found.texts.get(column.name)
    if not value or column.identifies in ("", "name"):
        return False
    form, code = normal(column.identifies, value), world.spec.calling_code
    return any(
        form in find_forms(identifier, code)
        and (column.identifies != "ip" or is_in_time(found.texts.get(found.table.spec.clock), identifier))
        for identifier in one.own
        if identifier.kind == column.identifies
    )


def is_in_time(at: str | None, identifier: Identifier) -> bool:
    """A row of that moment is of the time in which the address was somebody's."""
    if not at or not identifier.since or not identifier.until:
        return False
    when = datetime.fromisoformat(at).replace(tzinfo=UTC)
    since, until = (datetime.fromisoformat(t.replace("Z", "+00:00")) for t in (identifier.since, identifier.until))
    return since <= when <= until


def list_others_beside(known: Known, found: Found, paths: Sequence[PathSpec]) -> Iterator[str]:
    """What identifies the people to whom a row leads besides this one."""
    for path, key, told in zip(paths, found.keys, found.beside, strict=True):
        if told and key not in known.keys.get(path.subject, ()):
            yield from told.split("\n")


def has_somebody_else(known: Sequence[Known], found: Found, paths: Sequence[PathSpec], own_key: bool) -> bool:
    """The row also leads to a person outside the batch."""
    return any(
        key is not None and not any(key in one.keys.get(path.subject, ()) for one in known)
        for path, key in zip(paths, found.keys, strict=True)
        if path.steps or not own_key
    )
