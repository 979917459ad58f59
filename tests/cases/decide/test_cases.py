"""Every YAML case of this folder, asked of the reference engine. Rules are read by the reader of promises files."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml

from avow.decide.engine import decide
from avow.decide.question import Question
from avow.policy.promise import Anchor, Owed, PolicyVersion, Promise, Quote
from avow.policy.rules import read_rule
from avow.vocabulary import load_vocabulary
from avow.yamlplaces import Node, read_yaml

HERE = Path(__file__).parent
SETS = ("state", "cases", "consents", "events")
TERMS = load_vocabulary()


def read_cases():
    for path in sorted(HERE.glob("*.yaml")):
        root = read_yaml(path.read_text(), path.name)
        for case in root.find("cases"):
            yield pytest.param(root.find("rules"), case, id=f"{path.stem}: {case.find('name').text()}")
        assert not root.found.found, root.found.found


def read_rules(node: Node | None):
    found = [
        read_rule(rule, promise, n, TERMS)
        for promise, rules in (node.mapping() if node else {}).items()
        for n, rule in enumerate(rules, 1)
    ]
    assert not node or not node.found.found, node.found.found
    return tuple(found)


def read_question(facts: dict) -> Question:
    read = {key: frozenset(value) if key in SETS else value for key, value in facts.items()}
    return Question(**{key: date.fromisoformat(value) if key == "collected" else value for key, value in read.items()})


def read_version(rules, earlier: Node | None) -> PolicyVersion:
    """The rules as one version; `earlier` holds the day on which each earlier version ended, with its rules."""
    promises = tuple(Promise(r.id, Quote("x"), Anchor(0, 1, 1, 1), "use", "does", rules=(r,)) for r in rules)
    owed = tuple(
        Owed(f"until {day}", date.fromisoformat(day), read_rules(node))
        for day, node in (earlier.mapping() if earlier else {}).items()
    )
    return PolicyVersion("cases", "last", date(2026, 1, 1), "en", (), "", "x", "", promises, (), owed=owed)


@pytest.mark.parametrize(("shared", "case"), tuple(read_cases()))
def test_the_decision_and_its_reasons_are_as_written(shared, case):
    rules = read_rules(shared) + read_rules(case.find("rules"))
    question = read_question(case.find("ask").value)
    for kind in ("category", "purpose", "recipient", "subject"):
        assert not getattr(question, kind) or TERMS.find(kind, getattr(question, kind)), f"{kind} of {question}"
    earlier = case.find("earlier")
    decision = decide(read_version(rules, earlier) if earlier else rules, question, TERMS.covers)
    if why := case.find("says"):
        assert why.text() in "; ".join(reason.words for reason in decision.reasons)
    assert decision.allowed is case.find("allowed").flag()
    assert sorted(decision.promises) == sorted(case.find("because").texts())


def test_a_case_without_reasons_says_that_no_promise_permits_it():
    decision = decide((), Question("contact.email", "marketing.own", "internal.sales"), TERMS.covers)
    assert [reason.words for reason in decision.reasons] == ["no promise permits this use"]


def test_there_are_at_least_forty_cases_and_no_file_is_forgotten():
    assert sum(len(yaml.safe_load(path.read_text())["cases"]) for path in HERE.glob("*.yaml")) >= 40
