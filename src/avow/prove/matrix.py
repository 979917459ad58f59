"""The compiled matrix in the shape that probes compare with: columns and alternatives of row rules, per pair.

Pure; asks of the compilers only what stands in the protocols below, so that what is proven does not lean on how it is
compiled. Refuses to simplify: columns with rows of their own stay apart, negated row facts stay negated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from avow.datamap.holds import categories_of
from avow.datamap.model import Aggregate, Pair, RecordKind, StoreMap, Table
from avow.policy.promise import PolicyVersion, Rule
from avow.prove.scene import AggregateRights, PairRights, RowRule, TableRights, Terms


class CompiledFormula(Protocol):
    """An OR of terms (`.rows` facts with name, values, holds, own; `.absent`, `.present` marks)."""

    @property
    def always(self) -> bool: ...

    def sorted_terms(self) -> list[Any]: ...


class CompiledRight(Protocol):
    """What one pair may do with one table, as `avow.compilers.reach.Right` has it."""

    @property
    def read(self) -> Mapping[str, Any]: ...

    @property
    def write(self) -> Mapping[str, Any]: ...

    @property
    def rows(self) -> Any: ...

    @property
    def rectangular(self) -> bool: ...


class CompiledMatrix(Protocol):
    """Rights by (pair, table), as `avow.compilers.Matrix` has them."""

    @property
    def rights(self) -> Mapping[tuple[Pair, str], Any]: ...


def rights_of(
    matrix: CompiledMatrix,
    pairs: Iterable[Pair],
    roles: Mapping[Pair, tuple[str, str]],
    aggregates: Mapping[Pair, tuple[AggregateRights, ...]] | None = None,
    views: frozenset[str] = frozenset(),
) -> tuple[PairRights, ...]:
    """The declared rights of every pair. `roles`: pair -> (role, schema) of what was applied, {} before. `aggregates`: the
    views of groups per pair (`declared_groups`). `views`: mapped relations that are no tables, which are only shown
    through a barrier view."""
    found = []
    for pair in pairs:
        role, schema = roles.get(pair, ("", ""))
        tables = {
            name: table_rights(right, name in views) for (who, name), right in matrix.rights.items() if who == pair
        }
        found.append(PairRights(pair, tables, (aggregates or {}).get(pair, ()), role, schema))
    return tuple(found)


def declared_groups(version: PolicyVersion, terms: Terms, store: StoreMap) -> dict[Pair, tuple[AggregateRights, ...]]:
    """The views of groups that the promises permit each pair: one per aggregate of the map whose every category a permit
    of form aggregate covers, about some kind of its rows, and no prohibition reaches; the strictest permit decides how large a
    group must be. What it depends on must be something that groups can be tested for."""
    found: dict[Pair, tuple[AggregateRights, ...]] = {}
    for aggregate in store.aggregates:
        shown, homes = _shown_categories(store, aggregate), _homes(store, aggregate)
        for pair in store.pairs:
            permit = _strictest(version, terms, homes[:1], pair, shown)
            forbids = [r for r in version.rules if _reaches(r, "forbid", pair, terms)]
            barred = any(not r.data or _any(terms, r.data, c) for r in forbids for c in shown)
            if permit is None or barred or not _testable(permit, homes):
                continue
            records = [r for home in homes for r in home.records if _is_of(terms, permit, r)]
            if all(_permitted_then(o.rules, permit, pair, shown, records, terms) for o in version.owed):
                rights = AggregateRights(aggregate.name, aggregate.table, max(permit.at_least, 1))
                found[pair] = (*found.get(pair, ()), rights)
    return found


def _homes(store: StoreMap, aggregate: Aggregate) -> list[Table]:
    """The table that is counted, then those in whose rows a personal value of a group stands."""
    found = [store.find_table(aggregate.table)]
    for group in aggregate.groups:
        home = store.find_table(group.via[-1].to_table) if group.via else None
        column = home.find_column(group.column) if home else None
        found.append(home if column and categories_of(column) else None)
    return [table for table in found if table is not None]


def _strictest(
    version: PolicyVersion, terms: Terms, counted: list[Table], pair: Pair, shown: Iterable[str]
) -> Rule | None:
    permits = [r for r in version.rules if r.form == "aggregate" and _reaches(r, "permit", pair, terms)]
    covering = [
        r
        for r in permits
        if all(_covers(version.rules, r, c, terms) for c in shown)
        and any(_is_of(terms, r, record) for table in counted for record in table.records)
    ]
    return max(covering, key=lambda r: r.at_least, default=None) if shown else None


def _covers(rules: Iterable[Rule], permit: Rule, category: str, terms: Terms) -> bool:
    """By a term of its own, or by a class word where no permit of the version names the category more narrowly."""
    narrow = [d for d in permit.data if d == category or not d.startswith("any.")]
    if _any(terms, narrow, category):
        return True
    named = [d for r in rules if r.kind == "permit" for d in r.data if not d.startswith("any.")]
    return _any(terms, permit.data, category) and not _any(terms, named, category)


def _is_of(terms: Terms, permit: Rule, record: RecordKind) -> bool:
    everybody = bool(record.subjects) and all(_any(terms, permit.subjects, s) for s in record.subjects)
    return not permit.subjects or everybody


def _testable(permit: Rule, homes: Iterable[Table]) -> bool:
    kinds = {c.kind for c in (*permit.when, *permit.unless)}
    carried = all(table.owners for table in homes) or not kinds & {"state_absent", "state_present"}
    return kinds <= {"state_absent", "state_present", "row"} and carried


def _permitted_then(
    rules: Iterable[Rule], permit: Rule, pair: Pair, shown: Iterable[str], records: Iterable[RecordKind], terms: Terms
) -> bool:
    """Whether an earlier version permitted groups as small of all that is shown, about everybody counted, without condition,
    and forbade none of it."""
    known = tuple(rules)
    permits = [r for r in known if _reaches(r, "permit", pair, terms) and not (r.when or r.unless)]
    forbids = [r for r in known if _reaches(r, "forbid", pair, terms)]
    return any(
        (r.form == "rows" or r.at_least <= permit.at_least)
        and all(_covers(known, r, c, terms) for c in shown)
        and all(_is_of(terms, r, record) for record in records)
        for r in permits
    ) and not any(not r.data or _any(terms, r.data, c) for r in forbids for c in shown)


def _shown_categories(store: StoreMap, aggregate: Aggregate) -> set[str]:
    """What the groups and measures show; of the table's own columns where only counts are shown."""
    own = store.find_table(aggregate.table)
    columns = [(own, m.column) for m in aggregate.measures if m.column]
    columns += [(store.find_table(g.via[-1].to_table) if g.via else own, g.column) for g in aggregate.groups]
    shown = {
        c for table, name in columns if table and (column := table.find_column(name)) for c in categories_of(column)
    }
    return shown or {c for column in (own.columns if own else ()) for c in categories_of(column)}


def _reaches(rule: Rule, kind: str, pair: Pair, terms: Terms) -> bool:
    """Whether a rule of the kind speaks of reading by the pair. A permit must name both purposes and recipients."""
    named = kind == "permit"
    purposes = _any(terms, rule.purposes, pair.purpose) or (not named and not rule.purposes)
    recipients = _any(terms, rule.recipients, pair.recipient) or (not named and not rule.recipients)
    return rule.kind == kind and "read" in rule.do and purposes and recipients


def _any(terms: Terms, generals: Iterable[str], special: str) -> bool:
    return any(g == special or terms.covers(g, special) for g in generals)


def table_rights(right: CompiledRight, is_view: bool = False) -> TableRights:
    """One right. Where columns have rows of their own the table itself stays closed and nothing is written through."""
    rows = row_rules(right.rows)
    narrower = {column: row_rules(formula) for column, formula in right.read.items() if formula != right.rows}
    barrier = bool(right.read) and (not right.rectangular or (is_view and not right.rows.always))
    write = frozenset() if barrier else frozenset(right.write)
    return TableRights(frozenset(right.read), write, rows, narrower if barrier else {}, barrier)


def row_rules(formula: CompiledFormula) -> tuple[RowRule, ...]:
    """The alternatives of a formula; one empty rule where every row may be seen."""
    if formula.always:
        return (RowRule(),)
    return tuple(_rule(term) for term in formula.sorted_terms())


def _rule(term: Any) -> RowRule:
    """Facts about the key of whoever asks stay apart from those about constants: one attribute may have both."""
    return RowRule(
        where=_constants(term, True),
        deny=frozenset(term.absent),
        admit=frozenset(term.present),
        where_not=_constants(term, False),
        since=str(term.since),
        cases=frozenset(term.cases),
        own=frozenset(fact.name for fact in term.rows if fact.own and fact.holds),
        not_own=frozenset(fact.name for fact in term.rows if fact.own and not fact.holds),
    )


def _constants(term: Any, holds: bool) -> dict[str, tuple[str, ...]]:
    return {fact.name: tuple(fact.values) for fact in term.rows if fact.holds == holds and not fact.own}
