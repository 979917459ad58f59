"""The second process of a run of the mystery shopper: `python -m avow.app.shopping_beside FOLDER RUN VISITS PARENT`.

It opens a shop of its own and makes the visits that nobody has claimed yet; the settings of the environment come to it on standard
input, what it sees stands in the record of the run, what it says goes to standard output. Promises: it ends with whoever started
it, however that ended, and when the run is told to stop. Refuses to judge: visits that it could not make are left to the first
process.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from avow.app.databases import control_dsn
from avow.app.project import Progress, open_project
from avow.app.rights_evidence import open_records
from avow.app.shopping_scene import claiming, keeping, open_shop
from avow.errors import AvowError
from avow.prove.shopper import VISITS, read_brief, run_visits, share_out

PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Beside:
    """The process, as the one sees it that started it."""

    process: subprocess.Popen[str]
    listener: threading.Thread

    @classmethod
    def start(
        cls, folder: Path, environ: Mapping[str, str], run: UUID, visits: Sequence[int], progress: Progress
    ) -> Beside:
        """`visits` by their numbers in the list of all. To be started by the thread that waits for it: the kernel watches that."""
        process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(folder), str(run), ",".join(map(str, visits)), str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError), process.stdin as settings:  # it may have ended at once
            json.dump(dict(environ), settings)
        listener = threading.Thread(target=_tell, args=(process, progress), daemon=True, name="shopper beside")
        listener.start()
        return cls(process, listener)

    def wait(self, patience: timedelta | None = None) -> None:
        """Until it has ended; it is killed where it does not in time."""
        try:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(patience.total_seconds() if patience else None)
        finally:
            self.process.kill()  # nothing where it has ended
            self.process.wait()
            self.listener.join()


def _tell(process: subprocess.Popen[str], progress: Progress) -> None:
    assert process.stdout is not None
    with process.stdout as lines:
        for line in lines:
            progress(line.rstrip("\n"))


def help_out(
    folder: Path, environ: Mapping[str, str], run: UUID, visits: Sequence[int], parent: int, progress: Progress
) -> None:
    """Makes the visits of a run that nobody has claimed. Raises AvowError when it cannot start."""
    project = open_project(folder, environ)
    brief = read_brief(project.settings.project, {s.name: s.levels for s in project.settings.stores})
    with ExitStack() as stack:
        dsn = stack.enter_context(control_dsn(project.settings, progress))
        records = stack.enter_context(open_records(dsn, project.settings.company))
        shop = open_shop(stack, project, brief, records, run, progress)
        shop = replace(shop, stopped=lambda: records.is_stopped(run) or os.getppid() != parent)
        groups = share_out([VISITS[number] for number in visits])
        run_visits(shop, groups, claiming(records, run, groups), keeping(records, run, progress))


def _end_with(parent: int) -> bool:
    """Has the kernel kill this process with its parent (off Linux the visits look); False where that is gone already."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL))
    return os.getppid() == parent


def main(folder: str, run: str, visits: str, parent: str) -> int:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches both: the first tells the run to stop
    if not _end_with(int(parent)):
        return 1
    try:
        environ, numbers = json.load(sys.stdin), [int(number) for number in visits.split(",")]
        help_out(Path(folder), environ, UUID(run), numbers, int(parent), lambda line: print(line, flush=True))
    except AvowError as error:
        print(f"the second process could not help: {', '.join(error.codes)}", flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
