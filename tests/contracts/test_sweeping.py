"""Sweeps on a real PostgreSQL: what is due goes, batch by batch and partition by partition, and everything else stays as it was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from avow.stores.duty import PathSpec, StepSpec
from avow.stores.postgres.duty.cascading import Owned
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
    while count := sweeper.sweep(due, at):
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


def test_a_partitioned_table_is_swept_in_batches_and_a_sweep_goes_on_where_it_stopped(sweeper):
    due = Due("public.visits", "id", "at", 100)
    wanted = sweeper.standing(due, NOW).due
    first = sweeper.sweep(due, NOW)
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


CASCADES = """
CREATE TABLE orders (id int PRIMARY KEY, person int REFERENCES people, made_at timestamptz NOT NULL,
    above int REFERENCES orders ON DELETE CASCADE);
CREATE TABLE lines (id int PRIMARY KEY, "order" int REFERENCES orders ON DELETE CASCADE);
CREATE TABLE gifts (id int PRIMARY KEY, line int REFERENCES lines ON DELETE CASCADE, person int REFERENCES people);
CREATE TABLE calls (id int PRIMARY KEY, "order" int REFERENCES orders ON DELETE SET NULL, person int REFERENCES people);
CREATE TABLE parcels (id int PRIMARY KEY, "order" int REFERENCES orders ON DELETE CASCADE, line int REFERENCES lines);
INSERT INTO orders SELECT n, n, '2020-01-01' FROM generate_series(1, 10) n;
INSERT INTO lines SELECT n, n FROM generate_series(1, 10) n;
"""


def ordered(**given):
    """Old orders, each of one person; lines go with them, and gifts with their lines; calls lose their order."""
    path = PathSpec("public.people", (StepSpec("person", "public.people", "id"),))
    owned = {name: Owned("", (path,)) for name in ("public.gifts", "public.calls")}
    return Due("public.orders", "id", "made_at", 100, paths=(path,), owned=owned, **given)


def test_a_row_whose_cascade_would_take_a_held_persons_row_waits_and_is_counted_and_named(sweeper):
    sweeper._connection.execute(CASCADES.encode())
    sweeper._connection.execute("INSERT INTO gifts VALUES (1, 1, 1), (2, 2, 2); INSERT INTO calls VALUES (1, 3, 9)")
    held = {"public.people": ("1", "9")}
    stands = sweeper.standing(ordered(held=held), NOW)
    assert (stands.due, stands.held, stands.referred, stands.others) == (10, 3, 0, 0)  # the orders of 1, 3 and 9
    assert stands.waits == (("public.calls", 1), ("public.gifts", 1))
    assert sweep(sweeper, ordered(held=held)) == 7
    assert rows(sweeper, "SELECT id FROM orders ORDER BY 1") == [(1,), (3,), (9,)]
    assert rows(sweeper, "SELECT id FROM gifts") == [(1,)]
    assert rows(sweeper, 'SELECT id, "order" FROM calls') == [(1, 3)]
    assert sweep(sweeper, ordered()) == 3
    assert rows(sweeper, "SELECT (SELECT count(*) FROM lines), (SELECT count(*) FROM gifts)") == [(0, 0)]


def test_a_row_that_would_take_along_a_row_of_somebody_else_waits_for_it(sweeper):
    sweeper._connection.execute(CASCADES.encode())
    sweeper._connection.execute("INSERT INTO gifts VALUES (1, 1, 5), (2, 2, 2), (3, 3, NULL)")
    stands = sweeper.standing(ordered(), NOW)
    assert (stands.due, stands.held, stands.others, stands.waits) == (10, 0, 1, (("public.gifts", 1),))
    assert sweep(sweeper, ordered()) == 9
    assert rows(sweeper, "SELECT id, person FROM gifts") == [(1, 5)]
    sweeper._connection.execute("DELETE FROM gifts")
    assert sweep(sweeper, ordered()) == 1


def test_a_row_that_leads_to_nobody_takes_along_nobodys_rows_but_its_own(sweeper):
    sweeper._connection.execute(CASCADES.encode())
    sweeper._connection.execute("UPDATE orders SET person = NULL")
    sweeper._connection.execute("INSERT INTO gifts VALUES (1, 1, 5), (2, 2, NULL)")
    stands = sweeper.standing(ordered(), NOW)
    assert (stands.due, stands.others, stands.waits) == (10, 1, (("public.gifts", 1),))
    assert sweep(sweeper, ordered()) == 9
    assert rows(sweeper, "SELECT id, person FROM gifts") == [(1, 5)]


PARTED = """
CREATE TABLE orders (id int, person int, made_at timestamptz NOT NULL, PRIMARY KEY (id, made_at)) PARTITION BY RANGE (made_at);
CREATE TABLE orders_a PARTITION OF orders FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE orders_b PARTITION OF orders FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
ALTER TABLE orders_a ADD UNIQUE (id);
CREATE TABLE gifts (id int, "order" int, person int REFERENCES people) PARTITION BY LIST (id);
CREATE TABLE gifts_a PARTITION OF gifts FOR VALUES IN (1, 2, 3);
CREATE TABLE gifts_b PARTITION OF gifts DEFAULT;
ALTER TABLE gifts_a ADD FOREIGN KEY ("order") REFERENCES orders_a (id) ON DELETE CASCADE;
CREATE TABLE calls (id int PRIMARY KEY, "order" int REFERENCES orders_a (id));
INSERT INTO orders SELECT n, n, '2020-05-01' FROM generate_series(1, 10) n;
INSERT INTO orders SELECT n, n, '2021-05-01' FROM generate_series(1, 10) n;
INSERT INTO gifts VALUES (1, 1, 5), (2, 2, 2), (7, 7, 1);
INSERT INTO calls VALUES (1, 4)
"""


def test_keys_of_single_partitions_are_followed_and_bind_rows_of_these_partitions_alone(sweeper):
    sweeper._connection.execute(PARTED.encode())
    stands = sweeper.standing(ordered(), NOW)
    assert (stands.due, stands.referred, stands.others, stands.waits) == (20, 1, 1, (("public.gifts", 1),))
    held = sweeper.standing(ordered(held={"public.people": ("2",)}), NOW)
    assert (held.held, held.waits) == (2, (("public.gifts", 1), ("public.gifts", 1)))
    assert sweeper.due_parts(ordered(), NOW) == []
    assert sweep(sweeper, ordered()) == 18
    assert rows(sweeper, "SELECT id, tableoid::regclass::text FROM orders ORDER BY 1") == [
        (1, "orders_a"),
        (4, "orders_a"),
    ]
    assert rows(sweeper, "SELECT id, person FROM gifts ORDER BY 1") == [(1, 5), (7, 1)]


def test_rows_that_refuse_further_down_are_waited_for_and_those_that_go_as_well_are_not(sweeper):
    sweeper._connection.execute(CASCADES.encode())
    sweeper._connection.execute("INSERT INTO parcels VALUES (1, 1, 1), (2, NULL, 2)")  # of 2 nothing says that it goes
    stands = sweeper.standing(ordered(), NOW)
    assert (stands.due, stands.referred) == (10, 1)
    assert sweep(sweeper, ordered()) == 9
    assert rows(sweeper, "SELECT id FROM parcels") == [(2,)]


def test_within_a_tree_of_rows_the_last_go_first(sweeper):
    sweeper._connection.execute(CASCADES.encode())
    sweeper._connection.execute("UPDATE orders SET above = id - 1, person = 1 WHERE id BETWEEN 2 AND 4")
    sweeper._connection.execute("UPDATE orders SET made_at = '2026-06-01' WHERE id = 3")
    assert sweep(sweeper, ordered()) == 7
    assert rows(sweeper, "SELECT id FROM orders ORDER BY 1") == [(1,), (2,), (3,)]


def test_a_row_that_comes_along_between_choosing_and_taking_is_seen(sweeper, database, monkeypatch):
    sweeper._connection.execute(CASCADES.encode())
    pick = PostgresSweeper._pick

    def pick_and_meet(self, due, at, blocks):
        found = pick(self, due, at, blocks)
        with psycopg.connect(database, autocommit=True) as rival:
            rival.execute("INSERT INTO gifts VALUES (1, 1, 5)")
        return found

    monkeypatch.setattr(PostgresSweeper, "_pick", pick_and_meet)
    assert sweeper.sweep(ordered(), NOW) == 9
    assert rows(sweeper, "SELECT id FROM orders") == [(1,)]
