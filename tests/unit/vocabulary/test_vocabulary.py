"""Terms know what lies below them, and an unknown one is named with its neighbour."""

from collections import Counter
from pathlib import Path

import pytest

from avow.errors import VocabularyError
from avow.vocabulary import KINDS, WORDS, load_vocabulary
from avow.vocabulary.reference import HERE, terms_json, vocabulary_page
from avow.vocabulary.words import MOST, words_page

DOCS = Path(__file__).parents[3] / "docs"
VOCABULARY = load_vocabulary()


@pytest.mark.parametrize(
    ("general", "special"),
    [
        ("any.personal", "contact.email"),
        ("any.information", "contact.email"),
        ("marketing", "marketing.own"),
        ("internal.employees", "internal.sales"),
        ("internal", "internal.finance"),
        ("thirdparty.any", "thirdparty.ad_network"),
        ("eea", "fr"),
        ("world", "uk"),
        ("contact.email", "contact.email"),
    ],
)
def test_a_general_term_covers_a_special_one_and_never_the_other_way_round(general: str, special: str) -> None:
    assert VOCABULARY.covers(general, special)
    assert general == special or not VOCABULARY.covers(special, general)


@pytest.mark.parametrize(
    ("one", "other"),
    [("uk", "fr"), ("eu", "uk"), ("marketing.own", "marketing.affiliate"), ("any.personal", "nonsense")],
)
def test_terms_that_do_not_contain_each_other_are_apart(one: str, other: str) -> None:
    assert not VOCABULARY.covers(one, other)


def test_every_parent_is_a_term_of_the_same_kind() -> None:
    missing = [(t.id, p) for k in KINDS for t in VOCABULARY.terms(k) for p in t.parents if not VOCABULARY.find(k, p)]
    assert missing == []


def test_every_category_but_the_impersonal_ones_is_personal() -> None:
    outside = {t.id for t in VOCABULARY.terms("category") if not VOCABULARY.covers("any.personal", t.id)}
    assert outside == {"any.information", "any.non_personal", "any.automatic"}


def test_every_term_has_a_plain_label_and_every_category_a_dpv_identifier() -> None:
    assert [t.id for k in KINDS for t in VOCABULARY.terms(k) if not t.label] == []
    assert [t.id for t in VOCABULARY.terms("category") if not t.dpv] == []


def test_an_unknown_term_is_named_with_the_nearest_known_one() -> None:
    with pytest.raises(VocabularyError, match=r"did you mean `contact\.email`") as caught:
        VOCABULARY.get("category", "contact.emial")
    assert caught.value.codes == ("vocabulary.unknown-term",)


def test_the_words_of_avow_are_at_most_fifteen() -> None:
    assert len(WORDS) <= MOST


def test_the_json_that_is_loaded_is_made_of_the_yaml_that_people_edit() -> None:
    assert HERE.joinpath("terms.json").read_text(encoding="utf-8") == terms_json()


def test_no_two_terms_of_a_kind_share_their_plain_words() -> None:
    doubled = [
        (kind, label)
        for kind in KINDS
        for label, times in Counter(t.label for t in VOCABULARY.terms(kind)).items()
        if times > 1
    ]
    assert doubled == []


def test_the_pages_say_what_the_vocabulary_says() -> None:
    assert DOCS.joinpath("reference", "vocabulary.md").read_text(encoding="utf-8") == vocabulary_page()
    assert DOCS.joinpath("glossary.md").read_text(encoding="utf-8") == words_page()
