"""Every sentence is counted; none is called read because of its neighbour."""

from __future__ import annotations

import pytest

from avow.policy.promise import Anchor, Promise, Quote
from avow.policy.sentences import split_sentences


def texts(text: str) -> list[str]:
    return [s.text for s in split_sentences(text)]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("We hold data. We sell none.", ["We hold data.", "We sell none."]),
        ("We hold data\nin the UK.", ["We hold data in the UK."]),
        ("We hold data, e.g. Names. We sell none!", ["We hold data, e.g. Names.", "We sell none!"]),
        ("Is it sold? \u201cNever.\u201d We said so.", ["Is it sold?", "\u201cNever.\u201d", "We said so."]),
        ("We hold:\n- your name\n- your address\n", ["We hold:", "- your name", "- your address"]),
        ("We hold:\n1. your name\n2) your address\n", ["We hold:", "1. your name", "2) your address"]),
        ("| what | why |\n| name | orders |", ["| what | why |", "| name | orders |"]),
        ("# A title of four words\nWe hold data.", ["# A title of four words", "We hold data."]),
        ("It costs 3.50 a month. We invoice.", ["It costs 3.50 a month.", "We invoice."]),
        (
            "Do we sell it? No. We never did, since 2019. Or No. 5 of it.",
            ["Do we sell it?", "No.", "We never did, since 2019.", "Or No. 5 of it."],
        ),
        ("Firms such as Foo Ltd. They help.", ["Firms such as Foo Ltd.", "They help."]),
        ("# One\n## Two\nWe hold data.\n# Three", ["# One", "## Two", "We hold data.", "# Three"]),
        ("We say.\n\n## 4.1. What we do? All\nWe hold data.", ["We say.", "## 4.1. What we do? All", "We hold data."]),
        ("1. Introduction\nWe hold data.", ["1. Introduction We hold data."]),
        ("Мы храним данные. Мы их не продаём.", ["Мы храним данные.", "Мы их не продаём."]),
        ("販売しません。保存します。", ["販売しません。", "保存します。"]),
        ("", []),
    ],
)
def test_a_text_falls_into_its_sentences(text: str, sentences: list[str]) -> None:
    assert texts(text) == sentences


def test_offsets_lead_back_to_the_published_text() -> None:
    text = "# Title\n\n  We hold data.  We\nsell none.\n"
    assert [" ".join(text[s.start : s.end].split()) for s in split_sentences(text)] == texts(text)
    assert [s.line for s in split_sentences(text)] == [1, 3, 3]


@pytest.mark.parametrize("text", ["# What we hold and why", "8.1", "Privacy Policy", "---"])
def test_headings_and_scraps_are_plain_by_themselves(text: str) -> None:
    assert [s.plain for s in split_sentences(text)] == [True]


@pytest.mark.parametrize("text", ["Data sold.", "No exceptions!", "We sell data"])
def test_a_short_statement_is_not_plain(text: str) -> None:
    assert [s.plain for s in split_sentences(text)] == [False]


def test_a_sentence_is_read_by_its_own_promise_only() -> None:
    text = "We hold data. We sell none. We ask first."
    start = text.index("We sell none")
    promise = Promise("none-sold", Quote("We sell none"), Anchor(start, start + 12, 1, start + 1), "sell", "will_not")
    last = Anchor(text.index("We ask"), len(text), 1, 29)
    found = split_sentences(text, [promise], [last])
    assert [s.promises for s in found] == [(), ("none-sold",), ()]
    assert [s.plain for s in found] == [False, False, True]
