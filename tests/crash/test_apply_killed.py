"""kill -9 in each phase of apply and in remove: the next run finishes it, and nothing is half done in between."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest

FOLDER = Path(__file__).parent
sys.path.insert(0, str(FOLDER.parent / "contracts" / "compile"))
from shop import SCHEMA, Shop  # noqa: E402

from avow.compilers import apply_remove  # noqa: E402
from avow.errors import ApplyError  # noqa: E402


@pytest.fixture
def shop(cluster: Any) -> Shop:
    dsn = cluster.create_database()
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute(SCHEMA)
        name = conn.info.dbname
    return Shop(dsn, cluster.dsn_for(name, "shopapp"), cluster.version)


def die(shop: Shop, what: str, index: int) -> None:
    call = [sys.executable, str(FOLDER / "apply_and_die.py"), shop.dsn, what, str(index)]
    assert subprocess.run(call, check=False, capture_output=True, timeout=60).returncode == -9


def wait_until_free(shop: Shop) -> None:
    """The server notices within moments that the killed client is gone."""
    for _ in range(100):
        with shop.owner() as conn:
            if conn.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'avow apply'"
            ).fetchone() == (0,):
                return
        time.sleep(0.05)


def works(shop: Shop) -> bool:
    """Wherever it was killed, the program's own work goes on: with its old rights, or with those of its pair."""
    with shop.login() as conn:
        return conn.execute("SELECT name FROM contacts ORDER BY id").fetchone() == ("Alice",)


def works_as_before(shop: Shop) -> bool:
    with shop.login() as conn:
        return conn.execute("SELECT phone FROM contacts ORDER BY id").fetchone() == ("1",)


@pytest.mark.parametrize("share", [0.02, 0.15, 0.3, 0.5, 0.8, 1.0])
def test_an_apply_that_was_killed_is_finished_by_the_next(shop: Shop, share: float) -> None:
    count = len(shop.plan().statements)
    die(shop, "apply", max(1, int(count * share)))
    wait_until_free(shop)
    assert works(shop)
    shop.apply()
    assert shop.plan().empty
    with shop.login() as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute("SELECT phone FROM public.contacts")


def test_a_remove_that_was_killed_leaves_everything_enforced(shop: Shop) -> None:
    shop.apply()
    die(shop, "remove", 20)
    wait_until_free(shop)
    assert shop.plan().empty
    apply_remove(shop.dsn, "main")
    assert works_as_before(shop)


def test_two_applies_at_once_are_refused(shop: Shop) -> None:
    found: list[str] = []

    def second(says: str, index: int, count: int) -> None:
        if index == 3 and not found:
            with pytest.raises(ApplyError) as caught:
                shop.apply()
            found.extend(caught.value.codes)

    shop.apply(progress=second)
    assert found == ["apply.already-running"]


def test_a_table_that_is_dropped_during_apply_is_named(shop: Shop) -> None:
    dropped: list[int] = []

    def drop(says: str, index: int, count: int) -> None:
        if index > 5 and not dropped:
            dropped.append(index)
            with shop.owner() as conn:
                conn.execute("DROP TABLE public.parcels CASCADE")

    with pytest.raises(ApplyError) as caught:
        shop.apply(progress=drop)
    assert caught.value.codes == ("apply.object-missing",)
    assert works_as_before(shop)


def test_a_reader_in_the_way_is_waited_for_in_short_steps_and_then_named(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("avow.compilers.postgres.running.PAUSES", (0.05,))
    with psycopg.connect(shop.dsn) as reader:
        reader.execute("SELECT 1 FROM public.contacts")
        with pytest.raises(ApplyError) as caught:
            shop.apply()
    assert caught.value.codes == ("apply.lock-timeout",)
    assert works_as_before(shop)


def test_a_reader_that_ends_in_time_is_waited_for(shop: Shop) -> None:
    reader = psycopg.connect(shop.dsn)
    reader.execute("SELECT 1 FROM public.contacts")
    threading.Timer(1.0, reader.close).start()
    shop.apply()
    assert shop.plan().empty
