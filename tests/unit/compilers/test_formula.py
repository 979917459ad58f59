"""The algebra of row conditions: the same truth value as what it was built from, for every row."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avow.compilers.formula import (
    ALWAYS,
    NEVER,
    Formula,
    all_of,
    any_of,
    case_open,
    collected_since,
    given_row,
    mark_absent,
    mark_present,
    negated,
    row_fact,
)

NAMES, WORDS, MARKS = ("role", "tier"), ("a", "b"), ("m", "n")
leaves = st.one_of(
    st.builds(row_fact, st.sampled_from(NAMES), st.lists(st.sampled_from(WORDS), min_size=1), st.booleans()),
    st.builds(mark_absent, st.sampled_from(MARKS)),
    st.builds(mark_present, st.sampled_from(MARKS)),
    st.sampled_from([ALWAYS, NEVER]),
)


def composed(inner: st.SearchStrategy[Formula]) -> st.SearchStrategy[Formula]:
    few = st.lists(inner, max_size=3)
    return st.one_of(st.builds(all_of, few), st.builds(any_of, few), st.builds(negated, inner))


formulas = st.recursive(leaves, composed, max_leaves=6)
WORLDS = [
    (dict(zip(NAMES, words, strict=True)), frozenset(m for m, held in zip(MARKS, marks, strict=True) if held))
    for words in product((*WORDS, "other"), repeat=2)
    for marks in product((False, True), repeat=2)
]


def holds(formula: Formula, row: dict[str, str], state: frozenset[str]) -> bool:
    return any(
        not term.absent & state
        and term.present <= state
        and all((row.get(f.name) in f.values) == f.holds for f in term.rows)
        for term in formula.terms
    )


@settings(deadline=None)
@given(formulas, formulas)
def test_and_or_not_mean_what_they_say_in_every_world(left: Formula, right: Formula) -> None:
    for row, state in WORLDS:
        one, two = holds(left, row, state), holds(right, row, state)
        assert holds(all_of([left, right]), row, state) == (one and two)
        assert holds(any_of([left, right]), row, state) == (one or two)
        assert holds(negated(left), row, state) != one


@settings(deadline=None)
@given(formulas, st.sampled_from((*WORDS, "other")))
def test_a_known_attribute_changes_nothing_for_rows_that_have_it(formula: Formula, word: str) -> None:
    for row, state in WORLDS:
        if row["role"] == word:
            assert holds(given_row(formula, {"role": word}), row, state) == holds(formula, row, state)


def test_what_contradicts_itself_is_gone() -> None:
    assert all_of([row_fact("role", ["a"]), row_fact("role", ["b"])]) == NEVER
    assert all_of([mark_absent("m"), mark_present("m")]) == NEVER


def test_what_one_term_implies_is_said_once() -> None:
    assert any_of([row_fact("role", ["a"]), row_fact("role", ["b"])]) == row_fact("role", ["a", "b"])
    assert any_of([row_fact("role", ["a"]), row_fact("role", ["a"], holds=False)]) == ALWAYS
    assert any_of([mark_absent("m"), all_of([mark_absent("m"), mark_present("n")])]) == mark_absent("m")


def test_the_later_day_of_two_holds_for_both_and_the_earlier_one_for_either() -> None:
    early, late = collected_since("2025-06-01"), collected_since("2026-01-01")
    assert all_of([early, late]) == late
    assert any_of([early, late]) == early
    assert any_of([late, all_of([late, mark_present("m")])]) == late
    assert given_row(all_of([late, row_fact("role", ["a"])]), {"role": "a"}) == late


def test_the_day_of_collection_is_never_negated() -> None:
    for fact in (collected_since("2026-01-01"), case_open("credit")):
        with pytest.raises(ValueError, match="can be negated"):
            negated(fact)


def test_two_cases_that_must_be_open_are_more_than_one_of_them() -> None:
    credit, abuse = case_open("credit"), case_open("abuse")
    assert all_of([credit, abuse]).cases == {"credit", "abuse"}
    assert any_of([credit, all_of([credit, abuse])]) == credit
    assert given_row(all_of([credit, row_fact("role", ["a"])]), {"role": "a"}) == credit
