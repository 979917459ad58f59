"""A formula as SQL over a table's columns and its mask, with constants only.

Promises: the same rows as the formula; a row whose attribute is null equals no value. Refuses joins, settings and calls
per row, but for the one that says whose rows a login may call its own: what is open is asked for once in a statement.
Source: architecture, "The policy compiles into the database" (measured: constants cost 0 to 7 percent of a point read).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from avow.compilers.formula import Formula, RowFact, Term
from avow.compilers.postgres.quoting import ident, literal
from avow.datamap.model import OWN, StoreMap, Table


def mask_of(marks: Iterable[str], effect: str, bits: Mapping[str, int]) -> int:
    """The bits of the marks as one number."""
    return sum(1 << bits[f"{effect} {mark}"] for mark in set(marks))


def formula_sql(formula: Formula, table: Table, bits: Mapping[str, int], store: StoreMap | None = None) -> str:
    """A boolean expression over the table's own columns; `store` says where its cases are."""
    if formula.always:
        return "true"
    terms = [_term_sql(term, table, bits, store) for term in formula.sorted_terms()]
    return " OR ".join(f"({term})" for term in terms) if len(terms) > 1 else terms[0] if terms else "false"


def mask_expressions(formula: Formula, bits: Mapping[str, int]) -> list[tuple[str, int]]:
    """The (effect, bits) of each mask test in the formula: what statistics are needed for."""
    found = set()
    for term in formula.terms:
        found |= {("deny", mask_of(term.absent, "deny", bits)), ("admit", mask_of(term.present, "admit", bits))}
    return sorted(pair for pair in found if pair[1])


def _term_sql(term: Term, table: Table, bits: Mapping[str, int], store: StoreMap | None) -> str:
    parts = []
    if term.absent:
        parts.append(f"(avow_mask & {mask_of(term.absent, 'deny', bits)}) = 0")
    if term.present:
        admit = mask_of(term.present, "admit", bits)
        parts.append(f"(avow_mask & {admit}) = {admit}")
    parts += [_row_sql(fact, table) for fact in term.rows]
    if term.since:  # the text becomes a value of the column's own type: a day, or its first moment in UTC
        parts.append(f"{ident(table.clock)} >= {literal(f'{term.since} 00:00:00+00')}")
    parts += [_case_sql(kind, table, store) for kind in sorted(term.cases)]
    return " AND ".join(parts)


def _case_sql(kind: str, table: Table, store: StoreMap | None) -> str:
    """The list of open cases is asked for once per statement; where the map leads to no such case nothing is open."""
    case = store.find_case(kind) if store else None
    column = store.find_case_path(table, kind) if store else None
    if case is None or column is None:
        return "false"
    return f"{ident(column)}::text = ANY ((SELECT avow.open_cases({literal(kind)}, {literal(case.subject)}))::text[])"


def _row_sql(fact: RowFact, table: Table) -> str:
    attribute = table.find_attribute(fact.name)
    if attribute is None:
        return "false" if fact.holds else "true"
    column = ident(attribute.column)
    stored = [attribute.values.get(value, value) for value in fact.values]
    tests = [f"{column} IS {word.upper()}" for word in stored if word in ("null", "not null")]
    constants = [literal(value) for value in stored if value not in ("null", "not null", OWN)]
    if OWN in stored:  # asked once for each query; the key of whoever logged in, which no session can set
        tests.append(f"{column}::text = (SELECT avow.own({literal(fact.name)}))")
    if constants:
        tests.append(f"{column} IN ({', '.join(constants)})" if len(constants) > 1 else f"{column} = {constants[0]}")
    joined = " OR ".join(tests)
    if not fact.holds:
        return f"({joined}) IS NOT TRUE"
    return f"({joined})" if len(tests) > 1 else joined
