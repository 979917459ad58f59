"""The examples on a server that somebody else uses too (DATABASE_URL): they make everything anew, and drop their own alone.

What stands there under one of their names and without their mark stays as it is, and ends the run before anything is changed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "examples"))
import demo  # noqa: E402
from cloudsentric.company.generate import drop_company  # noqa: E402
from first_hour import run as first_hour  # noqa: E402
from ours import drop_all  # noqa: E402


def demo_dropped(dsn: str) -> None:
    drop_company(dsn, "cloudsentric", control="avow_cloudsentric")


def first_hour_dropped(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as conn:
        drop_all(conn, first_hour.MARK, (first_hour.DATABASE, first_hour.CONTROL), first_hour.LOGINS)


@pytest.fixture
def start(cluster: object, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], object]:
    """Sets one of the examples up on the server of the tests, as DATABASE_URL makes it."""
    monkeypatch.setenv("DATABASE_URL", cluster.dsn)
    python = tmp_path / "product" / "bin" / "python"  # the help desk itself is not run here
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    starts = {
        "demo": lambda: demo.set_up("cloudsentric", 200, tmp_path / "demo"),
        "first hour": lambda: first_hour.set_up(tmp_path),
    }
    return lambda example: starts[example]()


def find_names(dsn: str) -> set[tuple[str, str]]:
    both = "SELECT 'role', rolname::text FROM pg_roles UNION SELECT 'database', datname::text FROM pg_database"
    with psycopg.connect(dsn) as conn:
        return set(conn.execute(both).fetchall())


def make_pair_role(dsn: str, database: str, name: str) -> None:
    """A role as `avow apply` makes it for that database."""
    with psycopg.connect(dsn, autocommit=True) as conn:
        (oid,) = conn.execute("SELECT oid FROM pg_database WHERE datname = %s", [database]).fetchone()
        conn.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(name)))
        comment = sql.Literal(f"avow {name[3:11]} {oid} marketing.own/internal.sales")
        conn.execute(sql.SQL("COMMENT ON ROLE {} IS {}").format(sql.Identifier(name), comment))


@pytest.mark.parametrize(("example", "drop"), [("demo", demo_dropped), ("first hour", first_hour_dropped)])
def test_an_example_is_made_anew_and_leaves_what_others_have(cluster, start, example, drop):
    with psycopg.connect(cluster.dsn, autocommit=True) as conn:
        conn.execute("CREATE ROLE cs_somebody")
        conn.execute("CREATE DATABASE cloudsentric_live OWNER cs_somebody")
    make_pair_role(cluster.dsn, "cloudsentric_live", "av_0a1b2c3d_p2")
    before = find_names(cluster.dsn)
    try:
        start(example)
        made = find_names(cluster.dsn)
        assert made > before
        make_pair_role(cluster.dsn, "cloudsentric" if example == "demo" else "first_hour_desk", "av_0a1b2c3d_p1")
        start(example)
        assert find_names(cluster.dsn) == made
        drop(cluster.dsn)
        assert find_names(cluster.dsn) == before
    finally:
        drop(cluster.dsn)
        with psycopg.connect(cluster.dsn, autocommit=True) as conn:
            conn.execute("DROP DATABASE cloudsentric_live")
            conn.execute("DROP ROLE cs_somebody, av_0a1b2c3d_p2")


SOMEBODY_ELSES = [
    ("demo", "DATABASE", "cloudsentric"),
    ("demo", "DATABASE", "avow_cloudsentric"),
    ("demo", "ROLE", "cs_app"),
    ("demo", "ROLE", "cs_survey"),
    ("first hour", "DATABASE", "first_hour_desk"),
    ("first hour", "DATABASE", "first_hour_avow"),
    ("first hour", "ROLE", "desk_app"),
]


@pytest.mark.parametrize(("example", "kind", "name"), SOMEBODY_ELSES)
def test_what_carries_the_name_but_not_the_mark_is_neither_dropped_nor_changed(cluster, start, example, kind, name):
    words = sql.SQL("{} " + kind + " {}")
    with psycopg.connect(cluster.dsn, autocommit=True) as conn:
        conn.execute(words.format(sql.SQL("CREATE"), sql.Identifier(name)))
    try:
        before = find_names(cluster.dsn)
        with pytest.raises(SystemExit, match=f"nothing was changed: .*the {kind.lower()} `{name}`"):
            start(example)
        assert find_names(cluster.dsn) == before
    finally:
        with psycopg.connect(cluster.dsn, autocommit=True) as conn:
            conn.execute(words.format(sql.SQL("DROP"), sql.Identifier(name)))
