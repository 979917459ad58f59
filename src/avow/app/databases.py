"""Opens databases: Avow's own, and the governed stores with the credential that a task needs.

One credential per task (architecture, "Avow's credentials"). Refuses to try another one when a credential is missing: it says
which setting to give.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.pq import TransactionStatus

from avow.app.project import Progress
from avow.embedded import RunningServer, ensure_server
from avow.errors import Diagnostic, Place, StoreError
from avow.prove.scene import Connection, Opener
from avow.settings import Settings, StoreSettings

CONTROL_DATABASE = "avow_control"
_running: dict[Path, RunningServer] = {}  # held until the process ends: the server stops with its last user


def start_own_server(settings: Settings, progress: Progress) -> RunningServer | None:
    """The server below `server_home`, when this project uses one; started once per process."""
    if not settings.uses_own_server:
        return None
    home = settings.server_home
    if home not in _running:
        progress(f"starting PostgreSQL below {home}")
        _running[home] = ensure_server(home)
    return _running[home]


@contextmanager
def control_dsn(settings: Settings, progress: Progress) -> Iterator[str]:
    """The connection string of Avow's own database; made on our own server when none is named."""
    server = start_own_server(settings, progress)
    if settings.control_dsn:
        yield settings.control_dsn
        return
    assert server is not None  # without a DSN the settings ask for our own server
    _ensure_database(server.dsn, CONTROL_DATABASE)
    yield server.dsn_for(CONTROL_DATABASE)


def _ensure_database(dsn: str, name: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        try:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        except psycopg.errors.DuplicateDatabase:
            return


def get_dsn(store: StoreSettings, credential: str) -> str:
    """Raises StoreError `store.no-credential` naming the setting to give."""
    dsn = store.find_dsn(credential)
    if dsn:
        return dsn
    key = f"AVOW_STORE_{store.name.upper()}_{credential.upper()}_DSN"
    raise StoreError(
        Diagnostic(
            Place(key),
            "store.no-credential",
            f"no connection string is given for store `{store.name}` and the credential `{credential}`",
            f"set {key} in the environment or in avow.env; `avow grants` prints what that login needs",
            "this store is not looked at, and nothing is changed in it",
        )
    )


@contextmanager
def connect_store(dsn: str, name: str) -> Iterator[Connection]:
    """One autocommitting connection to a store. Raises StoreError `store.unreachable` without the connection string."""
    try:
        connection: Connection = psycopg.connect(dsn, autocommit=True, connect_timeout=5)
    except psycopg.Error as error:
        raise StoreError(
            Diagnostic(
                Place(f"store `{name}`"),
                "store.unreachable",
                f"store `{name}` does not answer ({type(error).__name__})",
                "start it, or correct its connection string in the environment or in avow.env",
                "nothing was read or changed there",
            )
        ) from error
    with connection:
        yield connection


def opener(stack: ExitStack, dsn: str, statement_timeout_ms: int, lock_timeout_ms: int = 300) -> Opener:
    """Hands out connections with timeouts; the probes open the transactions, and roll them back themselves. One that was given
    back in order is handed out again as if it were new, for a server takes longer to warm a session up than to answer; `stack`
    closes them."""
    resting: list[Connection] = []

    def close() -> None:
        for connection in resting:
            connection.close()

    stack.callback(close)

    @contextmanager
    def open_() -> Iterator[Connection]:
        connection = _wake(resting) or psycopg.connect(
            dsn, autocommit=True, connect_timeout=5, application_name="avow probe", prepare_threshold=None
        )
        try:
            connection.execute(
                "SELECT set_config('statement_timeout', %s, false), set_config('lock_timeout', %s, false),"
                " set_config('jit', 'off', false)",  # many statements that run once: compiling them costs more
                (str(statement_timeout_ms), str(lock_timeout_ms)),
            )
            yield connection
        except BaseException:
            connection.close()
            raise
        if connection.info.transaction_status == TransactionStatus.IDLE:
            resting.append(connection)
        else:
            connection.close()

    return open_


def _wake(resting: list[Connection]) -> Connection | None:
    """A connection as it was when it was opened; None where none is left that works."""
    while resting:
        connection = resting.pop()
        try:
            connection.execute("RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL; DISCARD TEMP")
        except psycopg.Error:
            connection.close()
            continue
        return connection
    return None


def public_key_of(settings: Settings) -> Path:
    """The public half of the ledger's key stands beside it."""
    return settings.ledger_key.with_suffix(".pub")
