"""How a limit ends: rows go, values go, or figures stay; what cannot be done is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from avow.compilers.limits import ANONYMISE, DELETE, Sweep, Undated, plan_sweeps
from avow.datamap.model import Aggregate, Column, Group, Measure, RecordKind, StoreMap, Table
from avow.policy.promise import Anchor, PolicyVersion, Promise, Quote, Rule

USAGE = Aggregate("usage", "public.traffic", (Group("direction"),), (Measure("sum", "bytes"),), "person")
TRAFFIC = Table(
    "public.traffic",
    (Column("ip", frozenset({"network.ip"})), Column("bytes", frozenset({"network.usage"})), Column("direction")),
    (RecordKind("traffic", ("customer",)),),
    clock="seen_at",
)
STORE = StoreMap("main", "postgresql", "uk", (TRAFFIC,), (), aggregates=(USAGE,))


class Words:
    def covers(self, general: str, special: str) -> bool:
        return special.startswith(f"{general}.")


def rule_of(data: tuple[str, ...] = ("network",), name: str = "keep/1", at_least: int = 5, **detail: object) -> Rule:
    return Rule(name, "keep", "bound", data, at_least=at_least, detail={"after": "collected", "days": 90, **detail})


def plan(store: StoreMap, *rules: Rule) -> tuple[tuple[Sweep, ...], tuple[Undated, ...]]:
    promise = Promise("keep", Quote("x"), Anchor(0, 1, 1, 1), "retain", "does", rules=rules)
    version = PolicyVersion("acme", "2026-01", date(2026, 1, 1), "en", (), "", "x", "0", (promise,), ())
    return plan_sweeps(version, [store], Words())


def sweeps(store: StoreMap = STORE, data: tuple[str, ...] = ("network",), **detail: object) -> Sweep | Undated:
    found, undated = plan(store, rule_of(data, **detail))
    return found[0] if found else undated[0]


def test_figures_stay_where_the_limit_says_so_and_the_rows_go():
    found = sweeps(end="aggregate")
    assert (found.end, found.columns, found.figures, found.at_least) == (DELETE, (), (USAGE,), 5)


def test_figures_are_written_before_values_go_as_well():
    found = sweeps(end="aggregate", data=("network.ip",))
    assert (found.end, found.columns, found.figures) == (ANONYMISE, ("ip",), (USAGE,))


def test_without_an_aggregate_in_the_map_the_table_is_named_and_nothing_goes():
    found = sweeps(replace(STORE, aggregates=()), end="aggregate")
    assert found == Undated("keep/1", "main", "public.traffic", "")
    assert "aggregate" in found.lacks


def test_a_limit_without_an_end_deletes_where_everything_personal_is_limited():
    assert (sweeps().end, sweeps().figures) == (DELETE, ())
    assert sweeps(data=("network.ip",)).end == ANONYMISE
    assert sweeps(end="anonymise").columns == ("ip", "bytes")


def test_figures_of_a_table_are_of_groups_as_large_as_its_strictest_limit_asks_whichever_takes_first():
    wide, narrow = rule_of(end="aggregate"), rule_of(("network.ip",), "keep/2", 12, end="aggregate")
    plain = rule_of(("network.usage",), "keep/3", 50)
    assert [s.at_least for s in plan(STORE, wide, narrow, plain)[0]] == [12, 12, 50]
    assert [s.at_least for s in plan(STORE, wide)[0]] == [5]
