"""What CloudSentric's policy says to single uses, one case per line of `answers.yaml`; and that all of it was read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from avow.decide import Question, decide
from avow.policy import check_recipients, check_versions, read_recipients, read_version, read_versions
from avow.vocabulary import load_vocabulary

PROJECT = Path(__file__).parents[3] / "examples" / "cloudsentric"
VOCABULARY = load_vocabulary()
VERSION = read_version(PROJECT, "2026-01", "cloudsentric", VOCABULARY)
CASES = yaml.safe_load(Path(__file__).with_name("answers.yaml").read_text(encoding="utf-8"))


def question(pair: str, do: str, category: str, subject: str, facts: dict[str, Any]) -> Question:
    purpose, _, recipient = pair.partition("/")
    state, cases = frozenset(facts.pop("state", ())), frozenset(facts.pop("cases", ()))
    return Question(category, purpose, recipient, do, subject, state=state, cases=cases, **facts)


@pytest.mark.parametrize("case", CASES, ids=lambda case: " ".join(str(part) for part in case))
def test_the_policy_answers_as_its_sentences_say(case: list[Any]) -> None:
    promise, answer, pair, do, category, subject, *facts = case
    decision = decide(VERSION, question(pair, do, category, subject, dict(*facts)), VOCABULARY.covers)
    assert decision.allowed == (answer == "allow"), decision.reasons
    assert promise in {p.id for p in VERSION.promises}
    assert not decision.allowed or promise in decision.promises


def test_every_statement_is_modelled_once_and_no_sentence_is_unread() -> None:
    assert sorted(p.source for p in VERSION.promises) == sorted(f"004-{n}" for n in range(1, 70))
    assert [s.text for s in VERSION.unread] == []


def test_only_a_promise_that_nothing_can_check_has_neither_rules_nor_needs() -> None:
    assert [p.source for p in VERSION.promises if not p.rules and not p.needs] == ["004-45"]


def test_the_project_has_one_warning_which_is_a_persons_to_decide() -> None:
    """The page of 2025 said little, and nobody has said yet what that permitted."""
    found = check_versions(PROJECT, "cloudsentric", VOCABULARY)
    assert [(d.code, d.severity, d.place.file) for d in found] == [
        ("policy.nothing-to-compare", "warning", "policy/2025-06.md")
    ]
    assert check_recipients(PROJECT, VOCABULARY) == ()


def test_every_recipient_is_in_the_united_kingdom() -> None:
    assert {r.location for r in read_recipients(PROJECT, VOCABULARY)} == {"uk"}


def test_the_later_version_says_why_it_came() -> None:
    first, second = read_versions(PROJECT, "cloudsentric", VOCABULARY)
    assert (first.version, first.reason, second.version) == ("2025-06", "", "2026-01")
    assert second.reason
