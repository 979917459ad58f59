"""Mails have the same places to fill in every language, and carry a reference and a link alone."""

import re

import pytest

from avow.duties.rights.identity import LETTERS, compare_fact, make_code, make_reference, read_code
from avow.duties.rights.model import CLOSED, KINDS, MOVES, OPEN
from avow.duties.rights.replaying import Screened, list_reasons
from avow.duties.rights.rules import plan_identity
from avow.duties.rights.wording import LANGUAGES, load_mails, write_mail

PLACES = re.compile(r"{(\w+)}")
OF_MANY = ("tasks-due", "holds-due")  # to staff, about more than one request


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_mail_with_the_same_places(language):
    mails, english = load_mails(language), load_mails("en")
    assert mails.keys() == english.keys()
    for name, (subject, text) in mails.items():
        assert sorted(PLACES.findall(subject + text)) == sorted(PLACES.findall("".join(english[name]))), name
        places = {"link"} if name in OF_MANY else {"reference", "link"}
        assert places <= set(PLACES.findall(text)), name


def test_every_kind_has_its_acknowledgement_and_its_end():
    mails = load_mails("en")
    assert {f"received-{kind}" for kind in KINDS} <= mails.keys()
    assert {f"done-{kind}" for kind in KINDS if kind not in ("access", "copy")} <= mails.keys()


def test_a_language_that_is_not_there_is_written_in_english():
    values = {"reference": "AV-1", "link": "https://x.example"}
    assert write_mail("message", "xx-YY", values) == write_mail("message", "en", values)
    assert write_mail("message", "ar-EG", values) != write_mail("message", "en", values)


def test_codes_use_letters_that_nobody_confuses_evenly():
    code = make_code()
    assert len(code) == 8
    assert set(code) <= set(LETTERS)
    assert not set("01OILU") & set(LETTERS)
    assert make_code(lambda count: bytes([255, 254, 0, 1] * count)) == "23" * 4
    assert read_code(" 7f3k-92qd ") == "7F3K92QD"
    assert re.fullmatch(r"AV-[2-9A-Z]{4}-[2-9A-Z]{4}", make_reference())


def test_every_state_can_be_reached_and_left_or_is_an_end():
    reached = {state for onward in MOVES.values() for state in onward}
    assert reached | {"received"} == set(OPEN) | set(CLOSED)
    assert set(OPEN) <= MOVES.keys()


@pytest.mark.parametrize(
    ("kind", "told", "held", "same"),
    [
        ("phone", "0044 20 7946 0018", "+44 (0)20 7946 0018", True),
        ("email", " Alice@Example.org", "alice@example.org", True),
        ("name", "ALICE  example", "Alice Example", True),
        ("customer_number", "QH-000417", "qh 000417", True),
        ("name", "", "", False),
        ("phone", "1", "2", False),
    ],
)
def test_facts_are_compared_in_their_normal_form(kind, told, held, same):
    assert compare_fact(kind, told, held) is same


@pytest.mark.parametrize(
    ("kind", "purposes", "signed_in", "needed"),
    [
        ("access", (), True, "session"),
        ("access", (), False, "code"),
        ("erasure", (), True, "reauthentication"),
        ("objection", ("marketing.own",), False, "none"),
        ("objection", ("marketing.own", "analytics.usage"), False, "code"),
        ("withdrawal", ("marketing.own",), False, "none"),
        ("withdrawal", ("marketing.own", "credit.check"), False, "code"),
        ("complaint", (), False, "none"),
    ],
)
def test_the_lowest_rung_that_suffices_is_asked(kind, purposes, signed_in, needed):
    assert plan_identity(kind, purposes, signed_in, has_address=True) == needed


def test_an_objection_stands_against_the_purposes_below_it():
    one = Screened(False, ("objected:marketing",))
    assert list_reasons(one, "marketing.own") == ("objected:marketing",)
    assert list_reasons(one, "analytics.usage") == ()
    assert list_reasons(Screened(True, ()), "analytics.usage") == ("erased",)
