"""Finds people by strong identifiers: subject rows that may be theirs, and how often they stand elsewhere.

Promises: every column that can hold such an identifier is looked into, texts and JSON included, and each of them is listed; an
address of the network is looked for in the time in which somebody says to have had it. Refuses to decide who is who: matches
carry a reason and a confidence, and rows of two organisations stay two people.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
from psycopg.sql import SQL, Composable, Composed, Literal

from avow.stores.duty import Finding, Identifier, LooseCount, Match, SubjectKey
from avow.stores.identifying import find_forms, find_needle, find_pattern, join_patterns
from avow.stores.postgres.duty.hits import is_dated
from avow.stores.postgres.duty.spelling import Held, Mapped, T, World, as_text, mention_text, normal_sql, of

Connection = psycopg.Connection[tuple[Any, ...]]
CONFIDENCE = {"email": 0.9, "customer_number": 0.95, "cookie": 0.7, "phone": 0.6}
_NAMED = 0.09  # a name that agrees makes surer, and never finds anybody by itself


def find(connection: Connection, world: World, identifiers: Sequence[Identifier]) -> Finding:
    """Subject rows of natural persons by strong identifiers; counts for every other place."""
    strong = [i for i in identifiers if i.strong]
    code = world.spec.calling_code
    forms = {kind: sorted({f for i in strong if i.kind == kind for f in find_forms(i, code)}) for kind in CONFIDENCE}
    pattern = join_patterns(find_pattern(i, code) for i in strong)
    needles = sorted({needle for i in strong if (needle := find_needle(i, code))})
    names = sorted({f for i in identifiers if i.kind == "name" for f in find_forms(i)})
    addresses = [i for i in identifiers if i.kind == "ip" and i.since and i.until]
    matches: dict[SubjectKey, Match] = {}
    loose: list[LooseCount] = []
    searched: list[str] = []
    for table in world.tables:
        person = bool(table.spec.key) and not table.spec.organisation
        for column in _whole(table):
            searched.append(f"{table.name}.{column.name} ({column.spec.identifies})")
            wanted = forms[column.spec.identifies]
            if not wanted:
                continue
            if person:
                for match in _matches(connection, world, table, column, wanted, names):
                    _keep(matches, match)
            else:
                loose += _count(
                    connection, table, column, SQL("{} = ANY ({})").format(normal_sql(T, column), Literal(wanted))
                )
        for column in _dated(table) if addresses else ():
            searched.append(f"{table.name}.{column.name} (ip at a time)")
            loose += _count(connection, table, column, _at_a_time(table, column, addresses))
        texts = [c for c in table.cleanable if c.spec.kind in ("text", "json")]
        searched += [f"{table.name}.{column.name} ({column.spec.kind})" for column in texts]
        inside = [c for c in table.cleanable if c in texts or not c.spec.identifies]
        if pattern and inside:
            loose += _count_inside(connection, table, inside, pattern, needles)
    return Finding(tuple(sorted(matches.values(), key=lambda m: (-m.confidence, m.key))), tuple(loose), tuple(searched))


def _whole(table: Mapped) -> Iterator[Held]:
    return (c for c in table.identifying if c.spec.identifies in CONFIDENCE)


def _dated(table: Mapped) -> Iterator[Held]:
    """Addresses of the network whose row says when: without a time one is anybody's."""
    return (c for c in table.identifying if c.spec.identifies == "ip" and is_dated(table))


def _at_a_time(table: Mapped, column: Held, addresses: Sequence[Identifier]) -> Composed:
    """The address is one of these, in the time that belongs to it."""
    value, clock = normal_sql(T, column), of(T, table.spec.clock)
    arms = [
        SQL("({} = {} AND {} BETWEEN {}::timestamptz AND {}::timestamptz)").format(
            value, Literal(form), clock, Literal(one.since), Literal(one.until)
        )
        for one in addresses
        for form in sorted(find_forms(one))
    ]
    return SQL(" OR ").join(arms)


def _matches(
    connection: Connection, world: World, table: Mapped, column: Held, wanted: list[str], names: list[str]
) -> Iterator[Match]:
    named: Composable = SQL("false")
    columns = [c for c in table.columns if c.spec.identifies == "name"]
    if names and columns:
        named = SQL(" OR ").join(
            SQL("coalesce({} = ANY ({}), false)").format(normal_sql(T, c), Literal(names)) for c in columns
        )
    query = SQL("SELECT {}, {}, {} FROM {} t WHERE {} = ANY ({}) ORDER BY 1").format(
        as_text(T, table.spec.key),
        _organisation(world, table),
        named,
        table.ident,
        normal_sql(T, column),
        Literal(wanted),
    )
    kind = column.spec.identifies
    for key, organisation, agrees in connection.execute(query).fetchall():
        reason = f"{kind} in {table.name}.{column.name}" + (", and the name agrees" if agrees else "")
        sure = round(CONFIDENCE[kind] + (_NAMED if agrees else 0.0), 2)
        yield Match(SubjectKey(table.name, key), reason, min(0.99, sure), organisation or "")


def _organisation(world: World, table: Mapped) -> Composable:
    """The organisation that a subject row belongs to: along a path, or by a declared reference to a table of organisations."""
    for path in table.spec.paths:
        if path.organisation and path.steps and len(path.steps) == 1:
            return as_text(T, path.steps[0].column)
    organisations = {t.name for t in world.subjects if t.spec.organisation}
    for reference in world.catalogue.references:
        if reference.table == table.name and reference.to_table in organisations and len(reference.columns) == 1:
            return as_text(T, reference.columns[0])
    return SQL("NULL::text")


def _keep(matches: dict[SubjectKey, Match], found: Match) -> None:
    """A row that two identifiers point at is surer than either of them says."""
    known = matches.get(found.key)
    if known is None:
        matches[found.key] = found
        return
    sure = 1 - (1 - known.confidence) * (1 - found.confidence)
    first = known if known.confidence >= found.confidence else found
    matches[found.key] = Match(found.key, first.reason, min(0.99, round(sure, 2)), found.organisation_key)


def _count(connection: Connection, table: Mapped, column: Held, condition: Composed) -> Iterator[LooseCount]:
    row = connection.execute(SQL("SELECT count(*) FROM {} t WHERE {}").format(table.ident, condition)).fetchone()
    if row and row[0]:
        yield LooseCount(table.name, column.name, row[0])


def _count_inside(
    connection: Connection, table: Mapped, columns: Sequence[Held], pattern: str, needles: Sequence[str]
) -> Iterator[LooseCount]:
    """Texts in which one of the identifiers stands: the table is read once, and taken apart only where one may stand at all."""
    texts = [mention_text(column) for column in columns]
    counts = (SQL("count(*) FILTER (WHERE {} ~* {})").format(text, Literal(pattern)) for text in texts)
    query = SQL("SELECT {} FROM {} t WHERE lower(concat_ws(E'\\n', {}) COLLATE \"C\") LIKE ANY ({})").format(
        SQL(", ").join(counts), table.ident, SQL(", ").join(texts), Literal(list(needles))
    )
    row = connection.execute(query).fetchone() or ()
    return (LooseCount(table.name, c.name, n) for c, n in zip(columns, row, strict=False) if n)
