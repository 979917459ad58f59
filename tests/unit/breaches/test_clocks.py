"""The clocks of a breach: whom a law wants told, by when, and what stops it."""

from datetime import UTC, datetime, timedelta

import pytest

from avow.app.cases_evidence import judge_clocks
from avow.duties.breaches import Told, is_settled, plan_clocks
from avow.law import get_profile
from avow.prove.verdict import BROKE, COULD_NOT, HELD

AWARE = datetime(2026, 3, 6, 17, 0, tzinfo=UTC)  # a Friday evening
HOUR = timedelta(hours=1)


def clock(law, to, at, risk="", people=None, told=(), own_days=0):
    found = plan_clocks([get_profile(law)], AWARE, at, risk, people, told, own_days)
    return next(one for one in found if one.to == to)


def test_the_authority_is_told_within_72_hours_and_a_weekend_stops_nothing():
    found = clock("eu", "authority", AWARE)
    assert (found.state, found.due, found.span) == ("running", AWARE + 72 * HOUR, "72 hours")
    assert clock("eu", "authority", AWARE + 72 * HOUR).state == "running"
    assert clock("eu", "authority", AWARE + 72 * HOUR + timedelta(seconds=1)).state == "overdue"


def test_a_risk_that_nobody_judged_counts_for_the_authority_and_has_to_be_judged_for_people():
    assert clock("uk", "authority", AWARE + 73 * HOUR).state == "overdue"
    assert clock("uk", "people", AWARE).state == "unjudged"


@pytest.mark.parametrize(
    ("risk", "authority", "people"),
    [("unlikely", "not-due", "not-due"), ("risk", "running", "not-due"), ("high", "running", "running")],
)
def test_what_a_judged_risk_asks_for(risk, authority, people):
    assert clock("eu", "authority", AWARE, risk).state == authority
    assert clock("eu", "people", AWARE, risk).state == people


def test_without_undue_delay_is_the_companys_own_number_or_none():
    assert clock("eu", "people", AWARE, "high").due is None
    found = clock("eu", "people", AWARE + timedelta(days=3), "high", own_days=2)
    assert (found.state, found.due, found.own) == ("overdue", AWARE + timedelta(days=2), True)


def test_who_was_told_late_was_told_late_and_a_decision_is_one():
    late = Told("authority", "", AWARE + 80 * HOUR, "bob")
    assert clock("eu", "authority", AWARE + 90 * HOUR, told=[late]).state == "late"
    in_time = Told("authority", "eu", AWARE + 3 * HOUR, "bob")
    assert clock("eu", "authority", AWARE + 90 * HOUR, told=[in_time]).state == "told"
    assert clock("uk", "authority", AWARE + 90 * HOUR, told=[in_time]).state == "overdue"
    decided = Told("authority", "", AWARE + HOUR, "bob", decided=True)
    assert clock("eu", "authority", AWARE + 90 * HOUR, told=[decided]).state == "decided"


def test_california_counts_from_the_telling_of_people_and_above_500_of_them():
    assert clock("california", "authority", AWARE, people=501).state == "waits"
    assert clock("california", "authority", AWARE, people=500).state == "not-due"
    told = [Told("people", "", AWARE + 24 * HOUR, "bob")]
    found = clock("california", "authority", AWARE + 30 * HOUR, people=501, told=told)
    assert (found.state, found.due) == ("running", AWARE + 24 * HOUR + timedelta(days=15))
    assert clock("california", "people", AWARE).due == AWARE + timedelta(days=30)


def test_who_was_told_before_more_people_were_found_settles_nothing_and_starts_what_runs_from_it():
    told = [Told("people", "", AWARE + HOUR, "bob", whole=False)]
    assert clock("eu", "people", AWARE + 2 * HOUR, "high", told=told).state == "running"
    assert clock("california", "authority", AWARE + 30 * HOUR, people=501, told=told).due == AWARE + HOUR + timedelta(
        days=15
    )
    later = Told("people", "", AWARE + 3 * HOUR, "bob")
    assert clock("eu", "people", AWARE + 4 * HOUR, "high", told=[*told, later]).state == "told"


def test_a_bill_and_a_law_before_its_day_want_nobody_told():
    assert clock("pakistan-bill", "authority", AWARE + 500 * HOUR).state == "not-in-force"
    assert clock("india", "people", AWARE).state == "not-in-force"


def test_a_breach_is_settled_when_no_clock_is_open():
    laws = [get_profile("eu"), get_profile("uk")]
    assert not is_settled(plan_clocks(laws, AWARE, AWARE, "high", 3, []))
    told = [Told("authority", "", AWARE + HOUR, "bob"), Told("people", "", AWARE + HOUR, "bob")]
    assert is_settled(plan_clocks(laws, AWARE, AWARE + 500 * HOUR, "high", 3, told))


def test_no_check_says_that_no_clock_ran_out_where_one_did_or_where_nobody_can_know():
    def standing(risk, *told):
        return judge_clocks([plan_clocks([get_profile("eu")], AWARE, AWARE + 100 * HOUR, risk, 3, told, 30)])

    in_time, late = Told("authority", "", AWARE + HOUR, "bob"), Told("authority", "", AWARE + 80 * HOUR, "bob")
    nobody = Told("authority", "", AWARE + 80 * HOUR, "bob", decided=True)
    assert standing("risk", in_time).result == HELD
    assert standing("risk").result == BROKE
    for done in (late, nobody):
        found = standing("risk", done)
        assert (found.result, "authority (eu)" in found.seen) == (BROKE, True)
    assert standing("unlikely", nobody).result == HELD, "the law wants nobody told"
    unjudged = standing("", in_time)
    assert (unjudged.result, "judge the risk" in unjudged.repair) == (COULD_NOT, True)
    both = judge_clocks(
        [plan_clocks([get_profile("eu")], AWARE, AWARE + 100 * HOUR, "risk", 3, told, 30) for told in ([], [late])]
    )
    assert both.result == BROKE
    assert "too late" in both.seen
