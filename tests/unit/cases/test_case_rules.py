"""What may happen to a case, without a database: facts, the second person, the longest time, the finding, what lies unworked."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from avow.control.duty_cases import KINDS as KEPT
from avow.control.duty_cases import DutyCase
from avow.duties.cases import KINDS, Numbers, check_approval, check_end, check_new, is_unworked, plan_end
from avow.duties.reviews import check_signature, due_at, is_overdue
from avow.errors import ControlError

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
CASE = DutyCase(
    UUID(int=1), "abuse", "open", "bob", "", {}, {}, NOW, NOW + timedelta(days=9), "", "", NOW, NOW, None, False
)


def refused(act):
    with pytest.raises(ControlError) as caught:
        act()
    return caught.value.codes


def test_the_kinds_are_those_of_the_records_and_every_kind_has_facts_and_an_end():
    assert tuple(KINDS) == KEPT
    assert all(kind.facts and 0 < kind.days <= 365 for kind in KINDS.values())


def test_every_missing_fact_and_the_missing_scope_are_told_at_once():
    codes = refused(lambda: check_new(KINDS["legal_disclosure"], {"authority": "a court", "colour": "red"}, ""))
    assert sorted(codes) == ["cases.fact-missing"] * 3 + ["cases.fact-unknown", "cases.no-scope"]


def test_nobody_approves_their_own_case_and_an_open_one_is_not_approved_again():
    waiting = replace(CASE, state="requested")
    check_approval(waiting, "dana")
    assert refused(lambda: check_approval(waiting, "bob")) == ("cases.own-case",)
    assert "cases.not-waiting" in refused(lambda: check_approval(CASE, "dana"))


def test_a_case_stays_open_no_longer_than_its_kind_allows():
    assert plan_end(KINDS["support_access"], NOW, 400) == NOW + timedelta(days=2)
    assert plan_end(KINDS["support_access"], NOW, 1) == NOW + timedelta(days=1)


def test_a_case_ends_once_and_with_a_finding():
    check_end(CASE, "closed by its owner")
    assert refused(lambda: check_end(CASE, "  done ")) == ("cases.no-finding",)
    assert refused(lambda: check_end(replace(CASE, ended_at=NOW), "closed by its owner")) == ("cases.has-ended",)


def test_what_nobody_worked_on_lies_until_it_ends_even_when_it_expired():
    numbers, late = Numbers(3), NOW + timedelta(days=4)
    assert is_unworked(CASE, numbers, late)
    assert is_unworked(replace(CASE, state="expired"), numbers, late)
    assert not is_unworked(CASE, numbers, NOW + timedelta(days=3))
    assert not is_unworked(replace(CASE, ended_at=NOW), numbers, late)


def test_a_review_is_due_one_period_after_the_last_signature():
    assert due_at(None, NOW, 90) == NOW + timedelta(days=90)
    assert due_at(NOW + timedelta(days=5), NOW, 90) == NOW + timedelta(days=95)
    assert due_at(NOW, NOW, 0) is None
    assert not is_overdue(None, NOW)


def test_a_review_is_signed_by_a_person_with_words_once():
    check_signature("bob", "I looked at every line.", signed=False)
    assert refused(lambda: check_signature("", "I looked at every line.", False)) == ("reviews.no-statement",)
    assert refused(lambda: check_signature("bob", "ok", False)) == ("reviews.no-statement",)
    assert refused(lambda: check_signature("bob", "I looked at every line.", True)) == ("reviews.signed",)
