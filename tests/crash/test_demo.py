"""`make demo` leaves no process behind, however it ends: Ctrl-C, or kill -9 of whichever process.

The demo runs as a person runs it, in a folder of its own. What is left is read from the process table: anything that
carries this run's mark in its environment (the company's programs), or works in or names the run's folder (PostgreSQL
and its supervisor, whose environment is scrubbed).
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCALE = "300"
SECONDS = 600


class Run:
    """One run of the demo, in a process group of its own, as a terminal gives it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.mark = folder, f"AVOW_TEST_MARK={uuid.uuid4().hex}"
        self.lines: list[str] = []
        name, _, value = self.mark.partition("=")
        self.process = subprocess.Popen(
            [sys.executable, str(folder / "examples" / "demo.py"), "--scale", SCALE],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            env={
                **{k: v for k, v in os.environ.items() if not k.startswith(("AVOW_", "PYTEST_", "DATABASE_URL"))},
                name: value,
                "PYTHONPATH": str(ROOT / "src"),
                "PYTHONUNBUFFERED": "1",
                "PYTHONDONTWRITEBYTECODE": "1",
            },
        )
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        self.lines.extend(iter(self.process.stdout.readline, ""))

    @property
    def said(self) -> str:
        return "".join(list(self.lines))

    def wait_for(self, words: str) -> None:
        deadline = time.monotonic() + SECONDS
        while words not in self.said:
            assert self.process.poll() is None, f"the demo ended before it said {words!r}:\n{self.said}"
            assert time.monotonic() < deadline, f"the demo did not say {words!r}:\n{self.said}"
            time.sleep(0.02)

    def find_processes(self) -> dict[int, str]:
        found = {}
        for place in Path("/proc").glob("[0-9]*"):
            try:
                command = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                marks = (place / "environ").read_bytes().decode(errors="replace")
                here = os.readlink(place / "cwd")
            except OSError:
                continue
            if self.mark in marks or str(self.folder) in f"{command} {here}":
                found[int(place.name)] = command
        found.pop(os.getpid(), None)
        return found

    def get_pid(self, words: str) -> int:
        return next(pid for pid, command in self.find_processes().items() if words in command)

    def find_left(self, seconds: float = 90.0) -> dict[int, str]:
        """What still runs after that time; the demo itself is reaped first, so that no zombie is counted."""
        self.process.wait(seconds)
        deadline = time.monotonic() + seconds
        while (left := self.find_processes()) and time.monotonic() < deadline:
            time.sleep(0.05)
        return left

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.reader.join(30)
        self.process.stdout.close()


@pytest.fixture
def begin():
    """Starts a demo in a short folder that looks like a clone; ends it, and everything of it, after the test."""
    folder = Path(tempfile.mkdtemp(prefix="avow-demo-", dir="/tmp"))
    folder.chmod(0o755)
    (folder / "examples").symlink_to(ROOT / "examples")
    runs: list[Run] = []

    def start() -> Run:
        runs.append(Run(folder))
        return runs[-1]

    yield start
    for run in runs:
        run.end()
        for pid in run.find_left(10):
            os.kill(pid, signal.SIGKILL)
    shutil.rmtree(folder)


PHASES = ["making", "avow check", "avow apply"]


@pytest.mark.slow
@pytest.mark.parametrize("phase", PHASES)
def test_a_killed_demo_leaves_no_process(begin, phase):
    run = begin()
    run.wait_for(phase)
    assert run.find_processes(), "the search for processes finds nothing even while the demo runs"
    run.process.kill()
    assert run.find_left() == {}


def test_ctrl_c_leaves_no_process_and_no_stack_trace(begin):
    run = begin()
    run.wait_for("avow apply")
    os.killpg(run.process.pid, signal.SIGINT)
    assert run.find_left() == {}
    run.end()
    assert run.process.returncode == 130
    assert "Traceback" not in run.said


@pytest.mark.parametrize("whom", ["supervisor.py", "bin/postgres"])
def test_a_killed_server_ends_the_demo_with_an_error_and_leaves_no_process(begin, whom):
    run = begin()
    run.wait_for("avow apply")
    os.kill(run.get_pid(whom), signal.SIGKILL)
    assert run.find_left(60) == {}
    assert run.process.returncode != 0


@pytest.mark.timeout(900)
def test_the_demo_runs_to_its_end_after_it_was_killed_in_apply(begin):
    first = begin()
    first.wait_for("avow apply")
    time.sleep(0.5)
    first.process.kill()
    second = begin()
    second.process.wait(SECONDS)
    second.end()
    assert second.process.returncode == 0, second.said
    assert second.find_left() == {}
