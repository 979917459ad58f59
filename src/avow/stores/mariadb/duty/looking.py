"""Looks in MariaDB without changing anything: finds people, reads what is about one, searches what is left.

Promises: what the port promises; tables are streamed, never held. Refuses to show what a search found: only counts leave.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from avow.stores.duty import ColumnSpec, Finding, Identifier, LooseCount, Match, Person, Residual, Row, SubjectKey
from avow.stores.identifying import find_forms, find_in_text, find_pattern, join_patterns, list_beside, normal
from avow.stores.mariadb.duty.catalogue import DIALLED, SEARCHED, Mapped, World, quoted
from avow.stores.mariadb.duty.rows import (
    Ask,
    Found,
    Known,
    Stream,
    collect,
    has_somebody_else,
    is_in_time,
    know,
    list_others_beside,
)
from avow.stores.needles import Needles, compile_pattern, make_needles

CONFIDENCE = {"email": 0.9, "customer_number": 0.95, "cookie": 0.7, "phone": 0.6}
_NAMED = 0.09
_HOW = {"p": "path", "i": "identifier", "m": "mention"}


def find(stream: Stream, world: World, identifiers: Sequence[Identifier]) -> Finding:
    """Subject rows of natural persons by strong identifiers; counts for every other place."""
    code = world.spec.calling_code
    strong = [i for i in identifiers if i.strong]
    forms = {kind: {f for i in strong if i.kind == kind for f in find_forms(i, code)} for kind in CONFIDENCE}
    names = {f for i in identifiers if i.kind == "name" for f in find_forms(i)}
    whole = join_patterns(find_pattern(i, code) for i in strong)
    pattern = compile_pattern(whole) if whole else None
    addresses = [i for i in identifiers if i.kind == "ip" and i.since and i.until]
    matches: dict[SubjectKey, Match] = {}
    loose: Counter[tuple[str, str]] = Counter()
    searched: list[str] = []
    for table in world.tables.values():
        person = bool(table.spec.key) and not table.spec.organisation
        values = [c for c in table.listed if c.identifies in CONFIDENCE]
        texts = [c for c in table.cleanable if c.kind in ("text", "json") or not c.identifies]
        searched += [f"{table.name}.{c.name} ({c.identifies})" for c in values]
        searched += [f"{table.name}.{c.name} ({c.kind})" for c in texts if c.kind in ("text", "json")]
        dated = [c for c in table.listed if addresses and c.identifies == "ip" and table.spec.clock in table.columns]
        searched += [f"{table.name}.{c.name} (ip at a time)" for c in dated]
        for row in _all(stream, table):
            for column in values:
                value = row[column.name]
                if not value or normal(column.identifies, value) not in forms[column.identifies]:
                    continue
                if person:
                    _keep(matches, _match(world, table, column, row, names))
                else:
                    loose[table.name, column.name] += 1
            for column in dated:
                form, at = normal("ip", row[column.name] or ""), row[table.spec.clock]
                if any(form in find_forms(one) and is_in_time(at, one) for one in addresses):
                    loose[table.name, column.name] += 1
            for column in texts:
                if pattern and row[column.name] and pattern.search(row[column.name] or ""):
                    loose[table.name, column.name] += 1
    ordered = tuple(sorted(matches.values(), key=lambda m: (-m.confidence, m.key)))
    return Finding(ordered, tuple(LooseCount(t, c, rows) for (t, c), rows in loose.items()), tuple(searched))


def _all(stream: Stream, table: Mapped) -> Iterator[dict[str, str | None]]:
    names = list(table.columns)
    listed = ", ".join(f"CAST({quoted(name)} AS char)" for name in names)
    for row in stream(f"SELECT {listed} FROM {quoted(table.name)}"):
        yield dict(zip(names, row, strict=True))


def _match(world: World, table: Mapped, column: ColumnSpec, row: Mapping[str, str | None], names: set[str]) -> Match:
    agrees = any(
        row[c.name] and normal("name", row[c.name] or "") in names for c in table.listed if c.identifies == "name"
    )
    reason = f"{column.identifies} in {table.name}.{column.name}" + (", and the name agrees" if agrees else "")
    sure = min(0.99, round(CONFIDENCE[column.identifies] + (_NAMED if agrees else 0.0), 2))
    link = _organisation_link(world, table)
    return Match(SubjectKey(table.name, row[table.spec.key] or ""), reason, sure, (row[link] or "") if link else "")


def _organisation_link(world: World, table: Mapped) -> str:
    """The column that leads to an organisation, along a path or by a declared reference; "" for none."""
    for path in table.spec.paths:
        if path.organisation and len(path.steps) == 1:
            return path.steps[0].column
    organisations = {t.name for t in world.tables.values() if t.spec.organisation}
    return next((r.columns[0] for r in world.references if r.table == table.name and r.to_table in organisations), "")


def _keep(matches: dict[SubjectKey, Match], found: Match) -> None:
    """A row that two identifiers point at is surer than either of them says."""
    known = matches.get(found.key)
    if known is None:
        matches[found.key] = found
        return
    sure = min(0.99, round(1 - (1 - known.confidence) * (1 - found.confidence), 2))
    first = known if known.confidence >= found.confidence else found
    matches[found.key] = Match(found.key, first.reason, sure, found.organisation_key)


def read(ask: Ask, stream: Stream, world: World, person: Person) -> Iterator[Row]:
    """Rows about the person in the order of the spec's tables."""
    known = know(ask, world, {"": person}, {})
    own = known[0].values | {(i.kind, f) for i in person.identifiers for f in find_forms(i, world.spec.calling_code)}
    for table in world.tables.values():
        kinds = [c.identifies for c in table.personal]
        doubled = {kind for kind in kinds if kind and kinds.count(kind) > 1}
        for found in collect(stream, world, known, table, beside=True):
            yield _row(world, known, found, own, doubled)


def _row(world: World, known: Sequence[Known], found: Found, own: set[tuple[str, str]], doubled: set[str]) -> Row:
    table, spec = found.table, found.table.spec
    how = _HOW[found.how[0]]
    paths = world.people_of(table)
    shared = how != "path" or has_somebody_else(known, found, paths, False)
    held = {c.name: found.texts[c.name] for c in table.personal}
    at = found.texts.get(spec.clock) or ""
    source = found.texts.get(spec.source_column) if not spec.source_always else None
    term = spec.source_always or (
        spec.source_values.get(source, "" if spec.source_values else source) if source else ""
    )
    others = _others(table, held, own, shared, doubled) + list_beside(list_others_beside(known[0], found, paths), own)
    return Row(
        world.spec.name, table.name, spec.record_kind, found.row, how, held, others,
        at.replace(" ", "T") + "Z" if " " in at else at, term,
    )  # fmt: skip


def _others(
    table: Mapped, held: Mapping[str, str | None], own: set[tuple[str, str]], shared: bool, doubled: set[str]
) -> tuple[Identifier, ...]:
    """Identifiers of other people: in a row that is not the person's alone, in the second column of a kind, in texts."""
    found: dict[Identifier, None] = {}
    for column in table.personal:
        value, kind = held[column.name], column.identifies
        if not value:
            continue
        inside = () if kind in ("ip", "name", "phone") else find_in_text(value)
        if kind and (shared or kind in doubled) and (kind, normal(kind, value)) not in own and len(inside) < 2:
            found[Identifier(kind, value)] = None
        elif column.kind in ("text", "json") or len(inside) > 1:
            found |= {one: None for one in inside if (one.kind, normal(one.kind, one.value)) not in own}
    return tuple(found)


def search(stream: Stream, world: World, needles: Mapping[str, Sequence[str]]) -> tuple[Residual, ...]:
    """Every column of every table that can hold a text or a telephone number, each table read once."""
    items = list(needles)
    wanted = make_needles(dict(enumerate(needles.values())), world.spec.calling_code)
    found: Counter[tuple[str, str, str]] = Counter()
    for name, columns in world.everything.items():
        numbers = {c.name for c in columns.values() if c.base in DIALLED}
        listed = [c.name for c in columns.values() if c.base in SEARCHED or c.name in numbers]
        if not listed:
            continue
        query = ", ".join(f"CAST({quoted(c)} AS char)" for c in listed)
        for row in stream(f"SELECT {query} FROM {quoted(name)}"):
            for column, value in zip(listed, row, strict=True):
                for n in _met(wanted, value, column in numbers) if value else ():
                    found[items[n], name, column] += 1
    return tuple(Residual(*place, rows) for place, rows in sorted(found.items()))


def _met(wanted: Needles, value: object, number: bool) -> set[int]:
    text = value if isinstance(value, str) else str(value)
    if not number:
        return wanted.find(text)
    whole, _, rest = text.partition(".")
    return wanted.numbers.get(whole, set()) if not rest.strip("0") else set()
