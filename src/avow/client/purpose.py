"""`with avow.purpose(...) as conn`: takes a pair for one psycopg connection, records its use, gives it back.

Promises that inside the block the session has the pair's role and views, that every statement is recorded in the ledger, and that
afterwards, also after an error, the session is as before; if it cannot be, the connection is closed instead of handed on.
Refuses to start inside a transaction (one transaction, one purpose), without a ledger, or for a pair the login may not take.
What the login may take is enforced by the database; which purpose and actor it names is the application's claim.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol
from weakref import WeakKeyDictionary

import psycopg
from psycopg.pq import TransactionStatus

from avow.client.cursors import LoggedCursor, LoggedServerCursor, Use, uses
from avow.client.pairs import (
    Connection,
    PairRole,
    find_pairs,
    get_only_pair,
    get_pair,
    load_views,
    not_allowed,
    read_sql,
    recipient_needed,
)
from avow.errors import ClientError, Diagnostic, Place
from avow.ledger import Ledger


class Pool(Protocol):
    """Anything that lends connections, such as `psycopg_pool.ConnectionPool`."""

    def connection(self) -> AbstractContextManager[Connection]: ...


Connections = psycopg.Connection[Any] | Pool | Mapping[str, Pool]
"""One connection, one pool, or a pool per pair ("purpose/recipient" -> pool: sessions then never change roles)."""


@dataclass
class _Defaults:
    connections: Connections | None = None
    ledger: Ledger | None = None


_defaults = _Defaults()
_permanent: WeakKeyDictionary[psycopg.Connection[Any], str] = WeakKeyDictionary()


@dataclass(frozen=True)
class _Before:
    """What the session had before the pair was taken."""

    role: str
    path: str
    handling: str


def configure(connections: Connections | None = None, ledger: Ledger | None = None) -> None:
    """What `purpose` uses when it is not told otherwise, in this process."""
    _defaults.connections, _defaults.ledger = connections, ledger


@contextmanager
def purpose(
    purpose: str,
    *,
    recipient: str = "",
    actor: str,
    subject: str = "",
    source: str = "",
    connection: Connections | None = None,
    ledger: Ledger | None = None,
    strict: bool = False,
) -> Iterator[Connection]:
    """A connection that acts for (`purpose`, `recipient`); without `recipient`, for the only pair of the purpose that the login may
    take (`client.recipient-needed` where there are several). `actor` is who acts, as the application knows it ("staff:42");
    `subject` the one person concerned ("contact:7"), if it is one; both reach the ledger as keyed digests only. `source` is
    where rows inserted here come from (a source term of `avow.handling`). With `strict` each entry is durable before rows
    are handed out. Commits at the end, rolls back after an error. Raises ClientError, LedgerError and psycopg's own."""
    book = ledger or _defaults.ledger
    lender = connection if connection is not None else _defaults.connections
    if book is None or lender is None:
        raise ClientError(_not_configured())
    who = book.digester.digest("actor", actor)
    of = book.subject_digest(subject) if subject else None
    with (
        _lend(lender, purpose, recipient) as conn,
        _taken(conn, purpose, recipient, source) as role,
        _logged(conn, Use(role, book, who, of, strict)),
    ):
        yield conn


@contextmanager
def _lend(lender: Connections, purpose: str, recipient: str) -> Iterator[Connection]:
    if isinstance(lender, psycopg.Connection):
        yield lender
        return
    pool = _pool_of(lender, purpose, recipient) if isinstance(lender, Mapping) else lender
    with pool.connection() as conn:
        yield conn


def _pool_of(pools: Mapping[str, Pool], purpose: str, recipient: str) -> Pool:
    """The pool of the pair; without a recipient, that of the only pair of the purpose. Raises ClientError."""
    fitting = [f"{purpose}/{recipient}"] if recipient else [pair for pair in pools if pair.startswith(f"{purpose}/")]
    if len(fitting) > 1:
        raise recipient_needed(purpose, fitting)
    if not fitting or fitting[0] not in pools:
        raise ClientError(_no_pool(fitting[0] if fitting else purpose))
    return pools[fitting[0]]


@contextmanager
def _logged(conn: Connection, use: Use) -> Iterator[None]:
    """Every cursor of the connection records, until the block ends."""
    factories = conn.cursor_factory, conn.server_cursor_factory
    conn.cursor_factory, conn.server_cursor_factory = LoggedCursor, LoggedServerCursor
    uses[conn] = use
    try:
        yield
    finally:
        use.ended = True
        del uses[conn]
        conn.cursor_factory, conn.server_cursor_factory = factories


@contextmanager
def _taken(conn: Connection, purpose: str, recipient: str, source: str) -> Iterator[PairRole]:
    status = conn.info.transaction_status
    if status is not TransactionStatus.IDLE or conn in uses:
        raise ClientError(_inside_transaction())
    with _autocommit(conn):
        role = get_pair(conn, f"{purpose}/{recipient}") if recipient else get_only_pair(conn, purpose)
        before = None if _has(conn, role, source) else _take(conn, role, source)
        if not role.views:
            load_views(conn, role)
    try:
        yield role
    except BaseException:
        _give_back(conn, role, before, failed=True)
        raise
    _give_back(conn, role, before, failed=False)


@contextmanager
def _autocommit(conn: Connection) -> Iterator[None]:
    """Settings made in a transaction vanish with its rollback: they are made outside of any."""
    wanted = conn.autocommit
    conn.autocommit = True
    try:
        yield
    finally:
        if not conn.closed:
            conn.autocommit = wanted


def _has(conn: Connection, role: PairRole, source: str) -> bool:
    """A connection that `take_for_good` gave to this pair; it serves no other and no other source."""
    return not source and _permanent.get(conn) == role.role


def _take(conn: Connection, role: PairRole, source: str) -> _Before:
    schemas = [role.schema, *_view_schemas(conn)]
    parameters = {"role": role.role, "schema": role.schema, "schemas": schemas, "source": source}
    try:
        row = conn.execute(read_sql("take"), parameters).fetchone()
    except psycopg.errors.InsufficientPrivilege as error:
        raise not_allowed(conn, role.text) from error
    assert row is not None
    before = _Before(row[0], row[1], row[2])
    if source and not row[3]:
        conn.execute(read_sql("give_back"), vars(before))
        raise ClientError(_unknown_source(source))
    return before


def _view_schemas(conn: Connection) -> list[str]:
    return [pair.schema for pair in find_pairs(conn).values()]


def _give_back(conn: Connection, role: PairRole, before: _Before | None, failed: bool) -> None:
    """Ends the transaction and restores the session, or closes the connection. Raises ClientError when the block itself
    changed the role."""
    until_now = None
    try:
        if not conn.closed and conn.info.transaction_status is not TransactionStatus.IDLE:
            conn.rollback() if failed else conn.commit()
        if not conn.closed and before is not None:
            with _autocommit(conn):
                row = psycopg.Cursor(conn).execute(read_sql("give_back"), vars(before)).fetchone()
            until_now = row[0] if row else None
    except BaseException:
        conn.close()  # never hand on a session that may still hold this pair
        if not failed:
            raise
        return
    if until_now not in (None, role.role) and not failed:
        raise ClientError(_role_changed())


def take_for_good(conn: Connection, purpose: str, recipient: str) -> None:
    """For the `configure` hook of a pool per pair: the session keeps this pair until it ends, so that a purpose costs no
    round trip and prepared statements keep their plans. Raises ClientError."""
    with _autocommit(conn):
        role = get_pair(conn, f"{purpose}/{recipient}")
        _take(conn, role, "")
        if not role.views:
            load_views(conn, role)
    _permanent[conn] = role.role


def _diagnose(code: str, cause: str, help: str, so: str) -> Diagnostic:
    return Diagnostic(Place("client"), code, cause, help, so)


def _not_configured() -> Diagnostic:
    return _diagnose(
        "client.not-configured",
        "a purpose was taken without a connection or without a ledger",
        "call `avow.client.configure(connections, ledger)` at start, or pass `connection=` and `ledger=`",
        "nothing was read: the use would not have been recorded",
    )


def _no_pool(pair: str) -> Diagnostic:
    return _diagnose(
        "client.no-pool",
        f"there is no pool for the pair `{pair}`",
        "add one to the pools that were handed to the client",
        "nothing was read",
    )


def _inside_transaction() -> Diagnostic:
    return _diagnose(
        "client.inside-transaction",
        "the connection is inside a transaction or inside another purpose",
        "commit or roll back first; use a second connection for a second purpose",
        "nothing was read: one transaction serves one purpose",
    )


def _unknown_source(source: str) -> Diagnostic:
    return _diagnose(
        "client.unknown-source",
        f"the source `{source}` is none that this database knows",
        "use a source of the data map, and apply it",
        "nothing was written: rows without a known source break the promise about sources",
    )


def _role_changed() -> Diagnostic:
    return _diagnose(
        "client.role-changed",
        "the session's role was changed inside the block",
        "remove SET ROLE and RESET ROLE from the code inside; take another purpose instead",
        "the statements after the change were recorded for a purpose that the session did not have",
    )
