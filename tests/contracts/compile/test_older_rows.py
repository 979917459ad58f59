"""Rows keep the terms that they were collected under: older ones are hidden from a use that a later version added."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import psycopg
import pytest
from shop import DELIVERY, MAP, RULES, SUPPORT, Shop, make_version

from avow.compilers import apply_plan, plan_postgres
from avow.policy.promise import Owed, PolicyVersion
from avow.policy.versions import with_owed

UNTIL = date(2026, 1, 1)
BEFORE = Owed("2025-06", UNTIL, (RULES[2],))  # only deliveries were permitted then: support is new
CLOCKED = replace(
    MAP, tables=tuple(replace(t, clock="created_at") if t.name == "public.contacts" else t for t in MAP.tables)
)


def go(shop: Shop, clock: bool = True, owed: Owed = BEFORE) -> PolicyVersion:
    """Contact 1 is from the last day of the earlier version, 2 from the first of the later one, 3 nobody knows."""
    with shop.owner() as conn:
        conn.execute("ALTER TABLE contacts ALTER created_at DROP NOT NULL")
        conn.execute("UPDATE contacts SET created_at = '2025-12-31 23:59:59+00' WHERE id = 1")
        conn.execute("UPDATE contacts SET created_at = '2026-01-01 00:00:00+00' WHERE id = 2")
        conn.execute("UPDATE contacts SET created_at = NULL WHERE id = 3")
    shop.store_map = CLOCKED if clock else MAP
    version = replace(make_version(*shop.rules), owed=(owed,))
    apply_plan(shop.dsn, version, shop.terms, shop.store_map)
    return version


def seen(shop: Shop, pair=SUPPORT) -> list[int]:
    with shop.login(pair) as conn:
        conn.execute("SET timezone = 'Pacific/Kiritimati'")  # the day is the same wherever the session is
        return [i for (i,) in conn.execute("SELECT id FROM contacts ORDER BY id").fetchall()]


def test_a_purpose_that_was_added_reaches_no_row_from_before_and_none_without_a_day(shop: Shop) -> None:
    version = go(shop)
    assert seen(shop) == [2]
    assert seen(shop, DELIVERY) == [1, 3], "what was permitted then goes on"
    with shop.owner() as conn:
        assert plan_postgres(conn, version, shop.terms, shop.store_map).empty


def test_whoever_was_told_of_the_purpose_and_of_a_new_recipient_is_admitted(shop: Shop) -> None:
    go(shop)
    with shop.owner() as conn:
        conn.execute("SELECT avow.set_state('public.contacts', '1', 'told:support.provide', true)")
        assert seen(shop) == [2], "the earlier version does not name the recipient either"
        conn.execute("SELECT avow.set_state('public.contacts', '1', 'consented:internal.support', true)")
    assert seen(shop) == [1, 2]


def test_what_an_earlier_version_forbade_stays_forbidden_for_its_rows_whatever_is_told(shop: Shop) -> None:
    forbid = replace(RULES[0], id="f/1", promise="f", kind="forbid")
    go(shop, owed=Owed("2025-06", UNTIL, (*RULES, forbid)))
    with shop.owner() as conn:
        conn.execute("SELECT avow.set_state('public.contacts', '1', mark, true) FROM unnest(ARRAY["
                     "'told:support.provide', 'told:internal.support']) mark")  # fmt: skip
    assert seen(shop) == [2]


def test_an_earlier_version_that_permitted_it_changes_nothing(shop: Shop) -> None:
    go(shop, owed=Owed("2025-06", UNTIL, RULES))
    assert seen(shop) == [1, 2, 3]


def test_a_table_without_clock_is_gated_by_name_and_shows_only_whoever_was_told(shop: Shop) -> None:
    version = go(shop, clock=False)
    assert seen(shop) == []
    with shop.owner() as conn:
        gates = plan_postgres(conn, version, shop.terms, shop.store_map).gates
        for about in ("support.provide", "internal.support"):
            conn.execute("SELECT avow.set_state('public.contacts', '3', %s, true)", [f"told:{about}"])
    assert any("rows of public.contacts were collected: the map gives it no clock" in g.construct for g in gates)
    assert seen(shop) == [3]


def test_the_pair_adds_new_rows_and_no_row_that_says_it_is_old(shop: Shop) -> None:
    go(shop)
    with shop.login(SUPPORT) as conn:
        conn.execute("INSERT INTO public.contacts (name, email) VALUES ('Dana', 'dana@example.com')")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("INSERT INTO public.contacts (name, created_at) VALUES ('Old', '2020-01-01')")


def test_versions_in_order_carry_what_the_earlier_ones_owe() -> None:
    first = replace(make_version(RULES[2]), version="2025-06", published=date(2025, 6, 1))
    silent = replace(make_version(), version="2025-09", published=date(2025, 9, 1))
    last = replace(make_version(*RULES), version="2026-01", published=UNTIL)
    assert [v.owed for v in with_owed([first, silent, last])] == [
        (),
        (Owed("2025-06", date(2025, 9, 1), (RULES[2],)),),
        (Owed("2025-06", date(2025, 9, 1), (RULES[2],)),),
    ]
