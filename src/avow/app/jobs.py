"""What workers run from the queue: rights requests, calls of webhooks, what is due to leave.

One process, or any number of them on one control database.

A process opens what it needs with its first job and anew after one that failed: `avow work` is started again when settings change.
Refuses arguments: a job looks for what is ready itself.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from avow.app.databases import control_dsn
from avow.app.erased_list import keep_erased
from avow.app.outgoing import SEND_EVERY, SEND_JOB, make_outbox, send_waiting
from avow.app.project import Progress, read_settings
from avow.app.rights import JOB
from avow.app.webhooks import Webhooks
from avow.app.workers import open_working
from avow.app.working import Working
from avow.work import Job, Ran, run_worker, supervise

EVERY = "*/15 * * * * *"  # the clock alone moves requests, too: waits end, a store comes back


class _Hands:
    """The one pair of hands of this process: opened with the first job, opened anew after one that failed. A second job that
    comes meanwhile waits for the first."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self._folder, self._environ = folder, environ
        self._lock = threading.Lock()
        self._stack = ExitStack()
        self._working: Working | None = None

    def work_requests(self, **_: object) -> None:
        with self._lock:
            try:
                if self._working is None:
                    self._working = self._stack.enter_context(open_working(self._folder, self._environ))
                self._working.run_until_idle()
            except BaseException:
                self._close()
                raise

    def announce(self, **_: object) -> None:
        """Tells subscribers what moved: into the outbox."""
        with self._lock:
            if self._working is None:
                self._working = self._stack.enter_context(open_working(self._folder, self._environ))
            settings = read_settings(self._folder, self._environ)
            Webhooks(self._working.session, make_outbox(settings)).announce()

    def send(self, **_: object) -> None:
        """Sends what is due. Needs no store, so it goes on while one is down."""
        settings = read_settings(self._folder, self._environ)
        with control_dsn(settings, lambda line: None) as dsn:
            send_waiting(settings, dsn, datetime.now(UTC))

    def keep_erased(self, **_: object) -> None:
        """Keeps the list of what was erased outside the database, for the day an older copy of it comes back."""
        settings = read_settings(self._folder, self._environ)
        with (
            control_dsn(settings, lambda line: None) as dsn,
            psycopg.connect(dsn, autocommit=True, connect_timeout=5) as connection,
        ):
            keep_erased(connection, settings.project / ".avow" / "erased.json")

    def _close(self) -> None:
        self._working = None
        self._stack.close()

    def close(self) -> None:
        with self._lock:
            self._close()


def list_jobs(hands: _Hands) -> tuple[Job, ...]:
    """The jobs of this release."""
    return (
        Job(JOB, hands.work_requests, every=EVERY),
        Job("announce_moves", hands.announce, every=SEND_EVERY),
        Job(SEND_JOB, hands.send, every=SEND_EVERY),
        Job("keep_erased", hands.keep_erased, every=EVERY),
    )


def run_jobs(
    folder: Path, environ: Mapping[str, str], progress: Progress, once: bool = False, pulse: int | None = None
) -> Ran:
    """One worker in this process; with `once` until nothing is due. Raises WorkError."""
    settings = read_settings(folder, environ)
    hands = _Hands(folder, environ)
    try:
        with control_dsn(settings, progress) as dsn:
            return run_worker(dsn, list_jobs(hands), once=once, pulse=pulse)
    finally:
        hands.close()


def keep_working(folder: Path, progress: Progress) -> int:
    """A worker that is started again whenever it ends, until this process is told to stop; gives the exit code."""
    progress(f"working on requests of {os.fspath(folder)}")
    command = [sys.executable, "-m", "avow.cli.main", "--project", os.fspath(folder), "work", "--child"]
    return supervise(command)
