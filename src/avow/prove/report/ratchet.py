"""The exit code of a check, and the ratchet for CI: what is broken now that an earlier report did not have broken."""

from __future__ import annotations

import json
from typing import Any

from avow.errors import AvowError, Diagnostic, Place
from avow.prove.verdict import ATTESTED, BROKEN, COULD_NOT, KEPT, UNPROVEN, Report

_STRENGTH = {BROKEN: 0, UNPROVEN: 1, "not_checkable": 1, ATTESTED: 2, KEPT: 3}


def exit_code(report: Report, new: tuple[str, ...] | None = None) -> int:
    """0: nothing broken; 1: something is broken (with a baseline: `new` is not empty); 2: nothing could be checked."""
    probes = [p for s in report.statements for r in s.rules for p in r.probes if p.level != "document"]
    if probes and all(p.result == COULD_NOT for p in probes):
        return 2
    if new is not None:
        return 1 if new else 0
    return 1 if any(s.verdict == BROKEN for s in report.statements) else 0


def new_findings(report: Report, baseline: str) -> tuple[str, ...]:
    """One sentence per statement that is weaker than in the baseline (the text of an earlier JSON report), and per broken
    statement that the baseline does not have. Raises AvowError `prove.bad-baseline` for a text that is no report."""
    before = _read(baseline)
    found = []
    for statement in report.statements:
        was = before.get(statement.id)
        if was is None:
            if statement.verdict == BROKEN:
                found.append(f"{statement.id} is broken and was not in the baseline: {statement.reason}")
        elif _STRENGTH[statement.verdict] < _STRENGTH.get(was, 0):
            found.append(f"{statement.id} was {was} and is {statement.verdict}: {statement.reason}")
    return tuple(found)


def _read(baseline: str) -> dict[str, str]:
    try:
        values: Any = json.loads(baseline)
        return {str(s["id"]): str(s["verdict"]) for s in values["statements"]}
    except (ValueError, KeyError, TypeError) as error:
        raise AvowError(
            Diagnostic(
                Place("--baseline"),
                "prove.bad-baseline",
                "the baseline is not a report that `avow check --json` wrote",
                "write one with `avow check --json > baseline.json` and keep it in Git",
                "nothing can be compared, so nothing can be called new",
            )
        ) from error
