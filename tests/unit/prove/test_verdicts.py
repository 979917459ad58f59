"""Verdict logic: never rounded up, weakest rule wins, needs and exceptions stay visible."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest

from avow.policy.promise import Anchor, Promise, Quote, Rule
from avow.prove.inquiry import Outcome
from avow.prove.scene import ExceptionNote
from avow.prove.verdict import ATTESTED, BROKEN, KEPT, NOT_CHECKABLE, UNPROVEN, ProbeResult, RuleVerdict
from avow.prove.verdicts import rule_verdict, statement_verdict, weakest

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def probe(result: str = "held", level: str = "trial", at: datetime = NOW) -> ProbeResult:
    return ProbeResult("access-trial", level, result, f"it {result}", at.isoformat(), 1.0)


def promise(**more: object) -> Promise:
    given: dict[str, object] = {"rules": (Rule("a/1", "a", "permit"),), **more}
    return Promise("a", Quote("We keep it."), Anchor(0, 11, 1, 1), "use", "does", **given)  # type: ignore[arg-type]


def ruled(*verdicts: str) -> list[RuleVerdict]:
    return [RuleVerdict(f"a/{n}", "permit", v, (), (), "why" * (v != KEPT)) for n, v in enumerate(verdicts, 1)]


def test_a_rule_without_any_probe_is_unproven() -> None:
    assert rule_verdict("a/1", "permit", (), (), NOW).verdict == UNPROVEN


def test_one_probe_that_broke_it_outweighs_all_that_held() -> None:
    found = rule_verdict("a/1", "permit", (), [probe(), probe("could_not"), probe("broke"), probe()], NOW)
    assert (found.verdict, found.reason) == (BROKEN, "it broke")


def test_one_probe_that_could_not_look_keeps_the_rule_unproven() -> None:
    assert rule_verdict("a/1", "permit", (), [probe(), probe("could_not")], NOW).verdict == UNPROVEN


def test_a_probe_of_yesterday_is_stale() -> None:
    found = rule_verdict("a/1", "permit", (), [probe(at=NOW - timedelta(hours=25))], NOW)
    assert found.verdict == UNPROVEN
    assert "more than 24 hours ago" in found.reason


def test_a_document_is_attested_even_beside_a_probe_that_looked() -> None:
    assert rule_verdict("a/1", "require.place", (), [probe(level="document"), probe()], NOW).verdict == ATTESTED


def test_a_rule_is_kept_when_every_probe_held_and_looked() -> None:
    assert rule_verdict("a/1", "permit", (), [probe(), probe(level="catalogue")], NOW).verdict == KEPT


@pytest.mark.parametrize(("one", "two"), list(product((BROKEN, UNPROVEN, ATTESTED, KEPT), repeat=2)))
def test_a_statement_is_never_stronger_than_its_weakest_rule(one: str, two: str) -> None:
    order = (BROKEN, UNPROVEN, ATTESTED, KEPT)
    assert (
        statement_verdict(promise(), ruled(one, two)).verdict == min(one, two, key=order.index) == weakest([one, two])
    )


def test_a_statement_without_rules_is_unproven_and_says_so() -> None:
    found = statement_verdict(promise(rules=()), [])
    assert (found.verdict, "no rule" in found.reason, bool(found.repairs)) == (UNPROVEN, True, True)


def test_a_definition_is_not_checkable() -> None:
    assert statement_verdict(promise(checkable="none", rules=()), []).verdict == NOT_CHECKABLE


def test_needs_keep_a_kept_statement_unproven_and_list_what_is_proven() -> None:
    found = statement_verdict(promise(needs=("rights requests",)), ruled(KEPT))
    assert (found.verdict, found.reason) == (UNPROVEN, "needs rights requests; proven so far: a/1")


def test_needs_never_hide_a_broken_rule() -> None:
    found = statement_verdict(promise(needs=("rights requests",)), ruled(KEPT, BROKEN))
    assert (found.verdict, found.reason) == (BROKEN, "a/2: why")


def test_an_exception_stands_beside_the_verdict_until_it_ends() -> None:
    notes = [ExceptionNote("a", "the old CRM is being moved", "2026-06-01"), ExceptionNote("b", "other", "2026-06-01")]
    found = statement_verdict(promise(), ruled(KEPT), exceptions=notes, today=date(2026, 5, 31))
    assert (found.verdict, found.excepts) == (KEPT, ("exception until 2026-06-01: the old CRM is being moved",))
    found = statement_verdict(promise(), ruled(KEPT), exceptions=notes, today=date(2026, 6, 2))
    assert (found.verdict, found.reason) == (BROKEN, "the exception `the old CRM is being moved` ended on 2026-06-01")


def test_a_broken_statement_offers_a_repair_and_a_wording_that_is_true_today() -> None:
    outcome = Outcome(probe("broke"), repairs=("REVOKE SELECT ON t FROM x",))
    found = statement_verdict(promise(), ruled(BROKEN), [outcome])
    assert found.repairs == ("REVOKE SELECT ON t FROM x",)
    assert found.wording == "“We keep it” is our aim. At present it does not hold everywhere: why."


def test_a_kept_statement_offers_neither() -> None:
    found = statement_verdict(promise(), ruled(KEPT), [Outcome(probe(), repairs=("nothing",))])
    assert (found.repairs, found.wording) == ((), "")
