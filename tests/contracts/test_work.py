"""The queue on a real PostgreSQL: what is put in is done, at least once, whoever dies."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest

from avow.errors import Diagnostic, Place, StoreError, WorkError
from avow.work import Job, Timing, defer, get_waiting, migrate_work, run_worker

QUICK = Timing(heartbeat=0.3, stalled=1.5, retry_every="* * * * * *", polling=0.1, graceful=5.0)


@pytest.fixture
def queue(database: str):
    with psycopg.connect(database, autocommit=True) as connection:
        migrate_work(connection)
        connection.execute("CREATE TABLE seen (id text, at timestamptz DEFAULT clock_timestamp())")
        yield connection


def marking(dsn: str, name: str = "mark", **options) -> Job:
    def mark(id: str) -> None:
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("INSERT INTO seen (id) VALUES (%s)", (id,))

    return Job(name, mark, **options)


def seen(queue) -> list[str]:
    return [row[0] for row in queue.execute("SELECT id FROM seen ORDER BY at, id")]


def test_the_schema_is_made_once_however_often_and_by_however_many(database: str):
    def migrate() -> None:
        with psycopg.connect(database, autocommit=True) as connection:
            migrate_work(connection)

    threads = [threading.Thread(target=migrate) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    migrate()
    with psycopg.connect(database) as connection:
        assert get_waiting(connection).due == 0
        assert connection.execute("SELECT count(*) > 30 FROM work.avow_migration").fetchone() == (True,)
        assert connection.execute("SELECT to_regclass('public.procrastinate_jobs')").fetchone() == (None,)


def test_an_older_queue_is_brought_up_to_date(queue):
    """As a release would find it that was made before the last step of procrastinate's."""
    queue.execute("DELETE FROM work.avow_migration WHERE name = '03.04.00_50_post_add_retry_failed_job_procedure.sql'")
    migrate_work(queue)
    assert queue.execute("SELECT count(*) FROM work.avow_migration WHERE name LIKE '03.04.00_50%'").fetchone() == (1,)


def test_a_job_is_done_once_it_is_committed_and_not_before(database: str, queue):
    with queue.transaction(force_rollback=True):
        assert defer(queue, "mark", {"id": "undone"})
    with queue.transaction():
        defer(queue, "mark", {"id": "done"})
    assert run_worker(database, [marking(database)], once=True, timing=QUICK).done == 1
    assert seen(queue) == ["done"]
    assert get_waiting(queue).due == 0


def test_a_key_waits_once_and_the_callers_work_goes_on(database: str, queue):
    with queue.transaction():
        queue.execute("INSERT INTO seen (id) VALUES ('before')")
        assert defer(queue, "mark", {"id": "a"}, key="k")
        assert not defer(queue, "mark", {"id": "b"}, key="k")
        queue.execute("INSERT INTO seen (id) VALUES ('after')")
    run_worker(database, [marking(database)], once=True, timing=QUICK)
    assert sorted(seen(queue)) == ["a", "after", "before"]


def test_a_job_for_later_waits(database: str, queue):
    defer(queue, "mark", {"id": "later"}, at=datetime.now(UTC) + timedelta(hours=1))
    assert run_worker(database, [marking(database)], once=True, timing=QUICK).done == 0
    assert get_waiting(queue).later == 1


@pytest.mark.parametrize("value", ["alice@example.com", "Alice Archer", "", "x" * 200, True, 1.5, None])
def test_what_is_no_id_is_not_put_into_the_queue(queue, value):
    with pytest.raises(WorkError) as caught:
        defer(queue, "mark", {"id": value})
    assert caught.value.codes == ("work.not-an-id",)
    assert str(value or "-") not in str(caught.value).replace("work.not-an-id", "").replace("`id`", "") or value in (
        None,
        "",
    )
    assert get_waiting(queue).due == 0


def test_ids_of_every_form_arrive(database: str, queue):
    got: list[dict] = []
    defer(queue, "take", {"request": (request := uuid4()), "store": "main", "number": 7})
    run_worker(database, [Job("take", lambda **ids: got.append(ids))], once=True, timing=QUICK)
    assert got == [{"request": str(request), "store": "main", "number": 7}]


def test_jobs_of_one_lock_run_in_order_even_with_many_hands(database: str, queue):
    for number in range(4):
        defer(queue, "mark", {"id": str(number)}, lock="one")
    assert run_worker(database, [marking(database)], concurrency=4, once=True, timing=QUICK).done == 4
    assert seen(queue) == ["0", "1", "2", "3"]


def test_periodic_jobs_run_in_a_single_run_too_and_get_no_ids(database: str, queue):
    calls: list[str] = []
    job = Job("tick", lambda: calls.append("tick"), every="0 3 * * *", alone=True)
    assert run_worker(database, [job], once=True, timing=QUICK).done == 1
    assert calls == ["tick"]


def test_a_job_that_fails_is_tried_again_and_its_words_are_not_logged(database: str, queue, caplog):
    caplog.set_level("DEBUG")

    def fail(id: str) -> None:
        raise ValueError("alice@example.com is wrong")

    defer(queue, "fail", {"id": "1"})
    assert run_worker(database, [Job("fail", fail)], once=True, timing=QUICK).failed == 1
    assert get_waiting(queue).later == 1
    assert "alice@example.com" not in caplog.text
    assert "ValueError at test_work.py" in caplog.text


def test_a_diagnostic_is_logged_by_its_code(database: str, queue, caplog):
    def fail(id: str) -> None:
        raise StoreError(Diagnostic(Place("x"), "store.timeout", "words", "help", "so"))

    defer(queue, "fail", {"id": "1"})
    run_worker(database, [Job("fail", fail, attempts=1)], once=True, timing=QUICK)
    assert "store.timeout" in caplog.text
    assert get_waiting(queue).failed == 1, "after its last attempt a job is given up and stays to be seen"


def test_a_failed_job_whose_key_waits_again_does_not_stay_undone_for_ever(database: str, queue):
    """procrastinate would raise, and leave the job `doing` for as long as its worker lives."""
    calls: list[str] = []

    def fail_once(id: str) -> None:
        calls.append(id)
        if id == "first":
            with psycopg.connect(database, autocommit=True) as connection:
                assert defer(connection, "fail", {"id": "second"}, key="k")
            raise ValueError

    defer(queue, "fail", {"id": "first"}, key="k")
    run_worker(database, [Job("fail", fail_once)], once=True, timing=QUICK)
    assert calls == ["first", "second"]
    waiting = get_waiting(queue)
    assert (waiting.doing, waiting.failed, waiting.due) == (0, 1, 0)


def stall(queue, *ids: str, key: str = "") -> None:
    """As a worker leaves its jobs that was killed a minute ago."""
    for id in ids:
        defer(queue, "mark", {"id": id}, key=key)
        queue.execute("SET search_path = work")
        (worker,) = (queue.execute("SELECT procrastinate_register_worker_v1()").fetchone()[0],)
        queue.execute("SELECT procrastinate_fetch_job_v2(NULL, %s)", (worker,))
        queue.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'")
        queue.execute("RESET search_path")


def test_the_jobs_of_a_dead_worker_are_taken_over(database: str, queue):
    stall(queue, "a", "b")
    assert get_waiting(queue).doing == 2
    run_worker(database, [marking(database)], once=True, timing=QUICK)
    assert sorted(seen(queue)) == ["a", "b"]
    assert get_waiting(queue).doing == 0


def test_a_stalled_job_whose_key_waits_again_does_not_stop_the_others(database: str, queue):
    stall(queue, "old", key="k")
    stall(queue, "other")
    assert defer(queue, "mark", {"id": "new"}, key="k", at=datetime.now(UTC) + timedelta(hours=1))
    run_worker(database, [marking(database)], once=True, timing=QUICK)
    assert seen(queue) == ["other"]
    waiting = get_waiting(queue)
    assert (waiting.doing, waiting.failed, waiting.later) == (0, 1, 1)


def test_done_jobs_are_removed_after_their_time_and_failed_ones_later(database: str, queue):
    defer(queue, "mark", {"id": "a"})
    defer(queue, "unknown", {"id": "b"})
    run_worker(database, [marking(database)], once=True, timing=QUICK)
    queue.execute("UPDATE work.procrastinate_events SET at = at - interval '2 days'")
    run_worker(database, [marking(database)], once=True, timing=QUICK)
    left = queue.execute(
        "SELECT task_name, status::text FROM work.procrastinate_jobs WHERE task_name NOT LIKE 'work.%'"
    )
    assert left.fetchall() == [("unknown", "failed")]


@pytest.mark.parametrize(
    "jobs",
    [
        [Job("a", print), Job("a", print)],
        [Job("work.retry_stalled", print)],
    ],
)
def test_jobs_with_one_name_do_not_start(database: str, jobs):
    with pytest.raises(WorkError, match=r"work\.bad-jobs"):
        run_worker(database, jobs, once=True)


def test_an_async_job_does_not_start(database: str):
    async def job() -> None: ...

    with pytest.raises(WorkError, match=r"work\.bad-jobs"):
        run_worker(database, [Job("a", job)], once=True)


def test_a_database_that_is_not_there_is_said():
    with pytest.raises(WorkError) as caught:
        run_worker("postgresql://nobody@127.0.0.1:1/none", [], once=True)
    assert caught.value.codes == ("work.unreachable",)
