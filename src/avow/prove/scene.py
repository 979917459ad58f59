"""The scene: everything a probe may look at, built by `app`, frozen, passed in whole.

Clock, connections and evidence are arguments: this room opens nothing by itself and reads no environment. A store that
is down is part of the scene (`down` says why), so that the other stores are still checked.

Refuses: a connection that can commit. `Opener` hands out connections whose transactions the probes roll back; only the
canary journal (`ControlEvidence`) and the planting of a registered canary write anything, and both are undone.
Source: architecture, "The one idea" (probe levels) and "Who can do what" (credentials).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol

import psycopg

from avow.control.records import CanaryRow, RegisteredVersion
from avow.control.shopping import ShopperFinding
from avow.datamap.model import Pair, StoreMap
from avow.policy.promise import PolicyVersion
from avow.stores.port import StoreDescription

Connection = psycopg.Connection[Any]
Opener = Callable[[], AbstractContextManager[Connection]]


class Terms(Protocol):
    """What is asked of the vocabulary: does the general term cover the special one?"""

    def covers(self, general: str, special: str) -> bool: ...


class ControlEvidence(Protocol):
    """What Avow's own records can vouch for. `avow.control.Control` is the implementation."""

    def versions(self) -> tuple[RegisteredVersion, ...]: ...

    def find_text(self, version: str) -> str | None: ...

    def try_to_change_version(self, version: str) -> str: ...

    def record_canary(self, row: CanaryRow, expires_at: datetime) -> None: ...

    def canaries(self, store: str) -> Sequence[CanaryRow]: ...

    def record_canary_removed(self, canary: Any) -> None: ...


@dataclass(frozen=True)
class Budget:
    """What a check may cost: sampled rows in all, which is also the largest table whose older rows are counted; seconds of
    wall clock, milliseconds per statement and per lock."""

    rows: int = 200_000
    seconds: float = 120.0
    statement_timeout_ms: int = 10_000
    lock_timeout_ms: int = 300


@dataclass(frozen=True)
class RowRule:
    """Which rows of a table a pair may see: row attributes equal to one of the constants (`where`) or to none of them
    (`where_not`), marks that must be absent (`deny`), marks that must be present (`admit`). `own`: attributes that must equal
    the key of whoever asks, whatever constants they must equal as well; `not_own`: those that must not. Several rules on one
    table are alternatives. Empty: every row."""

    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    deny: frozenset[str] = frozenset()
    admit: frozenset[str] = frozenset()
    where_not: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    since: str = ""  # an ISO day: rows that the table's clock says were collected then or later
    cases: frozenset[str] = frozenset()  # kinds of case that must be open about whom the row is about
    own: frozenset[str] = frozenset()
    not_own: frozenset[str] = frozenset()

    @property
    def empty(self) -> bool:
        tests = (self.where, self.where_not, self.deny, self.admit, self.since, self.cases, self.own, self.not_own)
        return not any(tests)


@dataclass(frozen=True)
class TableRights:
    """What one pair may do with one table: columns to read and to write, and the alternatives of row rules.
    `column_rows` holds the columns that may be read on fewer rows than the table; then one view with its owner's rights
    shows each column only there (`barrier`), and the table itself is closed to the pair."""

    read: frozenset[str] = frozenset()
    write: frozenset[str] = frozenset()
    rows: tuple[RowRule, ...] = ()
    column_rows: Mapping[str, tuple[RowRule, ...]] = field(default_factory=dict)
    barrier: bool = False

    @property
    def some_rows(self) -> bool:
        """Whether only some rows may be seen."""
        return bool(self.rows) and not any(rule.empty for rule in self.rows)


@dataclass(frozen=True)
class AggregateRights:
    """A view of groups that a pair may read: `at_least` subjects per group; `name` as it stands in the pair's schema."""

    name: str
    table: str
    at_least: int


@dataclass(frozen=True)
class PairRights:
    """The declared matrix for one pair. `role` and `schema` are empty before the first apply."""

    pair: Pair
    tables: Mapping[str, TableRights] = field(default_factory=dict)
    aggregates: tuple[AggregateRights, ...] = ()
    role: str = ""
    schema: str = ""


@dataclass(frozen=True)
class Drift:
    """A control that is not as apply left it: `key` as the compilers name it ("policy:public.contacts:..."), `found` what
    is the matter ("missing", "altered", "gone", "wanted otherwise")."""

    key: str
    found: str

    @property
    def kind(self) -> str:
        return self.key.partition(":")[0]


@dataclass(frozen=True)
class StoreScene:
    """One governed store. `down` is the reason why it cannot be looked at ("" = it answers). `sample` reads a bounded
    sample and `open_replica` counts older rows, both on the `replica` (its host and database) where one is set.
    `open_survey` counts rows, `open_probe` may take the pairs; `open_plant` may also insert rows (for trials with synthetic
    rows, always rolled back, and for registered canaries)."""

    map: StoreMap
    description: StoreDescription | None = None
    rights: tuple[PairRights, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)  # rule id -> construct that no control here enforces
    open_probe: Opener | None = None
    open_plant: Opener | None = None
    sample: Callable[[str, Sequence[str], int], list[tuple[Any, ...]]] | None = None
    levels: frozenset[str] = frozenset({"catalogue", "trial"})
    disposable: bool = False
    down: str = ""
    drift: tuple[Drift, ...] = ()  # controls that are no longer as apply left them
    applied: bool = False
    open_survey: Opener | None = None  # counts rows; where there is none, `open_probe` does
    open_replica: Opener | None = None
    replica: str = ""

    @property
    def name(self) -> str:
        return self.map.name

    def find_rights(self, pair: Pair) -> PairRights | None:
        return next((r for r in self.rights if r.pair == pair), None)


@dataclass(frozen=True)
class Recipient:
    """An outside recipient: `place` a place term ("" = nobody wrote it down)."""

    name: str
    place: str = ""


@dataclass(frozen=True)
class ExceptionNote:
    """A time-limited exception to a promise: shown beside the verdict until `expires` (ISO date), broken afterwards."""

    promise: str
    reason: str
    expires: str


@dataclass(frozen=True)
class RightsEvidence:
    """What is known of rights: the newest finding of each aspect by the mystery shopper, and counts of real requests by
    kind: open, past their due date (`overdue`), waiting for a worker that is not there (`stuck`)."""

    findings: tuple[ShopperFinding, ...] = ()
    open: Mapping[str, int] = field(default_factory=dict)
    overdue: Mapping[str, int] = field(default_factory=dict)
    stuck: Mapping[str, int] = field(default_factory=dict)

    def find(self, right: str, aspect: str) -> ShopperFinding | None:
        return next((f for f in self.findings if f.right == right and f.aspect == aspect), None)


@dataclass(frozen=True)
class Standing:
    """How one thing about a duty stands now, read from live records: a sweep that stopped, a review that is due. `result` is held,
    broke or could_not; `seen` carries counts and names of things, never a person's value; `repair` what to do about it. `aspect` is
    a word of DUTY_SHOWS where the fact is about that alone, "" where it is about the whole duty."""

    duty: str
    name: str
    result: str
    seen: str
    aspect: str = ""
    repair: str = ""


@dataclass(frozen=True)
class DutyEvidence:
    """What is known of duties: the newest finding of each aspect by the mystery shopper, and how things stand."""

    findings: tuple[ShopperFinding, ...] = ()
    standing: tuple[Standing, ...] = ()

    def find(self, duty: str, aspect: str) -> ShopperFinding | None:
        return next((f for f in self.findings if f.right == duty and f.aspect == aspect), None)

    def of(self, duty: str, aspects: Iterable[str]) -> tuple[Standing, ...]:
        """Facts about the whole duty and about these aspects."""
        wanted = {"", *aspects}
        return tuple(s for s in self.standing if s.duty == duty and s.aspect in wanted)


def _system_now() -> datetime:
    from datetime import UTC

    return datetime.now(UTC)


@dataclass(frozen=True)
class Scene:
    """One check of one policy version over all stores. `now` gives UTC."""

    version: PolicyVersion
    terms: Terms
    stores: tuple[StoreScene, ...]
    versions: tuple[PolicyVersion, ...] = ()
    evidence: Path | None = None
    recipients: tuple[Recipient, ...] = ()
    exceptions: tuple[ExceptionNote, ...] = ()
    control: ControlEvidence | None = None
    rights: RightsEvidence | None = None
    duties: DutyEvidence | None = None
    find_categories: Callable[[Iterable[str]], Mapping[str, float]] | None = None
    budget: Budget = Budget()
    now: Callable[[], datetime] = _system_now

    @property
    def today(self) -> date:
        return self.now().date()
