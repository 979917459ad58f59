"""One connection of the duty credential: transactions with timeouts, and every failure of the server said in our own words.

Promises: an effect runs in one repeatable-read transaction and is tried again when another session changed the same rows;
no statement, lock or idle transaction waits longer than it was given. Refuses to pass on a server's message: it may quote a
value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
from psycopg import IsolationLevel, errors

from avow.errors import Diagnostic, Place, StoreError

Row = tuple[Any, ...]
Result = TypeVar("Result")
_ATTEMPTS = 8
_SETTINGS = {
    "jit": "off",  # one statement a table, each other than the last: compiling took ten times as long as running
    "random_page_cost": "1",  # a batch wants few rows of large tables: reading a whole table for them costs by the table
    "work_mem": "64MB",
    "search_path": "pg_catalog",
    "idle_in_transaction_session_timeout": "60s",
}


class Session:
    """Not for use by several threads at once."""

    def __init__(self, connection: psycopg.Connection[Row], place: Place, timeout_ms: int, lock_ms: int) -> None:
        self.connection = connection
        self.place = place
        self._timeout = timeout_ms
        connection.prepare_threshold = 3
        settings = _SETTINGS | {"statement_timeout": f"{timeout_ms}ms", "lock_timeout": f"{lock_ms}ms"}
        for name, value in settings.items():
            connection.execute("SELECT set_config(%s, %s, false)", [name, value])

    @contextmanager
    def reading(self, what: str) -> Iterator[psycopg.Connection[Row]]:
        """One consistent read. Raises StoreError."""
        try:
            self._begin_with(IsolationLevel.REPEATABLE_READ, read_only=True)
            with self.connection.transaction():
                yield self.connection
        except psycopg.Error as error:
            raise self.explain(error, what) from None

    def writing(self, what: str, work: Callable[[psycopg.Connection[Row]], Result], latest: bool = False) -> Result:
        """`work` in one transaction, again from the beginning where another session changed the same rows. `latest`: each
        statement sees what was committed meanwhile (a mark must reach rows that it waited for). Raises StoreError;
        `store.busy` after several attempts. Nothing is done then."""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                level = IsolationLevel.READ_COMMITTED if latest else IsolationLevel.REPEATABLE_READ
                self._begin_with(level, read_only=False)
                with self.connection.transaction():
                    return work(self.connection)
            except (errors.SerializationFailure, errors.DeadlockDetected) as error:
                if attempt == _ATTEMPTS:
                    raise self.explain(error, what) from None
            except psycopg.Error as error:
                raise self.explain(error, what) from None
        raise AssertionError("the last attempt returns or raises")

    def _begin_with(self, level: IsolationLevel, read_only: bool) -> None:
        """How the next transaction begins."""
        if self.connection.isolation_level is not level:
            self.connection.isolation_level = level
        if self.connection.read_only is not read_only:
            self.connection.read_only = read_only

    def explain(self, error: psycopg.Error, what: str) -> StoreError:
        """What a server error means, without its message."""
        if isinstance(error, errors.InsufficientPrivilege):
            cause = f"the duty login may not {what}, or a row security policy hides some of the rows from it"
            return self.error(
                "store.no-right", cause, "run `avow grants` and give it what is printed there, then apply"
            )
        if isinstance(error, (errors.QueryCanceled, errors.LockNotAvailable)):
            cause = f"to {what} took longer than it was given ({self._timeout} ms)"
            return self.error("store.timeout", cause, "it is tried again by itself; raise the timeout if it stays so")
        if isinstance(error, (errors.SerializationFailure, errors.DeadlockDetected)):
            cause = f"to {what} met changes of other sessions in the same rows, {_ATTEMPTS} times in a row"
            return self.error("store.busy", cause, "it is tried again by itself when the store is quieter")
        if isinstance(error, psycopg.OperationalError) and self.connection.closed:
            cause = "the connection broke off, or none could be made"
            return self.error("store.unreachable", cause, "check that the server runs and accepts this machine")
        names = ".".join(n for n in (error.diag.schema_name, error.diag.table_name, error.diag.column_name) if n)
        rule = error.diag.constraint_name or ""
        where = f" at {names}" if names else ""
        where += f" by `{rule}`" if rule else ""
        cause = f"the server refused to {what}{where} (SQLSTATE {error.sqlstate or 'none'})"
        return self.error("store.refused", cause, "correct the data map or the store so that this is possible")

    def error(self, code: str, cause: str, help: str) -> StoreError:
        so = "nothing of this step was done in this store; the other stores go on"
        return StoreError(Diagnostic(self.place, code, cause, help, so))


def unreachable(place: Place, why: str) -> StoreError:
    """The store does not answer, or refuses the login."""
    help = "check host, port, database, login and password, and that the server accepts this machine"
    so = "nothing of this step was done in this store; the other stores go on"
    return StoreError(Diagnostic(place, "store.unreachable", why, help, so))
