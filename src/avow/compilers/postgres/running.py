"""Carrying statements out: one connection, short lock waits, and every failure said in words.

Promises: a wait for a lock ends after `LOCK_WAIT_MS` and is tried again after growing pauses; a warning of the server
is a failure. Refuses to pass on a server's message where it could carry a value of a row.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import Connection, errors

from avow.errors import ApplyError, Diagnostic, Place, StoreError

LOCK_WAIT_MS = 300
PAUSES = (0.1, 0.2, 0.4, 0.8, *[1.6] * 20)  # seconds between attempts: about half a minute in all, on a busy store
FREED = (0.1, 0.2, 0.4, 0.8, 1.6)  # seconds; a server lets go of the lock of an apply that has ended a moment later
HARMLESS = ("55", "42", "0A", "2B", "3F")  # classes whose messages name objects, never values


@contextmanager
def applying(dsn: str) -> Iterator[Connection[Any]]:
    """A connection that nobody else applies beside. Raises StoreError, ApplyError `apply.already-running`."""
    try:
        conn = psycopg.connect(dsn, autocommit=True, application_name="avow apply")
    except psycopg.OperationalError as problem:
        raise StoreError(_unreachable()) from problem
    with conn:
        conn.execute(
            "SELECT set_config('lock_timeout', %s, false), set_config('search_path', 'pg_catalog', false)",
            [f"{LOCK_WAIT_MS}ms"],
        )
        if not any(_take(conn, pause) for pause in (0.0, *FREED)):
            raise ApplyError(_running(conn))
        yield conn


def _take(conn: Connection[Any], pause: float) -> bool:
    time.sleep(pause)
    row = conn.execute("SELECT pg_try_advisory_lock(hashtext('avow apply'))").fetchone()
    return bool(row and row[0])


def execute(conn: Connection[Any], statement: str, key: str) -> None:
    """One statement text (several statements are sent together). Raises ApplyError with what failed and where."""
    warned: list[str] = []

    def note(notice: psycopg.errors.Diagnostic) -> None:
        if notice.severity_nonlocalized == "WARNING":
            warned.append(notice.message_primary or "")

    conn.add_notice_handler(note)
    try:
        conn.execute(statement.encode())
    except (errors.LockNotAvailable, errors.DeadlockDetected):
        raise
    except psycopg.Error as problem:
        raise ApplyError(explain(problem, key)) from problem
    finally:
        conn.remove_notice_handler(note)
    if warned:
        raise ApplyError(_refused(key, warned[0]))


def patiently(conn: Connection[Any], work: Callable[[], None], key: str) -> float:
    """Do `work` in one transaction; tried again while a lock is not to be had. Gives the longest wait in ms."""
    longest = 0.0
    for pause in (*PAUSES, None):
        started = time.monotonic()
        try:
            with conn.transaction():
                work()
        except (errors.LockNotAvailable, errors.DeadlockDetected) as problem:
            longest = max(longest, (time.monotonic() - started) * 1000)
            if pause is None:
                raise ApplyError(explain(problem, key)) from problem
            time.sleep(pause)
        else:
            return max(longest, (time.monotonic() - started) * 1000)
    return longest


def again(work: Callable[[], object], key: str) -> None:
    """Do `work`, which commits as it goes and may be begun anew; tried again where the server called it off as a deadlock."""
    for pause in (*PAUSES, None):
        try:
            work()
        except errors.DeadlockDetected as problem:
            if pause is None:
                raise ApplyError(explain(problem, key)) from problem
            time.sleep(pause)
        else:
            return


def explain(problem: psycopg.Error, key: str) -> Diagnostic:
    """What a server error means for the one who applies."""
    place, state = Place(key), problem.sqlstate or ""
    said = (
        (problem.diag.message_primary or "no message")
        if state[:2] in HARMLESS
        else "the message is withheld: it may hold a value"
    )
    so = "nothing of this step was done; what the earlier steps made stays, and the next apply finishes it"
    if isinstance(problem, errors.LockNotAvailable):
        cause = f"another session held a lock on what `{key}` needs, at each of {len(PAUSES) + 1} attempts of {LOCK_WAIT_MS} ms"
        return Diagnostic(
            place, "apply.lock-timeout", cause, "end long transactions on the table, then apply again", so
        )
    if isinstance(problem, errors.InsufficientPrivilege):
        return _refused(key, said)
    if isinstance(problem, (errors.UndefinedTable, errors.UndefinedColumn, errors.UndefinedObject)):
        cause = f"what `{key}` needs is gone: {said}"
        return Diagnostic(
            place, "apply.object-missing", cause, "run `avow plan` again: the store changed since it was read", so
        )
    help = "run `avow plan` to see the statement; correct the data map or the store, then apply again"
    return Diagnostic(
        place, "apply.statement-failed", f"the server refused `{key}` (SQLSTATE {state}): {said}", help, so
    )


def _refused(key: str, said: str) -> Diagnostic:
    return Diagnostic(
        Place(key), "apply.privilege-missing",
        f"the apply credential may not do `{key}`: {said}",
        "run the statements that `avow grants` prints for the apply credential, as a database administrator",
        "nothing of this step was done; the promises that need it stay unproven",
    )  # fmt: skip


def _running(conn: Connection[Any]) -> Diagnostic:
    return Diagnostic(
        Place(f"database {conn.info.dbname}"), "apply.already-running",
        "another apply or remove works on this database",
        "wait until it has ended, then run `avow plan`: perhaps nothing is left to do",
        "this apply did nothing",
    )  # fmt: skip


def _unreachable() -> Diagnostic:
    return Diagnostic(
        Place("store"), "apply.store-unreachable",
        "the store does not accept the connection of the apply credential",
        "check that the server runs and that the DSN in the environment is right",
        "nothing was done",
    )  # fmt: skip
