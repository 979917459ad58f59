"""What is asked of the reference engine, and what it answers. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True)
class Question:
    """May `recipient` `do` the `category` of a `subject` for `purpose`, given these facts?

    `state` are the subject's marks ("objected:marketing.own", "restricted", "consented:marketing.third_party");
    `row` the row's attributes by name; `own` the attribute values that are the actor's own; `cases` the kinds of case
    open for the subject; `events` the names of events that have happened; `form` "rows" or "aggregate" with `group`
    subjects in the group asked for; `collected` the day on which the row was collected."""

    category: str
    purpose: str
    recipient: str
    do: str = "read"
    subject: str = ""
    state: frozenset[str] = frozenset()
    row: Mapping[str, str] = field(default_factory=dict)
    own: Mapping[str, str] = field(default_factory=dict)
    cases: frozenset[str] = frozenset()
    consents: frozenset[str] = frozenset()  # recipients consented to
    events: frozenset[str] = frozenset()
    source: str = ""
    place: str = ""
    at: datetime | None = None
    collected: date | None = None  # UTC; None: nobody knows, which counts as before every version
    form: str = "rows"
    group: int = 0


@dataclass(frozen=True)
class Reason:
    promise: str
    rule: str
    effect: str  # "permits" | "forbids" | "requires" | "fails" | "owes"
    words: str


@dataclass(frozen=True)
class Decision:
    """`reasons` are never empty: with no permit that applies, the one reason says that no promise permits it."""

    allowed: bool
    reasons: tuple[Reason, ...]

    @property
    def promises(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(r.promise for r in self.reasons if r.promise))
