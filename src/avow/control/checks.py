"""Finished checks, recorded looks, failed steps and counts, read back for those who watch over them. Reads only, and never a
person's value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any
from uuid import UUID

import psycopg


@dataclass(frozen=True)
class CheckRun:
    """One finished check. `verdicts` maps a statement's id to its verdict; `totals` counts statements by verdict."""

    id: int
    policy_version: str
    checked_at: datetime
    totals: Mapping[str, int]
    verdicts: Mapping[str, str]


@dataclass(frozen=True)
class FullCheck:
    """The report of one check, as `avow check --json` writes it."""

    id: int
    policy_version: str
    checked_at: datetime
    report: Mapping[str, Any]

    @property
    def statements(self) -> Sequence[Mapping[str, Any]]:
        return tuple(self.report.get("statements", ()))

    @property
    def totals(self) -> Mapping[str, int]:
        found: Mapping[str, int] = self.report.get("totals", {}).get("statements", {})
        return found


@dataclass(frozen=True)
class RecordedLook:
    """A look of staff at a person's data. `reference` is the request's, "" where the look had none; `departments` are those of
    whoever looked, none for the privacy office."""

    at: datetime
    staff_ref: str
    role: str
    purpose: str
    what: str
    request: UUID | None
    reference: str
    about_somebody: bool
    departments: list[str]


@cache
def _sql(name: str) -> bytes:
    return files("avow.control").joinpath("sql", f"{name}.sql").read_bytes()


def check_history(connection: psycopg.Connection[Any], company: str, limit: int = 60) -> tuple[CheckRun, ...]:
    """The newest checks first."""
    rows = connection.execute(_sql("check_history"), {"company": company, "limit": limit})
    return tuple(CheckRun(row[0], row[1], row[2], row[3] or {}, row[4] or {}) for row in rows)


def find_check(connection: psycopg.Connection[Any], company: str, id: int | None = None) -> FullCheck | None:
    """The newest check, or that with this id."""
    row = connection.execute(
        "SELECT id, policy_version, checked_at, report FROM control.check_run WHERE company = %s "
        "AND (%s::bigint IS NULL OR id = %s) ORDER BY checked_at DESC, id DESC LIMIT 1",
        (company, id, id),
    ).fetchone()
    return FullCheck(*row) if row else None


def list_looks(
    connection: psycopg.Connection[Any],
    company: str,
    staff: str = "",
    request: UUID | None = None,
    page: int = 1,
    per_page: int = 50,
) -> tuple[RecordedLook, ...]:
    """Looks, newest first, one page of them."""
    values = {
        "company": company,
        "staff": staff,
        "request": request,
        "limit": per_page,
        "skip": (page - 1) * per_page,
    }
    rows = connection.execute(_sql("looks"), values)
    return tuple(RecordedLook(*row) for row in rows)


@dataclass(frozen=True)
class FailedStep:
    """A step of one store that failed: `cause` in words, `retry_at` when it is tried again by itself."""

    request: UUID
    reference: str
    kind: str
    state: str
    due_at: datetime
    store: str
    step: str
    attempts: int
    error: str
    cause: str
    retry_at: datetime | None
    at: datetime


@dataclass(frozen=True)
class RequestStatistics:
    """Counts since a day. `median_days` by kind, from receipt to the answer or refusal."""

    received: int
    closed: int
    open: Mapping[str, int]
    kinds: Mapping[str, int]
    median_days: Mapping[str, float]
    refused: Mapping[str, int]
    late: int


def list_failed_steps(connection: psycopg.Connection[Any], company: str, limit: int = 500) -> tuple[FailedStep, ...]:
    """The most urgent request first."""
    rows = connection.execute(_sql("failed_steps"), {"company": company, "limit": limit})
    return tuple(FailedStep(*row) for row in rows)


def get_statistics(
    connection: psycopg.Connection[Any], company: str, since: datetime, now: datetime
) -> RequestStatistics:
    """Of requests received since `since`; synthetic ones are left out."""
    values = {"company": company, "since": since, "now": now}
    row = connection.execute(_sql("request_statistics"), values).fetchone()
    assert row is not None  # an aggregate always has a row
    return RequestStatistics(**row[0])
