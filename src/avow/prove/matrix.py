"""The compiled matrix in the shape that probes compare with: columns and alternatives of row rules, per pair.

Pure; asks of the compilers only what stands in the protocols below, so that what is proven does not lean on how it is
compiled. Refuses to simplify: columns with rows of their own stay apart, negated row facts stay negated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from avow.datamap.holds import categories_of
from avow.datamap.model import Aggregate, Pair, StoreMap
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
    of form aggregate covers and no prohibition reaches; the strictest permit decides how large a group must be."""
    found: dict[Pair, tuple[AggregateRights, ...]] = {}
    for aggregate in store.aggregates:
        shown = _shown_categories(store, aggregate)
        for pair in store.pairs:
            permits = [r for r in version.rules if r.form == "aggregate" and _reaches(r, "permit", pair, terms)]
            sizes = [r.at_least for r in permits if shown and all(_any(terms, r.data, c) for c in shown)]
            forbids = [r for r in version.rules if _reaches(r, "forbid", pair, terms)]
            barred = any(not r.data or _any(terms, r.data, c) for r in forbids for c in shown)
            if sizes and not barred and all(_permitted_then(o.rules, pair, shown, terms) for o in version.owed):
                found[pair] = (*found.get(pair, ()), AggregateRights(aggregate.name, aggregate.table, max(*sizes, 1)))
    return found


def _permitted_then(rules: Iterable[Rule], pair: Pair, shown: Iterable[str], terms: Terms) -> bool:
    """Whether an earlier version permitted groups of all that is shown, without condition, and forbade none of it."""
    known = tuple(rules)
    permits = [r for r in known if _reaches(r, "permit", pair, terms) and not (r.when or r.unless)]
    forbids = [r for r in known if _reaches(r, "forbid", pair, terms)]
    return any(all(_any(terms, r.data, c) for c in shown) for r in permits) and not any(
        not r.data or _any(terms, r.data, c) for r in forbids for c in shown
    )


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
