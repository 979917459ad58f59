"""A quote is found in its one place, through every difference that does not matter, and never in a wrong one."""

from __future__ import annotations

import pytest

from avow.errors import Diagnostic, Place
from avow.policy.anchors import check_quotes, place_quote
from avow.policy.folding import fold
from avow.policy.promise import Anchor, Quote

HERE = Place("promises/1.yaml", 7, 12)
TEXT = """\
# Privacy

We keep\u00a0your e\u2011mail address \u2013 and nothing else \u2013 for \u201cas long as needed\u201d. Your
    address is
never sold. We don\u2019t share it; because we use it our\u00adselves, no o\u00ad
ther firm does. The \ufb01le is kept in a caf\u00e9 of 20 m\u00b2.

We keep your invoices. Your invoices are never sold.
"""


def place(exact: str, prefix: str = "", suffix: str = "", text: str = TEXT) -> Anchor | Diagnostic:
    return place_quote(text, Quote(exact, prefix, suffix), HERE)


def words(exact: str, prefix: str = "", suffix: str = "", text: str = TEXT) -> str:
    found = place(exact, prefix, suffix, text)
    assert isinstance(found, Anchor), str(found)
    return text[found.start : found.end]


def code(exact: str, prefix: str = "", suffix: str = "", text: str = TEXT) -> str:
    found = place(exact, prefix, suffix, text)
    assert isinstance(found, Diagnostic), found
    return found.code


@pytest.mark.parametrize(
    ("quote", "published"),
    [
        ("We keep your e-mail address", "We keep\u00a0your e\u2011mail address"),
        ("address - and nothing else -", "address \u2013 and nothing else \u2013"),
        ('for "as long as needed"', "for \u201cas long as needed\u201d"),
        ("Your address is never sold", "Your\n    address is\nnever sold"),
        ("Your\r\n  address   is never sold ", "Your\n    address is\nnever sold"),
        ("We don't share it", "We don\u2019t share it"),
        ("we use it ourselves", "we use it our\u00adselves"),
        ("no other firm does", "no o\u00ad\nther firm does"),
        ("The file is kept", "The \ufb01le is kept"),
        ("in a cafe\u0301 of 20", "in a caf\u00e9 of 20"),
        ("We\u200b keep your in\u00advoices", "We keep your invoices"),
    ],
)
def test_a_quote_is_found_through_differences_that_do_not_matter(quote: str, published: str) -> None:
    assert words(quote) == published


def test_an_accent_that_is_written_apart_is_not_cut_from_its_letter() -> None:
    text = "We own a cafe\u0301. It is open."
    assert words("a caf\u00e9", text=text) == "a cafe\u0301"


@pytest.mark.parametrize(
    "quote", ["of 20 m2", "we keep your invoices", "a cafe of", "We keep your invoice", "ther firm"]
)
def test_letters_digits_case_and_whole_words_do_matter(quote: str) -> None:
    assert code(quote) in ("policy.quote-changed", "policy.quote-missing")


def test_the_inside_of_a_longer_word_is_no_place() -> None:
    assert words("use it") == "use it"
    assert code("cause we use it") == "policy.quote-changed"


def test_a_script_without_spaces_may_be_quoted_inside_a_run() -> None:
    assert words("個人情報", text="当社は個人情報を販売しません。") == "個人情報"


def test_line_and_column_count_from_one() -> None:
    found = place("Your address is never sold")
    assert isinstance(found, Anchor)
    assert (found.line, found.column) == (3, TEXT.splitlines()[2].index("Your") + 1)


def test_a_quote_in_two_places_is_refused_with_the_lines_and_a_context_that_decides() -> None:
    found = place("never sold")
    assert isinstance(found, Diagnostic)
    assert found.code == "policy.quote-ambiguous"
    assert found.place == HERE
    assert "2 places (lines 5, 8)" in found.cause
    assert 'prefix: "is"' in found.help
    assert 'prefix: "are"' in found.help


@pytest.mark.parametrize(("prefix", "suffix"), [("address is", ""), ("", ". We don't"), ("Your address\nis", ".")])
def test_a_prefix_or_suffix_chooses_the_place(prefix: str, suffix: str) -> None:
    found = place("never sold", prefix, suffix)
    assert isinstance(found, Anchor)
    assert found.line == 5


@pytest.mark.parametrize("text", ["same same", "one same. two same. one same."])
def test_an_offered_context_is_one_that_works(text: str) -> None:
    found = place("same", text=text)
    assert isinstance(found, Diagnostic)
    offers = [part for part in found.help.split("`") if ": " in part and '"' in part]
    assert offers
    for offer in offers:
        key, _, value = offer.partition(": ")
        assert isinstance(place("same", **{key: value.strip('"')}, text=text), Anchor)  # type: ignore[arg-type]


def test_a_prefix_that_fits_nowhere_is_a_change_and_not_an_anchor() -> None:
    assert code("never sold", prefix="hardly") == "policy.quote-changed"


def test_overlapping_places_count_as_two() -> None:
    assert code("ha ha", text="ha ha ha") == "policy.quote-ambiguous"


def test_a_changed_quote_shows_the_nearest_words() -> None:
    found = place("We keep your mail address and nothing else")
    assert isinstance(found, Diagnostic)
    assert found.code == "policy.quote-changed"
    assert "We keep your e-mail address - and nothing" in found.cause


@pytest.mark.parametrize("quote", ["Employees undergo background checks", "x", "\u00ad", ""])
def test_a_quote_that_is_missing_is_a_diagnostic(quote: str) -> None:
    assert code(quote) == "policy.quote-missing"


def test_a_missing_quote_in_an_empty_text_is_a_diagnostic() -> None:
    assert code("anything", text="") == "policy.quote-missing"


def test_many_quotes_are_placed_in_order_and_each_names_its_line() -> None:
    found = check_quotes(TEXT, [("a", "We don't share it"), ("b", "We sell all"), ("c", "Your invoices")], "q.jsonl")
    assert [name for name, _ in found] == ["a", "b", "c"]
    assert isinstance(found[0][1], Anchor)
    assert isinstance(found[1][1], Diagnostic)
    assert found[1][1].place == Place("q.jsonl", 2)


def test_every_folded_character_knows_where_it_stood() -> None:
    folded = fold(TEXT)
    assert len(folded.text) == len(folded.at) == len(folded.ends)
    assert list(folded.at) == sorted(folded.at)
    assert all(start < end for start, end in zip(folded.at, folded.ends, strict=True))
