"""Sweeps on a real PostgreSQL: what is due goes, batch by batch and partition by partition, and everything else stays as it was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from avow.stores.duty import PathSpec, StepSpec
from avow.stores.postgres.duty.sweeping import Due, PostgresSweeper

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SCHEMA = """
CREATE TABLE people (id int PRIMARY KEY, email text, seen_at timestamptz NOT NULL);
CREATE TABLE notes (id int PRIMARY KEY, person int REFERENCES people, body text NOT NULL, made_at timestamptz NOT NULL);
CREATE TABLE visits (id int, person int, ip inet NOT NULL, at timestamptz NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE visits_old PARTITION OF visits FOR VALUES FROM (MINVALUE) TO ('2026-01-01');
CREATE TABLE visits_new PARTITION OF visits FOR VALUES FROM ('2026-01-01') TO (MAXVALUE);
INSERT INTO people SELECT n, 'p' || n || '@example.org',
    timestamptz '2026-06-01 UTC' - make_interval(days => n * 10) FROM generate_series(1, 20) n;
INSERT INTO notes SELECT n, n, 'note', timestamptz '2026-06-01 UTC' - make_interval(days => n * 10) FROM generate_series(1, 20) n;
INSERT INTO visits SELECT n, 1 + n % 20, '192.0.2.1',
    timestamptz '2026-06-01 UTC' - make_interval(hours => n) FROM generate_series(1, 12000) n;
"""


@pytest.fixture
def sweeper(database):
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(SCHEMA.encode())
        connection.execute("SET timezone = 'UTC'")
        yield PostgresSweeper(connection)


def rows(sweeper, query):
    return sweeper._connection.execute(query.encode()).fetchall()


def sweep(sweeper, due, at=NOW):
    total = 0
    for part in sweeper.parts(due.table):
        while count := sweeper.sweep(due, at, part):
            total += count
    return total


def test_rows_past_their_day_go_and_every_other_row_stays(sweeper):
    kept = rows(
        sweeper, "SELECT * FROM notes WHERE made_at >= '2026-06-01'::timestamptz - interval '100 days' ORDER BY id"
    )
    due = Due("public.notes", "id", "made_at", 100)
    assert sweeper.standing(due, NOW).due == 10
    assert sweep(sweeper, due) == 10
    assert rows(sweeper, "SELECT * FROM notes ORDER BY id") == kept
    assert sweep(sweeper, due) == 0


def test_a_row_that_another_row_refers_to_waits_for_it_and_is_counted(sweeper):
    due = Due("public.people", "id", "seen_at", 100)
    assert sweep(sweeper, due) == 0
    assert sweeper.standing(due, NOW).referred == 10
    sweep(sweeper, Due("public.notes", "id", "made_at", 100))
    assert sweep(sweeper, due) == 10
    assert rows(sweeper, "SELECT count(*) FROM people") == [(10,)]


def test_a_hold_on_a_person_keeps_every_row_that_leads_to_them(sweeper):
    path = PathSpec("public.people", (StepSpec("person", "public.people", "id"),), False)
    due = Due("public.notes", "id", "made_at", 100, paths=(path,), held={"public.people": ("15", "2")})
    assert sweep(sweeper, due) == 9
    assert rows(sweeper, "SELECT id FROM notes WHERE id > 10") == [(15,)]
    assert sweeper.standing(due, NOW).held == 1
    assert sweep(sweeper, Due("public.notes", "id", "made_at", 100)) == 1


def test_values_are_cleared_where_the_row_is_needed_on(sweeper):
    due = Due("public.people", "id", "seen_at", 50, clear=("email",))
    assert sweep(sweeper, due) == 15
    assert rows(sweeper, "SELECT count(*), count(email) FROM people") == [(20, 5)]
    assert sweep(sweeper, due) == 0


def test_partitions_are_swept_oldest_first_in_batches_and_go_on_where_a_run_stopped(sweeper):
    due = Due("public.visits", "id", "at", 100)
    assert sweeper.parts("public.visits") == ["public.visits_old", "public.visits_new"]
    wanted = sweeper.standing(due, NOW).due
    first = sweeper.sweep(due, NOW, "public.visits_old")
    assert 0 < first <= 5_000
    assert first + sweep(sweeper, due) == wanted
    assert rows(sweeper, "SELECT count(*) FROM visits") == [(12_000 - wanted,)]
    assert sweeper.standing(due, NOW).due == 0


def test_only_the_named_keys_are_swept_at_another_moment(sweeper):
    due = Due("public.notes", "id", "made_at", 100, only=("1", "2"))
    assert sweep(sweeper, due, NOW + timedelta(days=400)) == 2
    assert rows(sweeper, "SELECT count(*) FROM notes") == [(18,)]


def test_what_goes_when_is_told_by_month(sweeper):
    months = sweeper.when(Due("public.notes", "id", "made_at", 100))
    assert sum(count for _, count in months) == 20
    assert months == sorted(months)
    assert {month.day for month, _ in months} == {1}
