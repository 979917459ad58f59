"""kill -9 of a check in any of its probes leaves nothing in the store but registered canaries, and the next check removes those."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest

FOLDER = Path(__file__).parent
sys.path.insert(0, str(FOLDER.parent / "sabotage"))
from lantern import Company, create_company, make_scene, write_evidence  # noqa: E402

from avow.control import open_control  # noqa: E402
from avow.prove import check  # noqa: E402
from avow.prove.scene import Scene  # noqa: E402

LEVELS = frozenset({"catalogue", "trial", "canary"})
SHARES = (0.01, 0.3, 0.7, 1.0)
TABLES = "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('public', 'avow') ORDER BY 1, 2"
CATALOGUE = (
    "SELECT count(*) FROM pg_class WHERE relnamespace::regnamespace::text IN ('public', 'avow')",
    "SELECT rolname, rolsuper, rolcanlogin FROM pg_roles ORDER BY 1",
    "SELECT tablename, policyname, cmd, qual FROM pg_policies ORDER BY 1, 2",
    "SELECT attrelid::regclass::text, attname, attacl::text FROM pg_attribute WHERE attacl IS NOT NULL ORDER BY 1, 2",
)


@pytest.fixture
def company(cluster: Any) -> Company:
    return create_company(cluster.create_database())


def look(company: Company) -> tuple[int, list[Any]]:
    """How many rows there are, and all of them with the catalogue."""
    with psycopg.connect(company.dsn, autocommit=True) as conn:
        tables = [
            conn.execute(f'SELECT t::text FROM "{schema}"."{name}" t ORDER BY 1').fetchall()
            for schema, name in conn.execute(TABLES).fetchall()
        ]
        return sum(map(len, tables)), [*tables, *(conn.execute(query).fetchall() for query in CATALOGUE)]


def wait_until_free(company: Company) -> None:
    """The server notices within moments that the killed client is gone."""
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with psycopg.connect(company.dsn, autocommit=True) as conn:
        for _ in range(400):
            if conn.execute(others + " AND backend_type = 'client backend'").fetchone() == (0,):
                return
            time.sleep(0.05)
    raise AssertionError("sessions of the killed check are still there")


def test_a_check_killed_in_any_probe_leaves_the_store_as_it_was(
    company: Company, database: str, tmp_path: Path
) -> None:
    evidence = write_evidence(tmp_path / "evidence")
    with open_control(database, "Lantern") as control:
        scene: Scene = make_scene(company, evidence, control=control, store_levels=LEVELS)
        rows, before = look(company)
        names = [p.name for s in check(scene).statements for rule in s.rules for p in rule.probes]
        assert look(company) == (rows, before), "a check that nobody kills changes the store"
        canary = names.index("rows-canary") + 1
        planted = 0
        for nth, most in [
            *((max(1, round(share * len(names))), 3) for share in SHARES),
            (canary, 8),
            (canary, 12),
            (canary, 18),
        ]:
            arguments = [company.dsn, company.prefix, database, str(evidence), str(nth), str(most)]
            call = [sys.executable, str(FOLDER / "check_and_die.py"), *arguments]
            died = subprocess.run(call, check=False, capture_output=True, text=True, timeout=120)
            assert died.returncode == -9, f"probe {nth} of {len(names)}: {died.stderr}"
            wait_until_free(company)
            there = look(company)[0] - rows
            registered = len(list(control.canaries("main")))  # before they are planted
            assert 0 <= there <= registered, (
                f"probe {nth} of {len(names)} left {there} rows, {registered} are registered"
            )
            planted += there
            assert look(company)[1][-len(CATALOGUE) :] == before[-len(CATALOGUE) :]
        check(scene)
        assert (look(company), list(control.canaries("main"))) == ((rows, before), [])
    assert planted, "no check was killed while a canary stood"
