"""The gate: nothing leaves without a ground that holds, and each ground lets go of nothing but its own."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from avow.duties.disclosures import Ask, Circumstances, Order, check_disclosure
from avow.policy import RecipientEntry
from avow.vocabulary import load_vocabulary

TERMS = load_vocabulary()
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
NAME, EMAIL = "identity.name", "contact.email"
COURIER = RecipientEntry(
    "northline",
    "processor.delivery",
    "Northline Ltd",
    "uk",
    ("order.deliver",),
    (NAME,),
    "DPA-1",
    date(2026, 12, 31),
    starts=date(2026, 1, 1),
)
ASK = Ask("northline", "order.deliver", "contract", "file", frozenset({NAME}), ("alice",), "bob")
HERE = Circumstances(NOW, COURIER, frozenset({"uk"}), frozenset({NAME}))
ORDER = Order("legal_disclosure", True, "bob", "dana", "an order", True)
COURT = replace(COURIER, id="court", kind="authority.court", contract="", data=(EMAIL,), purposes=("legal.comply",))
OBLIGED = replace(ASK, recipient="court", ground="obligation", purpose="legal.comply", data=frozenset({EMAIL}))
ORDERED = replace(HERE, entry=COURT, order=ORDER)


def codes(ask=ASK, given=HERE):
    return check_disclosure(ask, given, TERMS).codes


def test_a_firm_under_contract_gets_what_register_and_policy_both_give_it():
    ruling = check_disclosure(ASK, HERE, TERMS)
    assert (ruling.allowed, ruling.people, ruling.left_out) == (True, ("alice",), 0)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (replace(HERE, entry=None), "disclosure.unknown-recipient"),
        (replace(HERE, entry=replace(COURIER, location="")), "disclosure.no-place"),
        (replace(HERE, entry=replace(COURIER, location="us")), "disclosure.place-not-allowed"),
        (replace(HERE, entry=replace(COURIER, contract="")), "disclosure.no-contract"),
        (replace(HERE, entry=replace(COURIER, expires=date(2026, 3, 1))), "disclosure.contract-not-running"),
        (replace(HERE, entry=replace(COURIER, starts=date(2026, 3, 3))), "disclosure.contract-not-running"),
        (replace(HERE, entry=replace(COURIER, purposes=())), "disclosure.purpose-not-registered"),
        (replace(HERE, entry=replace(COURIER, data=())), "disclosure.field-not-registered"),
        (replace(HERE, fields=frozenset()), "disclosure.field-not-promised"),
        (replace(HERE, entry=replace(COURIER, kind="thirdparty.unaffiliated")), "disclosure.no-ground"),
    ],
)
def test_whatever_is_missing_closes_the_gate(given, code):
    assert codes(given=given) == (code,)


@pytest.mark.parametrize("channel", ["file", "api", "mail", "login"])
def test_no_way_out_goes_round_the_gate(channel):
    stranger = replace(COURIER, kind="thirdparty.unaffiliated", contract="")
    found = codes(replace(ASK, channel=channel, ground=""), replace(HERE, entry=stranger))
    assert found == ("disclosure.no-ground",)


def test_every_reason_against_is_told_at_once():
    worse = replace(COURIER, location="", contract="", purposes=())
    assert len(codes(given=replace(HERE, entry=worse))) == 3


def test_each_person_agrees_for_themselves():
    partner = replace(COURIER, kind="thirdparty.consented", contract="")
    ask = replace(ASK, ground="consent", people=("alice", "charlie"))
    assert codes(ask, replace(HERE, entry=partner)) == ("disclosure.no-consent",)
    ruling = check_disclosure(ask, replace(HERE, entry=partner, agreed=frozenset({"alice"})), TERMS)
    assert (ruling.people, ruling.left_out) == (("alice",), 1)


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (None, "disclosure.no-case"),
        (replace(ORDER, kind="complaint"), "disclosure.no-case"),
        (replace(ORDER, going=False), "disclosure.case-not-open"),
        (replace(ORDER, approved_by="bob"), "disclosure.same-person"),
        (replace(ORDER, basis=""), "disclosure.not-an-obligation"),
        (replace(ORDER, document=False), "disclosure.no-document"),
        (replace(ORDER, about=frozenset({"charlie"})), "disclosure.not-in-the-case"),
    ],
)
def test_an_authority_gets_nothing_on_anything_less_than_an_obligation(order, code):
    assert codes(OBLIGED, replace(ORDERED, order=order)) == (code,)


def test_an_authority_gets_what_the_register_gives_it_and_nothing_else():
    unlisted = replace(ORDERED, entry=replace(COURT, data=(NAME,)))
    assert codes(OBLIGED, unlisted) == ("disclosure.field-not-registered",)
    elsewhere = replace(ORDERED, entry=replace(COURT, purposes=("order.deliver",)))
    assert codes(OBLIGED, elsewhere) == ("disclosure.purpose-not-registered",)


def test_an_obligation_with_law_document_and_second_person_releases():
    assert codes(OBLIGED, ORDERED) == ()
    assert codes(OBLIGED, replace(ORDERED, entry=replace(COURT, kind="processor.delivery"))) == (
        "disclosure.not-an-authority",
    )


def test_an_emergency_needs_a_reason_and_a_review_and_keeps_to_the_places():
    ask = replace(ASK, ground="emergency", why="somebody is in danger")
    assert check_disclosure(ask, HERE, TERMS).review
    assert codes(replace(ask, why="")) == ("disclosure.no-reason",)
    assert codes(ask, replace(HERE, entry=replace(COURIER, location="us"))) == ("disclosure.place-not-allowed",)


def test_a_successor_gets_nothing_before_the_people_were_told():
    buyer = replace(COURIER, kind="successor.acquirer", contract="")
    order = replace(ORDER, kind="merger")
    given = replace(HERE, entry=buyer, order=order)
    ask = replace(ASK, ground="transfer")
    assert codes(ask, given) == ("disclosure.no-notice",)
    assert codes(ask, replace(given, order=replace(order, notice=True))) == ()


def test_inside_both_departments_must_hold_a_role_that_may_have_it():
    ask = replace(ASK, ground="inside", recipient="internal.support", giver="internal.sales")
    may = replace(HERE, entry=None, received=frozenset({NAME}), given=frozenset({NAME}))
    assert codes(ask, may) == ()
    assert codes(ask, replace(may, received=frozenset())) == ("disclosure.role-may-not",)
    assert codes(ask, replace(may, given=frozenset())) == ("disclosure.role-may-not",)
    assert "disclosure.unknown-recipient" in codes(replace(ask, recipient="northline"), may)
