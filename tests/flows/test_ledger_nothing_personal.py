"""No value of a person of the example company stands in anything Avow keeps after a whole round of its commands."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from avow.stores.search import SHORTEST, search_markers

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "examples"))

from cloudsentric.company.generate import create_company, drop_company, read_for_prefix  # noqa: E402


@pytest.fixture
def company(_server, tmp_path):
    """(project folder, connection strings of company and control database)."""
    prefix, database = f"srch{os.getpid()}_", f"srch_{os.getpid()}"
    dsns = create_company(_server.dsn, database, 200, prefix)
    control, store = (
        make_conninfo(_server.dsn, dbname=f"{database}_control"),
        make_conninfo(_server.dsn, dbname=database),
    )
    with psycopg.connect(_server.dsn, autocommit=True) as conn:
        conn.execute(f"create database {database}_control".encode())
    project = tmp_path / "cloudsentric"
    shutil.copytree(ROOT / "examples" / "cloudsentric", project, ignore=shutil.ignore_patterns("company"))
    for name in ("datamap.yaml", "custodians.yaml"):
        (project / name).write_text(read_for_prefix(project / name, prefix), encoding="utf-8")
    lines = [
        f"AVOW_CONTROL_DSN={control}",
        f"AVOW_STORE_MAIN_DSN={store}",
        f"AVOW_STORE_MAIN_APPLY_DSN={dsns['owner']}",
    ]
    (project / "avow.env").write_text("\n".join(lines) + "\n")
    (project / "avow.env").chmod(0o600)
    yield project, store, control
    drop_company(_server.dsn, database, prefix)
    with psycopg.connect(_server.dsn, autocommit=True) as conn:
        conn.execute(f"drop database {database}_control with (force)".encode())


def run(project: Path, output: Path, *words: str) -> int:
    """One command; what it prints is kept as a log that is searched too."""
    command = [sys.executable, "-m", "avow.cli.main", "--project", str(project), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)
    with output.open("a", encoding="utf-8") as log:
        log.write(done.stdout + done.stderr)
    return done.returncode


NAMED = "(contacts|contacts_2019|end_users|leads|enquiries|deliveries|installations|invoices|staff)"


def read_people(store: str) -> tuple[list[str], list[str]]:
    """(every telephone number and e-mail address, every full name of a person), as far as they are long enough."""
    with psycopg.connect(store) as conn:
        reached = _values(conn, "column_name ~ '(email|e_mail|phone|mobile|fax)'")
        names = _values(conn, f"table_name ~ '^{NAMED}$' and column_name ~ '^(.*_)?(name|fullname|attention)$'")
    return sorted(reached), sorted(name for name in names if " " in name.strip())


def _values(conn: psycopg.Connection, which: str) -> set[str]:
    columns = conn.execute(
        f"select table_name, column_name from information_schema.columns where table_schema = 'public' and {which}"
        " and data_type in ('text', 'character varying')".encode()
    ).fetchall()
    assert columns, which
    found = {v for t, c in columns for (v,) in conn.execute(f"select distinct {c} from public.{t}".encode())}
    return {v for v in found if v and len(v) >= SHORTEST}


@pytest.mark.slow
def test_a_whole_round_of_commands_leaves_nothing_of_a_person_behind(company, tmp_path):
    project, store, control = company
    reached, names = read_people(store)
    assert len(reached) > 200
    assert len(names) > 100, "the people of the example have full names"
    people = reached + names
    log = tmp_path / "commands.log"
    assert run(project, log, "check", "--html", str(tmp_path / "before.html")) in (0, 1)
    assert run(project, log, "map") == 0
    run(project, log, "lint")
    assert run(project, log, "apply") == 0
    assert run(project, log, "check", "--html", str(tmp_path / "report.html")) in (0, 1)
    run(project, log, "explain", "internal.finance", "contacts.email", "marketing.own")
    assert run(project, log, "ledger", "verify", "--heads", str(project / ".avow" / "heads.jsonl")) == 0
    assert "consistent and whole" in log.read_text(encoding="utf-8")
    assert search_markers(control, [tmp_path], people) == ()
