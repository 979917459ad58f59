"""The example's data map is complete against its live database, and every way to a person leads to one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from avow.compilers import reach
from avow.datamap.model import StoreMap
from avow.datamap.read import check_datamap, read_datamap
from avow.policy import read_version
from avow.vocabulary import load_vocabulary

sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))
from cloudsentric.company.generate import LOGINS, OUTSIDE, create_company, drop_company, read_for_prefix

PREFIX = "exmp_"
MAP = Path(__file__).parents[2] / "examples" / "cloudsentric" / "datamap.yaml"
CUSTODIANS = {"owner", "backup"}


@pytest.fixture(scope="module")
def store() -> StoreMap:
    return read_datamap(MAP, load_vocabulary()).stores[0]


@pytest.fixture
def conn(cluster: object) -> Iterator[psycopg.Connection]:
    dsns = create_company(cluster.dsn, "exmp", 800, PREFIX)
    with psycopg.connect(dsns["owner"]) as opened:
        yield opened
    drop_company(cluster.dsn, "exmp", PREFIX)


def test_the_map_has_no_diagnostic_at_all() -> None:
    assert check_datamap(MAP, load_vocabulary()) == ()


def test_the_map_for_another_prefix_names_other_logins_and_nothing_else() -> None:
    read = read_datamap(read_for_prefix(MAP, "zz_"), load_vocabulary()).stores[0]
    assert {login.name for login in read.logins} == {f"zz_{login}" for login in (*LOGINS, *OUTSIDE)} - {
        f"zz_{c}" for c in CUSTODIANS
    }
    assert "cs_" not in read_for_prefix(MAP, "zz_")


def test_every_login_but_the_custodians_has_a_pair_and_a_default(store: StoreMap) -> None:
    assert {login.name.removeprefix("cs_") for login in store.logins} == {*LOGINS, *OUTSIDE} - CUSTODIANS
    assert all(login.default in login.pairs for login in store.logins)


def test_every_column_of_every_table_is_mapped_and_no_more(store: StoreMap, conn: psycopg.Connection) -> None:
    live = conn.execute(
        "SELECT 'public.' || c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
        " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped"
    ).fetchall()
    ignored = {table.name for table in store.tables if table.ignore}
    mapped = {(table.name, column.name) for table in store.tables for column in table.columns}
    assert {pair for pair in live if pair[0] not in ignored} == mapped
    assert ignored <= {table for table, _ in live}


def test_every_owner_path_reaches_a_person(store: StoreMap, conn: psycopg.Connection) -> None:
    for table in store.tables:
        for path in table.owners:
            joins, last = "", "t"
            for number, step in enumerate(path.steps):
                joins += f" JOIN {step.to_table} s{number} ON s{number}.{step.to_column} = {last}.{step.column}"
                last = f"s{number}"
            row = conn.execute(f"SELECT count(*) FROM {table.name} t{joins}").fetchone()
            assert row, (table.name, path)
            assert row[0] > 0, (table.name, path)


def test_every_word_of_a_source_column_is_mapped(store: StoreMap, conn: psycopg.Connection) -> None:
    for table in store.tables:
        if table.source and table.source.column:
            live = {row[0] for row in conn.execute(f"SELECT DISTINCT {table.source.column} FROM {table.name}")}
            assert live <= set(table.source.values), table.name


def test_every_json_key_is_mapped(store: StoreMap, conn: psycopg.Connection) -> None:
    for table in store.tables:
        for column in table.columns:
            if column.keys:
                live = {
                    row[0]
                    for row in conn.execute(f"SELECT DISTINCT jsonb_object_keys({column.name}) FROM {table.name}")
                }
                assert live == set(column.keys)


def test_every_column_in_which_an_address_or_a_number_stands_is_mapped_as_personal(
    store: StoreMap, conn: psycopg.Connection
) -> None:
    live = conn.execute(
        "SELECT 'public.' || c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
        " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0"
        " AND a.atttypid IN ('text'::regtype, 'jsonb'::regtype, 'inet'::regtype)"
    ).fetchall()
    places = set()
    for table, column in live:
        pattern = r"@|7700 900|01632 960|\mZZ\d|^(192\.0\.2|198\.51\.100|203\.0\.113|10)\."
        row = conn.execute(f"SELECT EXISTS (SELECT FROM {table} WHERE {column}::text ~ %s)", [pattern]).fetchone()
        if row == (True,):
            places.add((table, column))
    mapped = {(t.name, c.name) for t in store.tables for c in t.columns if c.categories or c.free_text or c.keys}
    assert places <= mapped
    assert {("public.organisations", "notes"), ("public.messages", "body"), ("public.orders", "extra")} <= places
    assert len(places) >= 28


def test_the_notes_that_nobody_may_read_are_reached_by_no_pair(store: StoreMap) -> None:
    version = read_version(MAP.parent, "2026-01", "cloudsentric", load_vocabulary())
    rights = reach(version, load_vocabulary(), store).of_table("public.organisations")
    assert rights
    assert not [right.pair for right in rights if "notes" in right.read or "notes" in right.write]


def test_every_pair_of_a_program_is_a_rectangle_on_every_table(store: StoreMap) -> None:
    version = read_version(MAP.parent, "2026-01", "cloudsentric", load_vocabulary())
    matrix = reach(version, load_vocabulary(), store)
    assert matrix.gates == ()
    assert not [(str(right.pair), right.table) for right in matrix.rights.values() if not right.rectangular]
