"""What the mystery shopper saw of one aspect of a right or a duty, as the outcome of a probe.

Dated by the run that showed it. Refuses to round up: an aspect that nobody tried is not seen.
"""

from __future__ import annotations

from avow.control.shopping import ShopperFinding
from avow.prove.inquiry import Inquiry, Outcome, could_not
from avow.prove.verdict import HELD, ProbeResult

RUN_IT = 'run `avow shopper run`; with `at: "03:30"` in shopper.yaml `avow work` does so each day'


def probe_shown(inquiry: Inquiry, name: str, found: ShopperFinding | None) -> Outcome:
    """`name` is shopper-<right or duty>-<aspect>; None: no run has tried it under this policy version."""
    if found is None:
        words = f"no mystery shopper has tried this yet: {name.removeprefix('shopper-').replace('-', ' ')}"
        return inquiry.attempt(name, "canary", lambda: could_not(words, (RUN_IT,)))
    at = found.at.isoformat(timespec="seconds").replace("+00:00", "Z")
    result = ProbeResult(name, "canary", found.result, found.seen, at, round(found.ms, 3))
    repairs = () if found.result == HELD else (f"mend what the mystery shopper saw, then {RUN_IT}",)
    limits = ("tried by a synthetic person, in the ways in that were planted",) if found.result == HELD else ()
    return Outcome(result, (), limits, repairs)
