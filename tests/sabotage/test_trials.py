"""What every pair may read and write is tried in one go, and comes out as if each statement were tried by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest
from lantern import Company, create_company, make_scene, write_evidence

from avow.prove.inquiry import Inquiry
from avow.prove.probes import trials
from avow.prove.scene import Scene

States = dict[Any, str]


@pytest.fixture
def company(cluster: Any) -> Company:
    return create_company(cluster.create_database())


@pytest.fixture
def scene(company: Company, tmp_path: Path) -> Scene:
    return make_scene(company, write_evidence(tmp_path / "evidence"))


def try_all(scene: Scene) -> States:
    return dict(trials.get_trials(Inquiry(scene), scene.stores[0]).states)


@pytest.fixture
def one_by_one(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> States:
    with monkeypatch.context() as patched:
        patched.setattr(trials, "_try_together", lambda c, statements: [trials._try(c, s) for s in statements])
        return try_all(scene)


def test_tried_together_or_one_by_one_every_column_answers_the_same(
    scene: Scene, one_by_one: States, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trials, "_try", lambda *_: pytest.fail("was tried one by one"))
    assert try_all(scene) == one_by_one
    assert {"", trials.REFUSED} <= set(one_by_one.values())


@pytest.mark.parametrize("hindrance", ["a pair may run no block", "a table is locked"])
def test_where_they_cannot_be_tried_together_they_are_tried_one_by_one(
    company: Company, scene: Scene, one_by_one: States, hindrance: str
) -> None:
    with psycopg.connect(company.dsn) as holder:
        if hindrance == "a table is locked":
            holder.execute("LOCK TABLE public.counters IN ACCESS EXCLUSIVE MODE")
        else:
            company.run("REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC")
        found = try_all(scene)
    assert found.keys() == one_by_one.keys()
    differ = {(one.table, state) for (_, one, _), state in found.items() - one_by_one.items()}
    assert differ == ({("public.counters", "55P03")} if hindrance == "a table is locked" else set())
