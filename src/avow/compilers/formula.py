"""Conditions on a row as a formula: an OR of terms, each term an AND of facts that a database can test.

Promises: the same truth value as the rules it was built from, whatever the facts; terms that contradict themselves or
are implied by another are gone. Refuses every fact outside its four kinds: an attribute of the row compared
with constants, a mark in the subject's state, the day since which the row must have been collected, and a case about the
row's subject that must be open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from itertools import combinations
from operator import attrgetter


@dataclass(frozen=True, order=True)
class RowFact:
    """Attribute `name` equals one of `values` (`holds`), or none of them; a row without the attribute equals none. `own`: it
    equals the key of whoever asks, which no constant tells: such a fact is reasoned about apart from the others."""

    name: str
    values: tuple[str, ...]
    holds: bool = True
    own: bool = False

    @property
    def about(self) -> tuple[str, bool]:
        return self.name, self.own


@dataclass(frozen=True, order=True)
class Term:
    """All of it holds: the row facts, no mark of `absent` in the subject's state, every mark of `present`, and (where
    `since` is a day, written as in ISO 8601) the row was collected on that day or later, and a case of each kind in `cases` is
    open about whom the row is about."""

    rows: tuple[RowFact, ...] = ()
    absent: frozenset[str] = field(default=frozenset())
    present: frozenset[str] = field(default=frozenset())
    since: str = ""
    cases: frozenset[str] = field(default=frozenset())


# asked for tens of thousands of pairs of terms
_BESIDE_ROWS = attrgetter(*(one.name for one in fields(Term) if one.name != "rows"))


@dataclass(frozen=True)
class Formula:
    """One of the terms holds. No term: never. One empty term: always."""

    terms: frozenset[Term]

    @property
    def always(self) -> bool:
        return Term() in self.terms

    @property
    def never(self) -> bool:
        return not self.terms

    @property
    def absent(self) -> frozenset[str]:
        return frozenset(mark for term in self.terms for mark in term.absent)

    @property
    def present(self) -> frozenset[str]:
        return frozenset(mark for term in self.terms for mark in term.present)

    @property
    def cases(self) -> frozenset[str]:
        return frozenset(kind for term in self.terms for kind in term.cases)

    def sorted_terms(self) -> list[Term]:
        return sorted(self.terms, key=lambda t: (t.rows, sorted(t.absent), sorted(t.present), t.since, sorted(t.cases)))


NEVER = Formula(frozenset())
ALWAYS = Formula(frozenset({Term()}))


def row_fact(name: str, values: Iterable[str], holds: bool = True) -> Formula:
    """The formula of one row fact."""
    return Formula(frozenset({Term(rows=(RowFact(name, tuple(sorted(set(values))), holds),))}))


def own_row(name: str, key: str) -> Formula:
    """The formula "attribute `name` is the key of whoever asks"; `key` is the word that stands for it in `values`."""
    return Formula(frozenset({Term(rows=(RowFact(name, (key,), own=True),))}))


def mark_absent(mark: str) -> Formula:
    """The formula "the subject's state does not hold `mark`"."""
    return Formula(frozenset({Term(absent=frozenset({mark}))}))


def mark_present(mark: str) -> Formula:
    """The formula "the subject's state holds `mark`"."""
    return Formula(frozenset({Term(present=frozenset({mark}))}))


def collected_since(day: str) -> Formula:
    """The formula "the row was collected on `day` or later". It cannot be negated: nobody needs only the old rows."""
    return Formula(frozenset({Term(since=day)}))


def case_open(kind: str) -> Formula:
    """The formula "a case of `kind` is open about whom the row is about". It cannot be negated: no case opens by its absence."""
    return Formula(frozenset({Term(cases=frozenset({kind}))}))


def any_of(parts: Iterable[Formula]) -> Formula:
    """OR. Of nothing: never."""
    return Formula(_minimal(term for part in parts for term in part.terms))


def all_of(parts: Iterable[Formula]) -> Formula:
    """AND. Of nothing: always."""
    result = ALWAYS
    for part in parts:
        if part == ALWAYS:
            continue
        joined = (_join(left, right) for left in result.terms for right in part.terms)
        result = Formula(_minimal(term for term in joined if term is not None))
    return result


def negated(part: Formula) -> Formula:
    """NOT, by De Morgan: an AND over the terms of the OR of their opposite facts."""
    return all_of(any_of(_opposites(term)) for term in part.terms)


def given_row(part: Formula, known: Mapping[str, str]) -> Formula:
    """The formula where the row's `known` attributes are constants (a record kind's predicate)."""
    return Formula(_minimal(term for term in (_known(t, known) for t in part.terms) if term is not None))


def _opposites(term: Term) -> list[Formula]:
    if term.since or term.cases:
        raise ValueError("neither the day of collection nor an open case can be negated")
    rows = [Formula(frozenset({Term(rows=(replace(fact, holds=not fact.holds),))})) for fact in term.rows]
    return [*rows, *map(mark_present, sorted(term.absent)), *map(mark_absent, sorted(term.present))]


def _known(term: Term, known: Mapping[str, str]) -> Term | None:
    kept = []
    for fact in term.rows:
        if fact.own or fact.name not in known:
            kept.append(fact)
        elif (known[fact.name] in fact.values) != fact.holds:
            return None
    return replace(term, rows=tuple(kept))


def _join(left: Term, right: Term) -> Term | None:
    absent, present = left.absent | right.absent, left.present | right.present
    rows = _join_rows((*left.rows, *right.rows))
    if rows is None or absent & present:
        return None
    return Term(rows, absent, present, max(left.since, right.since), left.cases | right.cases)


def _join_rows(facts: Iterable[RowFact]) -> tuple[RowFact, ...] | None:
    inside: dict[tuple[str, bool], set[str]] = {}
    outside: dict[tuple[str, bool], set[str]] = {}
    for fact in facts:
        if not fact.holds:
            outside.setdefault(fact.about, set()).update(fact.values)
        elif fact.about in inside:
            inside[fact.about] &= set(fact.values)
        else:
            inside[fact.about] = set(fact.values)
    kept = {about: values - outside.pop(about, set()) for about, values in inside.items()}
    if not all(kept.values()):
        return None
    positive = [RowFact(name, tuple(sorted(values)), own=own) for (name, own), values in kept.items()]
    negative = [RowFact(name, tuple(sorted(values)), False, own) for (name, own), values in outside.items()]
    return tuple(sorted(positive + negative))


def _minimal(terms: Iterable[Term]) -> frozenset[Term]:
    """Merge terms that differ in one attribute only, then drop those that another one implies."""
    found = set(terms)
    if len(found) < 2:
        return frozenset(found)
    while (pair := _mergeable(found)) is not None:
        left, right, merged = pair
        found = (found - {left, right}) | {merged}
    return frozenset(t for t in found if not any(t != other and _implies(t, other) for other in found))


def _mergeable(found: set[Term]) -> tuple[Term, Term, Term] | None:
    for left, right in combinations(found, 2):
        merged = _merge(left, right)
        if merged is not None:
            return left, right, merged
    return None


def _merge(left: Term, right: Term) -> Term | None:
    if _BESIDE_ROWS(left) != _BESIDE_ROWS(right):
        return None
    different = set(left.rows) ^ set(right.rows)
    if len(different) != 2 or len({fact.about for fact in different}) != 1:
        return None
    first, second = sorted(different, key=lambda fact: not fact.holds)
    same = tuple(fact for fact in left.rows if fact in right.rows)
    joined = _either(first, second)
    rows = same if joined is None else tuple(sorted((*same, joined)))
    return replace(left, rows=rows)


def _either(first: RowFact, second: RowFact) -> RowFact | None:
    """One fact that holds where either does; None where that is always. A positive one comes first."""
    if first.holds and second.holds:
        return replace(first, values=tuple(sorted({*first.values, *second.values})))
    outside = set(second.values) - set(first.values) if first.holds else set(first.values) & set(second.values)
    return RowFact(first.name, tuple(sorted(outside)), False, first.own) if outside else None


def _implies(special: Term, general: Term) -> bool:
    marks = general.absent <= special.absent and general.present <= special.present and general.since <= special.since
    return (
        marks
        and general.cases <= special.cases
        and all(any(_fact_implies(mine, fact) for mine in special.rows) for fact in general.rows)
    )


def _fact_implies(special: RowFact, general: RowFact) -> bool:
    if special.about != general.about:
        return False
    mine, theirs = set(special.values), set(general.values)
    if special.holds:
        return mine <= theirs if general.holds else not mine & theirs
    return not general.holds and theirs <= mine
