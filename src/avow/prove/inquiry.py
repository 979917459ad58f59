"""One run of a check: what was read once and is shared by all probes, the budget, and the run of a single probe.

A probe returns a `Finding` or raises; here it becomes an `Outcome`. A probe that raises never ends the check: it becomes
`could_not` with the reason, and the rule stays unproven. Reasons carry the SQLSTATE and the kind of failure, never the
message of the store, which may quote a row.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

import psycopg
from psycopg import sql

from avow.errors import AvowError
from avow.prove.live import Live, read_live
from avow.prove.planted import names_of
from avow.prove.scene import Connection, Opener, Scene, StoreScene
from avow.prove.scope import personal_tables
from avow.prove.verdict import BROKE, COULD_NOT, HELD, ProbeResult
from avow.stores.postgres import find_hidden

Made = TypeVar("Made")


@dataclass(frozen=True)
class Finding:
    """What one probe saw. `excepts`, `limits` and `repairs` are sentences for the verdict's own fields."""

    result: str
    seen: str
    excepts: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    repairs: tuple[str, ...] = ()


def held(seen: str, excepts: tuple[str, ...] = (), limits: tuple[str, ...] = ()) -> Finding:
    return Finding(HELD, seen, excepts, limits)


def broke(seen: str, repairs: tuple[str, ...] = (), excepts: tuple[str, ...] = ()) -> Finding:
    return Finding(BROKE, seen, excepts, (), repairs)


def could_not(seen: str, repairs: tuple[str, ...] = ()) -> Finding:
    return Finding(COULD_NOT, seen, (), (), repairs)


@dataclass(frozen=True)
class Outcome:
    """A probe's result with what it says about exceptions, limits and repairs."""

    probe: ProbeResult
    excepts: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    repairs: tuple[str, ...] = ()


class CannotTell(Exception):
    """Raised by a probe that cannot look; the text is the reason that the report shows."""


@dataclass
class Inquiry:
    """Shared state of one check. `remembered` holds what was read once per store and subject."""

    scene: Scene
    started: float = field(default_factory=time.monotonic)
    rows_read: int = 0
    not_searched: list[str] = field(default_factory=list)
    remembered: dict[tuple[str, ...], object] = field(default_factory=dict)

    def attempt(self, name: str, level: str, probe: Callable[[], Finding]) -> Outcome:
        """Runs one probe. Never raises for anything that a store or a probe may do wrong."""
        at = self.scene.now()
        begun = time.perf_counter()
        finding = self._run(name, probe)
        result = ProbeResult(name, level, finding.result, finding.seen, _utc(at), _since(begun))
        return Outcome(result, finding.excepts, finding.limits, finding.repairs)

    def _run(self, name: str, probe: Callable[[], Finding]) -> Finding:
        if self.out_of_time:
            self.note_not_searched(f"{name}: the time budget of {self.scene.budget.seconds:g} s was used up")
            return could_not(f"the time budget of {self.scene.budget.seconds:g} s was used up before this probe")
        try:
            return probe()
        except CannotTell as reason:
            return could_not(str(reason))
        except psycopg.Error as error:
            return could_not(say_failure(error))
        except AvowError as error:
            return could_not(error.diagnostics[0].cause if error.diagnostics else "the store refused")
        except (OSError, ValueError, KeyError) as error:
            return could_not(f"the probe failed ({type(error).__name__})")

    @property
    def out_of_time(self) -> bool:
        return time.monotonic() - self.started > self.scene.budget.seconds

    def note_not_searched(self, words: str) -> None:
        if words not in self.not_searched:
            self.not_searched.append(words)

    def once(self, key: tuple[str, ...], make: Callable[[], Made]) -> Made:
        """What `make` gave the first time; a failure is remembered, too, and raised again."""
        if key not in self.remembered:
            try:
                self.remembered[key] = make()
            except (psycopg.Error, CannotTell, OSError) as error:
                self.remembered[key] = error
        found = self.remembered[key]
        if isinstance(found, BaseException):
            raise found
        return found  # type: ignore[return-value]

    def count_older(
        self, store: StoreScene, table: str, statement: sql.Composed, what: str, given: Sequence[object] = ()
    ) -> int:
        """How many older rows of `table` the statement finds, on the replica where one is set; no verdict hangs on it. 0, with a
        note that `what` were not counted, where the table is larger than the row budget or it cannot be told."""
        info = store.description.find_table(table) if store.description else None
        if info is not None and info.rows > self.scene.budget.rows:
            self.note_not_searched(f"{what} were not counted: {table} holds more rows than the row budget allows")
            return 0
        try:
            with reading(store, older=True) as connection, connection.transaction():
                return count_rows(connection, table, statement, given)
        except (psycopg.Error, CannotTell):
            self.note_not_searched(f"{what} were not counted")
            return 0

    def live(self, store: StoreScene) -> Live:
        """The store's rights as they are now, read once. Raises CannotTell where no credential reaches the store."""
        return self.once(("live", store.name), lambda: self._read_live(store))

    def _read_live(self, store: StoreScene) -> Live:
        opener = get_opener(store)
        with opener() as connection:
            planted = names_of(store, "view", "routine")
            return read_live(connection, list(personal_tables(store.map)), planted)


def get_opener(store: StoreScene) -> Opener:
    """The probe credential. Raises CannotTell when the store is down or not a PostgreSQL store."""
    if store.down:
        raise CannotTell(f"store `{store.name}` cannot be reached: {store.down}")
    if store.open_probe is None:
        raise CannotTell(f"store `{store.name}` ({store.map.kind}) has no credential for probes")
    return store.open_probe


@contextmanager
def reading(store: StoreScene, tables: Iterable[str] = (), older: bool = False) -> Iterator[Connection]:
    """A connection of the survey credential, for counting every row of `tables`; with `older` one to the replica, where one is
    set. Raises CannotTell where it may not."""
    survey = (store.open_replica if older else None) or store.open_survey
    opener = get_opener(store) if survey is None or store.down else survey
    with opener() as connection:
        check_sees_every_row(connection, tables)
        yield connection


def check_sees_every_row(connection: Connection, tables: Iterable[str]) -> None:
    """Raises CannotTell where row security could hide rows: a count that is too small would look like a proof."""
    hidden = find_hidden(connection, list(tables))
    if hidden:
        names = ", ".join(hidden[:3])
        raise CannotTell(f"row security may hide rows of {names} from the survey credential: run avow apply again")


def count_rows(connection: Connection, table: str, statement: sql.Composed, given: Sequence[object] = ()) -> int:
    """What `statement` counts in `table`. Raises CannotTell where the connection may not see every row."""
    check_sees_every_row(connection, [table])
    row = connection.execute(statement, list(given)).fetchone()
    return int(row[0]) if row else 0


def counted_on(store: StoreScene) -> str:
    """Where older rows were counted, for the limits of a verdict."""
    return f" (counted on the replica `{store.replica}`)" if store.replica else ""


def say_failure(error: psycopg.Error) -> str:
    """The kind of failure, without the store's own words."""
    known = {
        "57014": "the statement timeout ended it",
        "55P03": "a lock was not to be had in time",
        "42501": "the probe credential lacks a right that this probe needs",
        "57P01": "the store went away",
    }
    state = error.sqlstate or ""
    words = known.get(state, f"the store answered with an error ({type(error).__name__})")
    place = ".".join(part for part in (error.diag.schema_name, error.diag.table_name) if part)
    about = " ".join(part for part in (error.diag.constraint_name, f"on {place}" if place else "") if part)
    return words + (f" [{state}]" if state else "") + (f": {about}" if about else "")


def _utc(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


def _since(begun: float) -> float:
    return round((time.perf_counter() - begun) * 1000, 3)
