"""Probes of duties: what the mystery shopper saw when it tried each duty on the live system, and how the real work stands.

A duty is proven by use: without a fresh run of the shopper the rule stays unproven. Work that stands still, or is past its date,
breaks it whatever the shopper saw. Refuses to look at people: counts and names of things only.
"""

from __future__ import annotations

from functools import partial

from avow.policy.promise import Rule
from avow.policy.rules import shown_of
from avow.prove.inquiry import Finding, Inquiry, Outcome, broke, could_not, held
from avow.prove.probes.shown import probe_shown
from avow.prove.scene import DutyEvidence, Standing
from avow.prove.verdict import BROKE, HELD


def probe_duty(inquiry: Inquiry, rule: Rule) -> tuple[Outcome, ...]:
    """One outcome for each thing that the rule wants shown, and one for each thing that stands so or so now."""
    duty, aspects = str(rule.detail.get("duty", "")), shown_of(rule)
    evidence = inquiry.scene.duties or DutyEvidence()
    shown = tuple(probe_shown(inquiry, f"shopper-{duty}-{aspect}", evidence.find(duty, aspect)) for aspect in aspects)
    standing = tuple(
        inquiry.attempt(f"standing-{duty}-{each.name}", "catalogue", partial(stands, each))
        for each in evidence.of(duty, aspects)
    )
    return (*shown, *standing)


def stands(standing: Standing) -> Finding:
    """A standing fact as a finding."""
    repairs = (standing.repair,) if standing.repair else ()
    if standing.result == HELD:
        return held(standing.seen)
    return broke(standing.seen, repairs) if standing.result == BROKE else could_not(standing.seen, repairs)
