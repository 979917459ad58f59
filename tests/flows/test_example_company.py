"""The example company's database: made the same every time, by its own owner, and untidy where it says so."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import psycopg
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))
from cloudsentric.company.generate import LOGINS, create_company, drop_company
from cloudsentric.company.rows import COLUMNS, Rows, Size

PREFIX = "exco_"


@pytest.fixture
def company(cluster: object) -> Iterator[dict[str, str]]:
    yield create_company(cluster.dsn, "exco", 800, PREFIX)
    drop_company(cluster.dsn, "exco", PREFIX)


def _digest(seed: int) -> str:
    digest = sha256()
    for block in Rows(Size(1500), seed).blocks():
        for table, lines in block.items():
            digest.update("\n".join([table, *lines]).encode())
    return digest.hexdigest()


def test_the_same_seed_gives_the_same_rows() -> None:
    assert _digest(7) == _digest(7)
    assert _digest(7) != _digest(8)


def test_the_blocks_do_not_change_the_rows() -> None:
    def rows(block: int) -> dict[str, list[str]]:
        gathered: dict[str, list[str]] = {}
        for part in Rows(Size(1500), 7, block).blocks():
            for table, lines in part.items():
                gathered.setdefault(table, []).extend(lines)
        return gathered

    assert rows(50) == rows(4000)


def test_every_line_has_a_value_for_each_column() -> None:
    for block in Rows(Size(1000)).blocks():
        for table, lines in block.items():
            assert {line.count("\t") + 1 for line in lines} == {len(COLUMNS[table].split())}, table


def test_contacts_end_users_and_leads_add_up_to_the_scale(company: dict[str, str]) -> None:
    with psycopg.connect(company["app"]) as conn:
        row = conn.execute(
            "SELECT (SELECT count(*) FROM contacts) + (SELECT count(*) FROM end_users) + (SELECT count(*) FROM leads)"
        ).fetchone()
    assert row == (800,)


def test_usage_counters_are_the_sums_of_the_traffic(company: dict[str, str]) -> None:
    with psycopg.connect(company["network"]) as conn:
        differing = conn.execute(
            """
            SELECT count(*) FROM usage_counters u FULL JOIN (
                SELECT organisation_id, date_trunc('month', seen_at AT TIME ZONE 'UTC')::date AS period, direction,
                       sum(bytes) AS bytes, count(*) AS flows
                FROM traffic GROUP BY 1, 2, 3) t USING (organisation_id, period, direction)
            WHERE u.bytes IS DISTINCT FROM t.bytes OR u.flows IS DISTINCT FROM t.flows"""
        ).fetchone()
    assert differing == (0,)


def test_references_that_nobody_declared_still_lead_somewhere(company: dict[str, str]) -> None:
    undeclared = [
        ("orders", "placed_by", "contacts"),
        ("orders", "end_user_id", "end_users"),
        ("deliveries", "contact_id", "contacts"),
        ("deliveries", "end_user_id", "end_users"),
        ("installations", "contact_id", "contacts"),
        ("invoices", "billing_contact_id", "contacts"),
        ("payments", "organisation_id", "organisations"),
        ("tickets", "cc_contact_id", "contacts"),
        ("tickets", "assigned_to", "staff"),
        ("contacts_2019", "org", "organisations"),
        ("traffic", "organisation_id", "organisations"),
        ("traffic", "end_user_id", "end_users"),
        ("mail_log", "contact_id", "contacts"),
        ("answers", "answered_by", "staff"),
    ]
    with psycopg.connect(company["app"]) as conn:
        for table, column, to in undeclared:
            query = f"SELECT count(*) FROM {table} WHERE {column} IS NOT NULL AND {column} NOT IN (SELECT id FROM {to})"
            assert conn.execute(query).fetchone() == (0,), (table, column)


def test_the_untidiness_of_real_life_is_there(company: dict[str, str]) -> None:
    wanted = {
        "an address in a note": "SELECT count(*) FROM organisations WHERE notes LIKE '%@%'",
        "an address in a message": "SELECT count(*) FROM messages WHERE body LIKE '%@%'",
        "contact data in JSON": "SELECT count(*) FROM orders WHERE extra ? 'site_phone'",
        "a legacy copy": "SELECT count(*) FROM contacts_2019",
        "tickets of two people": "SELECT count(*) FROM tickets WHERE cc_contact_id <> contact_id",
        "orders of two people": "SELECT count(*) FROM orders WHERE placed_by IS NOT NULL AND end_user_id IS NOT NULL",
        "a view": "SELECT count(*) FROM customer_overview",
        "a routine of its owner": "SELECT count(*) FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace",
    }
    with psycopg.connect(company["app"]) as conn:
        for what, query in wanted.items():
            row = conn.execute(query).fetchone()
            assert row, what
            assert row[0] > 0, what


def test_the_owner_is_no_superuser_and_every_login_may_far_too_much(company: dict[str, str], cluster: object) -> None:
    with psycopg.connect(company["owner"]) as conn:
        assert conn.execute("SELECT rolsuper, rolcreaterole FROM pg_roles WHERE rolname = current_user").fetchone() == (
            False,
            True,
        )
        for login in LOGINS:
            row = conn.execute(
                "SELECT has_table_privilege(%s, 'credit_reports', 'SELECT')", [PREFIX + login]
            ).fetchone()
            assert row == (True,), login


def test_values_come_from_ranges_that_belong_to_nobody(company: dict[str, str]) -> None:
    with psycopg.connect(company["app"]) as conn:
        outside = conn.execute(
            """
            SELECT (SELECT count(*) FROM contacts WHERE email NOT LIKE '%.example'
                        OR phone !~ '^(\\+44 7700 900|01632 960)\\d{3}$')
                 + (SELECT count(*) FROM traffic
                    WHERE NOT remote_ip << ANY ('{192.0.2.0/24,198.51.100.0/24,203.0.113.0/24}'::cidr[]))
            """
        ).fetchone()
    assert outside == (0,)


def test_a_role_of_somebody_else_is_not_taken_over(cluster: object) -> None:
    with psycopg.connect(cluster.dsn, autocommit=True) as conn:
        conn.execute("CREATE ROLE exno_app")
    with pytest.raises(ValueError, match="exno_app"):
        create_company(cluster.dsn, "exno", 800, "exno_")
    with psycopg.connect(cluster.dsn, autocommit=True) as conn:
        assert conn.execute("SELECT rolcanlogin FROM pg_roles WHERE rolname = 'exno_app'").fetchone() == (False,)
