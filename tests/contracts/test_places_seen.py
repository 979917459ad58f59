"""What a live server tells of places: foreign servers in the words of their wrappers, subscriptions, and what it keeps to
itself."""

from __future__ import annotations

import psycopg
import pytest

from avow.stores.postgres.places import Sighting, read_places

SERVERS = {
    "by_address": ("postgres_fdw", "host 'near.example', hostaddr '203.0.113.9'", ("203.0.113.9", False)),
    "by_service": ("dblink_fdw", "service 'elsewhere'", ("", True)),
    "by_socket": ("postgres_fdw", "dbname 'x'", ("", False)),
    "oracle": ("oracle_fdw", "dbserver '//far.example:1521/ORCL'", ("//far.example:1521/ORCL", False)),
    "oracle_alias": ("oracle_fdw", "dbserver 'ORCL'", ("ORCL", True)),
    "tds": ("tds_fdw", "servername 'mssql.example'", ("mssql.example", False)),
    "files": ("file_fdw", "", ("", False)),
    "silent": ("s3_fdw", "region 'x'", ("", True)),
}


@pytest.fixture
def owner(database):
    with psycopg.connect(database, autocommit=True) as connection:
        for wrapper in sorted({wrapper for wrapper, _, _ in SERVERS.values()}):
            connection.execute(f"CREATE FOREIGN DATA WRAPPER {wrapper}".encode())
        for name, (wrapper, options, _) in SERVERS.items():
            told = f" OPTIONS ({options})" if options else ""
            connection.execute(f"CREATE SERVER {name} FOREIGN DATA WRAPPER {wrapper}{told}".encode())
        connection.execute(
            "CREATE SUBSCRIPTION ways_in CONNECTION 'host=hub.example hostaddr=203.0.113.8 dbname=x' PUBLICATION p"
            " WITH (connect = false, enabled = false, slot_name = NONE)"
        )
        yield connection
        connection.execute("DROP SUBSCRIPTION ways_in")


def test_each_foreign_server_says_where_it_leads_or_that_nobody_can_tell(owner):
    seen = {s.name: (s.target, s.blind) for s in read_places(owner) if s.what == "foreign server"}
    assert seen == {name: wanted for name, (_, _, wanted) in SERVERS.items()}


def test_a_subscription_is_seen_by_everybody_and_where_it_leads_by_who_may(owner):
    assert Sighting("subscription", "ways_in", "203.0.113.8") in read_places(owner)
    owner.execute("CREATE ROLE places_reader")
    try:
        owner.execute("SET SESSION AUTHORIZATION places_reader")
        assert Sighting("subscription", "ways_in", "", True) in read_places(owner)
    finally:
        owner.execute("RESET SESSION AUTHORIZATION")
        owner.execute("DROP ROLE places_reader")
