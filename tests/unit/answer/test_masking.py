"""Other people are taken out, the person and their words stay, and what was taken is counted."""

from __future__ import annotations

import pytest

from avow.duties.rights.answer.masking import BAR, Masker
from avow.stores.duty import Identifier

OWN = (
    Identifier("email", "alice.smith@x.example"),
    Identifier("name", "Alice Smith"),
    Identifier("phone", "+44 20 7946 0001"),
    Identifier("customer_number", "42"),
)
BOB = (
    Identifier("email", "bob@y.example"),
    Identifier("name", "Bob Jones"),
    Identifier("phone", "+44 20 7946 0018"),
    Identifier("customer_number", "4711"),
    Identifier("ip", "192.0.2.7"),
)


@pytest.fixture
def masker() -> Masker:
    return Masker(OWN, ("cloudsentric.example",))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("BOB@Y.example wrote", f"{BAR} wrote"),
        ("bobby@y.example and bob@y.example", f"bobby@y.example and {BAR}"),
        ("call 020 7946 0018 or +44 (0)20-7946-0018", f"call {BAR} or {BAR}"),
        ("call 00442079460018", f"call {BAR}"),
        ("bob said, Jones said, BOB  JONES said", f"{BAR} said, {BAR} said, {BAR} said"),
        ("a bobsleigh", "a bobsleigh"),
        ("order 4711, not 47110", f"order {BAR}, not 47110"),
        ("from 192.0.2.7 to 192.0.2.70", f"from {BAR} to 192.0.2.70"),
        ("nothing here", "nothing here"),
    ],
)
def test_others_are_masked_as_whole_words_however_they_are_written(masker, text, expected):
    assert masker.mask(text, BOB).text == expected


def test_own_identifiers_stay_even_where_anothers_name_stands_in_them(masker):
    smith = (Identifier("name", "John Smithson Smith"), Identifier("name", "Smith"))
    text = "alice.smith@x.example, Alice Smith, +44 20 7946 0001, number 42"
    assert masker.mask(text, smith, free=True).text == text


def test_an_own_identifier_is_never_masked_though_a_store_calls_it_anothers(masker):
    assert (
        masker.mask("alice.smith@x.example", (Identifier("email", "ALICE.SMITH@x.example"),)).text
        == "alice.smith@x.example"
    )


def test_own_digits_inside_anothers_address_do_not_save_it(masker):
    assert masker.mask("bob-42@y.example", (Identifier("email", "bob-42@y.example"),)).text == BAR


def test_addresses_nobody_declared_are_masked_in_free_text_only(masker):
    text = "ask carol@z.example"
    assert masker.mask(text, (), free=True).text == f"ask {BAR}"
    assert masker.mask(text, ()).text == text


def test_addresses_of_the_company_stay(masker):
    text = "help@cloudsentric.example, x@mail.cloudsentric.example, x@notcloudsentric.example"
    assert masker.mask(text, (), free=True).text == f"help@cloudsentric.example, x@mail.cloudsentric.example, {BAR}"


def test_letters_that_change_their_length_when_folded_do_not_shift_the_bar(masker):
    text = "\u0130\u0130\u0130 bob@y.example end"
    assert masker.mask(text, BOB).text == f"\u0130\u0130\u0130 {BAR} end"


@pytest.mark.parametrize(("text", "state"), [("bob@y.example", "all"), ("to bob@y.example", "part"), ("to us", "no")])
def test_a_masked_value_says_how_much_of_it_is_gone(masker, text, state):
    assert masker.mask(text, BOB).state == state


def test_pieces_are_counted_by_kind(masker):
    found = masker.mask("Bob Jones <bob@y.example>, Bob", BOB)
    assert dict(found.pieces) == {"name": 2, "email": 1}
