"""Every YAML case of this folder, asked of the reference engine. Rules are read by the reader of promises files."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from avow.decide.engine import decide
from avow.decide.question import Question
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
    return Question(**{key: frozenset(value) if key in SETS else value for key, value in facts.items()})


@pytest.mark.parametrize(("shared", "case"), tuple(read_cases()))
def test_the_decision_and_its_reasons_are_as_written(shared, case):
    rules = read_rules(shared) + read_rules(case.find("rules"))
    question = read_question(case.find("ask").value)
    for kind in ("category", "purpose", "recipient", "subject"):
        assert not getattr(question, kind) or TERMS.find(kind, getattr(question, kind)), f"{kind} of {question}"
    decision = decide(rules, question, TERMS.covers)
    assert decision.allowed is case.find("allowed").flag()
    assert sorted(decision.promises) == sorted(case.find("because").texts())


def test_a_case_without_reasons_says_that_no_promise_permits_it():
    decision = decide((), Question("contact.email", "marketing.own", "internal.sales"), TERMS.covers)
    assert [reason.words for reason in decision.reasons] == ["no promise permits this use"]


def test_there_are_at_least_forty_cases_and_no_file_is_forgotten():
    assert sum(len(yaml.safe_load(path.read_text())["cases"]) for path in HERE.glob("*.yaml")) >= 40
