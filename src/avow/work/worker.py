"""Runs jobs: one worker process, until it is told to stop or, with `once`, until nothing is due.

Promises: a job whose worker died is taken over (a periodic job of our own looks for them); one that fails is tried again
after 2, 4, 8 ... seconds, up to its number of attempts; done jobs are removed after a day, failed ones after a month. What a job
throws reaches the log as a diagnostic code or as the name of its class, never with its words: those may hold a person's value.
Refuses two jobs of one name, and async functions: one that blocks would stop the heartbeat, and the job would run twice.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import os
import signal
import threading
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from procrastinate import App, PsycopgConnector, RetryDecision, RetryStrategy, exceptions
from procrastinate import jobs as queued
from procrastinate.job_context import JobContext, JobResult
from procrastinate.worker import Worker

from avow.errors import AvowError, Diagnostic, Place, WorkError
from avow.work.model import QUEUE, Job, Timing
from avow.work.queue import defer, get_waiting, migrate_work

RETRY_STALLED = "work.retry_stalled"
REMOVE_OLD = "work.remove_old"
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ran:
    """What a worker did: jobs that ended well, and tries that failed."""

    done: int
    failed: int


class JobFailed(Exception):
    """A job did not end well. Its text is a diagnostic code, or the class and place of an error; never a value."""


class _CarefulWorker(Worker):
    """procrastinate's, but a failed job whose key waits again already counts as failed: otherwise it would stay `doing` for as
    long as this worker lives, since putting it back breaks the rule of one waiting job per key."""

    async def _persist_job_status(
        self,
        job: queued.Job,
        status: queued.Status,
        retry_decision: RetryDecision | None,
        context: JobContext,
        job_result: JobResult | None,
    ) -> None:
        try:
            await super()._persist_job_status(job, status, retry_decision, context, job_result)
        except exceptions.UniqueViolation:
            await super()._persist_job_status(job, status, None, context, job_result)


def run_worker(
    dsn: str,
    jobs: Sequence[Job],
    concurrency: int = 2,
    once: bool = False,
    timing: Timing = Timing(),  # noqa: B008 - frozen
    pulse: int | None = None,
) -> Ran:
    """Runs `jobs` from the queue of the control database `dsn`. With `once`, every periodic job runs and then all that is due.
    `pulse` is a file descriptor that gets a byte for as long as the heartbeat is fresh, for whoever supervises this process.

    Raises WorkError `work.unreachable` and `work.bad-jobs`; ends without an error when the database restarts: run it again."""
    ends: Counter[str] = Counter()
    _check_jobs(jobs)
    try:
        with psycopg.connect(dsn, autocommit=True, connect_timeout=5) as connection:
            migrate_work(connection)
            if once:
                _defer_periodic(connection, jobs)
        asyncio.run(_run(dsn, jobs, concurrency, once, timing, ends, pulse))
    except (psycopg.OperationalError, exceptions.ConnectorException) as error:
        raise WorkError(
            Diagnostic(
                Place("AVOW_CONTROL_DSN"),
                "work.unreachable",
                f"the queue's database does not answer ({type(error).__name__})",
                "start it, and run the worker again; `avow work` does so by itself",
                "no job runs until then, and none is lost",
            )
        ) from None
    return Ran(ends["done"], ends["failed"])


def _check_jobs(jobs: Sequence[Job]) -> None:
    names = [job.name for job in jobs]
    bad = {name for name in names if names.count(name) > 1 or name in (RETRY_STALLED, REMOVE_OLD)}
    bad |= {job.name for job in jobs if inspect.iscoroutinefunction(job.run)}
    if bad:
        raise WorkError(
            Diagnostic(
                Place("jobs"),
                "work.bad-jobs",
                f"{', '.join(f'`{name}`' for name in sorted(bad))}: a name stands twice, or the function is async",
                "give each job a name of its own and a plain function",
                "the worker does not start",
            )
        )


def _defer_periodic(connection: psycopg.Connection[Any], jobs: Sequence[Job]) -> None:
    for name in (RETRY_STALLED, REMOVE_OLD, *(job.name for job in jobs if job.every)):
        defer(connection, name, {"timestamp": 0}, key=name)


async def _run(
    dsn: str,
    jobs: Sequence[Job],
    concurrency: int,
    once: bool,
    timing: Timing,
    ends: Counter[str],
    pulse: int | None,
) -> None:
    app = _make_app(dsn, jobs, concurrency, timing, ends)
    async with app.open_async():
        idle = 0
        while idle < 2:  # a job that was taken over may be put back just after the last look
            worker = _CarefulWorker(
                app=app,
                queues=None,
                concurrency=concurrency,
                wait=not once,
                fetch_job_polling_interval=timing.polling,
                shutdown_graceful_timeout=timing.graceful,
                update_heartbeat_interval=timing.heartbeat,
                stalled_worker_timeout=timing.stalled,
                install_signal_handlers=threading.current_thread() is threading.main_thread(),
                listen_notify=not once,
            )
            if pulse is not None:
                _start_pulse(dsn, worker, timing, pulse)
            before = ends.total()
            await _life_of(worker)
            # a single run ends while jobs still wait for a lock that it held itself
            if not once or not await asyncio.to_thread(_due, dsn):
                return
            idle = idle + 1 if ends.total() == before else 0


async def _life_of(worker: Worker) -> None:
    run: Callable[[], Awaitable[None]] = worker.run
    await run()


def _due(dsn: str) -> int:
    with psycopg.connect(dsn, autocommit=True, connect_timeout=5) as connection:
        return get_waiting(connection).due


def _make_app(dsn: str, jobs: Sequence[Job], concurrency: int, timing: Timing, ends: Counter[str]) -> App:
    connector = PsycopgConnector(
        conninfo=dsn,
        kwargs={"options": "-c search_path=work,pg_temp", "connect_timeout": 5, "application_name": "avow work"},
        min_size=1,
        max_size=concurrency + 4,
    )
    app = App(connector=connector)
    for job in jobs:
        retry = RetryStrategy(max_attempts=job.attempts - 1, exponential_wait=2) if job.attempts > 1 else False
        lock = job.name if job.alone else None
        task = app.task(
            name=job.name, queue=QUEUE, retry=retry, lock=lock, queueing_lock=job.name if job.every else None
        )(_guarded(job, ends))
        if job.every:
            app.periodic(cron=job.every)(task)
    _add_own_jobs(app, timing)
    return app


def _guarded(job: Job, ends: Counter[str]) -> Callable[..., None]:
    def run(**ids: Any) -> None:
        if job.every:
            ids.pop("timestamp", None)
        try:
            job.run(**ids)
        except Exception as error:
            ends["failed"] += 1
            logger.warning("job %s did not end well: %s", job.name, _name_of(error))
            raise JobFailed(_name_of(error)) from None
        ends["done"] += 1

    return run


def _name_of(error: Exception) -> str:
    if isinstance(error, AvowError):
        return ", ".join(error.codes)
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {os.path.basename(frame.filename)}:{frame.lineno}"


def _add_own_jobs(app: App, timing: Timing) -> None:
    """No `lock` on them: one that a dead worker holds would never be taken over."""

    async def retry_stalled(timestamp: int) -> None:
        manager = app.job_manager
        for job in await manager.get_stalled_jobs(seconds_since_heartbeat=timing.stalled):
            try:
                await manager.retry_job(job)
                logger.warning("job %s (%s) of a worker that died is taken over", job.id, job.task_name)
            except exceptions.UniqueViolation:  # a newer one of its key waits and does the same
                await manager.finish_job(job, queued.Status.FAILED, delete_job=False)

    async def remove_old(timestamp: int) -> None:
        await app.job_manager.delete_old_jobs(nb_hours=timing.keep_done_hours, include_cancelled=True)
        await app.job_manager.delete_old_jobs(
            nb_hours=timing.keep_failed_hours, include_failed=True, include_aborted=True
        )

    for name, every, run in (
        (RETRY_STALLED, timing.retry_every, retry_stalled),
        (REMOVE_OLD, "17 * * * *", remove_old),
    ):
        app.periodic(cron=every)(app.task(name=name, queue=QUEUE, queueing_lock=name)(run))


def _start_pulse(dsn: str, worker: Worker, timing: Timing, pulse: int) -> None:
    """A thread of its own: it goes on when the loop hangs, and then says nothing."""

    def beat() -> None:
        stop = threading.Event()
        while not stop.wait(timing.heartbeat):
            if not _is_fresh(dsn, worker.worker_id, timing):
                continue
            try:
                os.write(pulse, b".")
            except OSError:  # whoever supervised us is gone
                os.kill(os.getpid(), signal.SIGTERM)
                return

    threading.Thread(target=beat, name="pulse", daemon=True).start()


def _is_fresh(dsn: str, worker_id: int | None, timing: Timing) -> bool:
    """A database that does not answer is no fault of this worker; a heartbeat that it does not get is."""
    try:
        with psycopg.connect(dsn, autocommit=True, connect_timeout=3) as connection:
            row = connection.execute(
                "SELECT last_heartbeat > now() - %s * interval '1 second' FROM work.procrastinate_workers WHERE id = %s",
                (timing.stalled, worker_id),
            ).fetchone()
    except psycopg.OperationalError:
        return True
    return row is not None and bool(row[0])
