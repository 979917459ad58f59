"""Discovery, drafts and migrations on a real database that was made as such databases are found."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest

from avow.datamap.discover import discover
from avow.datamap.draft import draft_map, draft_project
from avow.datamap.drift import drift
from avow.datamap.lint import lint
from avow.datamap.model import StoreMap
from avow.datamap.proposal import Discovery, ProposedTable
from avow.datamap.read import check_datamap, read_datamap
from avow.errors import DataMapError
from avow.policy import read_version
from avow.policy.promise import PolicyVersion
from avow.prove.migration import diff_migration
from avow.stores.port import StoreDescription
from avow.stores.postgres import open_postgres
from avow.vocabulary import load_vocabulary

TERMS = load_vocabulary()
POLICY = """# Privacy at Fernhill

Our support staff read your ticket and your e-mail address so that they can answer you.
We never sell your data to third parties.
Your data is kept in the United Kingdom.
You may ask us to delete your data.
We hold your e-mail address and no more.
We take privacy seriously.
"""
SCHEMA = """
CREATE TABLE customers (id serial PRIMARY KEY, full_name text NOT NULL, email text, phone text, balance numeric,
                        remarks text, created_at timestamptz DEFAULT now());
CREATE TABLE tickets (id serial PRIMARY KEY, customer_id int REFERENCES customers, subject_line text, body text,
                      channel text);
CREATE TABLE visits (id serial PRIMARY KEY, customer int, page text, ip inet, extra jsonb);
CREATE TABLE customers_2019 (num int, nm text, mail text, tel text, postal_address text);
CREATE TABLE parts (code text PRIMARY KEY, title text, price numeric);
CREATE TABLE django_migrations (id serial PRIMARY KEY, app text, name text);
CREATE VIEW customer_list AS SELECT id, full_name, email FROM customers;
CREATE FUNCTION helper(int) RETURNS int LANGUAGE sql AS 'SELECT $1';
CREATE TYPE mood AS ENUM ('good', 'bad');
ALTER TABLE visits ADD COLUMN mood mood;
INSERT INTO customers (full_name, email, phone, balance, remarks)
  SELECT (ARRAY['Alice','Bob','Charlie','Dana'])[g % 4 + 1] || ' Zyxwood', 'who' || g || '@customer.invalid',
         '+44 20 7946 ' || lpad(g::text, 4, '0'), g, 'Please do not ring before ten in the morning, write instead.'
  FROM generate_series(1, 300) g;
INSERT INTO tickets (customer_id, subject_line, body, channel)
  SELECT g, 'slow site', 'My site is slow again, please write to who' || g || '@customer.invalid about it.', 'email'
  FROM generate_series(1, 300) g;
INSERT INTO visits (customer, page, ip, extra)
  SELECT g, '/x', '192.0.2.7', jsonb_build_object('fax', '+44 20 7946 0001', 'n', g) FROM generate_series(1, 200) g;
INSERT INTO customers_2019 SELECT id, full_name, email, phone, '12 High Street, Leeds LS1 4AB' FROM customers;
INSERT INTO parts SELECT 'P' || g, 'Rack part', g FROM generate_series(1, 50) g;
ANALYZE;
"""


@pytest.fixture
def desk(database: str) -> str:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(SCHEMA)
    return database


def look(dsn: str) -> tuple[StoreDescription, Discovery]:
    store = open_postgres(dsn)
    description = store.describe()
    found = discover(description, store.sample)
    store.close()
    return description, found


def table_of(found: Discovery, name: str) -> ProposedTable:
    return next(t for t in found.tables if t.table.name == f"public.{name}")


def categories(found: ProposedTable) -> dict[str, set[str]]:
    return {c.column.name: set(c.column.categories) for c in found.columns if c.column.categories}


def project_of(dsn: str, folder: Path) -> tuple[StoreDescription, PolicyVersion, StoreMap]:
    """The drafted project, read back as the company would have it."""
    description, found = look(dsn)
    for name, text in draft_project(POLICY, description, found, "fernhill", lambda: date(2026, 2, 3)).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    version = read_version(folder, "2026-02", "fernhill", TERMS)
    return description, version, read_datamap(folder / "datamap.yaml", TERMS).stores[0]


def test_columns_are_proposed_from_names_and_samples_together(desk: str) -> None:
    _, found = look(desk)
    assert categories(table_of(found, "customers")) == {
        "full_name": {"identity.name"},
        "email": {"contact.email"},
        "phone": {"contact.phone"},
        "remarks": {"any.personal"},
    }
    assert categories(table_of(found, "visits"))["ip"] == {"device.ip_address"}
    extra = next(c.column for c in table_of(found, "visits").columns if c.column.name == "extra")
    assert {key: set(found) for key, found in extra.keys.items()} == {"fax": {"contact.fax"}, "n": set()}
    assert not categories(table_of(found, "parts"))


def test_free_text_with_addresses_inside_is_free_text_and_says_so(desk: str) -> None:
    _, found = look(desk)
    body = next(c for c in table_of(found, "tickets").columns if c.column.name == "body")
    assert body.column.free_text
    assert any("contact.email" in reason and "inside" in reason for reason in body.reasons)


def test_owner_paths_follow_declared_and_undeclared_references(desk: str) -> None:
    _, found = look(desk)
    customers, tickets, visits = (table_of(found, name).table for name in ("customers", "tickets", "visits"))
    assert customers.key == "id"
    assert [(p.subject, [s.column for s in p.steps]) for p in tickets.owners] == [("public.customers", ["customer_id"])]
    assert [(p.subject, [s.column for s in p.steps]) for p in visits.owners] == [("public.customers", ["customer"])]
    (undeclared,) = (r for r in found.references if not r.declared and r.table == "public.visits")
    assert 0.5 < undeclared.confidence < 1
    assert undeclared.reasons


def test_legacy_copies_views_and_bookkeeping_are_recognised(desk: str) -> None:
    _, found = look(desk)
    assert table_of(found, "customers_2019").table.copy_of == "public.customers"
    assert table_of(found, "customer_list").table.copy_of == "public.customers"
    assert table_of(found, "django_migrations").table.ignore


def test_every_proposal_is_unconfirmed_has_reasons_and_a_confidence(desk: str) -> None:
    _, found = look(desk)
    for table in found.tables:
        assert 0 <= table.confidence <= 1
        assert table.reasons
        for column in table.columns:
            assert not column.column.confirmed
            assert column.reasons
            assert 0 <= column.confidence <= 1


def test_no_sampled_value_stands_in_any_output(desk: str, tmp_path: Path) -> None:
    description, found = look(desk)
    text = draft_map("main", description, found) + repr(found)
    for trace in ("Zyxwood", "Alice", "customer.invalid", "7946", "192.0.2", "High Street", "slow site", "ring before"):
        assert trace not in text
    assert not re.search(r"\bwho\d+", text)


def test_a_store_that_may_not_be_sampled_still_gets_proposals_and_says_so(desk: str) -> None:
    with psycopg.connect(desk, autocommit=True) as connection:
        connection.execute("CREATE ROLE stores_blind LOGIN")
        blind = psycopg.conninfo.make_conninfo(desk, user="stores_blind")
        _, found = look(blind)
        connection.execute("DROP ROLE stores_blind")
    assert len(found.not_sampled) == 6  # bookkeeping is not read
    assert all("store.no-right" in words for words in found.not_sampled)
    assert categories(table_of(found, "customers"))["email"] == {"contact.email"}


def test_the_drafted_map_is_read_without_an_error_and_has_not_drifted(desk: str, tmp_path: Path) -> None:
    description, found = look(desk)
    file = tmp_path / "datamap.yaml"
    file.write_text(draft_map("main", description, found, "uk"), encoding="utf-8")
    assert {d.code for d in check_datamap(file, TERMS)} == {"map.unconfirmed-column"}
    store_map = read_datamap(file, TERMS).stores[0]
    assert {d.code for d in drift(store_map, description)} <= {"map.unmapped-login"}


def test_a_drafted_project_lists_every_sentence_and_proposes_some(desk: str, tmp_path: Path) -> None:
    _, version, _ = project_of(desk, tmp_path)
    assert {p.id.rsplit("-", 1)[0] for p in version.promises} == {
        "use-support",
        "no-sharing",
        "stays-in-uk",
        "right-erasure",
    }
    text = (tmp_path / "promises/2026-02.yaml").read_text(encoding="utf-8")
    assert "# unread, line 8: We take privacy seriously." in text
    assert all(p.needs for p in version.promises)
    assert {s.text for s in version.unread} == {
        "We hold your e-mail address and no more.",
        "We take privacy seriously.",
    }
    assert "2026-02" in (tmp_path / "avow.toml").read_text(encoding="utf-8")
    assert version.published == date(2026, 2, 3)


def test_lint_of_a_fresh_draft_tells_what_the_policy_leaves_out(desk: str, tmp_path: Path) -> None:
    description, version, store_map = project_of(desk, tmp_path)
    found = {d.code: d for d in lint(version, TERMS, store_map, description)}
    assert {"map.uncovered-column", "map.copy", "map.unindexed-reference"} <= found.keys()


@pytest.mark.parametrize(
    ("migration", "codes", "words"),
    [
        ("CREATE INDEX CONCURRENTLY ON tickets (customer_id);", set(), ""),
        ("ALTER TABLE parts ADD COLUMN weight numeric;", set(), ""),
        ("ALTER TABLE customers ADD COLUMN passport_no text;", {"map.migration-needs-promise"}, "identity.national_id"),
        (
            "BEGIN;\nALTER TABLE customers DROP COLUMN email CASCADE;\nCOMMIT;",
            {"map.migration-breaks-sentence"},
            "would be gone",
        ),
        ("GRANT SELECT ON customers TO PUBLIC;", {"map.migration-breaks-sentence"}, "everybody would get SELECT"),
        (
            "CREATE FUNCTION leak() RETURNS SETOF text LANGUAGE sql SECURITY DEFINER AS 'SELECT email FROM customers'",
            {"map.migration-breaks-sentence"},
            "everybody could run",
        ),
    ],
)
def test_a_migration_names_the_sentences_that_it_would_break(
    desk: str, tmp_path: Path, cluster: Any, migration: str, codes: set[str], words: str
) -> None:
    description, version, store_map = project_of(desk, tmp_path)
    before = _databases(cluster.dsn)
    found = diff_migration(description, cluster.dsn, migration, version, TERMS, store_map)
    assert {d.code for d in found} == codes
    assert words in "".join(map(str, found))
    assert _databases(cluster.dsn) == before


def test_a_migration_that_does_not_run_is_a_diagnostic_and_leaves_nothing(
    desk: str, tmp_path: Path, cluster: Any
) -> None:
    description, version, store_map = project_of(desk, tmp_path)
    before = _databases(cluster.dsn)
    with pytest.raises(DataMapError) as raised:
        diff_migration(description, cluster.dsn, "CREATE ROLE left_over; DROP TABLE nothing", version, TERMS, store_map)
    assert raised.value.codes == ("map.migration-fails",)
    assert _databases(cluster.dsn) == before


def _databases(dsn: str) -> set[str]:
    with psycopg.connect(dsn) as connection:
        rows = connection.execute("SELECT datname FROM pg_database UNION SELECT rolname FROM pg_roles").fetchall()
    return {row[0] for row in rows}
