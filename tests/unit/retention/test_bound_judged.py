"""Each limit is judged by what was seen of it in its own tables: what was seen of another limit says nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

from avow.control.shopping import ShopperFinding
from avow.policy.promise import PolicyVersion, Rule
from avow.prove.inquiry import CannotTell, Inquiry
from avow.prove.probes.bound import probe_bound
from avow.prove.scene import DutyEvidence, Scene, Standing
from avow.prove.shopper.shop import Saw
from avow.prove.shopper.visits_retention import SHOWN, aspect_of, visit_retention
from avow.prove.verdict import BROKE, COULD_NOT, HELD

NOW = datetime(2026, 6, 1, tzinfo=UTC)
TRAFFIC, LEADS = "public.traffic", "public.leads"


def judged(rule: str, *found: tuple[str, str, str, str]) -> dict[str, str]:
    """Outcome by probe; `found` are (word, rule, table, result)."""
    findings = tuple(ShopperFinding("retention", aspect_of(w, r, t), result, "seen", NOW) for w, r, t, result in found)
    standing = tuple(Standing("retention", f"sweep-{t}", HELD, "no row is past its day", r) for r, t in
                     (("ips/1", TRAFFIC), ("leads/1", LEADS)))  # fmt: skip
    version = PolicyVersion("acme", "2026-01", date(2026, 1, 1), "en", (), "", "x", "0", (), ())
    scene = Scene(version, SimpleNamespace(covers=str.startswith), (), duties=DutyEvidence(findings, standing))
    outcomes = probe_bound(Inquiry(scene), Rule(rule, rule.split("/", maxsplit=1)[0], "bound"))
    return {o.probe.name: o.probe.result for o in outcomes}


def every(rule: str, table: str, result: str = HELD) -> list[tuple[str, str, str, str]]:
    return [(word, rule, table, result) for word in SHOWN]


def test_a_limit_is_kept_by_what_was_seen_of_it_and_by_that_alone():
    assert set(judged("ips/1", *every("ips/1", TRAFFIC)).values()) == {HELD}
    mine = judged("leads/1", *every("ips/1", TRAFFIC))
    assert [mine[f"shopper-retention-{word}-{LEADS}"] for word in SHOWN] == [COULD_NOT] * 3


def test_what_went_wrong_with_another_limit_breaks_only_that_one():
    found = [*every("ips/1", TRAFFIC), *every("leads/1", LEADS, BROKE)]
    assert set(judged("ips/1", *found).values()) == {HELD}
    assert BROKE in judged("leads/1", *found).values()


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
    assert [seen[aspect_of(word, "ips/1", TRAFFIC)].result for word in SHOWN] == [BROKE, HELD, HELD]
    assert [seen[aspect_of(word, "leads/1", LEADS)].result for word in SHOWN] == [COULD_NOT] * 3
    assert (seen["swept"].result, seen["young-stay"].result) == (BROKE, HELD)
