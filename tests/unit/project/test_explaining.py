"""Short names in questions: taken where they can mean one thing only."""

from __future__ import annotations

from pathlib import Path

import pytest

from avow.app.explaining import explain
from avow.app.project import open_project
from avow.errors import VocabularyError

PROJECT = open_project(Path(__file__).parents[3] / "examples" / "cloudsentric", {})


def ask(who: str, what: str, purpose: str) -> str:
    return explain(PROJECT, who, what, purpose, "read", frozenset(), {}).words


def test_the_last_part_of_a_term_is_enough_and_the_answer_cites_the_policy() -> None:
    assert ask("finance", "contacts.email", "marketing") == ask("internal.finance", "contacts.email", "marketing")
    assert "“From time to time we may tell customers" in ask("finance", "contacts.email", "marketing")
    assert "is permitted by" in ask("finance", "invoices.amount", "invoice")


def test_a_short_name_that_means_several_things_is_asked_back() -> None:
    with pytest.raises(VocabularyError, match=r"`email` may be `communication.email` or `contact.email`"):
        ask("finance", "email", "marketing.own")
    with pytest.raises(VocabularyError, match=r"did you mean `internal.finance`"):
        ask("internal.finanse", "contacts.email", "marketing.own")
