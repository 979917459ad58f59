"""`make demo` leaves no process behind, however it ends: Ctrl-C, or kill -9 of whichever process, `make` itself among them.

The demo runs as a person runs it, in a folder of its own, through `make` and `avow demo` where `make` is killed. What is left
is read from the process table: anything that carries this run's mark in its environment (the company's programs), or works
in or names the run's folder (PostgreSQL and its supervisor, whose environment is scrubbed).
"""

from __future__ import annotations

import contextlib
import os
import re
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
    """One run of the demo, in a process group of its own, as a terminal gives it. `make`: that target, at a terminal."""

    def __init__(self, folder: Path, make: str = "", more: tuple[str, ...] = ()) -> None:
        self.folder, self.mark = folder, f"AVOW_TEST_MARK={uuid.uuid4().hex}"
        self.lines: list[str] = []
        name, _, value = self.mark.partition("=")
        told, out = os.openpty() if make else os.pipe()
        demo = [sys.executable, str(folder / "examples" / "demo.py"), "--scale", SCALE, *more]
        self.process = subprocess.Popen(
            ["make", make, f"SCALE={SCALE}"] if make else demo,
            cwd=folder if make else None,
            stdout=out,
            stderr=out,
            start_new_session=True,
            env={
                **{
                    k: v
                    for k, v in os.environ.items()
                    if not k.startswith(("AVOW_", "PYTEST_", "MAKE", "DATABASE_URL"))
                },
                name: value,
                "PYTHONPATH": str(folder / "src"),
                "PYTHONUNBUFFERED": "1",
                "PYTHONDONTWRITEBYTECODE": "1",
            },
        )
        os.close(out)
        self.reader = threading.Thread(target=self._read, args=(told,), daemon=True)
        self.reader.start()

    def _read(self, told: int) -> None:
        """Until the last writer is gone: a pipe then gives nothing, a terminal an error."""
        with open(told, encoding="utf-8", errors="replace") as lines, contextlib.suppress(OSError):
            self.lines.extend(iter(lines.readline, ""))

    @property
    def said(self) -> str:
        return "".join(list(self.lines))

    def wait_for(self, words: str) -> None:
        deadline = time.monotonic() + SECONDS
        while words not in self.said:
            assert self.process.poll() is None, f"the demo ended before it said {words!r}:\n{self.said}"
            assert time.monotonic() < deadline, f"the demo did not say {words!r}:\n{self.said}"
            time.sleep(0.02)

    @property
    def verdicts(self) -> list[list[int]]:
        """Kept, broken, attested, unproven, as each check counted them."""
        found = re.findall(r"(\d+) kept, (\d+) broken, (\d+) attested, (\d+) unproven", self.said)
        return [[int(count) for count in one] for one in found]

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


@pytest.fixture
def begin():
    """Starts a demo in a short folder that looks like a clone; ends it, and everything of it, after the test."""
    folder = Path(tempfile.mkdtemp(prefix="avow-demo-", dir="/tmp"))
    folder.chmod(0o755)
    for name in ("examples", "src", "Makefile", ".venv"):
        (folder / name).symlink_to(ROOT / name)
    (folder / "bin").mkdir()
    (folder / "bin" / "bootstrap").symlink_to("/bin/true")  # the environment is there already
    runs: list[Run] = []

    def start(make: str = "", *more: str) -> Run:
        runs.append(Run(folder, make, more))
        return runs[-1]

    yield start
    for run in runs:
        run.end()
        for pid in run.find_left(10):
            os.kill(pid, signal.SIGKILL)
    shutil.rmtree(folder)


PHASES = [("make", "making"), ("demo", "avow apply")]


@pytest.mark.slow
@pytest.mark.parametrize(("whom", "phase"), PHASES)
def test_a_killed_demo_leaves_no_process(begin, whom, phase):
    run = begin("demo" if whom == "make" else "")
    run.wait_for(phase)
    assert len(run.find_processes()) > 1, "the search for processes finds nothing even while the demo runs"
    run.process.kill()
    assert run.find_left() == {}


def test_a_killed_make_takes_the_open_desks_and_the_worker_along(begin):
    made = begin()
    made.wait_for("avow check")
    made.process.kill()
    run = begin("demo-again")
    run.wait_for("open until Ctrl-C")
    commands = " ".join(run.find_processes().values())
    assert all(words in commands for words in ("avow.web.main", "--quiet work", "bin/postgres")), commands
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
    before, after = second.verdicts
    assert before[1] > 30
    assert after[0] > 15
    assert after[1] == 0, second.said
    assert "=== avow shopper run" not in second.said, "nobody sits there for whom it would be worth a minute"
    assert "report.html" in second.said
    assert (second.folder / ".avow" / "demo" / "report.html").exists()


@pytest.mark.timeout(900)
def test_the_whole_demo_ends_with_nothing_broken_and_nothing_unproven(begin):
    run = begin("", "--whole")
    run.process.wait(SECONDS)
    run.end()
    assert run.process.returncode == 0, run.said
    _, first, last = run.verdicts
    assert first[3] > 30
    assert last[1] == last[3] == 0, run.said
    assert last[0] > first[0] + 30
    assert run.find_left() == {}
