"""The page about the boundary says what the compiler does: the same table, and the SQL of its example, executed."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from shop import DELIVERY, MAP, MARKETING, OBJECTED, SUPPORT, Shop

from avow.compilers.fragment import POSTGRESQL
from avow.errors import CompileRefused
from avow.policy.promise import CONDITION_KINDS, RULE_KINDS, Condition, Rule

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "fragment.md").read_text(encoding="utf-8")


def test_the_page_lists_exactly_the_constructs() -> None:
    rows = re.findall(r"^\| (?!construct|---)(.+?) \| (\w+) \| (.+?) \|$", PAGE, re.M)
    assert rows == [(c.name, c.how, c.becomes) for c in POSTGRESQL]


def test_every_rule_kind_and_condition_is_on_the_page() -> None:
    named = " ".join(c.name for c in POSTGRESQL)
    assert [word for word in (*RULE_KINDS, *CONDITION_KINDS) if word not in named] == []


def test_the_sql_of_the_example_is_what_stands_in_the_store(shop: Shop) -> None:
    shop.apply()
    with shop.owner() as conn:
        live = {row[0] for row in conn.execute("SELECT pg_get_expr(polqual, polrelid) FROM pg_policy").fetchall()}
    stated = re.findall(r"^\(.+\)$", PAGE.split("## An example")[1].split("## What")[0], re.M)
    assert len(stated) == 2
    assert {line for line in stated if line not in live} == set()


@pytest.mark.parametrize("kind", ["case_open", "consent_for_recipient", "place", "before", "after"])
def test_a_condition_that_no_database_tests_is_a_named_gate_and_grants_nothing(shop: Shop, kind: str) -> None:
    rule = Rule(
        "p9/1",
        "p9",
        "permit",
        ("contact.phone",),
        (),
        (MARKETING.purpose,),
        (MARKETING.recipient,),
        when=(Condition(kind, ("x",), "x"),),
    )
    shop.rules = (rule,)
    plan = shop.plan()
    assert [(gate.rule, gate.construct.split()[0]) for gate in plan.gates] == [("p9/1", kind)]
    assert not [s for s in plan.statements if s.key.startswith("grant:")]


def test_columns_with_rows_of_their_own_are_shown_only_there(shop: Shop) -> None:
    name = Rule("p1/1", "p1", "permit", ("contact.name",), (), (DELIVERY.purpose,), (DELIVERY.recipient,))
    phone = replace(
        name,
        id="p2/1",
        promise="p2",
        data=("contact.phone",),
        when=(OBJECTED, Condition("row", ("delivery",), "contact_role")),
    )
    shop.rules = (name, phone)
    shop.apply()
    with shop.owner() as conn:
        conn.execute("SELECT avow.set_state('public.contacts', '3', 'objected:marketing.own', true)")
    with shop.login(DELIVERY) as conn:
        shown = conn.execute("SELECT name, phone FROM contacts ORDER BY id").fetchall()
    assert shown == [("Alice", "1"), ("Bob", None), ("Charlie", None)]


def test_writes_that_share_no_row_are_refused_by_name(shop: Shop) -> None:
    rows = (Condition("row", ("delivery",), "contact_role"),)
    do = frozenset({"read", "write"})
    one = Rule(
        "p1/1", "p1", "permit", ("contact.name",), (), (SUPPORT.purpose,), (SUPPORT.recipient,), do=do, when=rows
    )
    two = replace(
        one, id="p2/1", promise="p2", data=("contact.phone",), when=(Condition("row", ("billing",), "contact_role"),)
    )
    shop.rules = (one, two)
    with pytest.raises(CompileRefused) as caught:
        shop.plan()
    assert caught.value.codes == ("compile.not-rectangular",)


def test_a_table_that_is_not_there_is_refused_by_name(shop: Shop) -> None:
    shop.store_map = replace(MAP, tables=(replace(MAP.tables[0], name="public.nowhere"),))
    with pytest.raises(CompileRefused) as caught:
        shop.plan()
    assert caught.value.codes == ("compile.table-missing",)
