"""Clocks, confirmations and fees as the cases in tests/cases/law say."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from avow.law import Fee, Pause, choose_law, confirm_due, due_of, fee_for

CASES = Path(__file__).parents[2] / "cases" / "law"
FEE = Fee(Decimal("20.00"), "USD", "")


def load_cases(name: str):
    cases = yaml.safe_load((CASES / f"{name}.yaml").read_text(encoding="utf-8"))["cases"]
    return [pytest.param(case, id=case["name"].replace(" ", "-")) for case in cases]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def law_of(case):
    options = {key: case[key] for key in ("days", "zones") if key in case}
    return choose_law(case["law"], confirmed=tuple(case.get("confirmed", ())), **options).profile()


def holidays_of(case) -> frozenset[date]:
    return frozenset(case.get("holidays", ()))


@pytest.mark.parametrize("case", load_cases("due"))
def test_an_answer_is_due_on_the_day_of_the_case(case):
    pauses = [Pause(why, moment(start), moment(end) if end else None) for why, start, end in case.get("pauses", ())]
    due = due_of(
        law_of(case),
        case["kind"],
        moment(case["received"]),
        moment(case.get("now", "2026-03-03T11:00Z")),
        ready_at=[moment(text) for text in case.get("ready", ())],
        pauses=pauses,
        extended=case.get("extended", False),
        holidays=holidays_of(case),
    )
    assert due.day == case["day"], due
    assert due.at == moment(case["at"]) if "at" in case else True
    assert due.source


@pytest.mark.parametrize("case", load_cases("confirm"))
def test_receipt_is_confirmed_by_the_day_of_the_case(case):
    due = confirm_due(law_of(case), case["kind"], moment(case["received"]), holidays_of(case))
    assert (due.day if due else "") == case["day"]


@pytest.mark.parametrize("case", load_cases("fees"))
def test_a_request_costs_what_the_case_says(case):
    profile = choose_law("eu", (case["law"],)).profile(case["law"])
    flags = {key: case.get(key, False) for key in ("marketing", "excessive")}
    fee = fee_for(profile, case["kind"], FEE, **flags)
    assert str(fee) == case["fee"]
    assert fee.basis
