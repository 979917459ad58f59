"""A PostgreSQL database as a governed store: describe it and take bounded samples of it.

Promises: every statement runs in a read-only transaction under a statement timeout and a lock timeout; rows that a
row security policy would hide raise an error instead of silently missing from a sample. Refuses to write, and to put
a value of a row or a password into an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import errors, sql
from psycopg.conninfo import conninfo_to_dict

from avow.errors import Diagnostic, Place, StoreError
from avow.stores.port import StoreDescription
from avow.stores.postgres.describe import Row, read_description, statement

_SMALL_BYTES = 16 * 1024 * 1024  # a table up to this size is read whole and thinned; larger ones by blocks
_SPARE = 4  # blocks are picked for this many times the rows asked for, since blocks are unevenly filled


def open_postgres(dsn: str, statement_timeout_ms: int = 10_000, connect_timeout_s: int = 10) -> PostgresStore:
    """A store on one connection of its own. Raises StoreError (`store.unreachable`, `store.bad-dsn`)."""
    try:
        place = Place(_place_of(dsn))
        connection: psycopg.Connection[Row] = psycopg.connect(
            dsn, autocommit=True, connect_timeout=connect_timeout_s, application_name="avow survey"
        )
    except psycopg.ProgrammingError as error:
        raise StoreError(
            Diagnostic(
                Place("the store's connection string"),
                "store.bad-dsn",
                "this is not a connection string that PostgreSQL's own library reads",
                "use postgresql://user:password@host:port/database",
                "the store is not looked at",
            )
        ) from error
    except psycopg.OperationalError as error:
        raise _unreachable(place, error) from None
    return PostgresStore(connection, place, statement_timeout_ms)


def find_hidden(connection: psycopg.Connection[Any], tables: Sequence[str]) -> list[str]:
    """Those of `tables` ("schema.table") of which row security may hide rows from the connection's login: a count there
    would be too small. Raises psycopg errors as they are."""
    found = connection.execute(statement("hidden"), {"tables": list(tables)}).fetchall()
    return [str(name) for (name,) in found]


class PostgresStore:
    """Implements the Store port. Not for use by several threads at once."""

    kind = "postgresql"

    def __init__(self, connection: psycopg.Connection[Row], place: Place, statement_timeout_ms: int) -> None:
        self._connection = connection
        self._place = place
        self._timeout = statement_timeout_ms

    def describe(self) -> StoreDescription:
        """One consistent snapshot of the catalogue. Raises StoreError."""
        with self._reading():
            return read_description(self._connection)

    def sample(self, table: str, columns: Sequence[str], rows: int) -> list[tuple[Any, ...]]:
        """At most `rows` rows of `columns`, spread over the whole table and the same ones while it does not change.
        Raises StoreError (`store.no-right`, `store.no-such-table`, `store.timeout`)."""
        schema, _, name = table.partition(".")
        with self._reading(table):
            found = self._connection.execute(statement("relation"), {"schema": schema, "table": name}).fetchall()
            if not found:
                raise self._error(
                    "store.no-such-table",
                    f"there is no table `{table}`",
                    "correct the name, or run `avow map` to see what the store holds",
                )
            query = sql.SQL("SELECT {columns} FROM {table}{how} LIMIT {rows}").format(
                columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
                table=sql.Identifier(schema, name),
                how=_spread(found[0], rows),
                rows=sql.Literal(rows),
            )
            if not find_hidden(self._connection, [table]):
                self._connection.execute("SET LOCAL row_security = on")  # every row is shown: no error is called for
            return self._connection.execute(query).fetchall()

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def _reading(self, what: str = "") -> Iterator[None]:
        try:
            with self._connection.transaction():
                self._connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                self._connection.execute(sql.SQL("SET LOCAL statement_timeout = {}").format(sql.Literal(self._timeout)))
                self._connection.execute("SET LOCAL lock_timeout = '2s'")
                self._connection.execute("SET LOCAL search_path = pg_catalog")
                self._connection.execute("SET LOCAL row_security = off")
                yield
        except psycopg.Error as error:
            raise self._translate(error, what) from None

    def _translate(self, error: psycopg.Error, what: str) -> StoreError:
        """Says what happened in our own words: a server's message may quote a value."""
        thing = f"`{what}`" if what else "the catalogue"
        if isinstance(error, errors.InsufficientPrivilege):
            cause = f"this login may not read {thing}, or a row security policy would hide some of its rows"
            return self._error("store.no-right", cause, "run `avow grants` and give it what is printed there")
        if isinstance(error, (errors.QueryCanceled, errors.LockNotAvailable)):
            cause = f"reading {thing} took longer than it was given ({self._timeout} ms; 2 s for a lock)"
            return self._error(
                "store.timeout", cause, "try when the store is quieter, or raise check.statement_timeout_ms"
            )
        if isinstance(error, psycopg.OperationalError) and self._connection.closed:
            return _unreachable(self._place, error)
        cause = f"the server refused to read {thing} (SQLSTATE {error.sqlstate or 'none'})"
        return self._error("store.refused", cause, "look the SQLSTATE up in the server's documentation and log")

    def _error(self, code: str, cause: str, help: str) -> StoreError:
        so = "what stands there is not looked at, and nothing that depends on it is proven"
        return StoreError(Diagnostic(self._place, code, cause, help, so))


def _spread(relation: Row, rows: int) -> sql.Composable:
    """How to pick rows from all over: small tables whole, large ones by blocks, views and foreign tables as they come."""
    kind, estimate, size, whole_row = relation
    if kind not in "rpm":
        return sql.SQL("")
    # A row's own place may be read only by whoever may read every column; others thin while sampling.
    order = sql.SQL(" ORDER BY hashtid(ctid)") if whole_row else sql.SQL("")
    # never analysed: reckon with rows of a kilobyte, so that a sample is rather too large (the limit cuts it) than empty
    many = max(1.0, estimate if estimate > 0 else size / 1024)
    method, spare = ("BERNOULLI", 1.2) if size <= _SMALL_BYTES else ("SYSTEM", _SPARE)
    percent = min(100.0, 100.0 * (rows * spare + 30) / many)
    if percent == 100.0 or (whole_row and method == "BERNOULLI"):
        return order
    return sql.SQL(" TABLESAMPLE {} ({}) REPEATABLE (0)").format(sql.SQL(method), sql.Literal(percent)) + order


def _place_of(dsn: str) -> str:
    """Host, port and database, never the password or the login."""
    parts = conninfo_to_dict(dsn)
    host, port = parts.get("host") or "local socket", parts.get("port") or 5432
    return f"postgresql {host}:{port}/{parts.get('dbname') or ''}"


def _unreachable(place: Place, error: psycopg.Error) -> StoreError:
    why = "the login was refused" if _is_login_problem(error) else "no connection could be made, or it broke off"
    return StoreError(
        Diagnostic(
            place,
            "store.unreachable",
            why,
            "check host, port, database, login and password, and that the server accepts this machine",
            "nothing in this store is looked at; every promise that it carries stays unproven",
        )
    )


def _is_login_problem(error: psycopg.Error) -> bool:
    """psycopg gives no SQLSTATE for a failed connect; libpq's text is looked at, never passed on."""
    text = str(error)
    return any(words in text for words in ("authentication failed", "pg_hba.conf", "does not exist"))
