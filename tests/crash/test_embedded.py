"""kill -9 of anybody: the server of our own leaves no process behind and starts again.

Each user is a real process. What runs is read from the process table, never from the code under test. As root the
whole file runs twice: as root (server as `nobody`) and as `nobody` itself.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

from avow.embedded import list_binaries

ROOT = Path(__file__).parents[2]
USER = """
import os, sys, time
from pathlib import Path
from avow.embedded import ensure_server
server = ensure_server(Path(sys.argv[1]), int(sys.argv[2]))
print(server.dsn, flush=True)
sys.stdin.read()
"""
FORKER = USER.replace("print(", "if os.fork() == 0:\n    time.sleep(2)\n    os._exit(0)\nprint(")
VERSIONS = sorted({binaries.version for binaries in list_binaries()})


def wait_until(condition, seconds=20.0):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def get_unprivileged() -> list[str]:
    """The prefix that runs Python as `nobody`, reading what only root may read where Python itself lies there."""
    prefix = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    again = "import subprocess, sys; sys.exit(subprocess.call([sys.executable, '-c', 'import psycopg']))"
    if subprocess.run([*prefix, sys.executable, "-c", again], check=False, capture_output=True).returncode == 0:
        return prefix
    return [*prefix, "--inh-caps=+dac_override", "--ambient-caps=+dac_override"]


class Fleet:
    """User processes of one home."""

    def __init__(self, home: Path, version: int, prefix: list[str]) -> None:
        self.home, self.version, self.prefix = home, version, prefix
        self.users: list[subprocess.Popen[str]] = []

    def begin(self, program: str = USER) -> subprocess.Popen[str]:
        user = subprocess.Popen(
            [*self.prefix, sys.executable, "-c", program, str(self.home), str(self.version)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONDONTWRITEBYTECODE": "1"},
        )
        self.users.append(user)
        return user

    def start(self, program: str = USER) -> tuple[subprocess.Popen[str], str]:
        user = self.begin(program)
        dsn = user.stdout.readline().strip()
        assert dsn, "the user process did not get a server"
        return user, dsn

    def find_processes(self) -> dict[int, str]:
        """Everything in the process table that names the home or works in it, save the users themselves."""
        ours = {user.pid for user in self.users}
        found = {}
        for place in Path("/proc").glob("[0-9]*"):
            try:
                command = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                here = os.readlink(place / "cwd")
            except OSError:
                continue
            if int(place.name) not in ours and "-c" not in command.split() and str(self.home) in f"{command} {here}":
                found[int(place.name)] = command
        return found

    def get_pid(self, word: str) -> int:
        (pid,) = [p for p, command in self.find_processes().items() if word in command]
        return pid

    @property
    def supervisor(self) -> int:
        return self.get_pid("supervisor.py")

    @property
    def postmaster(self) -> int:
        return int((self.home / "data" / "postmaster.pid").read_text().splitlines()[0])

    def is_empty(self) -> bool:
        return not self.find_processes()

    def end(self) -> None:
        for user in self.users:
            user.kill()
            user.communicate()
        assert wait_until(self.is_empty), self.find_processes()


WAYS = ["as-started", "as-nobody"] if os.geteuid() == 0 else ["as-started"]
SETUPS = [(version, way) for version in VERSIONS for way in WAYS]
if os.environ.get("AVOW_TEST_VERSIONS") != "every":  # each version and each way once, not each with each
    SETUPS = [(version, WAYS[number % len(WAYS)]) for number, version in enumerate(VERSIONS)]


@pytest.fixture(params=SETUPS, ids=lambda setup: f"pg{setup[0]}-{setup[1]}")
def fleet(request):
    version, way = request.param
    prefix = get_unprivileged() if way == "as-nobody" else []
    above = Path(tempfile.mkdtemp(prefix="avow-emb-", dir="/tmp"))
    above.chmod(0o755)
    if prefix:
        os.chown(above, 65534, 65534)
    fleet = Fleet(above / "home", version, prefix)
    yield fleet
    fleet.end()
    shutil.rmtree(above)


def write(dsn, statement):
    with psycopg.connect(dsn) as connection:
        connection.execute(statement)


def read(dsn, query):
    with psycopg.connect(dsn) as connection:
        return connection.execute(query).fetchone()[0]


def test_the_server_runs_unprivileged_and_listens_on_a_socket_only(fleet):
    _, dsn = fleet.start()
    owner = Path(f"/proc/{fleet.postmaster}").stat().st_uid
    assert owner == (65534 if os.geteuid() == 0 else os.geteuid())
    assert read(dsn, "SHOW listen_addresses") == ""
    assert read(dsn, "SHOW fsync") == "on"
    assert read(dsn, "SELECT lower('Ä')") == "ä"
    assert read(dsn, "SHOW server_encoding") == "UTF8"
    assert (fleet.home / "socket").stat().st_mode & 0o777 == 0o700
    assert (fleet.home / "password").stat().st_mode & 0o777 == 0o600


def test_a_stranger_without_the_password_is_refused(fleet):
    _, dsn = fleet.start()
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(dsn.replace(dsn.split(":")[2].split("@")[0], "guess"))


def test_when_the_only_user_is_killed_nothing_is_left(fleet):
    user, _ = fleet.start()
    assert not fleet.is_empty()
    user.kill()
    assert wait_until(fleet.is_empty), fleet.find_processes()


def test_the_server_stays_for_the_second_user_and_goes_after_it(fleet):
    first, dsn = fleet.start()
    second, _ = fleet.start()
    before = fleet.postmaster
    first.kill()
    first.wait()
    time.sleep(0.3)
    assert read(dsn, "SELECT 1") == 1
    assert fleet.postmaster == before
    second.kill()
    assert wait_until(fleet.is_empty), fleet.find_processes()


def test_a_killed_supervisor_takes_the_server_with_it_and_the_next_user_starts_again(fleet):
    _, dsn = fleet.start()
    write(dsn, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)")
    os.kill(fleet.supervisor, signal.SIGKILL)
    assert wait_until(fleet.is_empty), fleet.find_processes()
    _, again = fleet.start()
    assert read(again, "SELECT n FROM kept") == 7


def test_a_killed_postmaster_is_recovered_by_the_next_user(fleet):
    _, dsn = fleet.start()
    write(dsn, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)")
    os.kill(fleet.postmaster, signal.SIGKILL)
    _, again = fleet.start()
    assert read(again, "SELECT n FROM kept") == 7


def test_user_and_supervisor_killed_at_once_leave_nothing(fleet):
    user, _ = fleet.start()
    os.kill(fleet.supervisor, signal.SIGKILL)
    user.kill()
    assert wait_until(fleet.is_empty), fleet.find_processes()


def test_everybody_killed_at_once_leaves_nothing_and_the_data_opens_again(fleet):
    user, dsn = fleet.start()
    write(dsn, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)")
    for pid in (fleet.postmaster, fleet.supervisor, user.pid):
        os.kill(pid, signal.SIGKILL)
    assert wait_until(fleet.is_empty), fleet.find_processes()
    _, again = fleet.start()
    assert read(again, "SELECT n FROM kept") == 7


def test_five_users_at_once_share_one_server(fleet):
    users = [fleet.begin() for _ in range(5)]
    assert len({user.stdout.readline() for user in users} - {""}) == 1
    assert len([c for c in fleet.find_processes().values() if "supervisor.py" in c]) == 1
    for user in users:
        user.kill()
    assert wait_until(fleet.is_empty), fleet.find_processes()


def test_a_user_that_comes_while_the_server_stops_gets_a_new_one(fleet):
    for _ in range(2):
        user, _ = fleet.start()
        user.kill()
        _, dsn = fleet.start()
        assert read(dsn, "SELECT 1") == 1


def test_a_user_killed_while_it_creates_the_data_leaves_nothing_in_the_way(fleet):
    user = fleet.begin()
    assert wait_until(lambda: list(fleet.home.glob("making-*")))
    user.kill()
    user.wait()
    _, dsn = fleet.start()
    assert read(dsn, "SELECT 1") == 1
    assert wait_until(lambda: not list(fleet.home.glob("making-*")))


def test_a_forked_child_keeps_the_server_until_it_ends(fleet):
    user, dsn = fleet.start(FORKER)
    user.kill()
    user.wait()
    time.sleep(0.3)
    assert read(dsn, "SELECT 1") == 1
    assert wait_until(fleet.is_empty), fleet.find_processes()
