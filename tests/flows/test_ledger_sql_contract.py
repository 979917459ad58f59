"""The blocks of docs/reference/sql-contract.md, run by psql as a mapped login, statement by statement."""

from __future__ import annotations

import re
import secrets
import shutil
import subprocess
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reference" / "sql-contract.md"
GOVERNED = ROOT / "tests" / "unit" / "client" / "governed.sql"


def find_psql() -> str:
    found = shutil.which("psql") or next(map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin/psql"))), None)
    assert found, "psql is needed: install the package postgresql-client"
    return found


@pytest.fixture
def governed(cluster):
    dsn, mark = cluster.create_database(), secrets.token_hex(4)
    roles = {name: f"{name}_{mark}" for name in ("p1", "p2", "app", "charlie")}
    text = GOVERNED.read_text(encoding="utf-8")
    for name, role in roles.items():
        text = text.replace(f":{name}:", role)
    with psycopg.connect(dsn) as conn:
        conn.execute(text.encode())
    yield dsn, roles
    with psycopg.connect(dsn, autocommit=True) as conn:
        for role in roles.values():
            conn.execute(f"drop owned by {role}; drop role {role}".encode())


def run_psql(dsn: str, script: str) -> subprocess.CompletedProcess[str]:
    command = [find_psql(), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=sqlstate", dsn]
    return subprocess.run(command, input=script, capture_output=True, text=True, check=False, timeout=60)


def blocks() -> list[str]:
    return re.findall(r"```sql\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def test_every_block_of_the_page_runs_and_the_session_is_as_before(governed):
    dsn, roles = governed
    look = "SELECT current_setting('role'), current_setting('search_path');\n"
    done = run_psql(make_conninfo(dsn, user=roles["app"]), look + "\n".join(blocks()) + look)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == lines[-1] == f'{roles["p1"]}|av_p1, "$user", public'
    assert "7|card" in lines


def test_inside_the_contract_the_role_is_the_pairs_and_other_columns_are_refused(governed):
    dsn, roles = governed
    script = "\n".join(blocks()[:3]) + "\nSELECT current_user; SELECT email FROM public.contacts;"
    done = run_psql(make_conninfo(dsn, user=roles["app"]), script)
    assert done.stdout.splitlines()[-1] == roles["p2"]
    assert done.returncode != 0
    assert "42501" in done.stderr


def test_charlies_login_may_not_take_the_pair(governed):
    dsn, roles = governed
    done = run_psql(make_conninfo(dsn, user=roles["charlie"]), "\n".join(blocks()[:2]))
    assert done.returncode != 0
    assert "42501" in done.stderr
