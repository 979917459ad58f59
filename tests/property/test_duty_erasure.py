"""A law: whatever the tables, an erasure does to each row what a person with pencil and paper would do, and nothing else."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from erasure_worlds import Cells, Paper, World, make_world

from avow.stores.postgres.duty import open_postgres_duty

SEEDS = range(40)


def build(conn: psycopg.Connection[Any], world: World) -> None:
    conn.execute("DROP SCHEMA IF EXISTS w CASCADE")
    conn.execute("CREATE SCHEMA w")
    for statement in world.statements:
        conn.execute(statement.encode())
    for table, rows in world.rows.items():
        for row in rows:
            columns, marks = ", ".join(row), ", ".join(["%s"] * len(row))
            conn.execute(f"INSERT INTO w.{table} ({columns}) VALUES ({marks})".encode(), list(row.values()))


def rows_of(conn: psycopg.Connection[Any], world: World) -> dict[str, list[Cells]]:
    cursor = conn.cursor(row_factory=psycopg.rows.dict_row)
    return {table: in_order(cursor.execute(f"SELECT * FROM w.{table}".encode()).fetchall()) for table in world.rows}


def in_order(rows: list[Cells]) -> list[Cells]:
    return sorted(rows, key=lambda row: sorted((key, str(value)) for key, value in row.items()))


def test_an_erasure_does_what_pencil_and_paper_would(database: str) -> None:
    with psycopg.connect(database, autocommit=True, prepare_threshold=None) as conn:
        for seed in SEEDS:
            world = make_world(seed)
            build(conn, world)
            expected = {table: in_order(rows) for table, rows in Paper(world).forget().items()}
            store = open_postgres_duty(database, world.spec)
            problems = [d for d in store.check_ready() if d.severity == "error"]
            assert problems == [], f"seed {seed}"
            store.erase(f"seed {seed}", world.batch, world.holds)
            store.close()
            assert rows_of(conn, world) == expected, f"seed {seed}"


@pytest.mark.parametrize("seed", [0])
def test_the_reference_leaves_a_world_without_erasures_alone(seed: int) -> None:
    world = make_world(seed)
    world.batch = {}
    assert Paper(world).forget() == world.rows
