"""Whole partitions that are due, under the real grants: the duty login drops one that the limit empties, and no other."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import psycopg
import pytest
from shop import MAP, Shop, column

from avow.compilers.postgres.credentials import get_standing, grants_sql
from avow.compilers.postgres.remove import pair_roles
from avow.datamap.model import RecordKind, Table
from avow.policy.promise import Rule
from avow.stores.postgres.duty.sweeping import Due, open_sweeper

VISITS = """
CREATE TABLE visits (id int, ip text, at timestamptz NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE visits_old PARTITION OF visits FOR VALUES FROM ('2020-01-01') TO ('2020-02-01');
CREATE TABLE visits_now PARTITION OF visits FOR VALUES FROM ('2020-02-01') TO (MAXVALUE);
INSERT INTO visits SELECT n, '192.0.2.1', '2020-01-05' FROM generate_series(1, 30) n;
INSERT INTO visits VALUES (31, '192.0.2.1', now()), (32, '192.0.2.1', '2020-02-05');
"""
TABLE = Table(
    "public.visits", (column("id"), column("ip", "contact.name"), column("at")), (RecordKind("visit", ("contact_person",)),),
    clock="at",
)  # fmt: skip
LIMIT = Rule("p9/1", "p9", "bound", ("contact.name",), (), detail={"after": "collected", "days": 100})
DUE = Due("public.visits", "id", "at", 100)
NOW = datetime.now(UTC)


def test_the_duty_login_drops_the_partition_that_is_due_and_sweeps_the_rest_row_by_row(shop: Shop) -> None:
    shop.store_map = replace(MAP, tables=(*MAP.tables, TABLE))
    shop.rules = (*shop.rules, LIMIT)
    duty = shop.store_map.duty
    with shop.owner() as conn:
        conn.execute(VISITS.encode())
        conn.execute(f"CREATE ROLE {duty} LOGIN".encode())
    try:
        shop.apply()
        assert shop.plan().empty
        with shop.owner() as conn:
            conn.execute(grants_sql(shop.store_map, get_standing(conn), pair_roles(conn)).encode())
        hands = open_sweeper(shop.login_dsn.replace("shopapp", duty), "main")
        try:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                hands._connection.execute("DROP TABLE visits_old")
            with pytest.raises(psycopg.errors.CheckViolation):
                hands._connection.execute("SELECT avow.drop_part('public.visits', 'public.visits_now')")
            assert hands.due_parts(DUE, NOW) == ["public.visits_old"]
            assert hands.drop(DUE, NOW, "public.visits_old", "run") == 30
            assert (hands.sweep(DUE, NOW, "run"), hands.sweep(DUE, NOW, "run"), hands.taken("run")) == (1, 0, 31)
        finally:
            hands.close()
        with shop.owner() as conn:
            assert conn.execute("SELECT id FROM visits").fetchall() == [(31,)]
    finally:
        with shop.owner() as conn:
            conn.execute(f"DROP OWNED BY {duty}".encode())
            for name in ("survey", "apply", "probe", "plant"):
                if conn.execute("SELECT FROM pg_roles WHERE rolname = %s", [f"avow_{name}"]).fetchone():
                    conn.execute(f"DROP OWNED BY avow_{name}; DROP ROLE avow_{name}".encode())
            conn.execute(f"DROP ROLE {duty}".encode())


def test_without_a_limit_on_a_partitioned_table_nothing_can_be_dropped(shop: Shop) -> None:
    shop.rules = (*shop.rules, LIMIT)
    shop.apply()
    with shop.owner() as conn:
        assert conn.execute("SELECT to_regprocedure('avow.drop_part(text, text)')").fetchone() == (None,)


def test_a_table_that_is_partitioned_by_anything_but_what_dates_its_rows_opens_no_door(shop: Shop) -> None:
    shop.store_map = replace(MAP, tables=(*MAP.tables, TABLE))
    shop.rules = (*shop.rules, LIMIT)
    with shop.owner() as conn:
        conn.execute("CREATE TABLE visits (id bigint, ip text, at timestamptz NOT NULL) PARTITION BY RANGE (id)")
        conn.execute("CREATE TABLE visits_a PARTITION OF visits FOR VALUES FROM (0) TO (20200102)")
        conn.execute("INSERT INTO visits VALUES (1, '192.0.2.1', '2020-01-05'), (2, '192.0.2.1', now())")
    shop.apply()
    with shop.owner() as conn:
        assert conn.execute("SELECT to_regprocedure('avow.drop_part(text, text)')").fetchone() == (None,)
    hands = open_sweeper(shop.dsn, "main")
    try:
        assert (hands.due_parts(DUE, NOW), hands.sweep(DUE, NOW), hands.sweep(DUE, NOW)) == ([], 1, 0)
        assert hands._connection.execute("SELECT id FROM visits").fetchall() == [(2,)]
    finally:
        hands.close()
