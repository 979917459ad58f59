"""What workers run from the queue: rights requests, cases, reviews, calls of webhooks, what is due to leave.

One process, or any number of them on one control database.

A process opens what it needs with its first job and anew after one that failed: `avow work` is started again when settings change.
Refuses arguments: a job looks for what is ready itself.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from avow.app.breach_work import open_breach_work
from avow.app.breaches import BREACH_JOB
from avow.app.campaigns_asked import JOB as CAMPAIGNS_JOB
from avow.app.campaigns_asked import send_asked
from avow.app.databases import control_dsn
from avow.app.day_one import LIST_JOB
from avow.app.duty_cases import RENEW_JOB, open_case_work
from avow.app.erased_list import keep_erased
from avow.app.intakes import JOB as INTAKES_JOB
from avow.app.intakes import open_intakes, work_deliveries
from avow.app.outgoing import SEND_EVERY, SEND_JOB, make_outbox, send_waiting
from avow.app.project import Progress, open_project, read_settings
from avow.app.retention import EVERY as SWEEP_EVERY
from avow.app.retention import JOB as SWEEP_JOB
from avow.app.retention import open_retention, sweep_all
from avow.app.reviews import make_due_reviews
from avow.app.rights import JOB
from avow.app.shopping import is_shopper_due
from avow.app.telling import EVERY as TELL_EVERY
from avow.app.telling import JOB as TELL_JOB
from avow.app.telling import go_on_telling
from avow.app.vault import make_vault
from avow.app.webhooks import Webhooks
from avow.app.workers import open_working
from avow.app.working import Working
from avow.control.disclosures import record_files_gone
from avow.control.retention import seal_clear_reasons
from avow.work import Job, Ran, run_worker, supervise

INTAKES_EVERY = "*/5 * * * *"
EVERY = "* * * * * */15"  # each 15 seconds: the clock alone moves requests, too: waits end, a store comes back


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

    def tell_lists(self, **_: object) -> None:
        """Tells every store who is on the list, after an import of one."""
        with self._lock:
            try:
                if self._working is None:
                    self._working = self._stack.enter_context(open_working(self._folder, self._environ))
                self._working.tell_lists()
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

    def shop(self, **_: object) -> None:
        """The daily run of the mystery shopper, in a process of its own, when shopper.yaml names an hour and none began since."""
        settings = read_settings(self._folder, self._environ)
        with control_dsn(settings, lambda line: None) as dsn:
            due = is_shopper_due(settings, dsn, datetime.now(UTC))
        if due:
            command = [sys.executable, "-m", "avow.cli.main", "--quiet", "--project", os.fspath(self._folder)]
            subprocess.run([*command, "shopper", "run"], check=False, stdout=subprocess.DEVNULL)

    def take_in(self, **_: object) -> None:
        """Works through deliveries that wait."""
        with open_intakes(self._folder, self._environ) as desk:
            work_deliveries(desk)

    def send_campaigns(self, **_: object) -> None:
        """Puts the campaigns that programs asked for through the gate."""
        send_asked(self._folder, self._environ)

    def sweep(self, **_: object) -> None:
        """Takes away what may be kept no longer."""
        with open_retention(self._folder, self._environ) as desk:
            with desk.session() as session:
                seal_clear_reasons(session)
            sweep_all(desk)

    def tell_versions(self, **_: object) -> None:
        """Goes on with telling people of a policy version that somebody began."""
        go_on_telling(self._folder, self._environ)

    def renew_cases(self, **_: object) -> None:
        """What open cases open stays open, and what ended closes: every lease is short, so that it ends without anybody."""
        with self._lock, open_case_work(self._folder, self._environ) as work:
            work.renew().check()

    def work_breaches(self, **_: object) -> None:
        """Counts whom a breach affects, and goes on with approved letters to them."""
        project = open_project(self._folder, self._environ)
        with self._lock, open_breach_work(project) as work:
            work.run()

    def look_ahead(self, **_: object) -> None:
        """Makes the reviews that are due soon, and reminds owners of papers that end."""
        with self._lock:
            make_due_reviews(self._folder, self._environ)
            settings = read_settings(self._folder, self._environ)
            with open_case_work(self._folder, self._environ) as work:
                make_vault(settings, work.cases.session, make_outbox(settings)).remind()
                with work.cases.session() as session:
                    record_files_gone(session)  # files that nobody fetched in time

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
        Job("shopper", hands.shop, every="*/5 * * * *", alone=True, attempts=1),
        Job(LIST_JOB, hands.tell_lists),
        Job(INTAKES_JOB, hands.take_in, every=INTAKES_EVERY),
        Job(CAMPAIGNS_JOB, hands.send_campaigns, every=INTAKES_EVERY, alone=True),
        Job(SWEEP_JOB, hands.sweep, every=SWEEP_EVERY, alone=True),
        Job(RENEW_JOB, hands.renew_cases, every="* * * * * 17", alone=True),
        Job(TELL_JOB, hands.tell_versions, every=TELL_EVERY, alone=True),
        Job(BREACH_JOB, hands.work_breaches, every="* * * * * 41", alone=True),
        Job("look_ahead", hands.look_ahead, every="30 5 * * * 0", alone=True),
        Job("keep_erased", hands.keep_erased, every=EVERY, alone=True),
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
