"""Each limit is judged by what was seen of it in its own tables: what was seen of another limit says nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

from avow.app.retention import Line
from avow.app.retention_evidence import judge
from avow.compilers import limits
from avow.control.shopping import ShopperFinding
from avow.policy.promise import PolicyVersion, Rule
from avow.prove.inquiry import CannotTell, Inquiry
from avow.prove.probes.bound import probe_bound
from avow.prove.scene import DutyEvidence, Scene, Standing
from avow.prove.shopper.shop import Saw
from avow.prove.shopper.visits_retention import SHOWN, aspect_of, place_of, visit_retention
from avow.prove.verdict import BROKE, COULD_NOT, HELD
from avow.stores.postgres.duty.sweeping import Standing as Stands

NOW = datetime(2026, 6, 1, tzinfo=UTC)
VERSION = PolicyVersion("acme", "2026-01", date(2026, 1, 1), "en", (), "", "x", "0", (), ())
SWEEP = limits.Sweep("keep/1", "keep", "main", "public.orders", "made_at", 100, limits.DELETE)
TRAFFIC, LEADS = "public.traffic", "public.leads"
IN_TRAFFIC, IN_LEADS = place_of("main", TRAFFIC), place_of("main", LEADS)


def judged(rule: str, *found: tuple[str, str, str, str]) -> dict[str, str]:
    """Outcome by probe; `found` are (word, rule, table, result)."""
    findings = tuple(ShopperFinding("retention", aspect_of(w, r, t), result, "seen", NOW) for w, r, t, result in found)
    standing = tuple(Standing("retention", f"sweep-{t}", HELD, "no row is past its day", r) for r, t in
                     (("ips/1", IN_TRAFFIC), ("leads/1", IN_LEADS)))  # fmt: skip
    scene = Scene(VERSION, SimpleNamespace(covers=str.startswith), (), duties=DutyEvidence(findings, standing))
    outcomes = probe_bound(Inquiry(scene), Rule(rule, rule.split("/", maxsplit=1)[0], "bound"))
    return {o.probe.name: o.probe.result for o in outcomes}


def every(rule: str, table: str, result: str = HELD) -> list[tuple[str, str, str, str]]:
    return [(word, rule, table, result) for word in SHOWN]


def test_a_limit_is_kept_by_what_was_seen_of_it_and_by_that_alone():
    assert set(judged("ips/1", *every("ips/1", IN_TRAFFIC)).values()) == {HELD}
    mine = judged("leads/1", *every("ips/1", IN_TRAFFIC))
    assert [mine[f"shopper-retention-{word}-{IN_LEADS}"] for word in SHOWN] == [COULD_NOT] * 3


def test_what_went_wrong_with_another_limit_breaks_only_that_one():
    found = [*every("ips/1", IN_TRAFFIC), *every("leads/1", IN_LEADS, BROKE)]
    assert set(judged("ips/1", *found).values()) == {HELD}
    assert BROKE in judged("leads/1", *found).values()


def test_what_was_seen_in_one_store_says_nothing_of_a_table_of_the_same_name_in_another():
    lines = [Line(replace(SWEEP, store=store), None, Stands(0, 0, 0, None)) for store in ("main", "second")]
    standing = tuple(judge(line, NOW) for line in lines)
    assert len({fact.name for fact in standing}) == 2
    seen = [
        ShopperFinding("retention", aspect_of(word, SWEEP.rule, place_of("main", SWEEP.table)), HELD, "seen", NOW)
        for word in SHOWN
    ]
    scene = Scene(VERSION, SimpleNamespace(covers=str.startswith), (), duties=DutyEvidence(tuple(seen), standing))
    outcomes = {o.probe.name: o.probe.result for o in probe_bound(Inquiry(scene), Rule(SWEEP.rule, "keep", "bound"))}
    assert {name for name, result in outcomes.items() if result == COULD_NOT} == {
        f"shopper-retention-{word}-second/{SWEEP.table}" for word in SHOWN
    }
    assert len(outcomes) == 2 * len(SHOWN) + 2


@dataclass(frozen=True)
class Sweep:
    rule: str
    promise: str
    store: str
    table: str
    by_licence: bool = False
    columns: tuple[str, ...] = ()


@dataclass
class Nothing:
    """An office of whose sweeps only those of `TRAFFIC` can be tried, and that one goes wrong in `wrong`."""

    tried: dict[str, Any] = field(default_factory=dict)

    def sweeps(self) -> tuple[Sweep, ...]:
        return Sweep("ips/1", "ips", "main", TRAFFIC), Sweep("leads/1", "leads", "main", LEADS)

    def has_people(self, sweep: Sweep) -> bool:
        return False


def visit(monkeypatch: Any, outcome: Any) -> dict[str, Saw]:
    def comes_in(shop: Any, office: Any, sweep: Sweep, guest: Any) -> bool:
        return sweep.table == TRAFFIC

    monkeypatch.setattr("avow.prove.shopper.visits_retention._comes_in", comes_in)
    monkeypatch.setattr("avow.prove.shopper.visits_retention._try_sweep", outcome)
    return {saw.aspect: saw for saw in _until_told(visit_retention(SimpleNamespace(office_of=lambda duty: Nothing())))}


def _until_told(seen: Iterator[Saw]) -> Iterator[Saw]:
    try:
        yield from seen
    except CannotTell:
        return


def test_a_visit_tells_of_each_limit_by_its_name_and_of_what_it_could_not_try(monkeypatch):
    def goes_wrong(shop: Any, office: Any, sweep: Sweep, guests: Any, wrong: dict[str, list[str]]) -> int:
        wrong["swept"].append("a row that was due is still there")
        return 0

    seen = visit(monkeypatch, goes_wrong)
    assert [seen[aspect_of(word, "ips/1", IN_TRAFFIC)].result for word in SHOWN] == [BROKE, HELD, HELD]
    assert [seen[aspect_of(word, "leads/1", IN_LEADS)].result for word in SHOWN] == [COULD_NOT] * 3
    assert (seen["swept"].result, seen["young-stay"].result) == (BROKE, HELD)
