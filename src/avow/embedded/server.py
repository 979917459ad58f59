"""Start the server if nobody has, share it if somebody has, and hold it while this process lives.

Promises: after `ensure_server` the server answers, serves the data directory asked for, and stays up until the
last holder is gone; kill -9 of any process leaves nothing running. Refuses to stop a server that others use.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

import psycopg
from psycopg import conninfo

from avow.embedded import supervisor
from avow.embedded.account import get_account
from avow.embedded.home import (
    PORT,
    SUPERUSER,
    Home,
    create_data,
    find_moved,
    get_binaries,
    last_lines,
    make_folder,
    prepare_home,
    record_binaries,
    refuse,
    wrong_password,
)
from avow.errors import Diagnostic, Place, ServerError

WAIT_SECONDS = 60.0  # for another process that starts or stops the server, and for crash recovery
STOP_SECONDS = supervisor.FAST_SECONDS + 5.0
PAUSE_SECONDS = 0.01
ATTEMPTS = 5
LOG_BYTES = 1_000_000


@dataclass
class RunningServer:
    """A server that stays up while this object is open; it is open until `close()` or the end of the process.

    `dsn` is the superuser's connection string (with password), `version` the major version; `data_directory` and
    `home` are None for a server that is not ours. A child process keeps the server up too if it was forked, or was
    started with `pass_fds=server.pass_fds`.
    """

    dsn: str = field(repr=False)
    version: int
    data_directory: Path | None = None
    home: Path | None = None
    _lock: int = field(default=-1, repr=False)

    @property
    def pass_fds(self) -> tuple[int, ...]:
        return (self._lock,) if self._lock >= 0 else ()

    def dsn_for(self, database: str, user: str | None = None, password: str | None = None) -> str:
        """The connection string of another database; of another login if `user` is named."""
        parts = {"dbname": database, "user": user, "password": password}
        return conninfo.make_conninfo(self.dsn, **{k: v for k, v in parts.items() if v is not None})

    def close(self, wait: float = 0.0) -> bool:
        """Let go. True when the server is stopped within `wait` seconds: False while others use it."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1
        return self.home is not None and _is_free_within(self.home / "supervisor.lock", wait)

    def __enter__(self) -> RunningServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def ensure_server(
    home: Path,
    prefer: int | None = None,
    *,
    database_url: str = "",
    settings: Mapping[str, str] | None = None,
) -> RunningServer:
    """The server of `home`, made and started if need be; the one at `database_url` if that is given.

    `prefer` (a major version) and `settings` (lines of postgresql.conf, values as written there) count only when
    the data directory is made. Raises ServerError; takes about 0.7 s the first time, 0.2 s later, 10 ms when running.
    """
    if database_url:
        return _connect_to(database_url)
    if not sys.platform.startswith("linux"):
        raise refuse(
            "server.not-linux",
            home,
            "avow's own server needs Linux: only there does the kernel stop it when avow is killed",
            "run a PostgreSQL yourself and set AVOW_CONTROL_DSN",
        )
    folder = make_folder(home)
    with _exclusive(folder / "start.lock"):
        made = prepare_home(folder, get_account())
        users = _share(made.path / "users.lock")
        try:
            return _ensure_running(made, users, prefer, settings or {})
        except BaseException:
            os.close(users)
            raise


def remove_server(home: Path, wait: float = STOP_SECONDS) -> bool:
    """Delete the server of `home` and its data for good, also where it was moved to. True when it is gone.

    Waits up to `wait` seconds for it to stop; gives False, and deletes nothing, while anybody uses it. Raises ServerError
    for a folder that is not a server's.
    """
    if not home.expanduser().exists():
        return True
    folder = make_folder(home)
    with _exclusive(folder / "start.lock"):
        path = find_moved(folder) or folder
        if not _is_free_within(path / "supervisor.lock", wait):
            return False
        shutil.rmtree(path)
        shutil.rmtree(folder, ignore_errors=True)
    return True


def _ensure_running(home: Home, users: int, prefer: int | None, settings: Mapping[str, str]) -> RunningServer:
    deadline = time.monotonic() + WAIT_SECONDS
    for attempt in range(ATTEMPTS):
        time.sleep(attempt * 0.2)  # what a killed server left may keep the first attempt out
        if _is_free(home.path / "supervisor.lock"):
            _await_end_of_old(home, deadline)
            _launch(home, prefer, settings)
        if server := _await_ready(home, users, deadline):
            return server
    raise _did_not_start(home)


def _launch(home: Home, prefer: int | None, settings: Mapping[str, str]) -> None:
    """Start a supervisor, which starts the server. Returns once it holds its lock."""
    binaries = get_binaries(home, prefer)
    if home.data.exists():
        record_binaries(home, binaries)
    else:
        create_data(home, binaries, settings)
    if home.log.exists() and home.log.stat().st_size > LOG_BYTES:
        home.log.unlink()
    user = (home.account.uid, home.account.gid) if home.account.switches else (-1, -1)
    command = [str(binaries.directory / "postgres"), "-D", str(home.data), "-k", str(home.socket), "-p", str(PORT)]
    with home.log.open("ab") as log:
        subprocess.run(
            [sys.executable, "-I", supervisor.__file__, str(home.path), *map(str, user), *command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            check=False,
            start_new_session=True,
            timeout=WAIT_SECONDS,
        )


def _await_ready(home: Home, users: int, deadline: float) -> RunningServer | None:
    """None when the supervisor is gone: the server did not start, or died."""
    dsn = (
        f"postgresql://{SUPERUSER}:{home.get_password()}@/postgres?host={quote(str(home.socket), safe='')}&port={PORT}"
    )
    while time.monotonic() < deadline:
        try:
            with psycopg.connect(dsn, connect_timeout=10) as connection:
                row = connection.execute("SHOW data_directory").fetchone()
                _check_directory(home, row[0] if row else "")
                return RunningServer(dsn, connection.info.server_version // 10000, home.data, home.path, users)
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise wrong_password(home) from None
            if "starting up" in str(error):  # it recovers from a crash, which takes as long as it takes
                deadline = time.monotonic() + WAIT_SECONDS
        if _is_free(home.path / "supervisor.lock"):
            return None
        time.sleep(PAUSE_SECONDS)
    raise _did_not_start(home)


def _check_directory(home: Home, serving: str) -> None:
    if Path(serving).resolve() != home.data.resolve():
        raise refuse(
            "server.another-directory",
            home.socket,
            f"the server at this socket serves `{serving}`, not `{home.data}`",
            "stop that server; only avow may use this folder",
        )


def _await_end_of_old(home: Home, deadline: float) -> None:
    """A supervisor's death stops its server within milliseconds; starting beside it would fail."""
    while _is_running(home) and time.monotonic() < deadline:
        time.sleep(PAUSE_SECONDS)


def _is_running(home: Home) -> bool:
    """Whether any process has the data directory as its working directory, as every PostgreSQL process has."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if os.readlink(process / "cwd") == str(home.data):
                return True
    return False


def _tail_of_log(home: Home) -> str:
    with suppress(OSError):
        return home.log.read_text(encoding="utf-8", errors="replace")[-2000:]
    return ""


def _did_not_start(home: Home) -> ServerError:
    return refuse(
        "server.not-started",
        home.log,
        f"PostgreSQL did not start: {last_lines(_tail_of_log(home))}",
        "read the end of this log; free memory or disk space if it asks for that, then run the command again",
    )


def _connect_to(dsn: str) -> RunningServer:
    try:
        with psycopg.connect(dsn, connect_timeout=10) as connection:
            return RunningServer(dsn, connection.info.server_version // 10000)
    except psycopg.Error as error:
        raise ServerError(
            Diagnostic(
                Place("AVOW_CONTROL_DSN"),
                "server.no-connection",
                f"the PostgreSQL that was named does not answer: {last_lines(str(error), 1)}",
                "start it, correct the address, or leave it out: avow then starts a server of its own",
                "avow has no database of its own and stops; nothing was changed",
            )
        ) from None


@contextmanager
def _exclusive(path: Path) -> Iterator[None]:
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _take(lock, fcntl.LOCK_EX, path)
        yield
    finally:
        os.close(lock)


def _share(path: Path) -> int:
    """Waits while a supervisor that holds it exclusively is stopping its server."""
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _take(lock, fcntl.LOCK_SH, path)
    except BaseException:
        os.close(lock)
        raise
    return lock


def _take(lock: int, kind: int, path: Path) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            return fcntl.flock(lock, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise refuse(
                    "server.busy",
                    path,
                    f"another process has been starting or stopping the server for {WAIT_SECONDS:.0f} seconds",
                    "run the command again; if it stays so, end the processes that `fuser` names for this file",
                ) from None
            time.sleep(PAUSE_SECONDS)


def _is_free(path: Path) -> bool:
    """Whether nobody holds the lock at this moment."""
    try:
        lock = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        return False
    finally:
        os.close(lock)


def _is_free_within(path: Path, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not _is_free(path):
        if time.monotonic() >= deadline:
            return False
        time.sleep(PAUSE_SECONDS)
    return True
