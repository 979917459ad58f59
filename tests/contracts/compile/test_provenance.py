"""A new row says where it comes from; groups that are too small are not shown."""

from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest
from shop import MAP, RULES, SUPPORT, Shop, column

from avow.compilers import apply_remove, off_sql
from avow.datamap.model import Aggregate, Attribute, Column, Group, Login, Measure, Pair, RecordKind, SourceOf, Table
from avow.policy.promise import Condition, Rule

ANALYST = Pair("analytics.sales", "internal.sales")
SOURCE = Rule("p4/1", "p4", "require.source", ("any.personal",), sources=("subject.form", "subject.phone"))
GROUPS = Rule(
    "p5/1",
    "p5",
    "permit",
    ("contact.name", "contact.postal_address"),
    (),
    ("analytics.sales",),
    ("internal.sales",),
    form="aggregate",
    at_least=2,
)
INVENTORY = Rule("p7/1", "p7", "require.inventory", ("contact.postal_address",))
PLACE = Rule("p8/1", "p8", "require.place", ("contact.postal_address",), places=("uk", "ie"))
FIELD = Rule(
    "p6/1",
    "p6",
    "require.field",
    ("contact.postal_address",),
    detail={"attribute": "address"},
    when=(Condition("row", ("sent",), "status"),),
)


def changed(table: Table, **options: object) -> Table:
    return replace(table, **options)  # type: ignore[arg-type]


@pytest.fixture
def sourced(shop: Shop) -> Shop:
    with shop.owner() as conn:
        conn.execute("ALTER TABLE public.orders ADD COLUMN channel text NOT NULL DEFAULT 'web', ADD COLUMN extra jsonb")
        conn.execute("ALTER TABLE public.orders ADD COLUMN place text NOT NULL DEFAULT 'uk'")
    contacts, orders, *rest = MAP.tables
    contacts = changed(contacts, source=SourceOf(handling=True))
    orders = changed(
        orders,
        source=SourceOf(column="channel", values={"web": "subject.form", "list": "thirdparty.list_broker"}),
        attributes=(Attribute("status", "status"), Attribute("address", "address"), Attribute("place", "place")),
        columns=(
            *orders.columns,
            column("channel"),
            column("place"),
            Column("extra", keys={"fax": frozenset({"contact.postal_address"})}),
        ),
    )
    logins = (Login("shopapp", (*MAP.logins[0].pairs, ANALYST), SUPPORT, "enforce", source="subject.form"),)
    aggregates = (Aggregate("by_role", "public.orders", (Group("status"),), (Measure("count"),), "contact_id"),)
    shop.store_map = replace(MAP, tables=(contacts, orders, *rest), logins=logins, aggregates=aggregates)
    shop.rules = (*RULES, SOURCE, GROUPS, FIELD, INVENTORY, PLACE)
    shop.apply()
    return shop


def test_the_old_application_keeps_inserting_with_the_source_of_its_login(sourced: Shop) -> None:
    assert sourced.plan().empty
    with sourced.login() as conn:
        conn.execute("INSERT INTO contacts (name, email) VALUES ('Dana', 'dana@example.com') RETURNING *")
        conn.execute("UPDATE contacts SET email = 'bob@example.org' WHERE id = 2")  # a row from before
        conn.execute(
            "INSERT INTO orders (contact_id, address, channel, extra) VALUES (1, 'x', 'web', '{\"fax\": \"1\"}')"
        )
    with sourced.owner() as conn:
        joined = "public.contacts c JOIN avow.handling h ON h.id = c.avow_handling"
        query = f"SELECT h.source, count(*) FROM {joined} GROUP BY 1 ORDER BY 1".encode()
        assert conn.execute(query).fetchall() == [("", 3), ("subject.form", 1)]


@pytest.mark.parametrize(
    "statement",
    [
        "SET avow.handling = '0'; INSERT INTO contacts (name) VALUES ('x')",
        "SET avow.handling = '99'; INSERT INTO contacts (name) VALUES ('x')",
        "INSERT INTO orders (contact_id, channel) VALUES (1, 'list')",
        "INSERT INTO orders (contact_id, extra) VALUES (1, '{\"mobile\": 1}')",
        "INSERT INTO orders (contact_id, status, address) VALUES (1, 'sent', '')",
        "SELECT avow.set_source('thirdparty.nobody')",
        "INSERT INTO orders (contact_id, place) VALUES (1, 'us')",
        "UPDATE orders SET place = 'us' WHERE id = 1",
    ],
)
def test_a_row_that_the_policy_does_not_describe_is_refused(sourced: Shop, statement: str) -> None:
    with sourced.login() as conn, pytest.raises(psycopg.errors.CheckViolation):
        conn.execute(statement.encode())


def test_a_row_in_another_allowed_place_is_taken_in(sourced: Shop) -> None:
    with sourced.login() as conn:
        conn.execute("INSERT INTO orders (contact_id, place) VALUES (1, 'ie')")
    with sourced.owner() as conn:
        assert conn.execute("SELECT count(*) FROM orders WHERE place = 'ie'").fetchone() == (1,)
        apply_remove(sourced.dsn, "main")
        conn.execute("INSERT INTO orders (contact_id, place) VALUES (1, 'us')")


def test_a_session_may_state_another_listed_source(sourced: Shop) -> None:
    with sourced.login() as conn:
        conn.execute("SELECT avow.set_source('subject.phone')")
        conn.execute("INSERT INTO contacts (name) VALUES ('x')")
    with sourced.owner() as conn:
        found = conn.execute(
            "SELECT h.source FROM public.contacts c JOIN avow.handling h ON h.id = c.avow_handling WHERE c.name = 'x'"
        ).fetchall()
    assert found == [("subject.phone",)]


def test_a_group_below_the_limit_is_not_shown(sourced: Shop) -> None:
    with sourced.owner() as conn:
        conn.execute("UPDATE public.orders SET status = 'sent' WHERE id = 1")
    with sourced.login(ANALYST) as conn:
        assert conn.execute("SELECT * FROM by_role").fetchall() == [("new", 2)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("SELECT address FROM public.orders")


def test_groups_count_nobody_whom_the_permit_is_not_about(sourced: Shop) -> None:
    contacts, orders, *rest = sourced.store_map.tables
    kinds = (
        RecordKind("new order", ("contact_person",), {"status": "new"}),
        RecordKind("sale", ("staff",), {"status": "sent"}),
    )
    sourced.store_map = replace(sourced.store_map, tables=(contacts, replace(orders, records=kinds), *rest))
    sourced.rules = (*RULES, SOURCE, replace(GROUPS, subjects=("contact_person",), at_least=1), FIELD, INVENTORY, PLACE)
    sourced.apply()
    with sourced.owner() as conn:
        conn.execute("UPDATE public.orders SET status = 'sent' WHERE id = 1")
        conn.execute("UPDATE public.orders SET status = 'lost' WHERE id = 2")  # of no kind that the map knows
    with sourced.login(ANALYST) as conn:
        assert [status for status, _ in conn.execute("SELECT * FROM by_role").fetchall()] == ["new"]
    sourced.rules = (*RULES, SOURCE, replace(GROUPS, subjects=("customer",)), FIELD, INVENTORY, PLACE)
    sourced.apply()
    with sourced.login(ANALYST) as conn, pytest.raises(psycopg.errors.UndefinedTable):
        conn.execute("SELECT * FROM by_role")


def test_a_wide_permit_does_not_reach_what_another_one_names(sourced: Shop) -> None:
    sourced.rules = (*RULES, SOURCE, replace(GROUPS, data=("any.personal",)), FIELD, INVENTORY, PLACE)
    sourced.apply()
    with sourced.login(ANALYST) as conn, pytest.raises(psycopg.errors.UndefinedTable):
        conn.execute("SELECT * FROM by_role")


def test_off_lets_rows_without_a_source_in_again_and_remove_takes_the_columns_away(sourced: Shop) -> None:
    with sourced.owner() as conn:
        conn.execute(off_sql(conn).encode())
        with sourced.login() as login:
            login.execute("INSERT INTO contacts (name) VALUES ('x')")
    apply_remove(sourced.dsn, "main")
    with sourced.owner() as conn:
        assert conn.execute(
            "SELECT count(*) FROM pg_attribute WHERE attname LIKE 'avow%' AND NOT attisdropped"
        ).fetchone() == (0,)
