"""Views of groups: what they count and show, and what they are refused for; cases that the random worlds found."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import psycopg
import pytest
from shop import MAP, OBJECTED, RULES, SUPPORT, Everything, Shop, make_version

from avow.compilers import apply_plan, plan_postgres
from avow.datamap.model import Aggregate, Attribute, Group, Login, Measure, Pair, RecordKind, Step
from avow.policy.promise import Condition, Owed, Rule
from avow.prove.matrix import declared_groups

ANALYST = Pair("analytics.sales", "internal.sales")
NAMES = ("contact.name", "contact.postal_address", "contact.email")
GROUPS = Rule(
    "p5/1", "p5", "permit", NAMES, (), ("analytics.sales",), ("internal.sales",), form="aggregate", at_least=2
)
TO_PERSON = (Step("contact_id", "public.contacts", "id"),)
BY_STATUS = Aggregate("by_status", "public.orders", (Group("status"),), (Measure("count"),), "contact_id")
BY_NAME = Aggregate(
    "by_name", "public.orders", (Group("status"), Group("name", TO_PERSON)), (Measure("count"),), "contact_id"
)
STATES = Condition("state_absent", ("restricted",))  # a mark on which no right on rows hangs


def counting(shop: Shop, *aggregates: Aggregate, permit: Rule = GROUPS) -> Shop:
    logins = (Login("shopapp", (*MAP.logins[0].pairs, ANALYST), SUPPORT, "enforce"),)
    orders = replace(MAP.tables[1], attributes=(Attribute("status", "status"),))
    tables = (MAP.tables[0], orders, *MAP.tables[2:])
    shop.store_map = replace(MAP, tables=tables, logins=logins, aggregates=aggregates)
    shop.rules = (*RULES, permit)
    return shop


def seen(shop: Shop, name: str) -> list[tuple[Any, ...]]:
    with shop.login(ANALYST) as conn:
        return sorted(conn.execute(f"SELECT * FROM {name}".encode()).fetchall(), key=str)


def refused(shop: Shop) -> list[str]:
    return [gate.construct for gate in shop.plan().gates if gate.construct.startswith("groups of")]


@pytest.fixture
def orders(shop: Shop) -> Shop:
    with shop.owner() as conn:
        conn.execute("UPDATE public.contacts SET name = 'Sam' WHERE id < 3")
        conn.execute("DELETE FROM public.parcels; DELETE FROM public.orders")
        conn.execute(
            "INSERT INTO public.orders (contact_id, address, status) SELECT n, 'x', 'new' FROM generate_series(1, 3) n"
        )
    return shop


def test_two_groups_by_columns_of_one_name_are_told_apart(orders: Shop) -> None:
    both = Aggregate(
        "by_ids", "public.orders", (Group("status"), Group("name", TO_PERSON), Group("name", TO_PERSON)),
        (Measure("count"), Measure("count")), "contact_id",
    )  # fmt: skip
    counting(orders, both).apply()
    assert seen(orders, "by_ids") == [("new", "Sam", "Sam", 2, 2)]
    with orders.login(ANALYST) as conn:
        names = [c.name for c in conn.execute("SELECT * FROM by_ids").description or ()]
    assert names == ["status", "contact_id_name", "contact_id_name_3", "count", "count_5"]


def test_a_mark_that_no_right_on_rows_hangs_on_still_keeps_people_out_of_the_groups(orders: Shop) -> None:
    counting(orders, BY_STATUS, permit=replace(GROUPS, when=(STATES,))).apply()
    assert seen(orders, "by_status") == [("new", 3)]
    with orders.owner() as conn:
        conn.execute("SELECT avow.set_state('public.contacts', '1', 'restricted', true)")
    assert seen(orders, "by_status") == [("new", 2)]
    with orders.owner() as conn:
        conn.execute("SELECT avow.set_state('public.contacts', '2', 'restricted', true)")
    assert seen(orders, "by_status") == []


def test_groups_of_a_table_that_leads_to_nobody_cannot_depend_on_a_persons_state(orders: Shop) -> None:
    counting(orders, BY_STATUS, permit=replace(GROUPS, when=(OBJECTED,)))
    table = replace(orders.store_map.tables[1], owners=())
    tables = (orders.store_map.tables[0], table, *orders.store_map.tables[2:])
    orders.store_map = replace(orders.store_map, tables=tables)
    orders.apply()
    assert refused(orders) == ["groups of by_status: the state of a person on public.orders, which cannot carry it"]
    assert declared_groups(make_version(*orders.rules), Everything(), orders.store_map) == {}


def test_while_logins_are_only_observed_no_view_of_groups_hangs_on_a_state_that_nothing_keeps(orders: Shop) -> None:
    counting(orders, BY_STATUS, BY_NAME, permit=replace(GROUPS, when=(OBJECTED,)))
    logins = tuple(replace(login, stage="observe") for login in orders.store_map.logins)
    orders.store_map = replace(orders.store_map, logins=logins)
    orders.apply()
    with orders.login(ANALYST) as conn, pytest.raises(psycopg.errors.UndefinedTable):
        conn.execute("SELECT * FROM by_status")


def test_a_value_of_a_person_whom_the_permit_is_not_about_names_no_group(orders: Shop) -> None:
    kinds = (
        RecordKind("buyer", ("contact_person",), {"contact_role": "delivery"}),
        RecordKind("seller", ("staff",), {"contact_role": "billing"}),
    )
    counting(orders, BY_NAME, permit=replace(GROUPS, subjects=("contact_person",)))
    people = replace(orders.store_map.tables[0], records=kinds)
    orders.store_map = replace(orders.store_map, tables=(people, *orders.store_map.tables[1:]))
    with orders.owner() as conn:
        conn.execute("INSERT INTO public.contacts (id, name, role) VALUES (4, 'Sam', 'billing')")
        conn.execute("INSERT INTO public.orders (contact_id, address, status) VALUES (2, 'x', 'new'), (4, 'x', 'new')")
    orders.apply()
    # 2 and 4 are of staff: no group says their name
    assert seen(orders, "by_name") == [("new", None, 3)]


OLDER = {
    "about other people": replace(GROUPS, subjects=("staff",)),
    "of larger groups": replace(GROUPS, at_least=3),
    "of what another permit named": replace(GROUPS, data=("any.personal",)),
}


@pytest.mark.parametrize("how", OLDER)
def test_groups_that_an_earlier_version_permitted_otherwise_are_refused_by_name(orders: Shop, how: str) -> None:
    counting(orders, BY_STATUS, permit=replace(GROUPS, subjects=("contact_person",)))
    owed = Owed("2025-01", date(2025, 9, 1), (RULES[0], OLDER[how]))
    version = replace(make_version(*orders.rules), owed=(owed,))
    apply_plan(orders.dsn, version, Everything(), orders.store_map)
    with psycopg.connect(orders.dsn) as conn:
        plan = plan_postgres(conn, version, Everything(), orders.store_map)
    words = "groups of by_status: version 2025-01 did not permit them, and groups mix old rows with new ones"
    assert words in [gate.construct for gate in plan.gates]
    assert declared_groups(version, Everything(), orders.store_map) == {}
    same = replace(version, owed=(replace(owed, rules=(RULES[0], GROUPS)),))
    assert declared_groups(same, Everything(), orders.store_map).keys() == {ANALYST}


def test_what_is_declared_is_what_stands(orders: Shop) -> None:
    counting(orders, BY_STATUS, BY_NAME).apply()
    found = declared_groups(make_version(*orders.rules), Everything(), orders.store_map)
    assert [(a.name, a.at_least) for a in found[ANALYST]] == [("by_status", 2), ("by_name", 2)]
    assert seen(orders, "by_status") == [("new", 3)]
    assert seen(orders, "by_name") == [("new", "Sam", 2)]


def test_groups_of_a_column_that_is_not_there_are_left_out_and_named(orders: Shop) -> None:
    counting(orders, replace(BY_STATUS, groups=(Group("no_such_column"),))).apply()
    words = (
        "the aggregate by_status of the data map names a table or a column that the store does not have: it is left out"
    )
    assert words in orders.plan().warnings
