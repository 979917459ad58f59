"""A MariaDB database for duties, behind the DutyStore port: one connection of the duty credential.

Promises: what the port promises but for marks, which are refused by name: MariaDB has no row policies, so nothing would act
on them. Steps are remembered in the table `avow_step` of the same database. Refuses to quote a value in an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

import pymysql
import pymysql.cursors
from pymysql.constants import ER

from avow.errors import Diagnostic, Place, StoreError
from avow.stores.duty import (
    Answered,
    Change,
    Done,
    Finding,
    Hold,
    Identifier,
    Person,
    Planned,
    Residual,
    Row,
    StoreSpec,
    SubjectKey,
    Suppression,
    Swap,
)
from avow.stores.mariadb.duty import changing, erasing, looking, ready
from avow.stores.mariadb.duty.catalogue import World, read_world, statement

Result = TypeVar("Result")
_NO_RIGHT = (ER.TABLEACCESS_DENIED_ERROR, ER.COLUMNACCESS_DENIED_ERROR, ER.DBACCESS_DENIED_ERROR)
_RIVALS = (ER.LOCK_DEADLOCK, 1020)  # the second: a row changed since this transaction's snapshot
_ATTEMPTS = 8
_SO = "nothing of this step was done in this store; the other stores go on"


def open_mariadb_duty(
    dsn: str,
    spec: StoreSpec,
    statement_timeout_ms: int = 600_000,
    lock_timeout_ms: int = 5_000,
    connect_timeout_s: int = 10,
) -> MariaDuty:
    """`mariadb://user:password@host:port/database`, with `?unix_socket=/path` for a socket. Raises StoreError
    (`store.bad-dsn`, `store.unreachable`, `store.no-right`)."""
    parts = urlsplit(dsn)
    database = unquote(parts.path.lstrip("/"))
    if parts.scheme not in ("mariadb", "mysql") or not database:
        cause = "this is not a connection string for MariaDB with a database in it"
        help = "use mariadb://user:password@host:port/database, with ?unix_socket=/path for a socket"
        raise StoreError(Diagnostic(Place(spec.name), "store.bad-dsn", cause, help, "nothing is done in this store"))
    place = Place(f"mariadb {parts.hostname or 'local socket'}:{parts.port or 3306}/{database}")
    try:
        connection = pymysql.connect(
            host=parts.hostname or "localhost",
            port=parts.port or 3306,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            database=database,
            unix_socket=parse_qs(parts.query).get("unix_socket", [None])[0],
            connect_timeout=connect_timeout_s,
            charset="utf8mb4",
            autocommit=True,
        )
    except pymysql.err.MySQLError:
        cause = "no connection could be made, or the login was refused"
        help = "check host, port, database, login and password, and that the server accepts this machine"
        raise StoreError(Diagnostic(place, "store.unreachable", cause, help, _SO)) from None
    try:
        return MariaDuty(connection, place, database, spec, statement_timeout_ms, lock_timeout_ms)
    except BaseException:
        connection.close()
        raise


class MariaDuty:
    """Implements DutyStore. Not for use by several threads at once."""

    kind = "mariadb"

    def __init__(
        self,
        connection: Any,
        place: Place,
        database: str,
        spec: StoreSpec,
        statement_timeout_ms: int,
        lock_timeout_ms: int,
    ) -> None:
        self._connection, self._place, self._database, self._spec = connection, place, database, spec
        with self._explained("prepare its connection"):
            self._ask(f"SET SESSION max_statement_time = {statement_timeout_ms / 1000}, time_zone = '+00:00'")
            wait = max(1, lock_timeout_ms // 1000)
            self._ask(f"SET SESSION innodb_lock_wait_timeout = {wait}, lock_wait_timeout = {wait}")
            self._ask(
                "SET SESSION idle_transaction_timeout = 60, sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE'"
            )
            self._ask(statement("steps"))
        self._world = self._look()

    @property
    def system(self) -> str:
        with self._explained("read the server's identity"):
            host, port, uid = self._ask("SELECT @@hostname, @@port, @@datadir")[0]
        return f"{host}:{port}:{uid}/{self._database}"

    def check_ready(self) -> tuple[Diagnostic, ...]:
        self._world = self._look()
        return ready.check(self._world, self._place)

    def find(self, identifiers: Sequence[Identifier]) -> Finding:
        with self._reading("look people up"):
            return looking.find(self._stream, self._world, identifiers)

    def read(self, person: Person) -> Iterator[Row]:
        with self._reading("read rows about a person"):
            yield from looking.read(self._ask, self._stream, self._world, person)

    def plan_erasure(self, person: Person, holds: Sequence[Hold] = ()) -> tuple[Planned, ...]:
        with self._reading("plan an erasure"):
            return erasing.plan(self._ask, self._stream, self._world, person, holds)

    def erase(
        self, run: str, people: Mapping[str, Person], holds: Mapping[str, Sequence[Hold]] | None = None
    ) -> Mapping[str, Done]:
        def work() -> dict[str, Done]:
            fresh = self._record_steps(run, sorted(people))
            done = {item: Done(again=True) for item in people if item not in fresh}
            batch = {item: person for item, person in people.items() if item in fresh}
            if not batch:
                return done
            return done | erasing.erase(self._ask, self._stream, self._world, batch, holds or {})

        return self._writing("erase people", work)

    def change(
        self, run: str, item: str, person: Person, changes: Sequence[Change], swaps: Sequence[Swap] = ()
    ) -> Done:
        def work() -> Done:
            if not self._record_steps(run, [item]):
                return Done(again=True)
            return changing.change(self._ask, self._stream, self._world, person, changes, swaps)

        try:
            return self._writing("correct values", work)
        except changing.NotThisPerson as problem:
            cause = (
                f"the row of `{problem.table}` is not about this person, or `{problem.column}` holds nothing personal"
            )
            raise self._error(
                "store.not-this-person", cause, "look at the case again: only values of the person are corrected"
            ) from None

    def set_marks(self, run: str, marks: Mapping[str, tuple[Person, Mapping[str, bool]]]) -> Mapping[str, Done]:
        raise self._no_marks()

    def suppress(self, run: str, key: bytes, entries: Mapping[str, Suppression]) -> Mapping[str, Done]:
        raise self._no_marks()

    def read_answers(self, limit: int) -> tuple[Answered, ...]:
        return ()

    def settle_answers(self, key: bytes, numbers: Sequence[int]) -> None:
        raise self._no_marks()

    def unlist(self, keys: Sequence[SubjectKey], mark: str) -> None:
        raise self._no_marks()

    def search(self, needles: Mapping[str, Sequence[str]]) -> tuple[Residual, ...]:
        world = self._look()
        with self._reading("search every table"):
            return looking.search(self._stream, world, needles)

    def close(self) -> None:
        if self._connection.open:
            self._connection.close()

    def _no_marks(self) -> StoreError:
        cause = "MariaDB has no row policies, so nothing in this store would act on a mark"
        return self._error("store.no-marks", cause, "keep these people out by what the programs themselves ask")

    def _look(self) -> World:
        with self._reading("read the catalogue"):
            return read_world(self._spec, self._database, self._ask)

    def _record_steps(self, run: str, items: Sequence[str]) -> set[str]:
        """Marks the items in this transaction; gives those that were not done before. A rival waits for the first."""
        fresh = set()
        for item in items:
            with self._connection.cursor() as cursor:
                if cursor.execute("INSERT IGNORE INTO avow_step (run, item) VALUES (%s, %s)", (run, item)):
                    fresh.add(item)
        return fresh

    def _ask(self, text: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._connection.cursor() as cursor:
            cursor.execute(text, values or None)
            return list(cursor.fetchall())

    def _stream(self, text: str, *values: Any) -> Iterator[tuple[Any, ...]]:
        """Rows as the server sends them; read to the end or closed before the next statement."""
        cursor = self._connection.cursor(pymysql.cursors.SSCursor)
        try:
            cursor.execute(text, values or None)
            yield from cursor.fetchall_unbuffered()
        finally:
            cursor.close()

    @contextmanager
    def _reading(self, what: str) -> Iterator[None]:
        with self._explained(what):
            self._ask("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
            try:
                yield
            finally:
                self._connection.rollback()

    def _writing(self, what: str, work: Callable[[], Result]) -> Result:
        """`work` in one transaction, again from the beginning where another session changed the same rows."""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                self._ask("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
                self._ask("START TRANSACTION")
                done = work()
                self._connection.commit()
                return done
            except pymysql.err.MySQLError as error:
                self._roll_back()
                if error.args[0] not in _RIVALS or attempt == _ATTEMPTS:
                    raise self._explain(error, what) from None
            except BaseException:
                self._roll_back()
                raise
        raise AssertionError("the last attempt returns or raises")

    def _roll_back(self) -> None:
        if self._connection.open:
            self._connection.rollback()

    @contextmanager
    def _explained(self, what: str) -> Iterator[None]:
        try:
            yield
        except pymysql.err.MySQLError as error:
            raise self._explain(error, what) from None

    def _explain(self, error: pymysql.err.MySQLError, what: str) -> StoreError:
        """By number only: a server's message may quote a value."""
        number = error.args[0] if error.args else 0
        if number in _NO_RIGHT:
            return self._error("store.no-right", f"the duty login may not {what}", "grant it SELECT, UPDATE, DELETE")
        if number in (ER.STATEMENT_TIMEOUT, ER.LOCK_WAIT_TIMEOUT):
            return self._error(
                "store.timeout", f"to {what} took longer than it was given", "it is tried again by itself"
            )
        if number in _RIVALS:
            cause = f"to {what} met changes of other sessions in the same rows, {_ATTEMPTS} times in a row"
            return self._error("store.busy", cause, "it is tried again by itself when the store is quieter")
        if number in (0, 2003, 2006, 2013, 2055):
            cause = "the connection broke off, or none could be made"
            return self._error("store.unreachable", cause, "check that the server runs and accepts this machine")
        cause = f"the server refused to {what} (error {number})"
        return self._error("store.refused", cause, "correct the data map or the store so that this is possible")

    def _error(self, code: str, cause: str, help: str) -> StoreError:
        return StoreError(Diagnostic(self._place, code, cause, help, _SO))
