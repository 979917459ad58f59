"""Figures of disclosures for everybody: by year and ground, with small numbers kept back. Pure.

Promises: where the policy says from how many people on it shows a statistic, no number from one up to there is told, and none can
be worked out from the others: there are no totals. Refuses nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from avow.control.disclosures import Year
from avow.policy import Rule


@dataclass(frozen=True)
class Shown:
    """A number as it may be told: `below` 0 and the number itself, or "fewer than `below`" and no number."""

    number: int
    below: int = 0


@dataclass(frozen=True)
class Line:
    """`times` something went outside on the ground, about `people`."""

    ground: str
    times: Shown
    people: Shown


@dataclass(frozen=True)
class YearShown:
    """`lines` by ground; `refused` attempts of that year."""

    year: int
    lines: tuple[Line, ...]
    refused: Shown


def find_smallest(rules: Iterable[Rule]) -> int:
    """From how many people on the policy shows a statistic: the largest number that it names; 0 where it speaks of none."""
    return max((rule.at_least for rule in rules if rule.form == "aggregate"), default=0)


def show_years(years: Iterable[Year], smallest: int) -> tuple[YearShown, ...]:
    """In the order given, which is by year."""
    return tuple(_year(year, list(lines), smallest) for year, lines in groupby(years, key=lambda one: one.year))


def _year(year: int, lines: list[Year], smallest: int) -> YearShown:
    told = tuple(Line(o.ground, _show(o.times, smallest), _show(o.people, smallest)) for o in lines if o.ground)
    return YearShown(year, told, _show(sum(one.times for one in lines if not one.ground), smallest))


def _show(number: int, smallest: int) -> Shown:
    return Shown(0, smallest) if 0 < number < smallest else Shown(number)
