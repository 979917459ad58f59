"""The example company's programs do a round of work on the database as it is, and a load of all of them ends cleanly."""

from __future__ import annotations

import json
import os
import subprocess
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
    for app in ("orders", "deliveries", "orders", "invoicing", "credit"):
        assert run_round(app, company[APPS[app][0]]).ok
    with psycopg.connect(company["app"]) as conn:
        row = conn.execute(
            "SELECT count(*) FROM invoices WHERE number LIKE 'CS-N%' AND bill_to <> '' AND attention <> ''"
        ).fetchone()
        assert row
        assert row[0] >= 3
        decided = conn.execute(
            "SELECT count(*) FROM credit_reports WHERE case_status = 'decided' AND received_on = current_date"
        )
        assert decided.fetchone() == (1,)


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


def test_programs_whose_starter_was_killed_end_themselves(company: dict[str, str]) -> None:
    starter = (
        "import json, os, sys, time\n"
        "from cloudsentric.company.app.rounds import Load\n"
        "with Load(json.loads(os.environ['DSNS'])) as load:\n"
        "    print([p.pid for p in load._started.values()], flush=True)\n"
        "    time.sleep(60)\n"
    )
    dsns = {login: company[login] for login in ("app", "finance", "support")}
    paths = os.pathsep.join([*sys.path])
    environment = {**os.environ, "DSNS": json.dumps(dsns), "PYTHONPATH": paths}
    process = subprocess.Popen([sys.executable, "-c", starter], env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    programs = json.loads(process.stdout.readline())
    process.kill()
    process.wait()
    process.stdout.close()
    deadline = time.monotonic() + 20
    while any(_runs(pid) for pid in programs) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert len(programs) == 3
    assert not [pid for pid in programs if _runs(pid)]


def _runs(pid: int) -> bool:
    """A zombie that nobody waits for runs no more."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
