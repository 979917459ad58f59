"""Probes of time limits: what the mystery shopper saw of each limit's own sweeps, how the real ones stand, and what nothing dates.

Refuses to call a limit kept that no sweep serves, or whose sweep of one table nobody tried.
"""

from __future__ import annotations

from functools import partial

from avow.policy.promise import Rule
from avow.prove.inquiry import Inquiry, Outcome, could_not
from avow.prove.probes.duties import stands
from avow.prove.probes.shown import probe_shown
from avow.prove.scene import DutyEvidence
from avow.prove.shopper.visits_retention import DUTY, SHOWN, aspect_of

SWEEPS = "sweep-"  # begins the names of standing facts about a table that is swept; its place follows


def probe_bound(inquiry: Inquiry, rule: Rule) -> tuple[Outcome, ...]:
    """For each table of the rule: one outcome for each thing that the shopper was to see there, and one for how it stands."""
    evidence = inquiry.scene.duties or DutyEvidence()
    facts = [s for s in evidence.standing if s.duty == DUTY and s.aspect == rule.id]
    if not facts:
        words = "no mapped table holds what this limit is about, or retention could not be looked at"
        return (inquiry.attempt("bound-sweeps", "catalogue", lambda: could_not(words)),)
    places = [fact.name.removeprefix(SWEEPS) for fact in facts if fact.name.startswith(SWEEPS)]
    shown = tuple(
        probe_shown(inquiry, f"shopper-{DUTY}-{word}-{place}", evidence.find(DUTY, aspect_of(word, rule.id, place)))
        for place in places
        for word in SHOWN
    )
    found = (inquiry.attempt(f"bound-{fact.name}", "catalogue", partial(stands, fact)) for fact in facts)
    return (*shown, *found)
