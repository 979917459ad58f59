"""A wanted object of the store: how it is made, how it is undone, and how the live one is compared with it.

Promises: `create` may be repeated (it repairs what drifted); `undo` restores what stood there before the first apply.
Refuses to compare by name alone: what counts is the definition that the catalogue gives back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from avow.compilers.plan import Gate
from avow.compilers.postgres.quoting import digest
from avow.compilers.postgres.survey import Recorded, Survey
from avow.compilers.reach import Matrix
from avow.datamap.model import Login, Pair, StoreMap, Table
from avow.policy.promise import PolicyVersion

ORDER: tuple[str, ...] = (
    "schema", "pair", "bit", "function", "column", "trigger", "backfill", "statistics", "index", "role", "view", "grant",
    "policy", "rls", "check", "pass", "member", "inherit", "contract", "setting", "revoke", "leave", "connect",
)  # fmt: skip
RECORDED_LIVE = "as recorded"
_ROUTINE = re.compile(r"CREATE (?:OR REPLACE )?(?:FUNCTION|PROCEDURE) avow\.(\w+)")


@dataclass(frozen=True)
class Wanted:
    """One object. `expect` is the exact live definition where it is known beforehand; otherwise the definition read
    back after apply counts. `table` and `role` must exist for `undo` to make sense."""

    key: str
    phase: str
    create: str
    undo: str
    says: str
    why: tuple[str, ...] = ()
    lock: str = "none"
    table: str = ""
    role: str = ""
    rows: int = 0
    transactional: bool = True
    expect: str = RECORDED_LIVE

    @property
    def kind(self) -> str:
        return self.key.partition(":")[0]

    @property
    def digest(self) -> str:
        return digest(self.create)

    @property
    def others(self) -> tuple[str, ...]:
        """Keys of further routines that `create` makes: whoever exchanges one of them exchanges this object."""
        return tuple(sorted({f"function:avow.{name}" for name in _ROUTINE.findall(self.create)} - {self.key}))

    def find_in(self, live: Mapping[str, str]) -> str | None:
        """The live definition of all that the object is; of further routines whose they are and what they do, not who may call."""
        own = live.get(self.key)
        if own is None or not self.others:
            return own
        return "\n".join([own, *(f"{key} {_without_callers(live.get(key, ''))}" for key in self.others)])

    def difference(self, recorded: Recorded | None, live: str | None) -> str:
        """Why it must be applied, or "" if it stands as wanted."""
        if recorded is None:
            return "missing"
        if recorded.wanted != self.digest:
            return "wanted otherwise"
        expected = recorded.live if self.expect == RECORDED_LIVE else self.expect
        return "" if (live or "") == (expected or "") else "gone" if live is None else "altered"


def _without_callers(definition: str) -> str:
    """Owner and digest of a routine: rights to call it are given by other objects, at another time."""
    owner, _, rest = definition.partition(" ")
    return f"{owner} {rest.rpartition(' ')[2]}"


@dataclass
class Target:
    """Everything a plan is made from, as values."""

    survey: Survey
    store_map: StoreMap
    version: PolicyVersion
    matrix: Matrix
    numbers: Mapping[Pair, int]
    bits: Mapping[str, int]
    handlings: Mapping[str, int] = field(default_factory=dict)  # source term -> id
    gates: list[Gate] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    grouped: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict
    )  # tables on whose people's state groups hang -> promises

    @property
    def enforced(self) -> tuple[Login, ...]:
        """The logins whose old rights go."""
        return tuple(login for login in self.store_map.logins if login.stage != "observe")

    @property
    def closed(self) -> bool:
        return bool(self.store_map.logins) and all(login.stage == "closed" for login in self.store_map.logins)

    @property
    def governed(self) -> tuple[Table, ...]:
        """Mapped tables with personal columns, sorted by name: the order in which locks are taken."""
        found = (t for t in self.store_map.tables if t.personal and not t.ignore)
        return tuple(sorted(found, key=lambda t: t.name))

    @property
    def login_names(self) -> list[str]:
        return sorted(login.name for login in self.enforced)

    def role(self, pair: Pair) -> str:
        return self.survey.role_of(self.numbers[pair])

    def view_role(self, pair: Pair) -> str:
        """Owns the pair's views; nobody can log in as it or take it."""
        return self.survey.view_role_of(self.numbers[pair])

    def schema(self, pair: Pair) -> str:
        return f"av_p{self.numbers[pair]}"


def in_order(wanted: Sequence[Wanted]) -> list[Wanted]:
    """In the order of making: by kind, then by key."""
    return sorted(wanted, key=lambda w: (ORDER.index(w.kind), w.key))


def undo_order(recorded: Mapping[str, Recorded]) -> list[Recorded]:
    """In the order of undoing."""
    return sorted(recorded.values(), key=lambda r: (-ORDER.index(r.key.partition(":")[0]), r.key))
