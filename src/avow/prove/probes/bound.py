"""Probes of time limits: what the mystery shopper saw of the sweeps, how the real ones stand, and what nothing dates.

Refuses to call a limit kept that no sweep serves.
"""

from __future__ import annotations

from functools import partial

from avow.policy.promise import Rule
from avow.prove.inquiry import Inquiry, Outcome, could_not
from avow.prove.probes.duties import stands
from avow.prove.probes.shown import probe_shown
from avow.prove.scene import DutyEvidence

DUTY = "retention"
SHOWN = ("swept", "young-stay", "held-stay")


def probe_bound(inquiry: Inquiry, rule: Rule) -> tuple[Outcome, ...]:
    """One outcome for each thing shown, and one for each table of the rule."""
    evidence = inquiry.scene.duties or DutyEvidence()
    shown = tuple(probe_shown(inquiry, f"shopper-{DUTY}-{word}", evidence.find(DUTY, word)) for word in SHOWN)
    facts = [s for s in evidence.standing if s.duty == DUTY and s.aspect == rule.id]
    if not facts:
        words = "no mapped table holds what this limit is about, or retention could not be looked at"
        return (*shown, inquiry.attempt("bound-sweeps", "catalogue", lambda: could_not(words)))
    found = (inquiry.attempt(f"bound-{fact.name}", "catalogue", partial(stands, fact)) for fact in facts)
    return (*shown, *found)
