"""An older database of Avow's own is brought up to date by the next start: the same schema as a new one, its rows kept."""

import threading
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from avow import control
from avow.control import open_control
from avow.control.migrating import bring_up_to_date, load_migrations
from avow.control.records import PARTS
from avow.errors import StoreError

CASES = Path(__file__).parents[1] / "cases" / "control"
OLD = ("before_rights.sql", "before_numbers.sql")
CANARY = uuid4()


def make_old(dsn: str, name: str) -> None:
    """A database of that time with a few rows in it."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute((CASES / name).read_bytes())
        connection.execute(
            "INSERT INTO control.policy_version VALUES ('acme', '2026-01', 'd1', '2026-01-05', '', 'We keep it here.')"
        )
        connection.execute(
            "INSERT INTO control.canary (id, store, table_name, key_column, key_value, expires_at)"
            " VALUES (%s, 'main', 'public.contacts', 'id', '7', %s)",
            (CANARY, datetime(2026, 5, 1, tzinfo=UTC)),
        )


def catalogue_of(dsn: str) -> list[str]:
    with psycopg.connect(dsn) as connection:
        return [line for (line,) in connection.execute((CASES / "catalogue.sql").read_bytes())]


def start(dsn: str, migrations=None, parts=PARTS) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        bring_up_to_date(connection, parts, migrations)


def made(dsn: str) -> list[int]:
    with psycopg.connect(dsn) as connection:
        return [n for (n,) in connection.execute("SELECT number FROM control.migration ORDER BY number")]


@pytest.mark.parametrize("name", OLD)
def test_a_migrated_database_has_the_catalogue_of_a_new_one_and_keeps_its_rows(cluster, name: str):
    old, new = cluster.create_database(), cluster.create_database()
    make_old(old, name)
    with open_control(old, "acme") as opened:
        versions, canaries = opened.versions(), opened.canaries("main")
    with open_control(new, "acme"):
        pass
    assert catalogue_of(old) == catalogue_of(new), (
        "a table that stood already was changed: write the change into a numbered file of `control/migrations` too"
    )
    assert made(old) == made(new) == sorted(load_migrations())
    assert [(v.version, v.published, v.digest) for v in versions] == [("2026-01", date(2026, 1, 5), "d1")]
    assert [canary.id for canary in canaries] == [CANARY]


def test_every_numbered_change_may_run_again_on_a_new_database(database: str):
    start(database)
    before = catalogue_of(database)
    with psycopg.connect(database, autocommit=True) as connection:
        for _, sql in load_migrations().values():
            connection.execute(sql.encode())
    assert catalogue_of(database) == before


def test_numbers_have_no_gap_and_no_file_is_left_out():
    files = list((Path(control.__file__).parent / "migrations").iterdir())
    assert sorted(load_migrations()) == list(range(1, len(files) + 1))


def test_a_change_is_made_once_and_in_order(database: str):
    start(database)
    first = max(load_migrations()) + 1
    changes = load_migrations() | {
        first + 1: ("second", "INSERT INTO control.noted VALUES ('second')"),
        first: ("first", "CREATE TABLE control.noted (word text); INSERT INTO control.noted VALUES ('first')"),
    }
    start(database, changes)
    start(database, changes)
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT word FROM control.noted").fetchall() == [("first",), ("second",)]


def test_a_change_that_fails_takes_everything_back_and_is_tried_anew(database: str):
    start(database)
    before, first = catalogue_of(database), max(load_migrations()) + 1
    good = (first, ("good", "CREATE TABLE control.noted (word text)"))
    broken = dict([*load_migrations().items(), good, (first + 1, ("broken", "INSERT INTO control.noted VALUES (1/0)"))])
    with pytest.raises(StoreError) as caught:
        start(database, broken)
    assert caught.value.codes == ("control.not-updated",)
    assert "`broken`" in str(caught.value)
    assert catalogue_of(database) == before
    mended = broken | {first + 1: ("mended", "INSERT INTO control.noted VALUES ('here')")}
    start(database, mended)
    assert made(database) == sorted(mended)


def test_a_database_that_a_newer_release_changed_is_refused_and_left_alone(database: str):
    start(database)
    newer = load_migrations() | {9000: ("from_tomorrow", "CREATE TABLE control.tomorrow (word text)")}
    start(database, newer)
    before = catalogue_of(database)
    with pytest.raises(StoreError) as caught, open_control(database, "acme"):
        pass
    assert caught.value.codes == ("control.newer",)
    assert catalogue_of(database) == before


def test_an_older_release_beside_a_newer_one_changes_nothing_back(database: str):
    older = PARTS[:-1]
    start(database, parts=older)
    start(database)
    before = catalogue_of(database)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "CREATE OR REPLACE FUNCTION control.refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE; END'"
        )
        changed = catalogue_of(database)
    start(database, parts=older)
    assert catalogue_of(database) == changed != before


def test_a_database_that_is_up_to_date_is_opened_while_its_tables_are_in_use(database: str):
    start(database)
    with psycopg.connect(database) as busy:
        busy.execute("LOCK TABLE control.policy_version, control.canary IN ACCESS EXCLUSIVE MODE")
        busy.execute("SELECT pg_advisory_xact_lock(4158520, 1)")
        with psycopg.connect(database, autocommit=True, options="-c statement_timeout=5s") as connection:
            bring_up_to_date(connection, PARTS)
        assert made(database) == sorted(load_migrations())


def test_many_first_starts_at_once_make_one_schema(database: str):
    make_old(database, OLD[0])
    failed: list[BaseException] = []

    def run() -> None:
        try:
            start(database)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert made(database) == sorted(load_migrations())
