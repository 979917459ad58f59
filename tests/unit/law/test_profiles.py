"""The law file is whole, says where each fact is from, and a company may only be stricter than it."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avow.duties.rights import model
from avow.errors import LawError
from avow.law import Fee, Pause, choose_law, confirm_due, due_of, get_profile, load_profiles, local_day
from avow.law.profiles import KINDS, read_profiles
from avow.law.reference import law_page

ROOT = Path(__file__).parents[3]
FEE = Fee(Decimal("20.00"), "USD", "")
ALL = sorted(load_profiles())
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def codes_of(call) -> tuple[str, ...]:
    with pytest.raises(LawError) as caught:
        call()
    return caught.value.codes


def test_the_law_knows_every_kind_of_request():
    assert set(KINDS) == set(model.KINDS)


def test_seven_laws_are_known():
    assert ALL == ["california", "canada", "eu", "india", "pakistan-bill", "quebec", "uk"]


@pytest.mark.parametrize("name", ALL)
def test_every_fact_names_its_source(name: str):
    profile = get_profile(name)
    facts = (
        *profile.clocks,
        *profile.grounds,
        *profile.routes,
        *profile.tellings,
        profile.fee,
        profile.pauses,
        profile.starts,
    )
    assert all(fact.source for fact in facts)
    assert all(re.fullmatch(r"justifications:[A-Z]\w+", ground.dpv) for ground in profile.grounds)


def test_what_nobody_verified_is_listed():
    assert all(clock.verified for clock in get_profile("eu").clocks)
    assert any("art. 17(3)(e)" in source for source in get_profile("eu").unverified)
    assert any("art. 12A" in source for source in get_profile("uk").unverified)
    assert any("s. 164A" in source for source in get_profile("uk").unverified)
    assert any("7026(f) and 7027(g)" in source for source in get_profile("california").unverified)
    assert any("PIPEDA s. 8(3)" in source for source in get_profile("canada").unverified)
    assert get_profile("pakistan-bill").bill


@given(st.sampled_from(ALL), st.sampled_from(KINDS), MOMENTS, st.integers(0, 60))
def test_a_due_day_lies_after_receipt_and_waiting_never_brings_it_forward(name, kind, received, waited):
    profile = get_profile(name)
    plain = due_of(profile, kind, received, received)
    assert plain.day > local_day(received, profile.zone)
    assert plain.at > received
    asked = received + timedelta(days=1)
    pauses = [Pause(reason, asked, asked + timedelta(days=waited)) for reason in ("identity", "clarification")]
    paused = due_of(profile, kind, received, received, pauses=pauses)
    assert timedelta(0) <= paused.day - plain.day <= timedelta(days=waited + 3)
    assert due_of(profile, kind, received, received, extended=True).at >= plain.at


@given(st.sampled_from(ALL), st.sampled_from(KINDS), MOMENTS, st.integers(1, 90))
def test_a_later_request_is_never_due_earlier(name, kind, received, days):
    profile = get_profile(name)
    later = received + timedelta(days=days)
    assert due_of(profile, kind, later, later).at >= due_of(profile, kind, received, received).at


@given(st.sampled_from(ALL), MOMENTS)
def test_a_confirmation_is_due_before_the_answer(name, received):
    confirmed = confirm_due(get_profile(name), "access", received)
    assert confirmed is None or confirmed.at < due_of(get_profile(name), "access", received, received).at


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="zone"):
        due_of(get_profile("eu"), "access", datetime(2026, 3, 1), datetime(2026, 3, 1))  # noqa: DTZ001


def test_a_refusal_needs_a_ground_that_the_law_gives_for_the_kind():
    assert get_profile("eu").get_ground("legal-claims", "erasure").source == "GDPR art. 17(3)(e), 18(2) and 21(1)"
    assert codes_of(lambda: get_profile("eu").get_ground("legal-claims", "access")) == ("law.no-such-ground",)
    assert codes_of(lambda: get_profile("california").get_ground("overriding-interest", "objection")) == (
        "law.no-such-ground",
    )


def test_grounds_can_be_asked_for_by_their_effect():
    delays = get_profile("eu").grounds_for("access", ("delay",))
    assert {ground.code for ground in delays} == {"complex", "many-requests", "identity-needed", "information-needed"}


def test_unknown_words_are_refused():
    assert codes_of(lambda: get_profile("atlantis")) == ("law.unknown-profile",)
    assert codes_of(lambda: get_profile("eu").clock("applause")) == ("law.unknown-kind",)


def test_a_company_falls_back_to_its_default():
    law = choose_law("uk", ("eu",))
    assert [law.profile(name).id for name in ("eu", "", "india")] == ["eu", "uk", "uk"]


def test_every_mistake_of_a_company_is_told_at_once():
    found = codes_of(
        lambda: choose_law(
            "eu", ("atlantis",), days={"eu": 31}, zones={"eu": "Mars/Base"}, confirmed=("eu.weather",), fee=FEE
        )
    )
    assert sorted(found) == [
        "law.days-too-long",
        "law.fee-forbidden",
        "law.unknown-confirmation",
        "law.unknown-profile",
        "law.unknown-zone",
    ]


def test_a_fee_that_some_law_allows_is_a_warning_for_the_others():
    law = choose_law("eu", ("pakistan-bill",), fee=FEE)
    assert [(d.code, d.severity) for d in law.warnings] == [("law.fee-forbidden", "warning")]


CAPPED = """
grounds:
  exempted: {effect: refuse, dpv: "justifications:LegallyExempted", says: "a law exempts it"}
profiles:
  old:
    name: Old
    law: Old Act
    zone: UTC
    counting: {last_day_moves: false, source: s. 1}
    starts: {at: receipt, source: s. 2}
    pauses: {reasons: [], source: s. 3}
    clocks: [{answer: {days: 40}, source: s. 4}]
    fee: {may: prescribed, kinds: [access], cap: {amount: "10.00", currency: GBP}, source: s. 5}
    grounds: [{code: exempted, source: s. 6}]
    routes: [{kind: authority, name: the registrar, source: s. 7}, {kind: court, name: the court, source: s. 8}]
    tellings: [{to: authority, hours: 72, risk: any, source: s. 9}, {to: people, risk: high, source: s. 9}]
"""


@pytest.mark.parametrize(
    ("fee", "codes"),
    [
        (Fee(Decimal("10.00"), "GBP", ""), ()),
        (Fee(Decimal("10.01"), "GBP", ""), ("law.fee-above-cap",)),
        (Fee(Decimal("10.00"), "USD", ""), ("law.fee-above-cap",)),
        (Fee(Decimal("9.999"), "GBP", ""), ("law.bad-fee",)),
    ],
)
def test_a_fee_keeps_to_the_cap_of_its_law(monkeypatch, fee: Fee, codes: tuple[str, ...]):
    profiles = read_profiles(CAPPED, "old.yaml")
    monkeypatch.setattr("avow.law.company.load_profiles", lambda: profiles)
    if codes:
        assert codes_of(lambda: choose_law("old", fee=fee)) == codes
    else:
        assert choose_law("old", fee=fee).fee == fee


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("{days: 40}", "{days: 40, months: 1}"), "law.not-whole"),
        (("clocks: [{answer", "clocks: [{kinds: [access], answer"), "law.not-whole"),
        (("code: exempted, source", "code: excepted, source"), "law.unknown-ground"),
        (("kind: court", "kind: bar"), "law.not-whole"),
        (("may: prescribed", "may: sometimes"), "law.not-whole"),
    ],
)
def test_a_profile_that_is_not_whole_does_not_load(change: tuple[str, str], code: str):
    assert codes_of(lambda: read_profiles(CAPPED.replace(*change), "old.yaml")) == (code,)


@pytest.mark.parametrize("name", ALL)
def test_the_reference_page_marks_what_nobody_verified(name: str):
    page = law_page()
    for source in get_profile(name).unverified:
        assert re.search(
            re.escape(source) + r"\)? (\| )?\(not verified\)|" + re.escape(source) + r" \(not verified\)", page
        )


def test_the_reference_page_is_what_the_profiles_say():
    assert (ROOT / "docs" / "reference" / "law.md").read_text(encoding="utf-8") == law_page(), (
        "run `python -m avow.law.reference docs/reference`"
    )
