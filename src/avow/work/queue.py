"""Creates the queue's schema `work` in the control database, and puts jobs into it within the caller's transaction.

Promises: `migrate_work` brings any earlier release's queue up to this one and may run again and at once in many processes; a
job that is deferred exists exactly when the caller commits. Refuses arguments that are no ids. Reads no clock: the database's
own `now()` decides what is due.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from avow.work.model import QUEUE, Ids, Timing, check_ids

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Waiting:
    """How many jobs are due, planned for later, being done, given up; and how many workers show a heartbeat."""

    due: int
    later: int
    doing: int
    failed: int
    workers: int


@cache
def statement(name: str) -> str:
    return files(__package__).joinpath(f"sql/{name}.sql").read_text(encoding="utf-8")


def migrate_work(connection: Connection) -> None:
    """Creates or upgrades schema `work`, in one transaction, one process at a time."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(4158520, 2)")
        connection.execute("SET LOCAL client_min_messages = warning")
        connection.execute("CREATE SCHEMA IF NOT EXISTS work")
        connection.execute("CREATE TABLE IF NOT EXISTS work.avow_migration (name text PRIMARY KEY)")
        connection.execute("SET LOCAL search_path = work, pg_temp")
        done = {name for (name,) in connection.execute("SELECT name FROM avow_migration")}
        steps = _migrations()
        if not done:
            connection.execute((_sql() / "schema.sql").read_bytes())
        todo = [step for step in steps if step.name not in done]
        for step in todo if done else ():
            connection.execute(step.read_text(encoding="utf-8"))
        for step in todo:
            connection.execute("INSERT INTO avow_migration (name) VALUES (%s)", (step.name,))
        if todo:
            connection.execute(statement("pin_functions"))


def _sql() -> Path:
    """Where procrastinate keeps its SQL; found without loading it, which takes a third of a second."""
    spec = find_spec("procrastinate")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "sql"


def _migrations() -> list[Path]:
    """procrastinate's own steps, in order; a fresh schema has all of them in it."""
    folder = _sql() / "migrations"
    return sorted(step for step in folder.iterdir() if re.fullmatch(r"\d\d\.\d\d\.\d\d_.*\.sql", step.name))


def defer(
    connection: Connection, name: str, ids: Ids, *, key: str = "", lock: str = "", at: datetime | None = None
) -> bool:
    """Puts a job in, as part of the caller's transaction. With `key`, at most one job of that key waits: False if one does
    already, and the caller's transaction goes on. `lock`: jobs of one lock run one after the other. `at`: not before.

    Raises WorkError `work.not-an-id`."""
    given = {
        "queue": QUEUE,
        "name": name,
        "ids": Jsonb(check_ids(ids)),
        "key": key or None,
        "lock": lock or None,
        "at": at,
    }
    try:
        with (
            connection.transaction()
        ):  # a savepoint in the caller's: a key that stands there must not undo the caller's work
            connection.execute(statement("defer"), given)
    except psycopg.errors.UniqueViolation:
        return False
    return True


def get_waiting(connection: Connection, timing: Timing = Timing()) -> Waiting:  # noqa: B008 - frozen
    """What the queue holds now."""
    with connection.cursor(row_factory=class_row(Waiting)) as cursor:
        found = cursor.execute(statement("waiting"), {"stalled": timing.stalled}).fetchone()
    assert found is not None
    return found
