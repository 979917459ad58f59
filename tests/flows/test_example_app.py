"""The example company's programs do a round of work on the database as it is, and a load of all of them ends cleanly."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))
from cloudsentric.company.app.rounds import APPS, Load, run_round, run_rounds
from cloudsentric.company.generate import create_company, drop_company

PREFIX = "exap_"


@pytest.fixture
def company(cluster: object) -> Iterator[dict[str, str]]:
    yield create_company(cluster.dsn, "exap", 800, PREFIX)
    drop_company(cluster.dsn, "exap", PREFIX)


def test_every_program_does_a_round_through_its_old_login(company: dict[str, str]) -> None:
    done = run_rounds(company)
    assert {each.app for each in done} == set(APPS)
    assert not [each for each in done if not each.ok]
    assert not [
        (each.app, name)
        for each in done
        for name, count in each.counts.items()
        if count == 0 and name not in {"closed", "waiting"}
    ]


def test_the_work_flows_from_the_order_to_the_paid_invoice(company: dict[str, str]) -> None:
    for _ in range(2):
        run_rounds(company)
    with psycopg.connect(company["app"]) as conn:
        row = conn.execute(
            "SELECT count(*) FROM invoices WHERE number LIKE 'CS-N%' AND bill_to <> '' AND attention <> ''"
        ).fetchone()
        assert row
        assert row[0] >= 3
        decided = conn.execute(
            "SELECT count(*) FROM credit_reports WHERE case_status = 'decided' AND received_on = current_date"
        )
        assert decided.fetchone() == (2,)


def test_a_right_that_is_missing_fails_the_round_and_names_the_table(company: dict[str, str]) -> None:
    with psycopg.connect(company["owner"], autocommit=True) as conn:
        conn.execute(f"REVOKE ALL ON tickets FROM {PREFIX}support")
        conn.execute(f"REVOKE ALL ON orders FROM {PREFIX}finance")
    for app, login, table in (("helpdesk", "support", "tickets"), ("invoicing", "finance", "orders")):
        failed = run_round(app, company[login])
        assert not failed.ok
        assert "42501" in failed.said
        assert table in failed.said


def test_a_program_prints_counts_and_never_a_value(company: dict[str, str]) -> None:
    with psycopg.connect(company["owner"], autocommit=True) as conn:
        conn.execute("ALTER TABLE enquiries ADD CONSTRAINT nobody CHECK (name = 'Nobody') NOT VALID")
    failed = run_round("website", company["web"])
    assert failed.said == "website: 23514"


def test_a_load_runs_every_program_until_it_ends(company: dict[str, str]) -> None:
    with Load(company) as load:
        time.sleep(1)
    assert {each.app for each in load.rounds} == set(APPS)
    assert not [each for each in load.rounds if not each.ok]
    with psycopg.connect(company["owner"]) as conn:
        left = conn.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE usename LIKE %s AND pid <> pg_backend_pid()", [PREFIX + "%"]
        )
        assert left.fetchone() == (0,)
