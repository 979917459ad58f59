"""Verdicts as values: what a probe saw, what a rule and a promise therefore are.

Never rounds up: a promise is no stronger than its weakest rule; a rule without a fresh probe that ran is unproven.
"""

from __future__ import annotations

from dataclasses import dataclass

KEPT, BROKEN, ATTESTED, UNPROVEN, NOT_CHECKABLE = "kept", "broken", "attested", "unproven", "not_checkable"
VERDICTS: tuple[str, ...] = (KEPT, BROKEN, ATTESTED, UNPROVEN, NOT_CHECKABLE)
HELD, BROKE, COULD_NOT = "held", "broke", "could_not"
LEVELS: tuple[str, ...] = ("catalogue", "trial", "canary", "document")


@dataclass(frozen=True)
class ProbeResult:
    """`seen` is one sentence without any personal value; `at` is UTC ISO 8601; `ms` wall milliseconds."""

    name: str
    level: str
    result: str
    seen: str
    at: str
    ms: float


@dataclass(frozen=True)
class RuleVerdict:
    id: str
    kind: str
    verdict: str
    controls: tuple[str, ...]
    probes: tuple[ProbeResult, ...]
    reason: str = ""


@dataclass(frozen=True)
class StatementVerdict:
    """`id`, `source`, `quote`, `act` as in the promise; `kind` is the promise's `checkable`. `excepts` are declared
    custodians and time-limited exceptions; `limits` one generated sentence."""

    id: str
    source: str
    quote: str
    act: str
    verdict: str
    kind: str
    rules: tuple[RuleVerdict, ...]
    limits: str
    conflicts: tuple[str, ...] = ()
    excepts: tuple[str, ...] = ()
    reason: str = ""
    repairs: tuple[str, ...] = ()  # the smallest changes that would make the sentence true
    wording: str = ""  # a sentence that would be true today; not legal advice


@dataclass(frozen=True)
class Report:
    company: str
    policy_version: str
    checked_at: str
    statements: tuple[StatementVerdict, ...]
    unread: int
    not_searched: tuple[str, ...] = ()
