"""A MariaDB database as a governed store: describe it and take bounded samples of it.

Promises: every statement runs in a read-only transaction under MariaDB's own statement timeout. Refuses to write, and to
put a value of a row or a password into an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pymysql
from pymysql.constants import ER

from avow.errors import Diagnostic, Place, StoreError
from avow.stores.mariadb.describe import Row, read_description
from avow.stores.port import StoreDescription

_NO_RIGHT = frozenset(
    {
        ER.TABLEACCESS_DENIED_ERROR,
        ER.COLUMNACCESS_DENIED_ERROR,
        ER.DBACCESS_DENIED_ERROR,
        ER.SPECIFIC_ACCESS_DENIED_ERROR,
    }
)
_TIMED_OUT = frozenset({ER.STATEMENT_TIMEOUT, ER.LOCK_WAIT_TIMEOUT})
_LOST = frozenset({0, 2003, 2006, 2013, 2055})  # the client library's own numbers for a connection that is not there
_SPREAD_FROM = 20  # times the rows asked for: below that a table is read from its beginning and thinned


def open_mariadb(dsn: str, statement_timeout_ms: int = 10_000, connect_timeout_s: int = 10) -> MariaStore:
    """`mariadb://user:password@host:port/database`, with `?unix_socket=/path` for a socket. Raises StoreError
    (`store.bad-dsn`, `store.unreachable`)."""
    parts = urlsplit(dsn)
    database = parts.path.lstrip("/")
    if parts.scheme not in ("mariadb", "mysql") or not database:
        raise StoreError(
            Diagnostic(
                Place("the store's connection string"),
                "store.bad-dsn",
                "this is not a connection string for MariaDB with a database in it",
                "use mariadb://user:password@host:port/database, with ?unix_socket=/path for a socket",
                "the store is not looked at",
            )
        )
    place = Place(f"mariadb {parts.hostname or 'local socket'}:{parts.port or 3306}/{database}")
    socket = parse_qs(parts.query).get("unix_socket", [None])[0]
    try:
        connection = pymysql.connect(
            host=parts.hostname or "localhost",
            port=parts.port or 3306,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            database=unquote(database),
            unix_socket=socket,
            connect_timeout=connect_timeout_s,
            charset="utf8mb4",
            autocommit=True,
        )
    except pymysql.err.MySQLError as error:
        raise _unreachable(place, error) from None
    return MariaStore(connection, place, statement_timeout_ms)


class MariaStore:
    """Implements the Store port. Not for use by several threads at once."""

    kind = "mariadb"

    def __init__(
        self, connection: pymysql.connections.Connection[Any], place: Place, statement_timeout_ms: int
    ) -> None:
        self._connection = connection
        self._place = place
        self._timeout = statement_timeout_ms

    def describe(self) -> StoreDescription:
        """Raises StoreError; `store.no-right` where the grant tables may not be read."""
        with self._reading("the catalogue and the grant tables (mysql.user, mysql.db)"):
            return read_description(self._ask)

    def sample(self, table: str, columns: Sequence[str], rows: int) -> list[tuple[Any, ...]]:
        """At most `rows` rows, spread over the table by its estimate of rows. Raises StoreError."""
        schema, _, name = table.partition(".")
        with self._reading(f"`{table}`"):
            estimate = self._ask(
                "SELECT TABLE_ROWS FROM information_schema.TABLES WHERE TABLE_SCHEMA = %s AND TABLE_NAME = %s",
                schema,
                name,
            )
            if not estimate:
                raise self._error(
                    "store.no-such-table",
                    f"there is no table `{table}`",
                    "correct the name, or run `avow map` to see what the store holds",
                )
            listed = ", ".join(map(_quoted, columns))
            where = f"{_quoted(schema)}.{_quoted(name)}"
            many = int(estimate[0][0] or 0)
            # no TABLESAMPLE here: a share of the rows by a seeded random number, read in the table's own order
            share = min(1.0, rows * 1.3 / many) if many > rows * _SPREAD_FROM else 1.0
            thin = f" WHERE RAND(1) < {share:.9f}" if share < 1.0 else ""
            return self._ask(f"SELECT {listed} FROM {where}{thin} LIMIT {int(rows)}")

    def close(self) -> None:
        self._connection.close()

    def _ask(self, text: str, *values: Any) -> list[Row]:
        with self._connection.cursor() as cursor:
            cursor.execute(text, values or None)
            return list(cursor.fetchall())

    @contextmanager
    def _reading(self, what: str) -> Iterator[None]:
        try:
            self._ask(f"SET SESSION max_statement_time = {self._timeout / 1000}")
            self._ask("SET SESSION lock_wait_timeout = 2, innodb_lock_wait_timeout = 2")
            self._ask("START TRANSACTION READ ONLY")
            try:
                yield
            finally:
                self._connection.rollback()
        except pymysql.err.MySQLError as error:
            raise self._translate(error, what) from None

    def _translate(self, error: pymysql.err.MySQLError, what: str) -> StoreError:
        """By number only: a server's message may quote a value."""
        number = error.args[0] if error.args else 0
        if number in _NO_RIGHT:
            cause = f"this login may not read {what}"
            return self._error("store.no-right", cause, "run `avow grants` and give it what is printed there")
        if number in _TIMED_OUT:
            cause = f"reading {what} took longer than it was given ({self._timeout} ms; 2 s for a lock)"
            return self._error(
                "store.timeout", cause, "try when the store is quieter, or raise check.statement_timeout_ms"
            )
        if number in _LOST:
            return _unreachable(self._place, error)
        cause = f"the server refused to read {what} (error {number})"
        return self._error("store.refused", cause, "look the number up in the server's documentation and log")

    def _error(self, code: str, cause: str, help: str) -> StoreError:
        so = "what stands there is not looked at, and nothing that depends on it is proven"
        return StoreError(Diagnostic(self._place, code, cause, help, so))


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _unreachable(place: Place, error: pymysql.err.MySQLError) -> StoreError:
    refused = bool(error.args) and error.args[0] in (ER.ACCESS_DENIED_ERROR, ER.BAD_DB_ERROR, ER.DBACCESS_DENIED_ERROR)
    why = "the login was refused" if refused else "no connection could be made, or it broke off"
    return StoreError(
        Diagnostic(
            place,
            "store.unreachable",
            why,
            "check host, port, database, login and password, and that the server accepts this machine",
            "nothing in this store is looked at; every promise that it carries stays unproven",
        )
    )
