"""Sabotage: ways round the controls that nobody declared break the sentences that they reach, and no other sentence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from lantern import Company, make_map, make_scene, open_company, write_evidence
from ways_register import EVERY, WAYS, WayRound

from avow.datamap.model import Custodian, StoreMap
from avow.prove import check
from avow.prove.verdict import BROKEN, KEPT, StatementVerdict

# Sentences about access, and two that no way round touches.
LOOKED_AT = EVERY | {"uk-staff", "event-named"}


@pytest.fixture(scope="module")
def company(_server: object) -> Iterator[Company]:
    """A governed company with a custodian `clerk`, who holds nothing by himself."""
    with open_company(_server, "avow_ways") as made:
        with made.open() as connection:
            database = connection.info.dbname
        made.run(
            f"CREATE ROLE %P%clerk LOGIN; GRANT CONNECT ON DATABASE {database} TO %P%clerk; CREATE ROLE %P%helpers"
        )
        yield made


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_evidence(tmp_path_factory.mktemp("ways") / "evidence")


def declared(company: Company) -> StoreMap:
    store = make_map(company)
    clerk = Custodian(f"{company.prefix}clerk", "Bob", "keeps the books", "the server log", "2099-01-01")
    return replace(store, custodians=(*store.custodians, clerk))


def look(company: Company, evidence: Path, **more: object) -> dict[str, StatementVerdict]:
    scene = make_scene(company, evidence, **{"store_map": declared(company), **more})
    promises = tuple(p for p in scene.version.promises if p.id in LOOKED_AT)
    scene = replace(scene, version=replace(scene.version, promises=promises))
    return {s.id: s for s in check(scene).statements}


@pytest.mark.parametrize("way", WAYS, ids=lambda w: w.id)
def test_a_way_round_that_nobody_declared_breaks_exactly_what_it_reaches(
    way: WayRound, company: Company, evidence: Path
) -> None:
    with company.open() as connection:
        version, database = connection.info.server_version // 10_000, connection.info.dbname
    if version < way.since:
        return  # an earlier PostgreSQL has no such way
    company.run(way.spoil.replace("%DB%", database))
    try:
        found = look(company, evidence)
    finally:
        company.run(way.heal)
    turned = {name: s for name, s in found.items() if s.verdict != KEPT}
    assert turned.keys() == way.turns, {name: (s.verdict, s.reason) for name, s in turned.items()}
    assert {s.verdict for s in turned.values()} == {BROKEN}, turned
    said = next(s.reason for s in turned.values())
    assert any(way.words.replace("%P%", company.prefix) in s.reason for s in turned.values()), said


def test_after_every_way_is_closed_again_all_of_them_are_kept(company: Company, evidence: Path) -> None:
    found = look(company, evidence)
    assert {name: s.verdict for name, s in found.items()} == dict.fromkeys(LOOKED_AT, KEPT)


def test_the_limits_name_whose_reads_are_not_logged_and_what_was_not_looked_into(
    company: Company, evidence: Path
) -> None:
    """Without Avow's client, a custodian, a login that nobody mapped; not one that may not connect."""
    company.run(
        "CREATE ROLE %P%stranger LOGIN; CREATE ROLE %P%away LOGIN; GRANT pg_monitor TO %P%stranger; SELECT lo_create(4711)"
    )
    company.run("DO $$ BEGIN EXECUTE format('GRANT CONNECT ON DATABASE %I TO %P%stranger', current_database()); END $$")
    store = declared(company)
    logged = tuple(replace(login, unmodified=login.name.endswith("app")) for login in store.logins)
    try:
        limits = look(company, evidence, store_map=replace(store, logins=logged))["finance-invoices"].limits
    finally:
        company.run("SELECT lo_unlink(4711); DROP OWNED BY %P%stranger; DROP ROLE %P%stranger, %P%away")
    said = next(part for part in limits.split("; ") if "are not logged" in part)
    named = {name: f"`{company.prefix}{name}`" in said for name in ("app", "clerk", "stranger", "away", "finance")}
    assert named == {"app": True, "clerk": True, "stranger": True, "away": False, "finance": False}, said
    assert f"`{company.prefix}stranger` may read the statements of others, with the values that stand in them" in limits
    assert "1 large objects stand outside the data map and were not looked into" in limits
