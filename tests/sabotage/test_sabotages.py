"""Sabotage: for every rule kind, break its control behind Avow's back and see the verdict turn to broken, then heal it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import psycopg
import pytest
from lantern import Company, make_map, make_scene, make_version, open_company, write_evidence
from sabotage_register import PROVED_BY_ID, SABOTAGES, Sabotage

from avow.control import open_control
from avow.datamap.model import Custodian
from avow.prove import check
from avow.prove.catalogue import entries
from avow.prove.scene import Recipient, Scene
from avow.prove.verdict import ATTESTED, BROKEN, KEPT, UNPROVEN, Report, StatementVerdict

# Proven on the whole company, each kind in a module of its own.
WHOLE_COMPANY = ("right", "duty", "require.choice", "bound")


@pytest.fixture(scope="session")
def company(_server: object) -> Iterator[Company]:
    """One governed company per PostgreSQL, disposable by construction; every sabotage heals what it broke."""
    with open_company(_server, "avow_sabotage") as made:
        yield made


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    return write_evidence(tmp_path / "evidence")


def look(company: Company, evidence: Path, statement: str, **more: object) -> StatementVerdict:
    return find(check(only(make_scene(company, evidence, **more), statement)), statement)


def only(scene: Scene, statement: str) -> Scene:
    """The same scene with a single promise: what another one costs is saved."""
    promises = tuple(p for p in scene.version.promises if p.id == statement)
    return replace(scene, version=replace(scene.version, promises=promises))


def find(report: Report, statement: str) -> StatementVerdict:
    return next(s for s in report.statements if s.id == statement)


@pytest.mark.parametrize("sabotage", SABOTAGES, ids=lambda s: s.id)
def test_a_sabotage_behind_avows_back_breaks_the_sentence_and_healing_mends_it(
    sabotage: Sabotage, company: Company, evidence: Path
) -> None:
    scene = make_scene(company, evidence)
    assert scene.stores[0].disposable, "sabotage only on a store that was created as disposable"
    company.run(sabotage.spoil)
    try:
        found = look(company, evidence, sabotage.statement)
    finally:
        company.run(sabotage.heal)
    assert found.verdict == BROKEN, found
    assert sabotage.words in found.reason, found.reason
    assert found.wording
    healed = look(company, evidence, sabotage.statement)
    assert healed.verdict == KEPT, healed


def test_without_sabotage_every_statement_is_kept_or_attested_or_says_why_not(company: Company, evidence: Path) -> None:
    report = check(make_scene(company, evidence))
    verdicts = {s.id: s.verdict for s in report.statements}
    assert {s: v for s, v in verdicts.items() if v not in (KEPT, ATTESTED)} == {
        "objecting": "unproven",
        "care": "not_checkable",
    }
    assert find(report, "uk-data").verdict == ATTESTED
    assert report.unread == 1


def test_the_catalogue_names_exactly_the_sabotages_that_are_tested() -> None:
    named = {
        sabotage: entry.kind for entry in entries() for sabotage in entry.sabotages if entry.kind not in WHOLE_COMPANY
    }
    assert named == PROVED_BY_ID
    assert len(named) >= 25


def test_custodian_expired_breaks_what_it_reaches(company: Company, evidence: Path) -> None:
    store = make_map(company)
    ended = tuple(replace(c, expires="2020-01-01") for c in store.custodians)
    found = look(company, evidence, "finance-invoices", store_map=replace(store, custodians=ended))
    assert found.verdict == BROKEN
    assert "its declaration ended on 2020-01-01" in found.reason


def test_undeclared_superuser_breaks_what_it_reaches(company: Company, evidence: Path) -> None:
    store = replace(make_map(company), custodians=())
    found = look(company, evidence, "finance-invoices", store_map=store)
    assert found.verdict == BROKEN
    assert "as a superuser" in found.reason


def test_a_declared_custodian_stands_beside_the_verdict(company: Company, evidence: Path) -> None:
    found = look(company, evidence, "finance-invoices")
    assert found.verdict == KEPT
    assert any("custodian `postgres` (Bob" in e for e in found.excepts)


def test_stage_back_to_observe_names_the_login_and_the_column(company: Company, evidence: Path) -> None:
    company.run("GRANT SELECT (email) ON contacts TO %P%finance")
    try:
        found = look(company, evidence, "sales-contacts", store_map=make_map(company, stage="observe"))
    finally:
        company.run("REVOKE SELECT (email) ON contacts FROM %P%finance")
    assert found.verdict == BROKEN
    assert (
        "finance` can read public.contacts (email) because its stage is still observe: not enforced yet" in found.reason
    )
    assert any("stage: enforce" in r for r in found.repairs)


def test_inherit_the_pair_breaks_the_sentence(company: Company, evidence: Path) -> None:
    modern = "GRANT %P%p2 TO %P%finance WITH INHERIT TRUE"
    back = "GRANT %P%p2 TO %P%finance WITH INHERIT FALSE"
    with company.open() as connection:
        if connection.info.server_version < 160000:
            modern, back = "ALTER ROLE %P%finance INHERIT", "ALTER ROLE %P%finance NOINHERIT"
    company.run(modern)
    try:
        found = look(company, evidence, "finance-invoices")
    finally:
        company.run(back)
    assert found.verdict == BROKEN
    assert (
        "it inherits the pair" in found.reason
        or "by inherited rights" in found.reason
        or "through the role" in found.reason
    )


_BUILT = """CREATE FUNCTION run_report(what text) RETURNS SETOF text LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN RETURN QUERY EXECUTE what; /* EXECUTE */ END $$"""


def test_a_routine_that_nobody_sees_through_leaves_the_sentence_unproven_until_it_is_declared(
    company: Company, evidence: Path
) -> None:
    company.run(_BUILT)
    try:
        found = look(company, evidence, "finance-invoices")
        custodian = Custodian("", "Bob", "the monthly report", "its log", "2099-01-01", "public.run_report(what text)")
        store = make_map(company)
        declared = replace(store, custodians=(*store.custodians, custodian))
        named = look(company, evidence, "finance-invoices", store_map=declared)
        ended = replace(store, custodians=(*store.custodians, replace(custodian, expires="2020-01-01")))
        late = look(company, evidence, "finance-invoices", store_map=ended)
        company.run("REVOKE EXECUTE ON FUNCTION run_report FROM PUBLIC")
        closed = look(company, evidence, "finance-invoices")
    finally:
        company.run("DROP FUNCTION run_report")
    assert found.verdict == UNPROVEN
    assert "`PUBLIC` may execute the routine `public.run_report(what text)`" in found.reason
    assert "builds its statements as it runs" in found.reason
    assert any(r.startswith("REVOKE EXECUTE ON ROUTINE public.run_report") for r in found.repairs)
    assert (named.verdict, late.verdict, closed.verdict) == (KEPT, UNPROVEN, KEPT)
    assert any("routine `public.run_report(what text)` (Bob: the monthly report)" in e for e in named.excepts)
    assert "its declaration ended on 2020-01-01" in late.reason


def test_the_word_execute_in_a_remark_builds_nothing(company: Company, evidence: Path) -> None:
    company.run(
        "CREATE FUNCTION today() RETURNS date LANGUAGE sql SECURITY DEFINER AS '/* EXECUTE */ SELECT current_date -- EXECUTE'"
    )
    try:
        assert look(company, evidence, "finance-invoices").verdict == KEPT
    finally:
        company.run("DROP FUNCTION today")


def test_map_a_source_nobody_named_breaks_the_sentence(company: Company, evidence: Path) -> None:
    scene = make_scene(company, evidence)
    promise = next(p for p in scene.version.promises if p.id == "sources")
    rule = replace(promise.rules[0], sources=("subject.phone", "subject.form", "automatic.network"))
    scene = replace(scene, version=replace(scene.version, promises=(replace(promise, rules=(rule,)),)))
    found = find(check(scene), "sources")
    assert found.verdict == BROKEN
    assert "public.leads takes the source `subject.event`" in found.reason


@pytest.mark.parametrize("what", ["store-abroad", "recipient-abroad"])
def test_a_place_outside_breaks_the_sentence(what: str, company: Company, evidence: Path) -> None:
    more: dict[str, object] = {"store_map": replace(make_map(company), location="us")}
    if what == "recipient-abroad":
        more = {"recipients": (Recipient("mailer", "us"),)}
    found = look(company, evidence, "uk-data", **more)
    assert found.verdict == BROKEN
    assert "is in `us`" in found.reason


def test_a_recipient_without_a_place_leaves_the_sentence_unproven(company: Company, evidence: Path) -> None:
    found = look(company, evidence, "uk-data", recipients=(Recipient("mailer"),))
    assert (found.verdict, "no place is written down" in found.reason) == ("unproven", True)


def test_edit_a_published_version_breaks_the_sentence(company: Company, evidence: Path) -> None:
    edited = make_version(digest="e" * 64)
    scene = make_scene(company, evidence, versions=(edited,))
    found = find(
        check(replace(only(scene, "versions"), version=replace(only(scene, "versions").version, digest="e" * 64))),
        "versions",
    )
    assert found.verdict == BROKEN
    assert "was changed after it was registered" in found.reason


def test_publish_without_a_reason_breaks_the_sentence(company: Company, evidence: Path) -> None:
    first = replace(make_version("2025-06", digest="a" * 64, reason=""), published=date(2025, 6, 1))
    scene = only(make_scene(company, evidence), "versions")
    scene = replace(scene, version=replace(scene.version, reason=""), versions=(first,))
    found = find(check(scene), "versions")
    assert found.verdict == BROKEN
    assert "version `2026-01` gives no reason for the change" in found.reason


def test_drop_the_version_trigger_breaks_the_sentence(database: str, company: Company, evidence: Path) -> None:
    scene = only(make_scene(company, evidence), "versions")
    version = scene.version
    with open_control(database, "Lantern") as control, psycopg.connect(database, autocommit=True) as own:
        control.record_version(version.version, version.digest, version.published, version.reason, version.text)
        assert find(check(replace(scene, control=control)), "versions").verdict == KEPT
        own.execute("DROP TRIGGER policy_version_is_immutable ON control.policy_version")
        found = find(check(replace(scene, control=control)), "versions")
    assert found.verdict == BROKEN
    assert "could be changed" in found.reason


def test_attestation_expired_breaks_the_sentence(company: Company, tmp_path: Path) -> None:
    found = look(company, write_evidence(tmp_path / "evidence", expires="2026-02-01"), "uk-only")
    assert found.verdict == BROKEN
    assert "ended on 2026-02-01" in found.reason


def test_a_missing_attestation_leaves_the_sentence_unproven(company: Company, tmp_path: Path) -> None:
    found = look(company, tmp_path, "uk-only")
    assert (found.verdict, found.reason) == ("unproven", "uk-only/1: there is no `evidence/uk-only.yaml`")
