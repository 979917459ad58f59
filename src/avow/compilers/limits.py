"""Time limits of the policy as sweeps: for each table, which column dates a row, when it is due, and what becomes of it.

Promises: a limit reaches every mapped table that holds its data about its subjects; a table in which only some columns are limited
loses those values and keeps its rows; a bought list goes when its licence ends; where a limit ends with figures, they are those
aggregates of the data map that count the table. Refuses to guess a date or a figure: a table without the column that the limit
counts from, or without an aggregate, is named as one that cannot be swept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from avow.compilers.reach import Terms
from avow.datamap.holds import categories_of
from avow.datamap.model import Aggregate, StoreMap, Table
from avow.policy.promise import PolicyVersion, Rule

COLLECTED = "collected"  # the event of a limit that counts from the row's own clock
DELETE, ANONYMISE, AGGREGATE = "delete", "anonymise", "aggregate"
LICENCE = "licensed_until"


@dataclass(frozen=True)
class Sweep:
    """One table under one limit. `dated_by` is a column of the table, or `LICENCE` where the delivery says when rows are due;
    `days` after it; `columns` lose their values where the end is to anonymise; `figures` are written before, of groups of
    `at_least` people, the most that any limit of the table asks for. `rule` names the limit."""

    rule: str
    promise: str
    store: str
    table: str
    dated_by: str
    days: int
    end: str
    columns: tuple[str, ...] = ()
    figures: tuple[Aggregate, ...] = ()
    at_least: int = 0

    @property
    def by_licence(self) -> bool:
        return self.dated_by == LICENCE


@dataclass(frozen=True)
class Undated:
    """A table that a limit reaches and that cannot be swept: nothing dates it, or (`event` "") no aggregate counts it."""

    rule: str
    store: str
    table: str
    event: str

    @property
    def lacks(self) -> str:
        """What the data map would have to say of the table."""
        return f"a column for `{self.event}`" if self.event else "an aggregate, for the figures that stay"


def plan_sweeps(
    version: PolicyVersion, stores: Iterable[StoreMap], terms: Terms
) -> tuple[tuple[Sweep, ...], tuple[Undated, ...]]:
    """Every sweep that the policy and the ways in ask for, and every table that cannot be dated."""
    found = [one for store in stores if store.kind == "postgresql" for one in _of_store(version, store, terms)]
    return _strict(s for s in found if isinstance(s, Sweep)), tuple(u for u in found if isinstance(u, Undated))


def _strict(found: Iterable[Sweep]) -> tuple[Sweep, ...]:
    """Figures are of a table, written by whichever limit takes first: their groups are as large as the strictest one asks."""
    sweeps = list(found)
    least: dict[tuple[str, str], int] = {}
    for sweep in sweeps:
        place = (sweep.store, sweep.table)
        least[place] = max(least.get(place, 0), sweep.at_least if sweep.figures else 0)
    return tuple(replace(s, at_least=least[s.store, s.table]) if s.figures else s for s in sweeps)


def _of_store(version: PolicyVersion, store: StoreMap, terms: Terms) -> Iterator[Sweep | Undated]:
    for rule in version.rules:
        if rule.kind == "bound":
            for table in store.tables:
                yield from _of_table(rule, store, table, terms)
    for way in store.intakes:
        if LICENCE in way.batch:
            yield Sweep(f"licence of {way.name}", "", store.name, way.table, LICENCE, 0, DELETE)


def _of_table(rule: Rule, store: StoreMap, table: Table, terms: Terms) -> Iterator[Sweep | Undated]:
    columns = _limited(rule, table, terms)
    if not columns or not _concerns(rule, table, terms):
        return
    event = str(rule.detail.get("after", COLLECTED))
    attribute = table.find_attribute(event)
    dated_by = table.clock if event == COLLECTED else attribute.column if attribute else ""
    if not dated_by:
        yield Undated(rule.id, store.name, table.name, event)
        return
    wanted, days = str(rule.detail.get("end", DELETE)), int(str(rule.detail.get("days", 0)))
    figures = tuple(a for a in store.aggregates if a.table == table.name) if wanted == AGGREGATE else ()
    if wanted == AGGREGATE and not figures:
        yield Undated(rule.id, store.name, table.name, "")
        return
    whole = {c.name for c in table.columns if categories_of(c)} <= set(columns)
    end = ANONYMISE if not whole or wanted == ANONYMISE else DELETE
    cleared = columns if end == ANONYMISE else ()
    yield Sweep(
        rule.id, rule.promise, store.name, table.name, dated_by, days, end, cleared, figures, rule.at_least
    )  # fmt: skip


def _limited(rule: Rule, table: Table, terms: Terms) -> tuple[str, ...]:
    """Columns of which some category is limited."""
    return tuple(c.name for c in table.columns if any(_any(rule.data, found, terms) for found in categories_of(c)))


def _concerns(rule: Rule, table: Table, terms: Terms) -> bool:
    """Rows that may also be about somebody else are limited with the others: nothing tells them apart."""
    subjects = {subject for record in table.records for subject in record.subjects}
    return not rule.subjects or any(_any(rule.subjects, subject, terms) for subject in subjects)


def _any(generals: Iterable[str], special: str, terms: Terms) -> bool:
    return any(general == special or terms.covers(general, special) for general in generals)
