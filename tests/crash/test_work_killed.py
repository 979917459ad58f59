"""Workers are killed and the database restarts: every job ends, its effect happens once, and somebody always works."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from avow.work import defer, get_waiting, migrate_work

WORKER = Path(__file__).parent / "work_and_die.py"
SUPERVISED = (
    "import sys\nfrom avow.work import supervise\nsys.exit(supervise(sys.argv[1:], patience=float(3), graceful=5.0))\n"
)
JOBS = 12


def prepare(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        migrate_work(connection)
        connection.execute(
            "CREATE TABLE seen (what text, number int, pid int, at timestamptz DEFAULT clock_timestamp())"
        )
        connection.execute(
            "CREATE TABLE marker (number int PRIMARY KEY); CREATE TABLE total (n int); INSERT INTO total VALUES (0)"
        )
        for number in range(JOBS):
            defer(connection, "step", {"number": number})


def start(*command: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def start_supervised(dsn: str) -> subprocess.Popen[bytes]:
    return start(sys.executable, "-c", SUPERVISED, sys.executable, str(WORKER), dsn)


def children_of(pid: int) -> list[int]:
    return [int(text) for text in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def wait_for(holds: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if holds():
                return
        except (psycopg.OperationalError, FileNotFoundError):
            pass
        time.sleep(0.1)
    pytest.fail(f"{what} did not happen in {seconds} s")


def total(dsn: str) -> int:
    with psycopg.connect(dsn) as connection:
        return connection.execute("SELECT n FROM total").fetchone()[0]


def begun(dsn: str) -> int:
    with psycopg.connect(dsn) as connection:
        return connection.execute("SELECT count(*) FROM seen").fetchone()[0]


def all_done(dsn: str) -> bool:
    with psycopg.connect(dsn) as connection:
        waiting = get_waiting(connection)
    return waiting.doing == 0 and waiting.due <= 1 and total(dsn) == JOBS  # one periodic job may wait at any time


def test_a_worker_that_is_killed_loses_nothing_and_another_takes_over(database: str) -> None:
    prepare(database)
    first = start(sys.executable, str(WORKER), database)
    wait_for(lambda: begun(database) > 2, 60, "a job")
    first.send_signal(signal.SIGKILL)
    assert first.wait() == -signal.SIGKILL
    assert total(database) < JOBS
    second = start(sys.executable, str(WORKER), database)
    try:
        wait_for(lambda: all_done(database), 40, "the rest of the work")
    finally:
        second.send_signal(signal.SIGTERM)
        second.wait(20)
    assert total(database) == JOBS
    assert begun(database) > JOBS, "a job that was cut off began twice and counted once"


def test_of_two_workers_one_is_killed_and_the_other_does_it_all(database: str) -> None:
    prepare(database)
    workers = [start(sys.executable, str(WORKER), database) for _ in range(2)]
    try:
        wait_for(lambda: begun(database) > 2, 60, "a job")
        workers[0].kill()
        wait_for(lambda: all_done(database), 40, "all of the work")
    finally:
        for worker in workers:
            worker.terminate()
            worker.wait(20)
    assert total(database) == JOBS


def test_a_supervised_worker_comes_back_and_ends_with_its_supervisor(database: str) -> None:
    prepare(database)
    boss = start_supervised(database)
    try:
        wait_for(lambda: begun(database) > 0, 60, "a job")
        (worker,) = children_of(boss.pid)
        os.kill(worker, signal.SIGKILL)
        wait_for(lambda: all_done(database), 40, "the rest of the work")
        assert children_of(boss.pid) != [worker]
    finally:
        boss.terminate()
        assert boss.wait(20) == 0
    wait_for(lambda: nobody_works(database), 10, "the end of the worker")


def test_a_worker_that_hangs_is_replaced(database: str) -> None:
    """A stopped process keeps its connections and its jobs, and shows no pulse."""
    prepare(database)
    boss = start_supervised(database)
    try:
        wait_for(lambda: begun(database) > 8, 60, "a few jobs, and so a first pulse")
        (worker,) = children_of(boss.pid)
        os.kill(worker, signal.SIGSTOP)
        wait_for(lambda: all_done(database), 40, "the rest of the work")
        assert worker not in children_of(boss.pid)
    finally:
        boss.terminate()
        boss.wait(20)
    assert total(database) == JOBS


def test_a_worker_whose_supervisor_is_killed_ends_by_itself(database: str) -> None:
    prepare(database)
    boss = start_supervised(database)
    try:
        wait_for(lambda: begun(database) > 0, 60, "a job")
        workers = children_of(boss.pid)
        assert not nobody_works(database)
    finally:
        boss.kill()
        boss.wait()
    wait_for(lambda: nobody_works(database), 20, "the end of the worker")
    wait_for(lambda: not any(Path(f"/proc/{one}").exists() for one in workers), 20, "the end of its process")
    assert workers


def nobody_works(dsn: str) -> bool:
    with psycopg.connect(dsn) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'avow work'"
        ).fetchone()
    return row == (0,)


@pytest.fixture
def own_server(request: pytest.FixtureRequest) -> Any:
    """A server that may be stopped: nobody else's."""
    servers = sys.modules["avow_test_servers"]
    version, binaries = sorted(servers.find_versions().items())[-1]
    server = servers.Server(version, binaries)
    yield server
    server.stop()


@pytest.mark.parametrize("down", [0.0, 3.0], ids=["at-once", "after-a-while"])
def test_work_goes_on_after_the_database_restarts(own_server: Any, down: float) -> None:
    prepare(own_server.dsn)
    boss = start_supervised(own_server.dsn)
    try:
        wait_for(lambda: begun(own_server.dsn) > 2, 60, "a job")
        own_server.process.send_signal(signal.SIGINT)
        own_server.process.wait(20)
        time.sleep(down)
        own_server._start()
        wait_for(lambda: all_done(own_server.dsn), 60, "the rest of the work")
        with psycopg.connect(own_server.dsn, autocommit=True) as connection:
            defer(connection, "step", {"number": 1000})
        wait_for(lambda: total(own_server.dsn) == JOBS + 1, 20, "a job that came later")
    finally:
        boss.terminate()
        boss.wait(20)
    assert threading.active_count() < 20
