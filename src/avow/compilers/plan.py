"""A plan: what would be done to a store, statement by statement, each with the promises that ask for it.

Values only. A plan touches nothing; `apply` carries it out in three resumable phases.
"""

from __future__ import annotations

from dataclasses import dataclass

PHASES: tuple[str, ...] = ("prepare", "switch", "settle")


@dataclass(frozen=True)
class Statement:
    """`key` identifies the store object ("policy:public.contacts:p3"); `why` are promise ids; `lock` is the strongest
    lock taken ("none", "share", "access exclusive"); `undo` restores what was; `rows` the store's estimate."""

    phase: str
    key: str
    sql: str
    undo: str
    why: tuple[str, ...]
    says: str  # one plain sentence
    lock: str = "none"
    table: str = ""
    rows: int = 0
    transactional: bool = True  # False: CREATE INDEX CONCURRENTLY and batched backfills
    reversible: bool = True


@dataclass(frozen=True)
class Gate:
    """A construct that this target does not enforce: kept by a gate of ours (named), or not at all (`gate` empty)."""

    rule: str
    construct: str
    target: str
    gate: str = ""


@dataclass(frozen=True)
class Plan:
    store: str
    target: str  # "postgresql 15"
    policy_version: str
    statements: tuple[Statement, ...]
    gates: tuple[Gate, ...] = ()
    warnings: tuple[str, ...] = ()
    unlogged: tuple[str, ...] = ()  # logins whose reads nobody records, each with why

    @property
    def empty(self) -> bool:
        return not self.statements
