"""The compiled matrix in the shape that probes compare with: columns and alternatives of row rules, per pair.

Pure; asks of the compilers only what stands in the protocols below, so that what is proven does not lean on how it is
compiled. Refuses to simplify: columns with rows of their own stay apart, negated row facts stay negated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from avow.datamap.model import Pair
from avow.prove.scene import AggregateRights, PairRights, RowRule, TableRights


class CompiledFormula(Protocol):
    """An OR of terms (`.rows` facts with name, values, holds; `.absent`, `.present` marks)."""

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
    views of groups per pair. `views`: mapped relations that are no tables, which are only shown through a barrier view."""
    found = []
    for pair in pairs:
        role, schema = roles.get(pair, ("", ""))
        tables = {
            name: table_rights(right, name in views) for (who, name), right in matrix.rights.items() if who == pair
        }
        found.append(PairRights(pair, tables, (aggregates or {}).get(pair, ()), role, schema))
    return tuple(found)


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
    return RowRule(
        where={fact.name: tuple(fact.values) for fact in term.rows if fact.holds},
        deny=frozenset(term.absent),
        admit=frozenset(term.present),
        where_not={fact.name: tuple(fact.values) for fact in term.rows if not fact.holds},
    )
