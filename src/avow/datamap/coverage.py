"""Which columns a rule speaks of, and whether it says what a category of data may be used for.

Promises: one answer for lint, for probes and for migrations. Refuses to decide a use: that needs facts, and is `decide`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from avow.datamap.holds import UNCONFIRMED, categories_of
from avow.datamap.model import Column, StoreMap, Table
from avow.policy.promise import Rule
from avow.vocabulary import Vocabulary


def says_a_use(rule: Rule, category: str, vocabulary: Vocabulary) -> bool:
    """A permit that reaches the category, or a forbid or inventory that names it more narrowly than `any.*`."""
    reached = [term for term in rule.data if vocabulary.covers(term, category)]
    if rule.kind == "permit":
        return bool(reached)
    return rule.kind in ("forbid", "require.inventory") and any(not term.startswith("any.") for term in reached)


def columns_reached(
    rule: Rule, store_map: StoreMap, covers: Callable[[str, str], bool]
) -> Iterator[tuple[Table, Column]]:
    """The mapped columns that hold data of the rule, of a kind of subject that it names; legacy copies included. A rule without
    data speaks of everything personal."""
    reached: dict[frozenset[str], bool] = {}  # a store has hundreds of columns, and a dozen answers
    for table in store_map.tables:
        if not table.ignore and _has_subject(table, rule.subjects, covers):
            for column in table.columns:
                held = categories_of(column)
                if held not in reached:
                    reached[held] = _any(covers, rule.data or (UNCONFIRMED,), held)
                if reached[held]:
                    yield table, column


def _has_subject(table: Table, subjects: tuple[str, ...], covers: Callable[[str, str], bool]) -> bool:
    kinds = [kind for record in table.records for kind in record.subjects]
    return not subjects or not kinds or _any(covers, subjects, kinds)


def _any(covers: Callable[[str, str], bool], general: Iterable[str], special: Iterable[str]) -> bool:
    names = tuple(special)
    return any(g == s or covers(g, s) for g in general for s in names)
