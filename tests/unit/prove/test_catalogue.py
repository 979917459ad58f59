"""The rule catalogue is complete, and its page is what it says."""

from __future__ import annotations

from pathlib import Path

from avow.policy.promise import RULE_KINDS
from avow.prove.catalogue import entries
from avow.prove.catalogue.page import rules_page

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "rules.md"


def test_every_rule_kind_has_exactly_one_entry() -> None:
    assert tuple(entry.kind for entry in entries()) == RULE_KINDS


def test_every_entry_says_what_it_can_never_show() -> None:
    assert all(entry.cannot_show.endswith(".") and entry.means.endswith(".") for entry in entries())


def test_every_kind_with_a_probe_has_a_sabotage() -> None:
    assert [entry.kind for entry in entries() if not entry.sabotages] == []


def test_the_reference_page_is_generated_from_the_catalogue() -> None:
    assert PAGE.read_text(encoding="utf-8") == rules_page(), (
        "run python -m avow.prove.catalogue > docs/reference/rules.md"
    )
