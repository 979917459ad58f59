"""Recipients are read with everything that is known of them; a place nobody wrote down stays unknown."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from avow.errors import PolicyError
from avow.policy import check_recipients, read_recipients
from avow.vocabulary import load_vocabulary

VOCABULARY = load_vocabulary()


def test_a_project_without_the_file_has_no_recipients(tmp_path: Path) -> None:
    assert read_recipients(tmp_path, VOCABULARY) == ()


def test_a_recipient_is_read_and_one_without_a_place_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "recipients.yaml").write_text(
        "recipients:\n"
        "  northline: {kind: processor.delivery, entity: Northline Ltd, place: uk, purposes: [order.deliver],\n"
        "              data: [contact.phone], contract: C-1, expires: 2027-01-31}\n"
        "  other: {kind: group.affiliate, entity: Other Ltd, affiliated: true}\n"
    )
    first, second = read_recipients(tmp_path, VOCABULARY)
    assert (first.id, first.kind, first.location, first.expires) == (
        "northline",
        "processor.delivery",
        "uk",
        date(2027, 1, 31),
    )
    assert (second.location, second.affiliated) == ("", True)
    assert [(d.code, d.place.line) for d in check_recipients(tmp_path, VOCABULARY)] == [
        ("policy.recipient-without-place", 4)
    ]


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "recipients.yaml").write_text(
        "recipients:\n  a: {kind: processor.delivry, entity: A, place: uk, expires: soon}\n  b: {place: mars}\n"
    )
    with pytest.raises(PolicyError) as caught:
        read_recipients(tmp_path, VOCABULARY)
    assert sorted({d.code for d in caught.value.diagnostics if d.severity == "error"}) == [
        "policy.bad-date", "policy.unknown-term", "yaml.missing-key",
    ]  # fmt: skip
