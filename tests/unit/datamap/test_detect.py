"""What a sample looks like, and what chance alone would make it look like."""

import random

import pytest

from avow.datamap.detect import find_categories, find_free_text, find_keys


@pytest.mark.parametrize(
    ("values", "category"),
    [
        (["alice@customer.invalid", "bob@desk.example"], "contact.email"),
        (["+44 20 7946 0958", "07700 900123", "(0131) 496 0000"], "contact.phone"),
        (["4111 1111 1111 1111", "5555555555554444", "378282246310005"], "payment.card_number"),
        (["192.0.2.7", "2001:db8:0:1::1"], "device.ip_address"),
        (["35202-1234567-1"], "identity.national_id"),
        (["12 High Street, Leeds LS1 4AB"], "contact.postal_address"),
        (["Alice Archer", "Dr Wu Chan"], "identity.name"),
        (["GB82 WEST 1234 5698 7654 32"], "payment.other_account"),
        (["pbkdf2_sha256$870000$abc$def="], "account.password"),
        (["Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101"], "device.browser_type"),
    ],
)
def test_each_kind_is_recognised_in_a_whole_column(values: list[str], category: str) -> None:
    assert find_categories(values)[category] > 0.9


def test_a_card_number_inside_one_note_is_seen_as_a_small_share() -> None:
    notes = ["called, nobody there"] * 199 + ["asked us to charge 4111 1111 1111 1111 again"]
    assert find_categories(notes) == {"payment.card_number": pytest.approx(1 / 200)}


def test_long_numbers_of_which_one_in_ten_passes_by_chance_are_no_card_numbers() -> None:
    chance = random.Random(7)
    numbers = [f"4{chance.randrange(10**15):015d}" for _ in range(2000)]
    assert find_categories(numbers).get("payment.card_number", 0) < 0.03


@pytest.mark.parametrize(
    "values",
    [
        ["2026-01-02", "2026-01-02 10:11:12.345"],
        ["1.2", "10.50", "1999.99"],
        ["INV-2026-000123", "ORD-7"],
        ["Blue Widget", "Rack Server"],
        ["9f86d081-884c-4d63-a1b2-0123456789ab"],
        ["12:30:11", "1000000", "6011000990139425"],
        ["127.0.0.1", "v1.2.3"],
    ],
)
def test_ordinary_values_show_no_contact_and_no_identity(values: list[str]) -> None:
    assert not find_categories(values).keys() & {
        "contact.email",
        "contact.phone",
        "identity.national_id",
        "identity.name",
        "contact.postal_address",
        "device.ip_address",
    }


def test_empty_values_count_neither_for_nor_against() -> None:
    assert find_categories(["", "  ", "alice@customer.invalid"]) == {"contact.email": 1.0}
    assert find_categories([]) == {}


def test_one_value_can_show_several_categories() -> None:
    found = find_categories(["ring +44 1632 960123 or write to alice@customer.invalid"])
    assert set(found) == {"contact.email", "contact.phone"}


def test_sentences_are_free_text_and_labels_are_not() -> None:
    assert find_free_text(["Please call me back when you have a minute.", "The site is slow since the move"]) == 1.0
    assert find_free_text(["open", "HIGH STREET LEEDS", "Rack Server 2U"]) == 0.0


def test_json_keys_are_listed_with_what_their_values_look_like() -> None:
    found = find_keys(['{"fax": "+44 1632 960123", "vat": null, "more": {"mail": "a@b.invalid"}}', {"n": [1, 2]}])
    assert found == {"fax": {"contact.phone": 1.0}, "vat": {}, "more.mail": {"contact.email": 1.0}, "n": {}}


def test_what_is_not_json_has_no_keys() -> None:
    assert find_keys(["not json", "[", "3"]) == {}
