"""Records of the mystery shopper: runs, what each right showed, and which synthetic rows are its own.

Refuses two runs at once: a run holds an advisory lock of its company for as long as its connection lives, so a killed run is
seen to be dead. Nothing here holds a value of a real person.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from avow.control.records import CanaryRow
from avow.control.statements import load_statements
from avow.errors import ControlError, Diagnostic, Place

OWNER = "shopper"
STUCK = timedelta(hours=1)
_LOCK = 4158521


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
        got = self._one("SELECT pg_try_advisory_lock(%s, hashtext(%s))", (_LOCK, self.company))
        if not got:
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

    def is_stopped(self, run: UUID) -> bool:
        return bool(self._one("SELECT stopped FROM control.shopper_run WHERE id = %s", (run,)))

    def record_stop(self) -> int:
        """Tells every run under way to end; gives how many there were."""
        return self._connection.execute(
            "UPDATE control.shopper_run SET stopped = true WHERE company = %s AND finished_at IS NULL AND NOT stopped",
            (self.company,),
        ).rowcount

    def is_alive(self) -> bool:
        """Whether a process holds the run's lock. Takes it for a moment to find out."""
        if self._one("SELECT pg_try_advisory_lock(%s, hashtext(%s))", (_LOCK, self.company)):
            self._connection.execute("SELECT pg_advisory_unlock(%s, hashtext(%s))", (_LOCK, self.company))
            return False
        return True

    def has_begun_since(self, since: datetime) -> bool:
        """Whether a run began at or after `since`, finished or not."""
        statement = load_statements("shopping")["begun_since"]
        row = self._connection.execute(statement.encode(), {"company": self.company, "since": since}).fetchone()
        return bool(row and row[0])

    def record_finding(self, run: UUID, found: ShopperFinding) -> None:
        self._connection.execute(
            'INSERT INTO control.shopper_finding (run, "right", aspect, result, seen, at, ms) '
            "VALUES (%s, %s, %s, %s, %s, %s, %s)",
            (run, found.right, found.aspect, found.result, found.seen, found.at, found.ms),
        )

    def findings(self, policy_version: str) -> tuple[ShopperFinding, ...]:
        """The newest finding of each aspect under this policy version."""
        with self._connection.cursor(row_factory=class_row(ShopperFinding)) as cursor:
            statement = load_statements("shopping")["findings"]
            cursor.execute(statement.encode(), {"company": self.company, "version": policy_version})
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
