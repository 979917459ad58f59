"""Figures that stay when rows go: groups and measures of a whole period, written before the first row of it goes.

Promises: a period is counted once, while all its rows stand, in the transaction that takes its first row; a group of fewer
people than the limit asks for is not written. Refuses to name anybody: what is written are the groups of the data map, a count
of people, and sums.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from psycopg.sql import SQL, Composable, Composed, Identifier, Literal

from avow.stores.duty import StepSpec
from avow.stores.postgres.duty.cascading import table_of
from avow.stores.postgres.duty.catalogue import template

MONTH = 31  # days: a limit of as many counts whole months, a shorter one days, for a period must be over when its first row goes


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
    """One group of one period, which begins on `period`: how many people, and what was counted of them."""

    period: date
    name: str
    groups: Mapping[str, Any]
    people: int
    figures: Mapping[str, Any]


def grain(days: int) -> str:
    """The period that figures of a limit are counted by."""
    return "month" if days >= MONTH else "day"


def period_of(dated: Composable, days: int) -> Composable:
    """The first day of a row's period, UTC (the session's zone)."""
    return SQL("date_trunc({}, {}::timestamp)::date").format(Literal(grain(days)), dated)


def write_statement(
    spec: FigureSpec, rule: str, table: str, dated: Composable, days: int, at_least: int, periods: Sequence[date]
) -> Composed:
    """Writes the groups of whole periods."""
    joins: list[Composable] = [SQL("{} t").format(table_of(table))]
    values = [_group(group, number, joins) for number, group in enumerate(spec.groups)]
    named = [part for group, value in zip(spec.groups, values, strict=True) for part in (Literal(group.name), value)]
    told = [part for kind, column in spec.measures for part in _measure(kind, column)]
    people = SQL("count(DISTINCT t.{})").format(Identifier(spec.subject))
    period = period_of(dated, days)
    until = SQL("({}::date + interval {})").format(Literal(max(periods)), Literal(f"1 {grain(days)}"))
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
