"""Ten principles of handling personal data, one line each with the figures behind it, for the board and the auditor.

Counts statements of one check by principle; a statement may stand under several, and each stands under one at least. Refuses to say
that a principle is met: it shows the figures, the weakest first.
Source: Agrawal and others, "Hippocratic Databases", VLDB 2002 (the ten principles).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

VERDICTS: tuple[str, ...] = ("kept", "attested", "unproven", "broken")
Statement = Mapping[str, Any]


@dataclass(frozen=True)
class Principle:
    """`counts` maps a verdict to statements; `probes`: how many tries; `weak` names those not kept or attested."""

    name: str
    says: str
    counts: Mapping[str, int]
    probes: int
    weak: tuple[str, ...]

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def held(self) -> int:
        return self.counts["kept"] + self.counts["attested"]

    @property
    def figure(self) -> str:
        """The line of figures."""
        if not self.total:
            return "the policy says nothing that can be checked"
        return f"{self.held} of {self.total} statements hold ({self.counts['attested']} by a document), tried {self.probes} times"


def _acts(*acts: str) -> Callable[[Statement], bool]:
    return lambda statement: statement.get("act") in acts


def _rules(*kinds: str) -> Callable[[Statement], bool]:
    return lambda statement: any(rule["kind"] in kinds for rule in statement["rules"])


def _shows(*names: str) -> Callable[[Statement], bool]:
    starts = tuple(f"shopper-{name}-" for name in names)
    return lambda s: any(probe["name"].startswith(starts) for rule in s["rules"] for probe in rule["probes"])


_PRINCIPLES: tuple[tuple[str, str, tuple[Callable[[Statement], bool], ...]], ...] = (
    ("purpose specification", "data is used for purposes that the policy names", (_rules("permit"),)),
    (
        "consent",
        "people decide, and what they decided holds",
        (_acts("choice"), _shows("objection", "withdrawal", "choices")),
    ),
    (
        "limited collection",
        "nothing is collected beyond the kinds and sources that are named",
        (_acts("collect"), _rules("require.inventory", "require.source", "require.field")),
    ),
    ("limited use", "nobody uses data for anything else", (_acts("use"), _rules("forbid"))),
    (
        "limited disclosure",
        "nothing leaves but to those named, where named",
        (_acts("share", "sell", "transfer", "locate"),),
    ),
    (
        "limited retention",
        "nothing is kept longer than said",
        (_acts("retain", "delete"), _rules("bound"), _shows("retention")),
    ),
    ("accuracy", "what is wrong is put right, everywhere", (_shows("rectification"),)),
    ("safety", "who may see what is limited, and checked", (_acts("protect", "access_control"),)),
    (
        "openness",
        "people learn what is held, for what, and from where",
        (_acts("notify", "define"), _shows("access", "copy", "notices")),
    ),
    (
        "compliance",
        "people can complain, and what was promised can be verified",
        (_acts("complaint", "other"), _shows("complaint", "question")),
    ),
)


def list_principles(statements: Iterable[Statement]) -> tuple[Principle, ...]:
    """All ten, in their usual order. Statements that nobody can check are left out; what fits nowhere stands under compliance."""
    checked = [one for one in statements if one["verdict"] in VERDICTS]
    placed: dict[str, list[Statement]] = {name: [] for name, _, _ in _PRINCIPLES}
    for one in checked:
        fits = [name for name, _, tests in _PRINCIPLES if any(test(one) for test in tests)]
        for name in fits or ["compliance"]:
            placed[name].append(one)
    return tuple(_principle(name, says, placed[name]) for name, says, _ in _PRINCIPLES)


def _principle(name: str, says: str, statements: list[Statement]) -> Principle:
    counts = {verdict: sum(one["verdict"] == verdict for one in statements) for verdict in VERDICTS}
    probes = sum(len(rule["probes"]) for one in statements for rule in one["rules"])
    return Principle(name, says, counts, probes, tuple(s["id"] for s in statements if s["verdict"] in VERDICTS[2:]))
