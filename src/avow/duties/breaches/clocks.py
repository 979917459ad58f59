"""The clocks of a breach: whom each law of the company wants told, by when, and where that stands.

Promises: hours and days run from the moment of awareness without a stop, weekends included, which is never later than a law allows;
a risk that nobody judged counts as a risk. Where a law gives no number, the company's own number of days is used
(`numbers.breach_people`), and without one the clock is shown as having none. Refuses a bill as law, and a law before its day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from avow.law import Profile, Telling

LEVELS: tuple[str, ...] = ("unlikely", "risk", "high")  # of risk to people, as a person judged it; "" nobody did
# where a clock stands
TOLD, LATE, DECIDED, RUNNING, OVERDUE, NOT_DUE, UNJUDGED, WAITS, NO_LAW = (
    "told", "late", "decided", "running", "overdue", "not-due", "unjudged", "waits", "not-in-force"
)  # fmt: skip
SETTLED = (TOLD, LATE, DECIDED, NOT_DUE, NO_LAW)


@dataclass(frozen=True)
class Told:
    """That somebody was told, or (`decided`) that a person decided not to, with words. `law` "" counts for every law. Not `whole`:
    more people are known to be affected by now, so that it settles nothing."""

    to: str
    law: str
    at: datetime
    by: str
    decided: bool = False
    whole: bool = True


@dataclass(frozen=True)
class Clock:
    """`due` is UTC, None where there is no number or the clock does not run; `own` where the number is the company's; `late` where
    somebody was told, or a person decided not to tell whom the law wants told, after it had run out."""

    law: str
    name: str
    to: str
    state: str
    due: datetime | None
    span: str
    source: str
    verified: bool
    own: bool = False
    late: bool = False


def plan_clocks(
    profiles: Iterable[Profile],
    aware_at: datetime,
    now: datetime,
    risk: str,
    people: int | None,
    told: Sequence[Told],
    own_days: int = 0,
) -> tuple[Clock, ...]:
    """Every clock of the laws, the soonest first. `risk` is one of LEVELS or ""; `people` None: nobody has counted yet."""
    found = [
        _clock(profile, telling, aware_at, now, risk, people, told, own_days)
        for profile in profiles
        for telling in profile.tellings
    ]
    return tuple(sorted(found, key=lambda c: (c.due is None, c.due or now, c.law, c.to)))


def is_settled(clocks: Iterable[Clock]) -> bool:
    """Whether nobody has to be told any more."""
    return all(clock.state in SETTLED for clock in clocks)


def _clock(
    profile: Profile,
    telling: Telling,
    aware_at: datetime,
    now: datetime,
    risk: str,
    people: int | None,
    told: Sequence[Told],
    own_days: int,
) -> Clock:
    started = aware_at if telling.starts == "awareness" else _first(told, "people", profile.id)
    span, own = _span(telling, own_days)
    due = started + span if started and span else None
    done = next((one for one in told if one.to == telling.to and one.law in ("", profile.id) and one.whole), None)
    state = _state(profile, telling, aware_at, now, risk, people, done, started, due)
    waived = state == DECIDED and _holds(telling.risk, risk) is False
    late = done is not None and due is not None and done.at > due and state in (LATE, DECIDED) and not waived
    shown = due if state not in (NOT_DUE, NO_LAW, UNJUDGED) else None
    words = f"{own_days} days" if own else str(telling)
    return Clock(profile.id, profile.name, telling.to, state, shown, words, telling.source, telling.verified, own, late)


def _state(
    profile: Profile,
    telling: Telling,
    aware_at: datetime,
    now: datetime,
    risk: str,
    people: int | None,
    done: Told | None,
    started: datetime | None,
    due: datetime | None,
) -> str:
    if profile.bill or (profile.applies_from and aware_at.date() < profile.applies_from):
        return NO_LAW
    if done is not None:
        return DECIDED if done.decided else LATE if due and done.at > due else TOLD
    if telling.above and people is not None and people <= telling.above:
        return NOT_DUE
    holds = _holds(telling.risk, risk)
    if holds is None:
        return UNJUDGED
    if not holds:
        return NOT_DUE
    if started is None:
        return WAITS
    return OVERDUE if due and now > due else RUNNING


_AT: Mapping[str, tuple[str, ...]] = {"any": LEVELS, "risk": ("risk", "high"), "high": ("high",)}


def _holds(least: str, risk: str) -> bool | None:
    """Whether somebody must be told at this risk; None: only a judgement of the risk can say."""
    if not risk:
        return None if least == "high" else True
    return risk in _AT[least]


def _span(telling: Telling, own_days: int) -> tuple[timedelta | None, bool]:
    if telling.hours or telling.days:
        return timedelta(hours=telling.hours, days=telling.days), False
    return (timedelta(days=own_days), True) if own_days else (None, False)


def _first(told: Sequence[Told], to: str, law: str) -> datetime | None:
    return min((one.at for one in told if one.to == to and one.law in ("", law) and not one.decided), default=None)
