"""What a PostgreSQL store promises beyond the contract that every store keeps."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql

from avow.errors import StoreError
from avow.stores.postgres import PostgresStore, open_postgres

READER = "stores_postgres_reader"


@pytest.fixture
def dsn(cluster: Any) -> str:
    database: str = cluster.create_database()
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {READER} LOGIN")
        connection.execute(SCHEMA)
    return database


SCHEMA = f"""
CREATE TABLE people (id int PRIMARY KEY, email text NOT NULL, born date, secret text);
COMMENT ON COLUMN people.email IS 'where we write to';
CREATE TABLE notes (id int PRIMARY KEY, person int REFERENCES people, author int REFERENCES people, body text);
CREATE INDEX ON notes (person, id);
CREATE INDEX partial ON notes (author) WHERE body IS NOT NULL;
CREATE VIEW birthdays AS SELECT id, born FROM people;
CREATE TABLE hidden (id int);
ALTER TABLE hidden ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON hidden USING (id = 1);
CREATE FUNCTION peek(int) RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT email FROM people WHERE id = $1';
CREATE SCHEMA avow; CREATE TABLE avow.object (id int);
CREATE SCHEMA av_p1; CREATE TABLE av_p1.people (id int);
CREATE SCHEMA av_archive; CREATE TABLE av_archive.old_people (email text);
INSERT INTO people SELECT g, 'p' || g || '@example.invalid', now(), 's' FROM generate_series(1, 60000) g;
INSERT INTO hidden VALUES (1), (2);
ANALYZE people;
GRANT SELECT (id, email) ON people TO {READER};
GRANT SELECT, INSERT ON hidden TO {READER};
GRANT SELECT ON birthdays TO PUBLIC;
"""


@pytest.fixture
def store(dsn: str) -> Iterator[PostgresStore]:
    found = open_postgres(dsn)
    yield found
    found.close()


def test_avows_own_schemas_are_left_out_and_no_other(store: PostgresStore) -> None:
    names = {t.name for t in store.describe().tables}
    assert names == {
        "public.people",
        "public.notes",
        "public.hidden",
        "public.birthdays",
        "av_archive.old_people",
    }


def test_a_foreign_key_is_indexed_only_by_a_whole_index_that_begins_with_it(store: PostgresStore) -> None:
    notes = store.describe().find_table("public.notes")
    assert notes is not None
    assert {key.columns: key.indexed for key in notes.foreign_keys} == {("person",): True, ("author",): False}
    assert all(key.to_table == "public.people" and key.to_columns == ("id",) for key in notes.foreign_keys)


def test_grants_to_a_login_to_its_columns_and_to_everybody_are_told(store: PostgresStore) -> None:
    logins = {login.name: login for login in store.describe().logins}
    assert logins[READER].can_login
    assert not logins[READER].superuser
    assert logins[READER].privileges == (
        "public.hidden:INSERT",
        "public.hidden:SELECT",
        "public.people:SELECT:email",
        "public.people:SELECT:id",
    )
    assert logins["PUBLIC"].privileges == ("public.birthdays:SELECT",)
    assert logins["postgres"].superuser
    assert "public.people" in logins["postgres"].owns


def test_a_routine_that_runs_with_its_owners_rights_is_told(store: PostgresStore) -> None:
    (peek,) = store.describe().routines
    assert peek.name == "public.peek(integer)"
    assert peek.security_definer
    assert peek.public_execute


def test_a_sample_of_a_large_table_comes_from_all_over_it(store: PostgresStore) -> None:
    ids = [row[0] for row in store.sample("public.people", ["id"], 200)]
    assert len(ids) == 200
    assert len([i for i in ids if i > 30_000]) > 40


def test_rows_that_row_security_would_hide_are_an_error_not_a_smaller_sample(dsn: str) -> None:
    reader = open_postgres(psycopg.conninfo.make_conninfo(dsn, user=READER))
    with pytest.raises(StoreError) as raised:
        reader.sample("public.hidden", ["id"], 10)
    assert raised.value.codes == ("store.no-right",)
    assert len(reader.sample("public.people", ["email"], 10)) == 10
    reader.close()


def test_the_fingerprint_changes_with_a_column_and_not_with_a_row(dsn: str, store: PostgresStore) -> None:
    before = store.describe().fingerprint
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("DELETE FROM people WHERE id = 1")
        assert store.describe().fingerprint == before
        connection.execute(sql.SQL("ALTER TABLE people ADD COLUMN {} text").format(sql.Identifier("fax")))
        assert store.describe().fingerprint != before
        connection.execute("ALTER TABLE people DROP COLUMN fax")
    assert store.describe().fingerprint == before


def test_a_slow_sample_is_stopped(dsn: str) -> None:
    impatient = open_postgres(dsn, statement_timeout_ms=50)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("CREATE VIEW slow AS SELECT pg_sleep(5)::text AS v")
        with pytest.raises(StoreError) as raised:
            impatient.sample("public.slow", ["v"], 1)
        connection.execute("DROP VIEW slow")
    assert raised.value.codes == ("store.timeout",)
    impatient.close()


@pytest.mark.parametrize(
    ("dsn_text", "code"),
    [("postgresql://nobody:geheim@127.0.0.1:1/none", "store.unreachable"), ("nonsense", "store.bad-dsn")],
)
def test_what_cannot_be_reached_is_told_without_the_password(dsn_text: str, code: str) -> None:
    with pytest.raises(StoreError) as raised:
        open_postgres(dsn_text)
    assert raised.value.codes == (code,)
    assert "geheim" not in str(raised.value)
