"""A check never dies: a store that is down, a missing right, a budget that is used up, a lock. It says so instead."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "sabotage"))
from lantern import Company, create_company, make_scene, write_evidence

from avow.prove import Budget, check, exit_code
from avow.prove.scene import Scene, StoreScene


@pytest.fixture
def company(cluster: object) -> Company:
    return create_company(cluster.create_database())


@pytest.fixture
def scene(company: Company, tmp_path: Path) -> Scene:
    return make_scene(company, write_evidence(tmp_path / "evidence"))


def with_store(scene: Scene, **more: Any) -> Scene:
    return replace(scene, stores=(replace(scene.stores[0], **more),))


def verdicts(scene: Scene) -> dict[str, str]:
    return {s.id: s.verdict for s in check(scene).statements}


def test_a_store_that_is_down_makes_its_rules_unproven_and_the_others_are_still_checked(scene: Scene) -> None:
    down = StoreScene(scene.stores[0].map, down="connection refused")
    report = check(replace(scene, stores=(down,)))
    found = {s.id: s for s in report.statements}
    assert found["finance-invoices"].verdict == "unproven"
    assert "cannot be reached: connection refused" in found["finance-invoices"].reason
    assert (found["versions"].verdict, found["uk-only"].verdict) == ("kept", "attested")
    assert exit_code(report) == 0


def test_when_nothing_can_be_checked_the_exit_code_says_so(scene: Scene) -> None:
    down = StoreScene(scene.stores[0].map, down="connection refused")
    report = check(replace(scene, stores=(down,), control=None))
    assert exit_code(report) == 2


def test_a_store_that_goes_away_during_the_check_is_a_reason_not_an_end(scene: Scene) -> None:
    @contextmanager
    def gone() -> Iterator[Any]:
        with psycopg.connect("postgresql://127.0.0.1:1/none", connect_timeout=1) as connection:
            yield connection

    found = verdicts(with_store(scene, open_probe=gone, open_plant=gone))
    assert found["finance-invoices"] == "unproven"
    assert "broken" not in found.values()


def test_a_probe_without_the_right_to_take_pairs_leaves_the_sentence_unproven(scene: Scene, company: Company) -> None:
    company.run(
        "CREATE ROLE %P%weak LOGIN; GRANT CONNECT ON DATABASE "
        + company.dsn.split("dbname=")[1].split()[0]
        + " TO %P%weak"
    )

    @contextmanager
    def weak() -> Iterator[Any]:
        dsn = psycopg.conninfo.make_conninfo(company.dsn, user=f"{company.prefix}weak")
        with psycopg.connect(dsn, autocommit=True) as connection:
            yield connection

    report = check(with_store(scene, open_probe=weak))
    found = next(s for s in report.statements if s.id == "finance-invoices")
    assert found.verdict == "unproven"
    assert "lacks a right that this probe needs [42501]" in found.reason


def test_a_locked_table_ends_a_probe_in_time(scene: Scene, company: Company) -> None:
    with psycopg.connect(company.dsn) as holder:
        holder.execute("LOCK TABLE public.leads IN ACCESS EXCLUSIVE MODE")
        found = {s.id: s for s in check(scene).statements}
    assert found["event-named"].verdict == "unproven"
    assert "a lock was not to be had in time [55P03]" in found["event-named"].reason


def test_a_budget_of_no_time_leaves_everything_unproven_and_says_what_was_not_searched(scene: Scene) -> None:
    report = check(replace(scene, budget=Budget(seconds=0.0)))
    assert {s.verdict for s in report.statements} == {"unproven", "not_checkable"}
    assert any("time budget" in words for words in report.not_searched)


def test_a_budget_of_few_rows_bounds_the_samples_and_is_named(scene: Scene) -> None:
    report = check(replace(scene, budget=Budget(rows=3)))
    assert any("row budget" in words for words in report.not_searched)
    assert next(s for s in report.statements if s.id == "contacts-list").verdict == "unproven"


def test_older_rows_of_a_table_beyond_the_row_budget_are_not_counted_and_that_is_named(
    company: Company, tmp_path: Path
) -> None:
    scene = make_scene(company, write_evidence(tmp_path / "evidence"))
    leads = scene.stores[0].description.find_table("public.leads")
    assert leads.rows > 1
    counted = set(check(scene).not_searched)
    left_out = set(check(replace(scene, budget=Budget(rows=leads.rows - 1))).not_searched) - counted
    words = "rows of public.leads without a known source were not counted: public.leads holds more rows than the row budget allows"
    assert words in left_out


def test_older_rows_are_counted_on_the_replica_and_the_report_says_on_which(
    scene: Scene, company: Company, cluster: Any
) -> None:
    """The replica is another database here, so that its own rows tell where they were counted."""
    replica = create_company(cluster.create_database())
    replica.run("ALTER TABLE leads DROP CONSTRAINT avow_source; INSERT INTO leads (name) VALUES ('Alice'), ('Bob')")
    report = check(with_store(scene, open_replica=replica.open, replica="replica.example/lantern"))
    limits = next(s.limits for s in report.statements if s.id == "sources")
    assert "2 rows from before Avow have no known source (counted on the replica `replica.example/lantern`)" in limits
    assert "on the replica `replica.example/lantern`" in next(
        s.limits for s in report.statements if s.id == "contacts-list"
    )
    assert "replica" not in str(check(scene).statements)


def test_a_store_that_consents_to_the_catalogue_only_is_never_tried(scene: Scene) -> None:
    found = {s.id: s for s in check(with_store(scene, levels=frozenset({"catalogue"}))).statements}
    assert found["finance-invoices"].verdict == "unproven"
    assert "does not consent to trials" in found["finance-invoices"].reason


def test_a_check_leaves_the_store_as_it_was(scene: Scene, company: Company) -> None:
    def fingerprint() -> list[tuple[Any, ...]]:
        with company.open() as connection:
            tables = ("contacts", "invoices", "tickets", "leads", "organisations", "traffic")
            counts = [connection.execute(f"SELECT count(*) FROM {t}").fetchone() for t in tables]
            roles = connection.execute("SELECT count(*) FROM pg_roles").fetchall()
            return [*counts, *roles]

    before = fingerprint()
    check(scene)
    assert fingerprint() == before


def test_an_unmapped_table_keeps_access_promises_unproven(scene: Scene, company: Company, tmp_path: Path) -> None:
    company.run("CREATE TABLE contacts_backup AS TABLE contacts")
    found = {s.id: s for s in check(make_scene(company, write_evidence(tmp_path / "evidence"))).statements}
    assert found["sales-contacts"].verdict == "unproven"
    assert "tables that nobody mapped: public.contacts_backup" in found["sales-contacts"].reason


def test_no_value_of_a_row_reaches_the_report(scene: Scene, company: Company) -> None:
    from avow.prove import report_html, report_json

    company.run(
        "GRANT SELECT ON contacts TO PUBLIC; UPDATE staff SET country = 'fr'; ALTER TABLE leads ADD COLUMN extra text"
    )
    report = check(scene)
    with company.open() as connection:
        values = {str(v) for row in connection.execute("SELECT name, email, phone FROM contacts") for v in row}
    text = report_json(report) + report_html(report, scene.version)
    assert [value for value in values if value in text] == []
