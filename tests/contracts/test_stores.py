"""What every governed store promises, tried on each kind: PostgreSQL in every version found, and MariaDB."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pymysql
import pytest

from avow.datamap.discover import discover
from avow.datamap.draft import draft_map
from avow.datamap.model import StoreMap
from avow.datamap.read import check_datamap
from avow.errors import DataMapError, StoreError
from avow.policy.promise import PolicyVersion
from avow.prove.migration import diff_migration
from avow.stores.mariadb import open_mariadb
from avow.stores.port import Store
from avow.stores.postgres import open_postgres
from avow.vocabulary import load_vocabulary

_spec = importlib.util.spec_from_file_location("avow_mariadb_server", Path(__file__).with_name("mariadb_server.py"))
assert _spec is not None
assert _spec.loader is not None
mariadb_server = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(mariadb_server)

SCHEMA = (
    "CREATE TABLE people (id int PRIMARY KEY, email varchar(200) NOT NULL, born date, extra text)",
    "CREATE TABLE notes (id int PRIMARY KEY, person int, body text, FOREIGN KEY (person) REFERENCES people (id))",
    "CREATE INDEX notes_person ON notes (person, id)",
    "CREATE VIEW birthdays AS SELECT id, born FROM people",
    "INSERT INTO people VALUES (1, 'alice@customer.invalid', '1990-01-01', NULL), (2, 'bob@desk.invalid', NULL, 'x')",
    "INSERT INTO notes VALUES (1, 1, 'call back'), (2, 1, 'done'), (3, 2, 'x')",
)


@dataclass
class Governed:
    """A disposable database of one kind. `run` runs a statement as its administrator; `open` gives the store under test."""

    kind: str
    schema: str
    run: Callable[[str], None]
    open: Callable[..., Store]
    reader: str  # a login with SELECT on people.id and people.email only
    unreachable: str


@pytest.fixture(scope="session")
def mariadb_socket() -> Iterator[str]:
    with mariadb_server.running() as socket:
        yield socket


@pytest.fixture
def postgres_store(cluster: Any) -> Iterator[Governed]:
    dsn = cluster.create_database()
    reader = "stores_contract_reader"
    with psycopg.connect(dsn, autocommit=True) as connection:
        for statement in SCHEMA:
            connection.execute(statement)
        connection.execute("COMMENT ON COLUMN people.email IS 'where we write to'")
        connection.execute(f"CREATE ROLE {reader} LOGIN")
        connection.execute(f"GRANT SELECT (id, email) ON people TO {reader}")
        database = connection.info.dbname
        yield Governed(
            "postgresql",
            "public",
            lambda statement: connection.execute(statement) and None,
            lambda login="", **given: open_postgres(cluster.dsn_for(database, login or None), **given),
            reader,
            "postgresql://nobody:geheim@127.0.0.1:1/none",
        )


@pytest.fixture
def mariadb_store(mariadb_socket: str) -> Iterator[Governed]:
    admin = pymysql.connect(unix_socket=mariadb_socket, user="root", autocommit=True)

    def run(statement: str) -> None:
        with admin.cursor() as cursor:
            cursor.execute(statement)

    for statement in ("DROP DATABASE IF EXISTS shop", "CREATE DATABASE shop", "USE shop", *SCHEMA):
        run(statement)
    run("ALTER TABLE people MODIFY email varchar(200) NOT NULL COMMENT 'where we write to'")
    run("CREATE OR REPLACE USER reader")
    run("GRANT SELECT (id, email) ON shop.people TO reader")

    def open_(login: str = "root", **given: Any) -> Store:
        return open_mariadb(f"mariadb://{login or 'root'}@localhost/shop?unix_socket={mariadb_socket}", **given)

    yield Governed("mariadb", "shop", run, open_, "reader", "mariadb://nobody:geheim@127.0.0.1:1/none")
    admin.close()


@pytest.fixture
def store(governed: Governed) -> Iterator[Store]:
    opened = governed.open()
    yield opened
    opened.close()


class Contract:
    """The promises of the port. Each kind of store below gives the fixture `governed`."""

    def test_it_says_its_kind_and_identity(self, store: Store, governed: Governed) -> None:
        found = store.describe()
        assert found.kind == store.kind == governed.kind
        assert found.version[0].isdigit()
        assert found.system

    def test_tables_views_columns_comments_and_keys_are_described(self, store: Store, governed: Governed) -> None:
        found = store.describe()
        assert {t.name: t.kind for t in found.tables} == {
            f"{governed.schema}.people": "table",
            f"{governed.schema}.notes": "table",
            f"{governed.schema}.birthdays": "view",
        }
        people = found.find_table(f"{governed.schema}.people")
        assert people is not None
        assert people.primary_key == ("id",)
        assert [(c.name, c.nullable, c.comment) for c in people.columns] == [
            ("id", False, ""),
            ("email", False, "where we write to"),
            ("born", True, ""),
            ("extra", True, ""),
        ]
        view = found.find_table(f"{governed.schema}.birthdays")
        assert view is not None
        assert "people" in view.definition

    def test_foreign_keys_lead_to_their_table_and_know_their_index(self, store: Store, governed: Governed) -> None:
        notes = store.describe().find_table(f"{governed.schema}.notes")
        assert notes is not None
        (key,) = notes.foreign_keys
        assert (key.columns, key.to_table, key.to_columns) == (("person",), f"{governed.schema}.people", ("id",))
        assert key.indexed
        assert any(index.columns == ("person", "id") and not index.unique for index in notes.indexes)

    def test_grants_on_columns_are_told_with_their_login(self, store: Store, governed: Governed) -> None:
        login = next(found for found in store.describe().logins if found.name == governed.reader)
        assert login.can_login
        assert not login.superuser
        assert set(login.privileges) == {
            f"{governed.schema}.people:SELECT:id",
            f"{governed.schema}.people:SELECT:email",
        }

    def test_whoever_stands_above_grants_is_told(self, store: Store) -> None:
        assert any(login.superuser and login.can_login for login in store.describe().logins)

    def test_the_fingerprint_follows_the_shape_and_not_the_rows(self, store: Store, governed: Governed) -> None:
        before = store.describe().fingerprint
        governed.run("DELETE FROM notes WHERE id = 3")
        assert store.describe().fingerprint == before
        governed.run("ALTER TABLE people ADD COLUMN fax varchar(20)")
        changed = store.describe().fingerprint
        assert changed != before
        governed.run("CREATE OR REPLACE VIEW birthdays AS SELECT id, born FROM people WHERE id > 1")
        assert store.describe().fingerprint != changed

    def test_a_sample_has_the_columns_asked_for_and_no_more_rows(self, store: Store, governed: Governed) -> None:
        assert sorted(store.sample(f"{governed.schema}.people", ["email", "id"], 10)) == [
            ("alice@customer.invalid", 1),
            ("bob@desk.invalid", 2),
        ]
        assert len(store.sample(f"{governed.schema}.notes", ["id"], 2)) == 2
        assert len(store.sample(f"{governed.schema}.birthdays", ["born"], 10)) == 2

    def test_a_table_that_is_not_there_is_a_diagnostic(self, store: Store, governed: Governed) -> None:
        with pytest.raises(StoreError) as raised:
            store.sample(f"{governed.schema}.nothing", ["id"], 1)
        assert raised.value.codes == ("store.no-such-table",)

    def test_a_missing_right_is_a_diagnostic_and_what_is_granted_can_be_read(self, governed: Governed) -> None:
        reader = governed.open(governed.reader)
        assert len(reader.sample(f"{governed.schema}.people", ["email"], 10)) == 2
        with pytest.raises(StoreError) as raised:
            reader.sample(f"{governed.schema}.people", ["born"], 10)
        assert raised.value.codes == ("store.no-right",)
        reader.close()

    def test_discovery_proposes_the_same_for_every_kind(self, store: Store, governed: Governed) -> None:
        description = store.describe()
        found = {t.table.name.partition(".")[2]: t for t in discover(description, store.sample).tables}
        held = {c.column.name: set(c.column.categories) for c in found["people"].columns}
        assert held["email"] == {"contact.email"}
        (path,) = found["notes"].table.owners
        assert [(s.column, s.to_column) for s in path.steps] == [("person", "id")]
        draft = draft_map("main", description, discover(description, store.sample), "uk")
        assert not [d for d in check_datamap(draft, load_vocabulary()) if d.severity == "error"]
        assert "customer.invalid" not in draft

    def test_no_error_carries_a_password_or_a_value(self, governed: Governed) -> None:
        open_ = open_mariadb if governed.kind == "mariadb" else open_postgres
        with pytest.raises(StoreError) as raised:
            open_(governed.unreachable)
        assert raised.value.codes == ("store.unreachable",)
        assert "geheim" not in str(raised.value)

    def test_a_connection_that_breaks_off_is_a_diagnostic(self, governed: Governed) -> None:
        opened = governed.open()
        opened.close()
        with pytest.raises(StoreError) as raised:
            opened.sample(f"{governed.schema}.people", ["id"], 1)
        assert raised.value.codes == ("store.unreachable",)

    def test_a_store_cannot_be_changed_through_its_own_connection(self, store: Store, governed: Governed) -> None:
        """A view whose reading writes: the transaction is read only whatever the statement does."""
        if governed.kind == "postgresql":
            governed.run(
                "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'INSERT INTO public.notes VALUES (9) RETURNING id'"
            )
        else:
            governed.run(
                "CREATE FUNCTION f() RETURNS int MODIFIES SQL DATA BEGIN INSERT INTO notes (id) VALUES (9); RETURN 1; END"
            )
        governed.run("CREATE VIEW writing AS SELECT f() AS v")
        with pytest.raises(StoreError) as raised:
            store.sample(f"{governed.schema}.writing", ["v"], 1)
        assert raised.value.codes == ("store.refused",)
        assert len(store.sample(f"{governed.schema}.notes", ["id"], 10)) == 3


class TestPostgreSQL(Contract):
    @pytest.fixture
    def governed(self, postgres_store: Governed) -> Governed:
        return postgres_store


class TestMariaDB(Contract):
    @pytest.fixture
    def governed(self, mariadb_store: Governed) -> Governed:
        return mariadb_store


def test_mariadb_logins_that_may_not_be_read_are_a_diagnostic(mariadb_store: Governed) -> None:
    reader = mariadb_store.open("reader")
    with pytest.raises(StoreError) as raised:
        reader.describe()
    assert raised.value.codes == ("store.no-right",)
    reader.close()


def test_a_mariadb_migration_is_refused_by_name(mariadb_store: Governed) -> None:
    store = mariadb_store.open()
    version = PolicyVersion("x", "1", date(2026, 1, 1), "en", (), "", "", "", (), ())
    with pytest.raises(DataMapError) as raised:
        diff_migration(store.describe(), "", "", version, load_vocabulary(), StoreMap("main", "mariadb", "uk", ()))
    assert raised.value.codes == ("map.migration-not-postgresql",)
    store.close()
