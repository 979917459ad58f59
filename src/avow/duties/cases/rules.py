"""What may happen to a case: pure checks over its facts, its times and who acts.

The database refuses the worst of it as well; here every mistake is told in words before anything is tried. Refuses a finding of
fewer words than say something.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from avow.control.duty_cases import OPEN, REQUESTED, DutyCase
from avow.duties.cases.kinds import FACTS, CaseKind
from avow.errors import Collector, ControlError, Place

SAYS_SOMETHING = 10  # letters of an outcome
_SO = "nothing was recorded, and the case stays as it was"


@dataclass(frozen=True)
class Numbers:
    """What the company's vague words mean: after how many days an abuse case that nobody worked on counts as left lying.
    0: nobody has said it."""

    unworked_days: int = 0


def check_new(kind: CaseKind, facts: Mapping[str, str], about: str) -> None:
    """Raises ControlError with every fact that is missing or unknown."""
    found = Collector()
    for name in kind.facts:
        if not facts.get(name, "").strip():
            found.add("cases.fact-missing", Place(kind.name), f"`{name}` is missing", f"say {FACTS[name]}", _SO)
    for name in facts:
        if name not in kind.facts:
            help = f"a case of this kind has {', '.join(kind.facts)}"
            found.add("cases.fact-unknown", Place(kind.name), f"`{name}` is no fact of it", help, _SO)
    if kind.opens and not about:
        cause, help = "the case does not say about whom it is", "name the row that it is about: store:schema.table:key"
        found.add("cases.no-scope", Place(kind.name), cause, help, "without a scope it would open everybody's data")
    found.raise_as(ControlError)


def plan_end(kind: CaseKind, now: datetime, days: int = 0) -> datetime:
    """When the case ends by itself: never later than its kind allows."""
    return now + timedelta(days=min(days or kind.days, kind.days))


def check_approval(case: DutyCase, by: str) -> None:
    """Raises ControlError `cases.own-case` or `cases.not-waiting`."""
    if case.state != REQUESTED:
        _refuse(case, "cases.not-waiting", f"the case is {case.state}", "only a case that waits can be approved")
    if by in ("", case.requested_by):
        cause = "whoever asked for a case does not approve it"
        _refuse(case, "cases.own-case", cause, "let somebody else look at it and approve it")


def check_end(case: DutyCase, outcome: str) -> None:
    """Raises ControlError `cases.no-finding` or `cases.has-ended`."""
    if case.ended_at is not None:
        _refuse(case, "cases.has-ended", "the case has ended already", "open a new one if there is more to say")
    if len(outcome.strip()) < SAYS_SOMETHING:
        cause = "a case is not closed without a finding"
        _refuse(case, "cases.no-finding", cause, "say what was found and done, in a sentence")


def check_open(case: DutyCase) -> None:
    """Raises ControlError `cases.not-open`."""
    if case.state != OPEN:
        cause, help = f"the case is {case.state}", "nothing goes out of a case that is not open: ask for a new one"
        _refuse(case, "cases.not-open", cause, help)


def is_unworked(case: DutyCase, numbers: Numbers, now: datetime) -> bool:
    """Whether a case that has not ended lies without anybody having done anything about it: also one that expired so."""
    return case.ended_at is None and now - case.worked_at > timedelta(days=numbers.unworked_days)


def _refuse(case: DutyCase, code: str, cause: str, help: str) -> None:
    found = Collector()
    found.add(code, Place(case.reference), cause, help, _SO)
    found.raise_as(ControlError)
