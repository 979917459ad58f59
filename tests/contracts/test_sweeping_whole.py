"""What goes by whole periods: figures that stay, compared with a count row by row, and partitions that are dropped at once."""

from __future__ import annotations

import random
import subprocess
import sys
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import psycopg
import pytest

from avow.compilers.postgres.quoting import load_sql
from avow.errors import Diagnostic, LedgerError, Place
from avow.stores.duty import PathSpec, StepSpec
from avow.stores.postgres.duty import sweeping
from avow.stores.postgres.duty.figures import FigureSpec, GroupSpec, Kept
from avow.stores.postgres.duty.sweeping import Due, PostgresSweeper, open_sweeper

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SCHEMA = """
CREATE TABLE firms (id int PRIMARY KEY, sector text);
CREATE TABLE visits (id int, person int, firm int, bytes bigint NOT NULL, at timestamptz NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE visits_a PARTITION OF visits FOR VALUES FROM (MINVALUE) TO ('2020-02-01');
CREATE TABLE visits_b PARTITION OF visits FOR VALUES FROM ('2020-02-01') TO ('2020-03-01');
CREATE TABLE visits_new PARTITION OF visits FOR VALUES FROM ('2020-03-01') TO (MAXVALUE);
CREATE TABLE flat (LIKE visits);
INSERT INTO firms VALUES (1, 'mining'), (2, 'milling'), (3, NULL);
"""
FIGURES = (
    FigureSpec(
        "usage",
        "person",
        (GroupSpec("sector", "sector", (StepSpec("firm", "public.firms", "id"),)),),
        (("count", ""), ("sum", "bytes")),
    ),
)
VISITS = Due("public.visits", "id", "at", 100, rule="keep/1")


def fill(connection: psycopg.Connection, table: str, seed: int) -> list[tuple[int, int, int | None, int, datetime]]:
    told = random.Random(seed)
    rows = [
        (n, told.randrange(12), told.choice((1, 2, 3, None)), told.randrange(100),
         datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=told.randrange(24 * 75)))
        for n in range(400)
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {table} VALUES (%s, %s, %s, %s, %s)".encode(), rows)
    return rows


@pytest.fixture
def sweeper(database):
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(load_sql("core").rstrip().rstrip(";").encode())
        connection.execute(SCHEMA.encode())
        limits = load_sql("drop_part").format(limits="('public.visits', 'at', 100)")
        connection.execute(limits.encode())
    made = open_sweeper(database, "main")
    yield made
    made.close()


def rows(sweeper: PostgresSweeper, query: str) -> list[tuple]:
    return sweeper._connection.execute(query.encode()).fetchall()


def count_by_hand(told, at_least: int, by) -> dict:
    """(period, sector) -> (people, rows, bytes), row by row."""
    sectors = {1: "mining", 2: "milling"}
    people, seen = defaultdict(set), defaultdict(lambda: [0, 0])
    for _, person, firm, size, at in told:
        key = (by(at), sectors.get(firm))
        people[key].add(person)
        seen[key][0] += 1
        seen[key][1] += size
    return {k: (len(v), *seen[k]) for k, v in people.items() if len(v) >= at_least}


@pytest.mark.parametrize(
    ("days", "at_least", "by"), [(40, 5, lambda at: at.date().replace(day=1)), (3, 2, lambda at: at.date())]
)
def test_figures_that_stay_equal_a_count_row_by_row_however_the_rows_went(sweeper, monkeypatch, days, at_least, by):
    monkeypatch.setattr(sweeping, "BATCH", 37)
    told = fill(sweeper._connection, "flat", days)
    table = "flat"
    due = Due(f"public.{table}", "id", "at", days, rule="keep/1", figures=FIGURES, at_least=at_least)
    for step in range(0, 130, 9):
        at = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=step)
        while sweeper.sweep(due, at):
            pass
        left = {n for (n,) in rows(sweeper, f"SELECT id FROM {table}")}
        assert left == {row[0] for row in told if row[4] >= at - timedelta(days=days)}
    kept = rows(
        sweeper,
        "SELECT period, groups ->> 'sector', subjects, figures ->> 'count', figures ->> 'sum_bytes' FROM avow.kept_figure",
    )
    assert {(p, s): (n, int(c), int(b)) for p, s, n, c, b in kept} == count_by_hand(told, at_least, by)
    periods = len({by(row[4]) for row in told if row[0] not in left})
    assert sweeper.kept(due) == Kept(periods)
    sweeper._connection.execute(
        "UPDATE avow.kept_figure SET subjects = 1 WHERE ctid = (SELECT min(ctid) FROM avow.kept_figure)"
    )
    assert sweeper.kept(due) == Kept(periods, small=1)


KEPT = (
    "SELECT period, groups ->> 'sector', subjects, figures ->> 'count', figures ->> 'sum_bytes' FROM avow.kept_figure"
)
JANUARY, EARLY = datetime(2020, 1, 1, tzinfo=UTC), datetime(2020, 1, 12, tzinfo=UTC)


def limit(days: int, rule: str, figures=FIGURES) -> Due:
    """Of groups of any size, so that nothing may be left out."""
    return Due("public.flat", "id", "at", days, rule=rule, figures=figures, at_least=1)


def sweep_until(sweeper: PostgresSweeper, due: Due, cut: datetime) -> None:
    """Every row that is dated before `cut` goes, and no other."""
    stay = [row for row in rows(sweeper, "SELECT * FROM flat ORDER BY id") if row[4] >= cut]
    while sweeper.sweep(due, cut + timedelta(days=due.days)):
        pass
    assert rows(sweeper, "SELECT * FROM flat ORDER BY id") == stay


def kept(sweeper: PostgresSweeper) -> dict:
    told = rows(sweeper, KEPT)
    found = {(p, s): (n, int(c), int(b)) for p, s, n, c, b in told}
    assert len(found) == len(told)  # no group of a period stands there twice
    return found


def month_of(at: datetime):
    return at.date().replace(day=1)


@pytest.mark.parametrize("after", [limit(40, "keep/2"), limit(3, "keep/1"), limit(3, "keep/2")])
def test_a_period_that_is_half_gone_is_not_counted_again_under_another_name_or_by_the_day(sweeper, after):
    told = fill(sweeper._connection, "flat", 11)
    sweep_until(sweeper, limit(40, "keep/1"), EARLY)
    sweep_until(sweeper, after, datetime(2020, 4, 1, tzinfo=UTC))
    first = [row for row in told if row[4].month == 1]
    later = count_by_hand([row for row in told if row[4].month > 1], 1, month_of if after.days > 30 else datetime.date)
    assert kept(sweeper) == count_by_hand(first, 1, month_of) | later
    assert sum(count for _, count, _ in kept(sweeper).values()) == 400


def test_a_month_whose_days_were_counted_goes_on_being_counted_by_the_day(sweeper):
    told = fill(sweeper._connection, "flat", 12)
    sweep_until(sweeper, limit(3, "keep/1"), EARLY)
    sweep_until(sweeper, limit(40, "keep/1"), datetime(2020, 4, 1, tzinfo=UTC))
    days = count_by_hand([row for row in told if row[4].month == 1], 1, datetime.date)
    assert kept(sweeper) == days | count_by_hand([row for row in told if row[4].month > 1], 1, month_of)


def test_a_figure_that_the_map_has_since_is_of_whole_periods_alone(sweeper):
    told = fill(sweeper._connection, "flat", 13)
    sweep_until(sweeper, limit(40, "keep/1"), EARLY)
    people = FigureSpec("people", "person", (), (("count", ""),))
    sweep_until(sweeper, limit(40, "keep/1", (*FIGURES, people)), datetime(2020, 4, 1, tzinfo=UTC))
    counted = dict(
        rows(sweeper, "SELECT period, (figures ->> 'count')::int FROM avow.kept_figure WHERE aggregate = 'people'")
    )
    months = {month: sum(month_of(row[4]) == month for row in told) for month in {month_of(row[4]) for row in told}}
    assert counted == {month: n for month, n in months.items() if month.month > 1}
    assert sum(count for _, count, _ in count_by_hand(told, 1, month_of).values()) == 400


def test_two_limits_that_take_from_one_period_at_once_count_it_once(sweeper, database, monkeypatch):
    monkeypatch.setattr(sweeping, "BATCH", 30)
    told = fill(sweeper._connection, "flat", 14)
    take, rival = PostgresSweeper._take, open_sweeper(database, "main")
    swept: list[int] = []
    other = Thread(target=lambda: swept.append(rival.sweep(limit(3, "keep/2"), NOW)))

    def take_beside(self, *given):
        if self is sweeper and not other.ident:
            other.start()
            other.join(0.5)
        return take(self, *given)

    monkeypatch.setattr(PostgresSweeper, "_take", take_beside)
    mine = sweeper.sweep(limit(40, "keep/1"), NOW)
    other.join()
    rival.close()
    assert (mine, swept) == (30, [30])
    assert rows(sweeper, "SELECT count(*) FROM flat") == [(340,)]
    assert kept(sweeper) == count_by_hand(told, 1, month_of)


def test_figures_that_were_written_and_stand_no_more_are_counted_until_they_are_put_back(sweeper):
    fill(sweeper._connection, "flat", 16)
    due = replace(limit(40, "keep/1"), at_least=30)  # no group is as large: nothing is lost
    sweep_until(sweeper, due, datetime(2020, 4, 1, tzinfo=UTC))
    assert (sweeper.kept(due), kept(sweeper)) == (Kept(3), {})
    sweeper._connection.execute("TRUNCATE avow.kept_period")
    assert sweeper.kept(due) == Kept(0)
    fill(sweeper._connection, "flat", 17)
    sweep_until(sweeper, limit(40, "keep/1"), datetime(2020, 4, 1, tzinfo=UTC))
    stood, renamed = kept(sweeper), limit(3, "keep/2")
    assert sweeper.kept(renamed) == Kept(3)
    sweeper._connection.execute("CREATE TABLE copy AS TABLE avow.kept_figure")
    sweeper._connection.execute("DELETE FROM avow.kept_figure WHERE period = '2020-02-01'")
    assert sweeper.kept(renamed) == Kept(3, lost=3)
    sweeper._connection.execute("TRUNCATE avow.kept_figure")
    assert sweeper.kept(renamed) == Kept(3, lost=9)
    assert sweeper.kept(VISITS) == Kept(0)
    sweeper._connection.execute("INSERT INTO avow.kept_figure TABLE copy")
    assert (sweeper.kept(renamed), kept(sweeper)) == (Kept(3), stood)


def test_what_the_docs_write_takes_out_groups_that_are_too_small_and_nothing_is_missed(sweeper):
    fill(sweeper._connection, "flat", 18)
    sweep_until(sweeper, limit(3, "keep/1"), datetime(2020, 4, 1, tzinfo=UTC))
    strict, stood = replace(limit(3, "keep/1"), at_least=3), kept(sweeper)
    large = {key: figure for key, figure in stood.items() if figure[0] >= 3}
    periods = len({period for period, _ in stood})
    assert sweeper.kept(strict) == Kept(periods, small=len(stood) - len(large))
    text = (Path(__file__).parents[2] / "docs" / "explanation" / "retention.md").read_text(encoding="utf-8")
    written = text.partition("```sql\n")[2].partition("```")[0]
    sweeper._connection.execute(written.replace("public.traffic", "public.flat").replace("10", "3").encode())
    assert (sweeper.kept(strict), kept(sweeper)) == (Kept(periods), large)
    assert 0 < len(large) < len(stood)


BEFORE = """
DROP TABLE avow.kept_period;
CREATE TABLE avow.kept_period (rule text, table_name text, period date, PRIMARY KEY (rule, table_name, period));
INSERT INTO avow.kept_period VALUES ('keep/0', 'public.flat', '2020-01-01'), ('keep/1', 'public.flat', '2020-01-01'),
  ('short/1', 'public.visits', '2020-02-01'), ('short/1', 'public.visits', '2020-02-03');
INSERT INTO avow.kept_figure VALUES ('keep/0', 'public.flat', 'usage', '2020-01-01', '{"sector": "mining"}', 5, '{}'),
  ('short/1', 'public.visits', 'usage', '2020-02-03', '{"sector": null}', 5, '{"count": 9}')
"""


def test_marks_and_figures_of_an_older_release_stay_and_stop_what_would_be_counted_again(sweeper):
    fill(sweeper._connection, "flat", 15)
    sweeper._connection.execute(BEFORE.encode())
    for _ in range(2):
        sweeper._connection.execute(load_sql("core").rstrip().rstrip(";").encode())
    assert rows(
        sweeper, "SELECT table_name, grain, period::text, rule, written FROM avow.kept_period ORDER BY 1, 3"
    ) == [
        ("public.flat", "month", "2020-01-01", "keep/0", 1),
        ("public.visits", "day", "2020-02-01", "short/1", 0),
        ("public.visits", "day", "2020-02-03", "short/1", 1),
    ]
    sweep_until(sweeper, limit(40, "keep/2"), EARLY)
    found = [(one.period.day, one.grain, one.name, one.people) for one in sweeper.figures(limit(40, "keep/2"))]
    assert found == [(1, "month", "usage", 5)]
    assert [(one.grain, one.figures) for one in sweeper.figures(VISITS)] == [("day", {"count": 9})]


def test_a_partition_that_is_due_as_a_whole_is_dropped_with_the_figures_and_the_count_that_row_by_row_has(sweeper):
    told = fill(sweeper._connection, "visits", 7)
    due = Due("public.visits", "id", "at", 100, rule="keep/1", figures=FIGURES, at_least=5)
    at = datetime(2020, 6, 5, tzinfo=UTC)  # the cut lies on the 26th of February
    gone = [row for row in told if row[4] < at - timedelta(days=100)]
    assert sweeper.due_parts(due, at) == ["public.visits_a"]
    dropped = sweeper.drop(due, at, "public.visits_a", "run")
    swept = 0
    while count := sweeper.sweep(due, at, "run"):
        swept += count
    assert dropped == sum(row[4].month == 1 for row in told)
    assert dropped + swept == len(gone) == sweeper.taken("run")
    assert rows(sweeper, "SELECT to_regclass('visits_a'), to_regclass('visits_b')") == [(None, "visits_b")]
    assert {n for (n,) in rows(sweeper, "SELECT id FROM visits")} == {row[0] for row in told} - {row[0] for row in gone}
    kept = rows(
        sweeper,
        "SELECT period, groups ->> 'sector', subjects, figures ->> 'count', figures ->> 'sum_bytes' FROM avow.kept_figure",
    )
    by_hand = count_by_hand([row for row in told if row[4].month < 3], 5, lambda at: at.date().replace(day=1))
    assert {(p, s): (n, int(c), int(b)) for p, s, n, c, b in kept} == by_hand


def test_a_partition_in_which_somebody_is_held_is_swept_row_by_row(sweeper):
    sweeper._connection.execute(
        "CREATE TABLE people (id int PRIMARY KEY); INSERT INTO people SELECT generate_series(0, 11)"
    )
    told = fill(sweeper._connection, "visits", 7)
    path = PathSpec("public.people", (StepSpec("person", "public.people", "id"),))
    due = Due("public.visits", "id", "at", 100, paths=(path,), held={"public.people": ("3",)})
    assert sweeper.due_parts(due, NOW) == ["public.visits_a", "public.visits_b"]
    assert [sweeper.drop(due, NOW, part) for part in sweeper.due_parts(due, NOW)] == [None, None]
    while sweeper.sweep(due, NOW):
        pass
    assert {n for (n,) in rows(sweeper, "SELECT id FROM visits")} == {row[0] for row in told if row[1] == 3}


def test_a_partition_is_never_dropped_past_a_key_a_trigger_a_reader_or_the_clock(sweeper, database):
    fill(sweeper._connection, "visits", 7)
    early = datetime(2020, 4, 1, tzinfo=UTC)
    assert sweeper.due_parts(VISITS, early) == []
    for closed in (
        Due("public.visits", "id", "at", 100, clear=("person",)),
        Due("public.visits", "id", "at", 100, only=("1",)),
        Due("public.visits", "id", "id", 100),
    ):
        assert sweeper.due_parts(closed, NOW) == []
    with psycopg.connect(database, autocommit=True) as owner:
        with pytest.raises(psycopg.errors.CheckViolation, match="no partition that is due as a whole"):
            owner.execute("SELECT avow.drop_part('public.visits', 'public.visits_new')")
        owner.execute("SELECT avow.lock_part('public.visits', 'public.firms')")
        owner.execute("CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'")
        owner.execute("CREATE TRIGGER note BEFORE DELETE ON visits FOR EACH ROW EXECUTE FUNCTION note()")
        assert sweeper.drop(VISITS, NOW, "public.visits_a") is None
        owner.execute("DROP TRIGGER note ON visits")
        with owner.transaction():
            owner.execute("SELECT count(*) FROM visits")
            assert sweeper.drop(VISITS, NOW, "public.visits_a") is None
        owner.execute("GRANT SELECT ON visits TO pg_monitor; ALTER TABLE visits ENABLE ROW LEVEL SECURITY")
        sweeper._connection.execute("SET ROLE pg_monitor")  # sees no row, and so nobody who is held
        owner.execute("GRANT USAGE ON SCHEMA avow TO pg_monitor")
        owner.execute("GRANT EXECUTE ON FUNCTION avow.lock_part(text, text), avow.drop_part(text, text) TO pg_monitor")
        assert sweeper.drop(VISITS, NOW, "public.visits_a") is None
        sweeper._connection.execute("RESET ROLE")
        owner.execute("ALTER TABLE visits ADD PRIMARY KEY (id, at)")
        owner.execute(
            "CREATE TABLE hits (id int, at timestamptz, FOREIGN KEY (id, at) REFERENCES visits ON DELETE CASCADE)"
        )
    assert sweeper.due_parts(VISITS, NOW) == []
    assert rows(sweeper, "SELECT count(*) FROM visits") == [(400,)]


NUMBERED = """
CREATE TABLE logs (id {kind} NOT NULL, at timestamptz NOT NULL) PARTITION BY RANGE (id);
CREATE TABLE logs_a PARTITION OF logs FOR VALUES FROM ({low}) TO ({middle});
CREATE TABLE logs_b PARTITION OF logs FOR VALUES FROM ({middle}) TO ({high});
"""


@pytest.mark.parametrize(
    ("kind", "low", "middle", "high"),
    [("bigint", "0", "1000", "20200102"), ("text", "'a'", "'m'", "'z'"), ("time", "'00:00'", "'12:00'", "'24:00'")],
)
def test_parts_that_no_date_bounds_are_swept_row_by_row_beside_those_that_a_date_does(sweeper, kind, low, middle, high):
    sweeper._connection.execute(NUMBERED.format(kind=kind, low=low, middle=middle, high=high).encode())
    sweeper._connection.execute(f"INSERT INTO logs VALUES ({low}, '2020-01-05'), ({middle}, now())".encode())
    due = Due("public.logs", "id", "at", 100)
    assert (sweeper.due_parts(due, NOW), sweeper.due_parts(replace(due, dated_by="id"), NOW)) == ([], [])
    assert sweeper.due_parts(VISITS, NOW) == ["public.visits_a", "public.visits_b"]
    limits = "('public.logs', 'at', 100), ('public.logs', 'id', 100), ('public.visits', 'at', 100)"
    sweeper._connection.execute(load_sql("drop_part").format(limits=limits).encode())
    with pytest.raises(psycopg.errors.CheckViolation, match="no partition that is due as a whole"):
        sweeper._connection.execute("SELECT avow.drop_part('public.logs', 'public.logs_a')")
    assert (sweeper.sweep(due, NOW), sweeper.sweep(due, NOW)) == (1, 0)
    assert rows(sweeper, "SELECT tableoid::regclass::text FROM logs") == [("logs_b",)]
    assert rows(sweeper, "SELECT to_regclass('logs_a') IS NOT NULL") == [(True,)]


DIE = """
import os, sys
from datetime import UTC, datetime
from avow.stores.postgres.duty import sweeping
sweeping.BATCH = 50
mine = sweeping.open_sweeper(sys.argv[1], "main")
due = sweeping.Due("public.flat", "id", "at", 100)
mark = sweeping.PostgresSweeper._mark
def die(self, run, taken, seal):
    mark(self, run, taken, seal)
    if self.taken(run) > 120:
        os.kill(os.getpid(), 9)
sweeping.PostgresSweeper._mark = die
while mine.sweep(due, datetime(2026, 6, 1, tzinfo=UTC), "first"):
    pass
"""


def test_a_worker_that_is_killed_loses_no_count_and_the_next_one_goes_on(sweeper, database, tmp_path: Path):
    fill(sweeper._connection, "flat", 3)
    script = tmp_path / "die.py"
    script.write_text(DIE, encoding="utf-8")
    died = subprocess.run([sys.executable, str(script), database], check=False, capture_output=True, text=True)
    assert died.returncode == -9, died.stderr
    left = rows(sweeper, "SELECT count(*) FROM flat")[0][0]
    assert sweeper.taken("first") == 400 - left == 100
    due = Due("public.flat", "id", "at", 100)
    while sweeper.sweep(due, NOW, "second"):
        pass
    assert sweeper.taken("first") + sweeper.taken("second") == 400


def test_what_goes_is_sealed_before_it_is_committed_and_nothing_goes_that_cannot_be(sweeper, database, monkeypatch):
    monkeypatch.setattr(sweeping, "BATCH", 150)
    fill(sweeper._connection, "flat", 3)
    fill(sweeper._connection, "visits", 3)
    flat, sealed = Due("public.flat", "id", "at", 100), []

    def refuse(taken: int) -> None:
        raise LedgerError(Diagnostic(Place("ledger"), "ledger.not-durable", "it is full", "wait", "nothing goes"))

    def seal(taken: int) -> None:
        with psycopg.connect(database) as other:
            sealed.append((taken, other.execute("SELECT count(*) FROM flat").fetchone()[0]))

    for attempt in (
        lambda: sweeper.sweep(flat, NOW, "run", refuse),
        lambda: sweeper.drop(VISITS, NOW, "public.visits_a", "run", refuse),
    ):
        with pytest.raises(LedgerError):
            attempt()
    assert rows(sweeper, "SELECT (SELECT count(*) FROM flat), (SELECT count(*) FROM visits)") == [(400, 400)]
    assert sweeper.taken("run") == 0
    while sweeper.sweep(flat, NOW, "run", seal):
        pass
    assert sealed == [(150, 400), (150, 250), (100, 100)]
    assert sweeper.taken("run") == 400
