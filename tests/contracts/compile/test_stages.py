"""Stages side by side: a login that is not enforced yet keeps what it has; a closed store lets mapped logins in only."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import psycopg
import pytest
from shop import MAP, MARKETING, SUPPORT, Shop

from avow.compilers import apply_remove, pair_roles
from avow.datamap.model import Login


@pytest.fixture
def second(cluster: Any, shop: Shop) -> str:
    with shop.owner() as conn:
        conn.execute("CREATE ROLE shopold LOGIN; GRANT SELECT, INSERT ON public.contacts, public.orders TO shopold")
        return str(cluster.dsn_for(conn.info.dbname, "shopold"))


def test_a_login_in_observe_sees_all_rows_beside_an_enforced_one(shop: Shop, second: str) -> None:
    shop.store_map = replace(MAP, logins=(*MAP.logins, Login("shopold", (SUPPORT,), SUPPORT, "observe")))
    shop.apply()
    assert shop.plan().empty
    with psycopg.connect(second) as conn:
        assert conn.execute("SELECT count(phone) FROM contacts").fetchone() == (3,)


def test_an_unmapped_login_keeps_its_rows_until_the_store_is_closed(shop: Shop, second: str) -> None:
    shop.apply()
    with psycopg.connect(second) as conn:
        assert conn.execute("SELECT count(phone) FROM contacts").fetchone() == (3,)
    shop.at_stage("closed").apply()
    assert shop.plan().empty
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(second)
    shop.login().close()
    apply_remove(shop.dsn, "main")
    psycopg.connect(second).close()


def test_a_hot_column_gets_an_index_whose_predicate_is_the_policy(shop: Shop) -> None:
    contacts, *rest = MAP.tables
    shop.store_map = replace(MAP, tables=(replace(contacts, hot=(("email",),)), *rest))
    shop.apply()
    assert shop.plan().empty
    with shop.owner() as conn:
        query = "SELECT pg_get_indexdef(i.oid) FROM pg_class i WHERE i.relkind = 'i' AND i.relname LIKE 'avow%'"
        found = [row[0] for row in conn.execute(query).fetchall()]
    assert any("(email) WHERE ((avow_mask & (1)::bigint) = 0)" in index for index in found)
    with shop.login(MARKETING) as conn:
        conn.execute("SET enable_seqscan = off")
        plan = "\n".join(
            row[0] for row in conn.execute("EXPLAIN SELECT email FROM contacts WHERE email = 'x'").fetchall()
        )
    assert "avow_" in plan
    assert "Filter" not in plan


def test_a_way_to_the_owner_without_an_index_is_named(shop: Shop) -> None:
    named = [w for w in shop.plan().warnings if w.startswith("no index leads with")]
    assert (
        "no index leads with public.orders.contact_id: a change of a person's state reads all of public.orders" in named
    )


def test_a_pair_that_no_login_takes_any_more_is_gone_and_its_number_is_not_given_away(shop: Shop) -> None:
    shop.apply()
    shop.store_map = replace(MAP, logins=(replace(MAP.logins[0], pairs=(SUPPORT,)),))
    shop.apply()
    assert shop.plan().empty
    with shop.owner() as conn:
        assert list(pair_roles(conn)) == [SUPPORT]
    shop.store_map = MAP
    shop.apply()
    assert shop.plan().empty
    with shop.login(MARKETING) as conn:
        assert conn.execute("SELECT email FROM contacts").fetchall()
