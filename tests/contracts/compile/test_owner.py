"""All of it works with the logins that `avow grants` prints: none is a superuser, and no right is given twice over."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import psycopg
import pytest
from shop import MAP, SUPPORT, Shop

from avow.compilers import apply_plan, apply_remove, doctor, get_standing, grants_sql, pair_roles
from avow.datamap.model import Custodian
from avow.errors import ApplyError, StoreError

CUSTODIANS = tuple(
    Custodian(f"avow_{name}", "Bob", "a credential of Avow", "the log", "2099-01-01")
    for name in ("survey", "apply", "probe", "plant", "duty")
)
KEPT_BY = "shopowner"  # whom the tables belong to, where they do not belong to a superuser


def grant(shop: Shop) -> None:
    """As an administrator, what `avow grants` prints: twice over, since running it again must do no harm."""
    with shop.owner() as conn:
        for _ in range(2):
            printed = grants_sql(shop.store_map, get_standing(conn), pair_roles(conn))
            conn.execute(printed.encode())


@pytest.fixture(params=["a superuser", "a plain owner"])
def owned(cluster: Any, shop: Shop, request: pytest.FixtureRequest) -> Shop:
    """The shop, with the rights that `avow grants` prints and nothing more; `shop.dsn` stays the administrator's."""
    shop.store_map = replace(MAP, custodians=CUSTODIANS)
    with shop.owner() as conn:
        if request.param == "a plain owner":
            conn.execute(f"CREATE ROLE {KEPT_BY}".encode())
            for name in ("TABLE contacts", "TABLE orders", "TABLE parcels", "TABLE settings", "TABLE surprise"):
                conn.execute(f"ALTER {name} OWNER TO {KEPT_BY}".encode())
            conn.execute(f"ALTER VIEW everybody OWNER TO {KEPT_BY}; ALTER FUNCTION leak() OWNER TO {KEPT_BY}".encode())
        if shop.major >= 16:
            conn.execute("REVOKE shopgroup FROM shopapp")  # only who granted a membership may take it back
    grant(shop)
    if request.param == "a superuser":
        with shop.owner() as conn:  # printed as a remark: only a person knows what a superuser's routine is for
            conn.execute("ALTER FUNCTION public.leak() OWNER TO avow_apply")
    return shop


def login_as(cluster: Any, shop: Shop, name: str) -> str:
    with shop.owner() as conn:
        return str(cluster.dsn_for(conn.info.dbname, f"avow_{name}"))


def test_the_apply_login_applies_and_removes(cluster: Any, owned: Shop) -> None:
    apply = login_as(cluster, owned, "apply")
    apply_plan(apply, *owned.inputs)
    assert owned.plan().empty
    with owned.login() as conn:
        assert conn.execute("SELECT * FROM contacts").fetchone() is not None
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("SELECT phone FROM public.contacts")
    apply_remove(apply, "main")
    with owned.login() as conn:
        assert conn.execute("SELECT phone FROM contacts ORDER BY id").fetchone() == ("1",)


def test_the_survey_login_sees_drift_only_after_the_second_round_and_never_writes(cluster: Any, owned: Shop) -> None:
    survey = login_as(cluster, owned, "survey")
    apply_plan(login_as(cluster, owned, "apply"), *owned.inputs)
    with psycopg.connect(survey, autocommit=True) as conn, pytest.raises(StoreError) as caught:
        pair_roles(conn)
    assert caught.value.codes == ("store.no-right",)
    grant(owned)
    with psycopg.connect(survey, autocommit=True) as conn:
        assert SUPPORT in pair_roles(conn)
        assert doctor(conn, *owned.inputs) == (), "the grants themselves are no drift"
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            conn.execute("DELETE FROM public.contacts")
        conn.execute("SET default_transaction_read_only = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("DELETE FROM public.contacts")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("SELECT * FROM avow.subject_state")


def test_the_probe_login_takes_every_pair_and_reads_nothing_by_itself(cluster: Any, owned: Shop) -> None:
    apply_plan(login_as(cluster, owned, "apply"), *owned.inputs)
    grant(owned)
    with psycopg.connect(login_as(cluster, owned, "probe"), autocommit=True) as conn:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("SELECT name FROM public.contacts")
        role, schema = owned_pair(owned)
        conn.execute(f"SET ROLE {role}".encode())
        assert conn.execute(f"SELECT name FROM {schema}.contacts".encode()).fetchone() is not None
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("SELECT phone FROM public.contacts")


def test_the_plant_login_inserts_looks_and_takes_back_but_changes_no_row(cluster: Any, owned: Shop) -> None:
    apply_plan(login_as(cluster, owned, "apply"), *owned.inputs)
    grant(owned)
    with psycopg.connect(login_as(cluster, owned, "plant"), autocommit=True) as conn:
        conn.execute("INSERT INTO public.contacts (id, name) VALUES (9001, 'Avow Canary')")
        conn.execute("SELECT avow.set_state('public.contacts', '9001', 'objected:marketing.own', true)")
        assert conn.execute("DELETE FROM public.contacts WHERE id = 9001").rowcount == 1
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("UPDATE public.contacts SET name = 'x'")
        assert conn.execute("SELECT count(*) FROM public.contacts").fetchone() == (3,)


def owned_pair(shop: Shop) -> tuple[str, str]:
    with shop.owner() as conn:
        return pair_roles(conn)[SUPPORT]


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
