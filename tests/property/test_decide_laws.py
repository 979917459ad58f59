"""The laws of the reference engine, tried with random rules and questions.

A second, deliberately different reading of the permits is in `says_yes`, so that the engine is not only compared with
itself.
"""

from __future__ import annotations

import importlib.util
import random
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avow.decide.engine import decide, holds
from avow.decide.question import Question
from avow.policy.promise import Rule
from avow.vocabulary import load_vocabulary

_spec = importlib.util.spec_from_file_location("avow_random_rules", Path(__file__).with_name("strategies.py"))
assert _spec
assert _spec.loader
make = importlib.util.module_from_spec(_spec)
sys.modules["avow_random_rules"] = make
_spec.loader.exec_module(make)

COVERS = cache(load_vocabulary().covers)
EACH = 20  # cases out of one seed: making a seed costs more than a case
CLASS_WORDS = ("any.personal", "any.information")
law = settings(max_examples=40, deadline=None)
seeds = st.integers(0, 2**48)


def allowed(rules, question) -> bool:
    return decide(rules, question, COVERS).allowed


def cases(seed: int) -> Iterator[tuple[random.Random, tuple[Rule, ...], Question]]:
    rng = random.Random(seed)
    for _ in range(EACH):
        yield rng, make.make_rules(rng), make.make_question(rng)


@law
@given(seeds)
def test_without_a_permit_everything_is_denied(seed):
    for _, rules, question in cases(seed):
        decision = decide([r for r in rules if r.kind == "forbid"], question, COVERS)
        assert not decision.allowed
        assert decision.reasons


@law
@given(seeds)
def test_adding_a_forbid_never_allows(seed):
    for rng, rules, question in cases(seed):
        forbid, at = make.make_rule(rng, "forbid"), rng.randint(0, len(rules))
        assert allowed(rules, question) or not allowed((*rules[:at], forbid, *rules[at:]), question)


@law
@given(seeds)
def test_adding_a_permit_of_class_words_never_denies(seed):
    for rng, rules, question in cases(seed):
        permit = make.make_rule(rng, "permit", data=CLASS_WORDS)
        assert not allowed(rules, question) or allowed((*rules, permit), question)


@law
@given(seeds)
def test_adding_a_permit_denies_only_by_naming_narrowly_what_class_words_reached(seed):
    for rng, rules, question in cases(seed):
        permit = make.make_rule(rng, "permit")
        if allowed(rules, question) and not allowed((*rules, permit), question):
            assert any(COVERS(term, question.category) for term in permit.data if not term.startswith("any."))
            by_name = [r for r in rules if r.kind == "forbid" or not set(r.data) & set(CLASS_WORDS)]
            assert not allowed(by_name, question)


@law
@given(seeds)
def test_the_order_of_the_rules_never_matters(seed):
    for rng, rules, question in cases(seed):
        mine, theirs = (decide(r, question, COVERS) for r in (rules, rng.sample(rules, len(rules))))
        assert (mine.allowed, sorted(mine.promises)) == (theirs.allowed, sorted(theirs.promises))


@law
@given(seeds)
def test_saying_a_rule_twice_changes_nothing(seed):
    for _, rules, question in cases(seed):
        assert allowed(rules, question) == allowed((*rules, *rules), question)


@law
@given(seeds)
def test_a_more_general_permit_allows_at_least_as_much(seed):
    wide = {
        "data": ("contact", "payment"),
        "purposes": ("marketing", "billing", "support"),
        "recipients": ("internal", "processor"),
    }
    for rng, _, question in cases(seed):
        permit = make.make_rule(rng, "permit", data=make.CATEGORIES[1:])
        assert not allowed([permit], question) or allowed([replace(permit, subjects=(), **wide)], question)


@law
@given(seeds)
def test_a_more_general_forbid_denies_at_least_as_much(seed):
    for rng, rules, question in cases(seed):
        forbid = make.make_rule(rng, "forbid")
        wider = replace(forbid, data=(), subjects=(), purposes=(), recipients=())
        assert allowed((*rules, forbid), question) or not allowed((*rules, wider), question)


@law
@given(seeds)
def test_a_class_word_never_reaches_what_a_permit_names(seed):
    for rng, rules, question in cases(seed):
        if question.category != "any.personal":
            named = replace(make.make_rule(rng, "permit"), data=(question.category,), purposes=("risk.credit",))
            general = [replace(r, data=CLASS_WORDS) for r in rules if r.kind == "permit"]
            assert not allowed((*general, named), question)


@law
@given(seeds)
def test_an_exception_that_holds_lifts_exactly_its_own_forbid(seed):
    for rng, rules, question in cases(seed):
        forbid = make.make_rule(rng, "forbid")
        if forbid.when and all(holds(c, question, COVERS) for c in forbid.when):
            lifted = replace(forbid, unless=forbid.when)
            assert allowed((*rules, lifted), question) == allowed(rules, question)


@law
@given(seeds)
def test_statistics_never_give_rows(seed):
    for _, rules, question in cases(seed):
        only = [replace(r, form="aggregate", at_least=2) if r.kind == "permit" else r for r in rules]
        assert not allowed(only, replace(question, form="rows"))
        assert not allowed(only, replace(question, form="aggregate", group=1))


@law
@given(seeds)
def test_every_reason_names_a_rule_that_was_given(seed):
    for _, rules, question in cases(seed):
        decision = decide(rules, question, COVERS)
        effects = {reason.effect for reason in decision.reasons}
        assert effects == {"permits"} if decision.allowed else "permits" not in effects
        known = {(rule.promise, rule.id) for rule in rules}
        assert {(r.promise, r.rule) for r in decision.reasons if r.promise} <= known


def says_yes(rules: tuple[Rule, ...], q: Question) -> bool:
    """A second reading of the meaning, written the other way round: what stands against the use?"""

    def named(terms, word):
        return any(COVERS(t, word) for t in terms)

    against_all = [
        r for r in rules
        if r.kind == "forbid" and q.do in r.do
        and (not r.data or named(r.data, q.category)) and (not r.subjects or named(r.subjects, q.subject))
        and (not r.purposes or named(r.purposes, q.purpose)) and (not r.recipients or named(r.recipients, q.recipient))
        and not [c for c in r.when if not holds(c, q, COVERS)] and not [c for c in r.unless if holds(c, q, COVERS)]
    ]  # fmt: skip
    narrow = named({t for r in rules if r.kind == "permit" for t in r.data if t[:4] != "any."}, q.category)
    for r in rules:
        if r.kind != "permit" or against_all:
            continue
        data = [t for t in r.data if t[:4] != "any." or t == q.category or not narrow]
        against = [
            q.do not in r.do, not named(data, q.category), bool(r.subjects) and not named(r.subjects, q.subject),
            not named(r.purposes, q.purpose), not named(r.recipients, q.recipient),
            r.form == "aggregate" and (q.form == "rows" or q.group < r.at_least),
            *(not holds(c, q, COVERS) for c in r.when), *(holds(c, q, COVERS) for c in r.unless),
        ]  # fmt: skip
        if not any(against):
            return True
    return False


@settings(parent=law, max_examples=150)
@given(seeds)
def test_the_engine_agrees_with_a_second_reading_of_its_meaning(seed):
    for _, rules, question in cases(seed):
        assert allowed(rules, question) == says_yes(rules, question)


def test_the_random_rules_give_both_answers_often_enough():
    answers = [allowed(rules, question) for seed in range(50) for _, rules, question in cases(seed)]
    assert 0.03 < sum(answers) / len(answers) < 0.97


@pytest.mark.parametrize("term", sorted({*make.DATA, *make.PURPOSE_TERMS, *make.RECIPIENT_TERMS, *make.SUBJECTS}))
def test_the_random_rules_use_terms_of_the_vocabulary(term):
    assert any(load_vocabulary().find(kind, term) for kind in ("category", "purpose", "recipient", "subject"))
