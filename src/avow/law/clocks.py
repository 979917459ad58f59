"""When an answer is due: months, days and working days, counted in the law's own time zone.

Promises: a due time is the last second of a local day, given in UTC; where two readings are possible the earlier one is used, so
that a company which keeps to it is never late. Months end on the same date of a later month, or on its last day where it has no
such date, and move past days off where the law says so (Regulation 1182/71 art. 3). Pauses are counted in whole local days.
Refuses a pause that the law does not give, and every relief (later start, pause, moved day) that nobody verified unless the company
confirmed it. Days off are Saturdays, Sundays and the holidays passed in: one that is missing makes a due date earlier, never later.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from avow.law.profiles import Clock, Profile, Span

_DAY = timedelta(days=1)
_LAST_SECOND = time(23, 59, 59)
_WEEKEND = (5, 6)  # Saturday and Sunday, as date.weekday() counts
Days = frozenset[date]
_NO_DAYS: Days = frozenset()


@dataclass(frozen=True)
class Due:
    """`at` is the last second of `day` in `zone`, in UTC. `span` is what was counted ("1 month", "1 month and 2 months")."""

    at: datetime
    day: date
    zone: str
    span: str
    source: str
    verified: bool


@dataclass(frozen=True)
class Pause:
    """A time in which the company waited for the person. `reason` is identity, clarification or fee; `end` None: it lasts."""

    reason: str
    start: datetime
    end: datetime | None = None


def local_day(at: datetime, zone: str) -> date:
    """The calendar day of a moment there. `at` must carry its zone."""
    if at.tzinfo is None:
        raise ValueError("a moment without a zone has no day")
    return at.astimezone(ZoneInfo(zone)).date()


def due_of(
    profile: Profile,
    kind: str,
    received_at: datetime,
    now: datetime,
    *,
    ready_at: Iterable[datetime] = (),
    pauses: Iterable[Pause] = (),
    extended: bool = False,
    holidays: Days = _NO_DAYS,
) -> Due:
    """When the answer is due. `ready_at` are the moments at which identity was shown and a fee was paid: laws that verifiably
    start only then use the latest of them. `extended` adds the law's extension, if it has one. `now` ends pauses that last.

    Raises LawError `law.unknown-kind`."""
    clock = profile.clock(kind)
    zone = profile.zone
    late = profile.starts.words == ("ready",) and profile.starts.verified
    starts = max((received_at, *ready_at)) if late else received_at
    day = _add(local_day(starts, zone), clock.answer, holidays)
    if extended and clock.extend:
        day = _extended_day(local_day(starts, zone), clock, holidays)
    day += _DAY * _paused_days(profile, starts, now, pauses)
    if profile.last_day_moves.words == ("true",) and profile.last_day_moves.verified:
        day = _next_working_day(day, holidays)
    return _due(day, zone, _span_words(clock, extended), clock.source, clock.verified)


def confirm_due(profile: Profile, kind: str, received_at: datetime, holidays: Days = _NO_DAYS) -> Due | None:
    """When receipt must be confirmed; None where the law asks for no confirmation. Raises LawError `law.unknown-kind`."""
    clock = profile.clock(kind)
    if clock.confirm is None:
        return None
    day = _add(local_day(received_at, profile.zone), clock.confirm, holidays)
    return _due(day, profile.zone, str(clock.confirm), clock.source, clock.verified)


def _due(day: date, zone: str, span: str, source: str, verified: bool) -> Due:
    at = datetime.combine(day, _LAST_SECOND, ZoneInfo(zone)).astimezone(UTC)
    return Due(at, day, zone, span, source, verified)


def _span_words(clock: Clock, extended: bool) -> str:
    return f"{clock.answer} and {clock.extend}" if extended and clock.extend else str(clock.answer)


def _extended_day(first: date, clock: Clock, holidays: Days) -> date:
    """Months are added as one period: 30 November and 1 and 2 months is 28 February, not 30 December and so on."""
    assert clock.extend is not None
    if clock.answer.months and clock.extend.months:
        return _add(first, Span(months=clock.answer.months + clock.extend.months), holidays)
    return _add(_add(first, clock.answer, holidays), clock.extend, holidays)


def _add(day: date, span: Span, holidays: Days) -> date:
    """The day of the event itself does not count."""
    if span.months:
        return _add_months(day, span.months)
    if span.days:
        return day + _DAY * span.days
    return _add_working_days(day, span.working_days, holidays)


def _add_months(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def _add_working_days(day: date, number: int, holidays: Days) -> date:
    for _ in range(number):
        day = _next_working_day(day + _DAY, holidays)
    return day


def _next_working_day(day: date, holidays: Days) -> date:
    """`day` itself if it is one."""
    while day.weekday() in _WEEKEND or day in holidays:
        day += _DAY
    return day


def _paused_days(profile: Profile, starts: datetime, now: datetime, pauses: Iterable[Pause]) -> int:
    """Whole local days, each counted once however many pauses cover it; nothing before the clock starts."""
    rule = profile.pauses
    if not rule.verified:
        return 0
    allowed = (p for p in pauses if p.reason in rule.words)
    covered = {day for pause in allowed for day in _days_of(pause, starts, now, profile.zone)}
    return len(covered)


def _days_of(pause: Pause, starts: datetime, now: datetime, zone: str) -> Iterator[date]:
    """From the day of the question, up to but without the day of the answer."""
    day = local_day(max(pause.start, starts), zone)
    end = local_day(pause.end or now, zone)
    while day < end:
        yield day
        day += _DAY
