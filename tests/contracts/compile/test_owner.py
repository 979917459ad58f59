"""All of it works as the owner of the tables with CREATEROLE, without being superuser."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from shop import MAP, Shop

from avow.compilers import apply_plan, apply_remove, grants_sql
from avow.errors import ApplyError


@pytest.fixture
def owned(cluster: Any, shop: Shop) -> Shop:
    """The shop, with the rights that `avow grants` prints and nothing more."""
    with shop.owner() as conn:
        printed = grants_sql(MAP, conn.info.dbname, {}, shop.major)
        conn.execute(printed.encode())
        conn.execute("ALTER TABLE public.surprise OWNER TO avow_apply; ALTER VIEW public.everybody OWNER TO avow_apply")
        conn.execute("ALTER FUNCTION public.leak() OWNER TO avow_apply")
        if shop.major >= 16:
            conn.execute("REVOKE shopgroup FROM shopapp")  # only who granted a membership may take it back
        shop.dsn = cluster.dsn_for(conn.info.dbname, "avow_apply")
    return shop


def test_the_owner_applies_and_removes(owned: Shop) -> None:
    owned.apply()
    assert owned.plan().empty
    with owned.login() as conn:
        assert conn.execute("SELECT * FROM contacts").fetchone() is not None
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("SELECT phone FROM public.contacts")
    apply_remove(owned.dsn, "main")
    with owned.login() as conn:
        assert conn.execute("SELECT phone FROM contacts ORDER BY id").fetchone() == ("1",)


def test_a_missing_privilege_is_named_and_nothing_is_half_done(cluster: Any, shop: Shop) -> None:
    with shop.owner() as conn:
        conn.execute("CREATE ROLE avow_apply LOGIN CREATEROLE")
        conn.execute(f"GRANT CREATE ON DATABASE {conn.info.dbname} TO avow_apply".encode())
        dsn = cluster.dsn_for(conn.info.dbname, "avow_apply")
    with pytest.raises(ApplyError) as caught:
        apply_plan(dsn, *shop.inputs)
    assert caught.value.codes == ("apply.privilege-missing",)
    with shop.login() as conn:
        assert conn.execute("SELECT phone FROM contacts ORDER BY id").fetchone() == ("1",)
