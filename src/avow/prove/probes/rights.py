"""Probes of rights: what the mystery shopper saw when it used each right on the live system, and whether real requests finish.

A right is proven by use, never by configuration: without a fresh run of the shopper the rule stays unproven. A real request
past its due date breaks the right it is about, whatever the shopper saw. Refuses to look at who asked: kinds and counts only.
"""

from __future__ import annotations

from functools import partial

from avow.policy.promise import Rule
from avow.policy.rules import shown_of
from avow.prove.inquiry import Finding, Inquiry, Outcome, broke, could_not, held
from avow.prove.scene import RightsEvidence
from avow.prove.verdict import HELD, ProbeResult

RUN_IT = "run `avow shopper run`, or let `avow work` run it each night"


def probe_right(inquiry: Inquiry, rule: Rule) -> tuple[Outcome, ...]:
    """One outcome for each thing that the rule wants shown, dated by the run that showed it, and one for real requests."""
    right = str(rule.detail.get("right", ""))
    evidence = inquiry.scene.rights
    shown = tuple(_shown(inquiry, evidence, right, aspect) for aspect in shown_of(rule))
    return (*shown, inquiry.attempt("requests-in-time", "catalogue", partial(_in_time, evidence, right)))


def _shown(inquiry: Inquiry, evidence: RightsEvidence | None, right: str, aspect: str) -> Outcome:
    name = f"shopper-{right}-{aspect}"
    found = evidence.find(right, aspect) if evidence else None
    if found is None:
        words = f"no mystery shopper has used the right of {right} yet to see: {aspect.replace('-', ' ')}"
        return inquiry.attempt(name, "canary", lambda: could_not(words, (RUN_IT,)))
    at = found.at.isoformat(timespec="seconds").replace("+00:00", "Z")
    result = ProbeResult(name, "canary", found.result, found.seen, at, round(found.ms, 3))
    repairs = () if found.result == HELD else (f"mend what the mystery shopper saw, then {RUN_IT}",)
    limits = ("tried by a synthetic person, in the ways in that were planted",) if found.result == HELD else ()
    return Outcome(result, (), limits, repairs)


def _in_time(evidence: RightsEvidence | None, right: str) -> Finding:
    if evidence is None:
        return could_not("the records of requests were not looked at")
    if late := evidence.overdue.get(right, 0):
        return broke(
            f"{late} requests of this right are past their due date", ("answer them: see the console's queue",)
        )
    if stuck := evidence.stuck.get(right, 0):
        words = f"{stuck} requests of this right have waited for a worker for more than an hour, and none is at work"
        return could_not(words, ("start `avow work`",))
    return held(f"no open request of this right is past its due date ({evidence.open.get(right, 0)} are open)")
