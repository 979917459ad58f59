"""Whose rows somebody was shown: told from those rows alone, by every owner path, in a real PostgreSQL, or not told at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest

from avow.errors import StoreError
from avow.stores.duty import ColumnSpec, PathSpec, StepSpec, StoreSpec, TableSpec
from avow.stores.postgres.duty.catalogue import read_catalogue
from avow.stores.postgres.duty.spelling import World, make_world
from avow.stores.postgres.leading import Shown, find_people

SCHEMA = """
CREATE TABLE firms (id int PRIMARY KEY);
CREATE TABLE people (id int PRIMARY KEY, firm int, email text);
CREATE TABLE listed (email text PRIMARY KEY);
CREATE TABLE tickets (number int, opened_by int);
CREATE TABLE flows (id int PRIMARY KEY, firm int, by_whom int, to_whom int, ticket int, at timestamptz, size numeric);
CREATE TABLE mails (firm int, address text, size int);
CREATE VIEW flows_seen AS SELECT * FROM flows;
INSERT INTO firms VALUES (1), (2);
INSERT INTO people VALUES
    (10, 1, 'alice@a.example'), (11, 1, 'ann@a.example'), (12, 1, 'abe@a.example'), (20, 2, 'charlie@c.example');
INSERT INTO listed SELECT email FROM people;
INSERT INTO tickets VALUES (5, 12), (5, 11), (6, NULL), (7, 20);
INSERT INTO flows VALUES
    (100, 1, 10, NULL, NULL, '2026-03-01 09:00+00', 1.50), (101, 1, 10, 11, 6, '2026-03-01 10:00+01', 2),
    (102, 1, NULL, NULL, 5, NULL, 3), (103, 1, 99, NULL, NULL, '2026-03-02', 4), (200, 2, 20, 10, NULL, '2026-03-02', 5);
INSERT INTO mails VALUES (1, 'alice@a.example', 7), (1, 'ann@a.example', 7), (1, 'abe@a.example', 8), (2, 'charlie@c.example', 7);
"""


def to_people(column: str) -> PathSpec:
    return PathSpec("public.people", (StepSpec(column, "public.people", "id"),))


BY_TICKET = PathSpec(
    "public.people", (StepSpec("ticket", "public.tickets", "number"), StepSpec("opened_by", "public.people", "id"))
)
TO_FIRM = PathSpec("public.firms", (StepSpec("firm", "public.firms", "id"),), organisation=True)
PLAIN = ("id", "firm", "by_whom", "to_whom", "ticket", "at")
FLOWS = TableSpec(
    "public.flows",
    (*(ColumnSpec(name, "link") for name in PLAIN), ColumnSpec("size", "value")),
    (TO_FIRM, to_people("by_whom"), to_people("to_whom"), BY_TICKET),
)
SPEC = StoreSpec(
    "main",
    "postgresql",
    "uk",
    (
        TableSpec("public.firms", (ColumnSpec("id", "link"),), key="id", organisation=True),
        TableSpec("public.people", (ColumnSpec("id", "link"),), (TO_FIRM,), key="id"),
        TableSpec("public.listed", (ColumnSpec("email", "value"),), key="email"),
        TableSpec("public.tickets", (ColumnSpec("number", "link"),), (to_people("opened_by"),)),
        FLOWS,
        TableSpec(
            "public.mails",
            (ColumnSpec("firm", "link"), ColumnSpec("address", "value"), ColumnSpec("size", "value")),
            (TO_FIRM, PathSpec("public.listed", (StepSpec("address", "public.listed", "email"),))),
        ),
        replace(FLOWS, name="public.flows_seen"),
    ),
)


@pytest.fixture
def connection(database) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database, autocommit=True) as made:
        made.execute(SCHEMA)
        yield made


def world_of(connection: psycopg.Connection, spec: StoreSpec = SPEC) -> World:
    return make_world(spec, read_catalogue(connection))


def shown(
    connection: psycopg.Connection, table: str, where: str = "true", plain: tuple[str, ...] = PLAIN, columns: str = "*"
) -> Shown:
    """What a pair saw of the first firm's rows."""
    cursor = connection.execute(f"SELECT {columns} FROM {table} WHERE firm = 1 AND {where} ORDER BY 1".encode())
    names = [column.name for column in cursor.description]
    rows = [{n: str(v) for n, v in zip(names, row, strict=True) if v is not None} for row in cursor]
    return Shown(f"public.{table}", "firm", "1", plain, rows)


def test_rows_lead_to_everybody_by_every_path_and_to_nobody_of_another_firm(connection):
    found = find_people(connection, world_of(connection), shown(connection, "flows"))
    assert found == {
        ("public.people", "10"): (0, 1),
        ("public.people", "11"): (1, 2),  # of the ticket with that number as well
        ("public.people", "12"): (2,),
    }  # not 20, who is of the other firm; not 99, who is nobody; not the firm


def test_whose_row_the_pair_was_not_shown_is_not_among_them(connection):
    found = find_people(connection, world_of(connection), shown(connection, "flows", "id NOT IN (101, 102)"))
    assert found == {("public.people", "10"): (0,)}


def test_a_row_of_the_people_themselves_is_their_own(connection):
    found = find_people(connection, world_of(connection), shown(connection, "people", "id > 10", ("id", "firm")))
    assert found == {("public.people", "11"): (0,), ("public.people", "12"): (1,)}


def test_organisations_alone_are_nobody_and_so_is_what_was_not_shown(connection):
    firm = Shown("public.firms", "id", "1", ("id",), [{"id": "1"}])
    assert find_people(connection, world_of(connection), firm) == {}
    assert find_people(connection, world_of(connection), shown(connection, "flows", "false")) == {}


def test_a_link_that_was_not_shown_is_followed_all_the_same_and_rows_that_look_alike_are_told_together(connection):
    """The address leads to the people and is not shown: what is left tells no row of the firm from another one."""
    world = world_of(connection)
    found = find_people(connection, world, shown(connection, "mails", "size = 7", ("firm", "size"), "firm, size"))
    assert found == {("public.listed", "alice@a.example"): (0, 1), ("public.listed", "ann@a.example"): (0, 1)}
    with_id = "ALTER TABLE mails ADD id int GENERATED ALWAYS AS IDENTITY"
    connection.execute(with_id)
    only = shown(connection, "mails", "address LIKE 'ann%%'", ("id", "firm"), "id, firm, size")
    assert find_people(connection, world_of(connection), only) == {("public.listed", "ann@a.example"): (0,)}


@pytest.mark.parametrize(
    "broken",
    [
        "UPDATE flows SET at = now() WHERE id = 100",
        "DELETE FROM flows WHERE id = 102",
        "ALTER TABLE flows DROP COLUMN to_whom CASCADE",
        "ALTER TABLE people RENAME TO persons",
    ],
)
def test_where_a_row_or_a_path_is_not_found_again_nothing_is_told(connection, broken):
    before = shown(connection, "flows", "id IN (100, 102)", ("id", "firm", "at"))
    connection.execute(broken.encode())
    with pytest.raises(StoreError) as refused:
        find_people(connection, world_of(connection), before)
    assert refused.value.codes == ("store.rows-not-found",)


def test_a_person_who_is_hidden_from_the_login_is_not_taken_for_nobody(connection):
    seen = shown(connection, "flows")
    with connection.transaction(force_rollback=True):
        connection.execute(
            "CREATE ROLE avowtest_leading; GRANT SELECT ON ALL TABLES IN SCHEMA public TO avowtest_leading"
        )
        connection.execute("ALTER TABLE people ENABLE ROW LEVEL SECURITY")
        connection.execute("SET LOCAL ROLE avowtest_leading")
        with pytest.raises(StoreError) as refused:
            find_people(connection, world_of(connection), seen)
    assert refused.value.codes == ("store.rows-not-found",)
    assert len(find_people(connection, world_of(connection), seen)) == 3


def test_a_view_with_owner_paths_is_refused(connection):
    with pytest.raises(StoreError) as refused:
        find_people(connection, world_of(connection), shown(connection, "flows_seen"))
    assert refused.value.codes == ("store.rows-not-found",)
