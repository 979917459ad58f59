"""The letters of a breach: what each must say, what is missing, and that nobody is named."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from avow.datamap.model import Column, DataMap, Login, Pair, StoreMap, Table
from avow.duties.breaches import BreachFacts, Figures, draft_authority, draft_people, read_extent, read_moment
from avow.duties.breaches.drafts import check_words
from avow.duties.rights.letters.writing import letter_text
from avow.errors import ControlError

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
WORDS = {
    "nature": "A backup disk was lost on the way.",
    "consequences": "Somebody may try to guess passwords.",
    "measures": "The disk's key was withdrawn.",
    "advice": "Change your password.",
}
FACTS = BreachFacts(
    "Example Ltd",
    "B-1f2e3d4c",
    "Privacy office, privacy@example.test",
    AT,
    AT,
    None,
    AT,
    Figures(
        12,
        3,
        40,
        {"contact.email": 12, "payment.invoice": 7},
        {"customer": 12},
        unknown=("store `books` was not counted",),
    ),
    WORDS,
    {"contact.email": "e-mail address", "payment.invoice": "invoices", "customer": "customers"},
    laws=("GDPR art. 33(1)",),
)


def test_the_letter_to_the_authority_says_what_article_33_asks_for():
    draft = draft_authority(FACTS)
    text = letter_text(draft.letter)
    assert draft.missing == ()
    for part in (
        *(WORDS[name] for name in ("nature", "consequences", "measures")),
        *("About 12 people and 40 records", "e-mail address: about 12 people", "invoices: about 7 people"),
        *("privacy@example.test", "GDPR art. 33(1)", "store `books` was not counted", "2026-03-02 09:00"),
    ):
        assert part in " ".join(text.split()), part


def test_the_letter_to_people_says_what_article_34_asks_for_and_counts_nobody():
    text = " ".join(letter_text(draft_people(FACTS).letter).split())
    assert all(words in text for words in WORDS.values())
    assert "e-mail address" in text
    assert "12" not in text.replace("2026-03-02", "")


def test_what_nobody_said_is_missing_and_stands_as_not_known():
    bare = replace(FACTS, words={"nature": "lost"}, figures=Figures(), contact="")
    draft = draft_authority(bare)
    assert draft.missing == ("consequences", "measures", "counts", "contact")
    assert "not known yet" in letter_text(draft.letter)
    assert draft_people(bare).missing == ("consequences", "measures", "advice", "counts", "contact")


def test_both_letters_stand_in_arabic_and_change_no_words_of_staff():
    for make in (draft_authority, draft_people):
        letter = make(FACTS, "ar").letter
        assert letter.title != make(FACTS).letter.title
        assert WORDS["nature"] in letter_text(letter)


@pytest.mark.parametrize("value", ["mail alice@example.test", "ring +44 1632 960 123", "from 192.0.2.17 on"])
def test_words_that_hold_a_value_of_somebody_are_refused(value):
    with pytest.raises(ControlError) as refused:
        check_words({"nature": value})
    assert refused.value.codes == ("breach.names-somebody",)
    assert value not in str(refused.value)
    check_words({"nature": "on 2026-03-02 about 300 orders of 2025 were seen"})


MAP = DataMap(
    (
        StoreMap(
            "main",
            "postgresql",
            "uk",
            (Table("public.people", (Column("id", link=True),), (), key="id"), Table("public.notes", (), ())),
            (Login("shop", (Pair("order.take", "internal.sales"),)),),
        ),
    )
)


def test_what_was_breached_is_named_in_the_words_of_the_map():
    assert read_extent("store:main", AT, None, MAP).name == ""
    assert read_extent("table:main:public.notes", AT, None, MAP).name == "public.notes"
    assert read_extent("login:main:shop", AT, None, MAP).name == "shop"
    assert read_extent("pair:main:order.take/internal.sales", AT, None, MAP).kind == "pair"
    row = read_extent("row:main:public.people:7", AT, None, MAP)
    assert (row.name, row.key, row.words) == ("public.people", "7", "row:main:public.people")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "store:elsewhere",
        "table:main:public.nothing",
        "login:main:root",
        "pair:main:x/y",
        "row:main:public.notes:1",
        "row:main:public.people",
    ],
)
def test_what_the_map_does_not_know_is_refused(text):
    with pytest.raises(ControlError) as refused:
        read_extent(text, AT, None, MAP)
    assert refused.value.codes == ("breach.bad-extent",)


def test_a_window_ends_after_it_begins_and_a_moment_is_in_utc():
    with pytest.raises(ControlError) as refused:
        read_extent("store:main", AT, AT, MAP)
    assert refused.value.codes == ("breach.bad-window",)
    assert read_moment("2026-03-02T11:00+02:00") == AT == read_moment("2026-03-02T09:00")
    with pytest.raises(ControlError):
        read_moment("yesterday")
