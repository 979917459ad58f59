"""The example company's unmodified programs keep working in every stage: observe, enforce, and after the remove."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest

from avow.compilers import apply_plan, apply_remove
from avow.datamap.model import StoreMap
from avow.datamap.read import read_datamap
from avow.policy import read_version
from avow.policy.promise import PolicyVersion
from avow.vocabulary import load_vocabulary

sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))
from cloudsentric.company.app.rounds import APPS, Load, run_round, run_rounds
from cloudsentric.company.generate import create_company, drop_company, read_for_prefix

PREFIX = "exas_"
PROJECT = Path(__file__).parents[2] / "examples" / "cloudsentric"
VOCABULARY = load_vocabulary()
VERSION: PolicyVersion = read_version(PROJECT, "2026-01", "cloudsentric", VOCABULARY)


@dataclass
class Company:
    """A fresh company and its map; `go(stage)` applies with every login in that stage."""

    dsns: dict[str, str]
    store: StoreMap

    def go(self, stage: str) -> None:
        logins = tuple(replace(login, stage=stage) for login in self.store.logins)
        apply_plan(self.dsns["owner"], VERSION, VOCABULARY, replace(self.store, logins=logins))

    def failures(self) -> list[tuple[str, str]]:
        done = run_rounds(self.dsns)
        assert {each.app for each in done} == set(APPS)
        return [(each.app, each.said) for each in done if not each.ok]

    def refused(self, login: str, query: str) -> bool:
        with psycopg.connect(self.dsns[login]) as conn:
            try:
                conn.execute(query)
            except psycopg.errors.InsufficientPrivilege:
                return True
            return False

    def count(self, login: str, query: str) -> int:
        with psycopg.connect(self.dsns[login]) as conn:
            row = conn.execute(query).fetchone()
            assert row
            return int(row[0])


@pytest.fixture
def company(cluster: object) -> Iterator[Company]:
    dsns = create_company(cluster.dsn, "exas", 800, PREFIX)
    yield Company(dsns, read_datamap(read_for_prefix(PROJECT / "datamap.yaml", PREFIX), VOCABULARY).stores[0])
    drop_company(cluster.dsn, "exas", PREFIX)


@pytest.mark.slow
def test_the_programs_keep_working_in_every_stage(company: Company) -> None:
    for stage in ("observe", "enforce"):
        company.go(stage)
        assert company.failures() == [], stage
    apply_remove(company.dsns["owner"], "main")
    assert company.failures() == []


def test_each_login_sees_its_own_and_no_more_once_enforced(company: Company) -> None:
    billing = company.count("support", "SELECT count(*) FROM contacts WHERE role = 'billing'")
    assert billing > 0
    company.go("enforce")
    assert company.count("support", "SELECT count(*) FROM contacts WHERE role = 'billing'") == 0
    assert company.count("support", "SELECT count(*) FROM contacts") > 0
    assert company.count("finance", "SELECT count(*) FROM contacts WHERE role <> 'billing'") == 0
    assert company.count("credit", "SELECT count(*) FROM credit_reports WHERE case_status <> 'open'") == 0
    for login, query in (
        ("support", "SELECT * FROM invoices"),
        ("support", "SELECT * FROM credit_reports"),
        ("app", "SELECT * FROM credit_reports"),
        ("app", "SELECT * FROM public.traffic"),
        ("finance", "SELECT * FROM tickets"),
        ("delivery", "SELECT * FROM messages"),
        ("marketing", "SELECT * FROM invoices"),
        ("analyst", "SELECT name FROM contacts"),
        ("marketing", "SELECT * FROM public.contacts_2019"),
        ("analyst", "SELECT * FROM customer_overview"),
        ("web", "SELECT * FROM who_calls('01632 960000')"),
        ("app", "SELECT notes FROM public.organisations"),
    ):
        assert company.refused(login, query), (login, query)


@pytest.mark.slow
def test_the_programs_run_through_an_apply_under_load(company: Company) -> None:
    with Load(company.dsns) as load:
        company.go("enforce")
    # A session that was in the middle of a round when the rights changed may lose that one round, no more.
    assert not [(each.app, each.failed, each.said) for each in load.rounds if each.failed > 1 or each.rounds < 2]
    assert company.failures() == []


def test_a_lead_that_objects_leaves_the_marketing_list_and_no_other(company: Company) -> None:
    company.go("enforce")
    listed = company.count("marketing", "SELECT count(*) FROM leads")
    objector = company.count("marketing", "SELECT min(id) FROM leads")
    with psycopg.connect(company.dsns["owner"]) as conn:
        conn.execute("SELECT avow.set_state('public.leads', %s, 'objected:marketing.own', true)", [str(objector)])
    assert company.count("marketing", "SELECT count(*) FROM leads") == listed - 1
    assert company.count("marketing", f"SELECT count(*) FROM leads WHERE id = {objector}") == 0
    assert run_round("campaign", company.dsns["marketing"]).ok


def test_a_customer_that_objects_takes_its_marketing_choice_along_and_keeps_its_orders(company: Company) -> None:
    company.go("enforce")
    with psycopg.connect(company.dsns["owner"]) as conn:
        conn.execute("SELECT avow.set_state('public.organisations', '1', 'objected:marketing.own', true)")
    assert company.count("marketing", "SELECT count(*) FROM organisations WHERE id = 1") == 0
    assert company.count("marketing", "SELECT count(*) FROM marketing_preferences WHERE organisation_id = 1") == 0
    assert company.count("app", "SELECT count(*) FROM organisations WHERE id = 1") == 1
    assert company.count("app", "SELECT count(*) FROM orders WHERE organisation_id = 1") > 0
    assert company.count("finance", "SELECT count(*) FROM organisations WHERE id = 1") == 1


def test_statistics_show_groups_and_no_row(company: Company) -> None:
    company.go("enforce")
    assert company.count("analyst", "SELECT count(*) FROM sales_by_sector_and_size") >= 0
    with psycopg.connect(company.dsns["analyst"]) as conn:
        found = conn.execute("SELECT * FROM sales_by_sector_and_size")
        names = {column.name for column in found.description or ()}
    assert {"sector", "size"} <= names
    assert not names & {"organisation_id", "name", "id"}
    for table in ("orders", "organisations", "usage_counters", "tickets"):
        assert company.refused("analyst", f"SELECT * FROM {table}"), table
