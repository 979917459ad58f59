"""Records of the mystery shopper: runs, what each right showed, and which synthetic rows are its own.

Refuses two runs at once: a run holds an advisory lock of its company for as long as its connection lives, so a killed run is
seen to be dead. Nothing here holds a value of a real person.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from avow.control.records import CanaryRow
from avow.control.session import Session
from avow.control.statements import load_statements
from avow.errors import ControlError, Diagnostic, Place

OWNER = "shopper"
STUCK = timedelta(hours=1)
_LOCK, _TURNS = 4158521, 4158522


@dataclass(frozen=True)
class ShopperFinding:
    """What one aspect of one right showed. `result` is held, broke or could_not; `ms` how long it took."""

    right: str
    aspect: str
    result: str
    seen: str
    at: datetime
    ms: float = 0.0


class ShopperRecords:
    """The shopper's door to the control database, on one autocommitting connection."""

    def __init__(self, connection: psycopg.Connection[Any], company: str) -> None:
        self._connection = connection
        self.company = company

    @contextmanager
    def running(self, run: UUID, policy_version: str, now: datetime) -> Iterator[None]:
        """Registers a run and holds its lock. Raises ControlError `shopper.already-running`."""
        if not self._lock():
            raise ControlError(
                Diagnostic(
                    Place("shopper"),
                    "shopper.already-running",
                    "a mystery shopper of this company is at work already",
                    "wait for it, or end it with `avow shopper stop`",
                    "nothing was planted and no request was made",
                )
            )
        try:
            self._end_dead_runs()
            self._connection.execute(
                "INSERT INTO control.shopper_run (id, company, policy_version, started_at) VALUES (%s, %s, %s, %s)",
                (run, self.company, policy_version, now),
            )
            yield
        finally:
            self._connection.execute(
                "UPDATE control.shopper_run SET finished_at = clock_timestamp() WHERE id = %s", (run,)
            )
            self._connection.execute("SELECT pg_advisory_unlock(%s, hashtext(%s))", (_LOCK, self.company))

    def claim(self, run: UUID, number: int) -> bool:
        """Whether a part of a run is this one's to do: it is nobody else's for as long as this connection lives."""
        return bool(self._one("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", (f"shopper {run} {number}",)))

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Beside others of the same run, while none of them is alone."""
        with self._holding("pg_advisory_lock_shared", "pg_advisory_unlock_shared"):
            yield

    @contextmanager
    def alone(self) -> Iterator[None]:
        """While no other of the same run is at its turn; not to be asked for within a turn. May take turns itself."""
        with self._holding("pg_advisory_lock", "pg_advisory_unlock"):
            yield

    @contextmanager
    def _holding(self, take: str, give: str) -> Iterator[None]:
        self._one(f"SELECT {take}(%s, hashtext(%s))", (_TURNS, self.company))
        try:
            yield
        finally:
            self._one(f"SELECT {give}(%s, hashtext(%s))", (_TURNS, self.company))

    def is_stopped(self, run: UUID) -> bool:
        return bool(self._one("SELECT stopped FROM control.shopper_run WHERE id = %s", (run,)))

    def record_stop(self) -> int:
        """Tells every run under way to end; gives how many there were."""
        return self._connection.execute(
            "UPDATE control.shopper_run SET stopped = true WHERE company = %s AND finished_at IS NULL AND NOT stopped",
            (self.company,),
        ).rowcount

    @contextmanager
    def while_idle(self, patience: timedelta) -> Iterator[bool]:
        """Keeps runs from beginning meanwhile. False when one is still alive after `patience`. Runs that were killed are ended."""
        end = time.monotonic() + patience.total_seconds()
        while not (got := self._lock()) and time.monotonic() < end:
            time.sleep(0.2)
        try:
            if got:
                self._end_dead_runs()
            yield got
        finally:
            if got:
                self._connection.execute("SELECT pg_advisory_unlock(%s, hashtext(%s))", (_LOCK, self.company))

    def _lock(self) -> bool:
        return bool(self._one("SELECT pg_try_advisory_lock(%s, hashtext(%s))", (_LOCK, self.company)))

    def _end_dead_runs(self) -> None:
        """Whoever holds the lock knows that no other run is alive."""
        self._connection.execute(load_statements("shopping")["end_dead_runs"].encode(), {"company": self.company})

    def has_begun_since(self, since: datetime) -> bool:
        """Whether a run began at or after `since`, finished or not."""
        statement = load_statements("shopping")["begun_since"]
        row = self._connection.execute(statement.encode(), {"company": self.company, "since": since}).fetchone()
        return bool(row and row[0])

    def record_finding(self, run: UUID, found: ShopperFinding) -> None:
        """One that the run has already is replaced: a visit is made anew when whoever made it died."""
        self._connection.execute(load_statements("shopping")["add_finding"].encode(), {"run": run, **vars(found)})

    def findings(self, policy_version: str) -> tuple[ShopperFinding, ...]:
        """The newest finding of each aspect under this policy version."""
        with self._connection.cursor(row_factory=class_row(ShopperFinding)) as cursor:
            statement = load_statements("shopping")["findings"]
            cursor.execute(statement.encode(), {"company": self.company, "version": policy_version})
            return tuple(cursor)

    def findings_of(self, run: UUID) -> tuple[ShopperFinding, ...]:
        """What one run saw, oldest first."""
        with self._connection.cursor(row_factory=class_row(ShopperFinding)) as cursor:
            cursor.execute(load_statements("shopping")["findings_of"].encode(), {"run": run})
            return tuple(cursor)

    def record_canary(self, row: CanaryRow, expires_at: datetime) -> None:
        """As `Control.record_canary`, marked as the shopper's: a check leaves it alone while the shopper lives."""
        self._connection.execute(
            "INSERT INTO control.canary (id, store, table_name, key_column, key_value, expires_at, owner) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s)",
            (row.id, row.store, row.table_name, row.key_column, row.key_value, expires_at, OWNER),
        )

    def canaries(self, store: str) -> Sequence[CanaryRow]:
        """The shopper's rows that are not yet removed, newest first."""
        with self._connection.cursor(row_factory=class_row(CanaryRow)) as cursor:
            cursor.execute(
                "SELECT id, store, table_name, key_column, key_value FROM control.canary "
                "WHERE store = %s AND owner = %s AND removed_at IS NULL ORDER BY planted_at DESC, id",
                (store, OWNER),
            )
            return cursor.fetchall()

    def record_canary_removed(self, canary: UUID) -> None:
        self._connection.execute("UPDATE control.canary SET removed_at = clock_timestamp() WHERE id = %s", (canary,))

    def counts(self, at: datetime) -> dict[str, tuple[int, int, int]]:
        """Kind -> (open, past due at `at`, waiting for a worker for more than an hour) of real requests."""
        statement = load_statements("shopping")["counts"]
        given = {"company": self.company, "at": at, "stuck_before": at - STUCK}
        rows = self._connection.execute(statement.encode(), given).fetchall()
        return {kind: (total, overdue, stuck) for kind, total, overdue, stuck in rows}

    def is_overdue(self, request: UUID, at: datetime) -> bool:
        """By the same rule as `counts`, for one request, synthetic or not."""
        statement = load_statements("shopping")["overdue"]
        given = {"company": self.company, "at": at, "id": request}
        row = self._connection.execute(statement.encode(), given).fetchone()
        return bool(row and row[0])

    def _one(self, query: str, values: tuple[Any, ...]) -> Any:
        row = self._connection.execute(query.encode(), values).fetchone()
        return row[0] if row else None


# -- what killed runs left ----------------------------------------------------------------------------------------------


def list_open_synthetic(session: Session) -> list[UUID]:
    """Requests of the shopper that are not closed, oldest first."""
    return [row[0] for row in session.run("shopping", "open_synthetic")]


def list_planted(session: Session) -> set[tuple[str, str, str]]:
    """(store, table, key) of every row that the shopper ever registered."""
    return {(store, table, key) for store, table, key in session.run("shopping", "planted", owner=OWNER)}


def forget_publications(session: Session) -> int:
    """Takes away every publication of the shopper; gives how many there were."""
    return session.run("shopping", "forget_publications").rowcount


def forget_mails(session: Session, template: str) -> int:
    """Takes the shopper's mails of one kind out of the outbox; gives how many there were."""
    return session.run("shopping", "forget_mails", template=template).rowcount
