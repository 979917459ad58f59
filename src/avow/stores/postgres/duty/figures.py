"""Figures that stay when rows go: groups and measures of a whole period, written before the first row of it goes.

Promises: a period of a table is counted once, while all its rows stand, in the transaction that takes its first row, under
whatever limit that goes; a group of fewer people than the limit asks for is not written. Refuses to count a period of which
rows went already, by any other grain or for a figure that is new, and to name anybody: what is written are the groups of the
data map, a count of people, and sums.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from typing import Any

from psycopg.sql import SQL, Composable, Composed, Identifier, Literal

from avow.stores.duty import StepSpec
from avow.stores.postgres.duty.cascading import table_of
from avow.stores.postgres.duty.catalogue import template

MONTH, DAY = "month", "day"
WHOLE_MONTHS = 31  # days: such a limit counts months, a shorter one days; a period ends before its first row goes


@dataclass(frozen=True)
class GroupSpec:
    """A column that rows are grouped by, and how to get to its table."""

    name: str
    column: str
    via: tuple[StepSpec, ...] = ()


@dataclass(frozen=True)
class FigureSpec:
    """One kind of figure: `subject` tells people apart; measures are (kind, column) with kind count, sum or avg."""

    name: str
    subject: str
    groups: tuple[GroupSpec, ...]
    measures: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Figure:
    """One group of one period, which begins on `period` and is a month or a day by its `grain` (None: nothing says which): how
    many people, and what was counted of them."""

    period: date
    grain: str | None
    name: str
    groups: Mapping[str, Any]
    people: int
    figures: Mapping[str, Any]


@dataclass(frozen=True)
class Kept:
    """How the figures of a table stand: how many `periods` were counted, how many figures that were written then are `lost`, and
    how many stand there that are of fewer people than the limit allows (`small`)."""

    periods: int
    lost: int = 0
    small: int = 0


def fresh_periods(days: Iterable[date], begun: Set[tuple[str, date]], limit: int) -> dict[str, list[date]]:
    """Grain -> the first days of periods to be counted now, since rows of `days` are about to go by a limit of `limit` days.
    `begun`: (grain, first day) of those that were. Of a month of which days were counted, the others are counted by the day."""
    fresh: dict[str, set[date]] = defaultdict(set)
    split = {day.replace(day=1) for grain, day in begun if grain == DAY}
    for day in days:
        month = day.replace(day=1)
        if (MONTH, month) in begun or (DAY, day) in begun:
            continue
        whole = limit >= WHOLE_MONTHS and month not in split
        fresh[MONTH if whole else DAY].add(month if whole else day)
    return {grain: sorted(found) for grain, found in fresh.items()}


def period_of(dated: Composable, grain: str) -> Composable:
    """The first day of a row's period, UTC (the session's zone)."""
    return SQL("date_trunc({}, {}::timestamp)::date").format(Literal(grain), dated)


def write_statement(
    spec: FigureSpec, rule: str, table: str, dated: Composable, grain: str, at_least: int, periods: Sequence[date]
) -> Composed:
    """Writes the groups of whole periods; gives the period of each."""
    joins: list[Composable] = [SQL("{} t").format(table_of(table))]
    values = [_group(group, number, joins) for number, group in enumerate(spec.groups)]
    named = [part for group, value in zip(spec.groups, values, strict=True) for part in (Literal(group.name), value)]
    told = [part for kind, column in spec.measures for part in _measure(kind, column)]
    people = SQL("count(DISTINCT t.{})").format(Identifier(spec.subject))
    period = period_of(dated, grain)
    until = SQL("({}::date + interval {})").format(Literal(max(periods)), Literal(f"1 {grain}"))
    return template("write_figures").format(
        rule=Literal(rule), table=Literal(table), name=Literal(spec.name), period=period, groups=SQL(", ").join(named),
        people=people, figures=SQL(", ").join(told), source=SQL(" ").join(joins), dated=dated, begin=Literal(min(periods)),
        until=until, periods=Literal(list(periods)), by=SQL(", ").join([period, *values]), at_least=Literal(at_least),
    )  # fmt: skip


def _group(group: GroupSpec, number: int, joins: list[Composable]) -> Composable:
    at = Identifier("t")
    for index, step in enumerate(group.via):
        here = Identifier(f"g{number}_{index}")
        joins.append(
            SQL("LEFT JOIN {} {} ON {}.{} = {}.{}").format(
                table_of(step.to_table), here, here, Identifier(step.to_column), at, Identifier(step.column)
            )
        )
        at = here
    return SQL("{}.{}").format(at, Identifier(group.column))


def _measure(kind: str, column: str) -> list[Composable]:
    if kind == "count":
        return [Literal("count"), SQL("count(*)")]
    return [Literal(f"{kind}_{column}"), SQL("{}(t.{})").format(SQL(kind), Identifier(column))]
