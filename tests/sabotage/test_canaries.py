"""Canaries: committed people who do not exist are seen, hidden, and never left behind, not even by kill -9."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from lantern import Company, create_company, make_scene, write_evidence

from avow.control import Control, open_control
from avow.prove import check
from avow.prove.scene import Scene

HERE = Path(__file__).parent
LEVELS = frozenset({"catalogue", "trial", "canary"})
KILLED = """
import sys, time, pathlib
sys.path.insert(0, sys.argv[1])
from lantern import Company, make_scene
from avow.control import open_control
from avow.prove.canaries import planted
from avow.prove.inquiry import Inquiry
company = Company(sys.argv[2], sys.argv[3])
with open_control(sys.argv[4], "Lantern") as control:
    scene = make_scene(company, pathlib.Path("."), control=control)
    store = scene.stores[0]
    with company.open() as connection:
        table = store.map.find_table("public.contacts")
        with planted(Inquiry(scene), store, connection, table, store.rights[2].tables["public.contacts"].rows[0]):
            print("planted", flush=True)
            time.sleep(60)
"""


@pytest.fixture
def company(cluster: object) -> Company:
    return create_company(cluster.create_database())


@pytest.fixture
def control(database: str) -> Iterator[Control]:
    with open_control(database, "Lantern") as opened:
        yield opened


def scene_with(company: Company, control: Control, folder: Path) -> Scene:
    scene = make_scene(company, write_evidence(folder / "evidence"), control=control, store_levels=LEVELS)
    promises = tuple(p for p in scene.version.promises if p.id == "marketing-objection")
    return replace(scene, version=replace(scene.version, promises=promises))


def count_people(company: Company) -> int:
    with company.open() as connection:
        return connection.execute("SELECT count(*) FROM contacts").fetchone()[0]


def test_a_canary_is_seen_until_it_objects_and_is_gone_afterwards(
    company: Company, control: Control, tmp_path: Path
) -> None:
    before = count_people(company)
    found = check(scene_with(company, control, tmp_path)).statements[0]
    probes = {p.name: p for p in found.rules[0].probes}
    assert found.verdict == "kept", found
    assert (probes["rows-canary"].level, probes["rows-canary"].result) == ("canary", "held")
    assert (count_people(company), list(control.canaries("main"))) == (before, [])


def test_a_canary_sees_a_policy_that_forgets_objections(company: Company, control: Control, tmp_path: Path) -> None:
    company.run("ALTER POLICY avow_p3 ON contacts USING (role = 'delivery')")
    found = check(scene_with(company, control, tmp_path)).statements[0]
    probe = next(p for p in found.rules[0].probes if p.name == "rows-canary")
    assert (found.verdict, probe.result) == ("broken", "broke")
    assert "sees a planted person in public.contacts in spite of `objected:marketing.own`" in probe.seen


def test_what_a_kill_left_behind_is_removed_by_the_next_check(
    company: Company, control: Control, database: str, tmp_path: Path
) -> None:
    before = count_people(company)
    arguments = [sys.executable, "-c", KILLED, str(HERE), company.dsn, company.prefix, database]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, env=os.environ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "planted\n"
        child.send_signal(signal.SIGKILL)
    assert count_people(company) == before + 1
    assert len(control.canaries("main")) == 2, "the contact and the organisation that it needs"
    check(scene_with(company, control, tmp_path))
    assert (count_people(company), list(control.canaries("main"))) == (before, [])


def test_a_row_that_the_store_keeps_stays_registered_and_turns_no_sentence(
    company: Company, control: Control, tmp_path: Path
) -> None:
    before = count_people(company)
    company.run("CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'")
    company.run("CREATE TRIGGER keep BEFORE DELETE ON contacts FOR EACH ROW EXECUTE FUNCTION keep()")
    scene = scene_with(company, control, tmp_path)
    store = scene.stores[0]
    harmless = tuple(replace(table, harmless=True) for table in store.map.tables)
    scene = replace(scene, stores=(replace(store, map=replace(store.map, tables=harmless)),))
    assert [check(scene).statements[0].verdict for _ in range(2)] == ["kept", "kept"]
    kept = list(control.canaries("main"))
    assert kept
    assert any(f"{len(kept)} synthetic rows" in note for note in check(scene).not_searched)
    company.run("DROP FUNCTION keep() CASCADE")
    check(scene)
    assert (count_people(company), list(control.canaries("main"))) == (before, [])


def test_a_store_that_did_not_consent_gets_no_canary(company: Company, control: Control, tmp_path: Path) -> None:
    scene = scene_with(company, control, tmp_path)
    scene = replace(scene, stores=(replace(scene.stores[0], levels=frozenset({"catalogue", "trial"})),))
    found = check(scene).statements[0]
    assert {p.level for p in found.rules[0].probes} == {"catalogue", "trial"}
    with psycopg.connect(company.dsn) as connection:
        assert connection.execute("SELECT count(*) FROM avow.subject_state").fetchone() == (0,)
