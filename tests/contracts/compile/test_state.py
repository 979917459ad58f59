"""A person's state follows every row about that person, from the row's first moment."""

from __future__ import annotations

import threading
from dataclasses import replace

import psycopg
import pytest
from shop import MARKETING, Shop

from avow.compilers import apply_remove

OBJECT = "SELECT avow.set_state('public.contacts', %s, 'objected:marketing.own', %s)"


def seen(shop: Shop, query: str) -> list[str]:
    with shop.login(MARKETING) as conn:
        return [row[0] for row in conn.execute(query.encode()).fetchall()]


def test_an_objection_hides_every_row_about_the_person(shop: Shop) -> None:
    shop.apply()
    with shop.owner() as conn:
        changed = conn.execute(OBJECT, ["1", True]).fetchone()
    assert changed == (3,)  # the contact, its order, its parcel
    assert seen(shop, "SELECT email FROM contacts ORDER BY 1") == ["bob@example.com", "charlie@example.com"]
    assert seen(shop, "SELECT address FROM orders ORDER BY 1") == ["b street", "c street"]
    assert shop.plan().empty
    with shop.owner() as conn:
        conn.execute(OBJECT, ["1", False])
    assert "alice@example.com" in seen(shop, "SELECT email FROM contacts")


def test_a_row_of_two_people_carries_the_deny_of_either(shop: Shop) -> None:
    shop.apply()
    with shop.owner() as conn:
        conn.execute(OBJECT, ["3", True])  # parcel 2 belongs to Bob's and Charlie's orders
    assert len(seen(shop, "SELECT id FROM parcels")) == 1


def test_a_new_row_of_an_objector_starts_hidden(shop: Shop) -> None:
    shop.apply()
    with shop.owner() as conn:
        conn.execute(OBJECT, ["1", True])
    with shop.login() as conn:
        conn.execute("INSERT INTO orders (contact_id, address) VALUES (1, 'new street'), (2, 'other street')")
    assert sorted(seen(shop, "SELECT address FROM orders")) == ["b street", "c street", "other street"]


def test_a_row_that_gets_another_owner_gets_another_mask(shop: Shop) -> None:
    shop.apply()
    with shop.owner() as conn:
        conn.execute(OBJECT, ["1", True])
        conn.execute("UPDATE public.orders SET contact_id = 1 WHERE id = 2")  # takes parcel 2 with it
    assert seen(shop, "SELECT address FROM orders") == ["c street"]
    assert seen(shop, "SELECT id FROM parcels") == []


def test_state_that_was_known_before_is_filled_in_when_the_table_is_rebuilt(shop: Shop) -> None:
    shop.apply()
    with shop.owner() as conn:
        conn.execute(OBJECT, ["1", True])
        conn.execute("ALTER TABLE public.orders DROP COLUMN avow_mask CASCADE")
    shop.apply()
    assert shop.plan().empty
    assert seen(shop, "SELECT address FROM orders ORDER BY 1") == ["b street", "c street"]


def objecting(shop: Shop) -> threading.Thread:
    """An objection in a session of its own, which waits for somebody when this returns."""

    def object_now() -> None:
        with shop.owner() as conn:
            conn.execute(OBJECT, ["1", True])

    thread = threading.Thread(target=object_now)
    thread.start()
    thread.join(0.3)
    assert thread.is_alive()
    return thread


def test_an_objection_waits_for_an_insert_under_way(shop: Shop) -> None:
    shop.apply()
    with psycopg.connect(shop.dsn) as inserting:
        inserting.execute("INSERT INTO public.orders (contact_id, address) VALUES (1, 'race street')")
        thread = objecting(shop)
        inserting.commit()
        thread.join(10)
    assert "race street" not in seen(shop, "SELECT address FROM orders")


def test_a_program_that_holds_a_row_and_adds_another_about_the_same_person_goes_on(shop: Shop) -> None:
    """It never is what the server calls off as a deadlock: the change of state gives way, and is made afterwards."""
    shop.apply()
    with psycopg.connect(shop.dsn) as working:
        working.execute("UPDATE public.orders SET address = address || '!' WHERE contact_id = 1")
        thread = objecting(shop)
        working.execute("INSERT INTO public.orders (contact_id, address) VALUES (1, 'race street')")
        working.commit()
        thread.join(10)
        assert not thread.is_alive()
    assert seen(shop, "SELECT address FROM orders ORDER BY 1") == ["b street", "c street"]


def test_an_application_cannot_write_the_mask(shop: Shop) -> None:
    shop.apply()
    with shop.owner() as conn:
        conn.execute(OBJECT, ["1", True])
    with shop.login() as conn:
        for statement in (
            "UPDATE public.orders SET avow_mask = 0",
            "SELECT avow.set_state('public.contacts', '1', 'x', true)",
            "TABLE avow.subject_state",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(statement.encode())


def test_a_pair_cannot_move_a_row_to_somebody_who_objects(shop: Shop) -> None:
    shop.rules = tuple(
        replace(rule, do=frozenset({"read", "write"})) if rule.id == "p2/1" else rule for rule in shop.rules
    )
    shop.apply()
    with shop.owner() as conn:
        conn.execute(OBJECT, ["1", True])
    with shop.login(MARKETING) as conn:
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="violates row-level security"):
            conn.execute("UPDATE orders SET contact_id = 1 WHERE id = 2")
        assert conn.execute("UPDATE orders SET contact_id = 3 WHERE id = 2").rowcount == 1
    with shop.login() as conn:  # support may see objectors: for it the row moves, and takes their state over
        assert conn.execute("UPDATE orders SET contact_id = 1 WHERE id = 2").rowcount == 1
    assert seen(shop, "SELECT address FROM orders") == ["c street"]


def test_a_row_that_loses_one_of_its_people_loses_their_state(shop: Shop) -> None:
    shop.apply()
    with shop.owner() as conn:
        conn.execute(OBJECT, ["3", True])
        conn.execute("UPDATE public.parcels SET second_order_id = NULL WHERE id = 2")
    assert len(seen(shop, "SELECT id FROM parcels")) == 2
    with shop.owner() as conn:
        conn.execute("UPDATE public.parcels SET second_order_id = 3 WHERE id = 2")
    assert len(seen(shop, "SELECT id FROM parcels")) == 1


def test_a_row_that_moves_waits_for_a_change_of_choice_under_way(shop: Shop) -> None:
    shop.apply()

    def move() -> None:
        with shop.owner() as conn:
            conn.execute("UPDATE public.orders SET contact_id = 1 WHERE id = 2")

    with psycopg.connect(shop.dsn) as objecting:
        objecting.execute(OBJECT, ["1", True])
        thread = threading.Thread(target=move)
        thread.start()
        thread.join(0.3)
        assert thread.is_alive()
        objecting.commit()
        thread.join(10)
    assert seen(shop, "SELECT address FROM orders") == ["c street"]


def test_writing_the_same_owner_back_touches_nothing(shop: Shop) -> None:
    shop.apply()
    with psycopg.connect(shop.dsn) as objecting, shop.login() as conn:
        objecting.execute(OBJECT, ["3", True])  # holds the lock of Charlie's state
        conn.execute("SET statement_timeout = '2s'")
        assert conn.execute("UPDATE orders SET contact_id = contact_id WHERE id = 2").rowcount == 1


def test_types_of_the_session_do_not_stand_in_for_those_of_a_trigger(shop: Shop) -> None:
    """A trigger without a path of its own must name everything: here the session offers it false names."""
    shop.apply()
    with shop.owner() as conn:
        conn.execute(OBJECT, ["1", True])
        conn.execute("CREATE SCHEMA decoy; GRANT USAGE, CREATE ON SCHEMA decoy TO PUBLIC")
    with shop.login() as conn:
        for body in (
            "CREATE DOMAIN decoy.text AS pg_catalog.varchar CHECK (false)",
            "CREATE DOMAIN decoy.int8 AS pg_catalog.int4 CHECK (false)",
            "CREATE FUNCTION decoy.never(text, text) RETURNS bool LANGUAGE sql AS 'SELECT false'",
            "CREATE FUNCTION decoy.never(bigint, bigint) RETURNS bool LANGUAGE sql AS 'SELECT false'",
            "CREATE OPERATOR decoy.= (LEFTARG = text, RIGHTARG = text, FUNCTION = decoy.never)",
            "CREATE OPERATOR decoy.<> (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = decoy.never)",
            "CREATE FUNCTION decoy.hashtext(text) RETURNS int LANGUAGE sql AS 'SELECT 1 / 0'",
        ):
            conn.execute(body.encode())
        conn.execute("SELECT set_config('search_path', 'decoy, pg_catalog, ' || current_setting('search_path'), false)")
        conn.execute("INSERT INTO orders (contact_id, address) VALUES (1, 'new street')")
    assert "new street" not in seen(shop, "SELECT address FROM orders")


def test_what_a_later_plan_no_longer_needs_goes_after_the_rights_that_stood_on_it(shop: Shop) -> None:
    """A version without the objection: the policies are made anew before the column that they tested is dropped."""
    shop.apply()
    shop.rules = tuple(replace(rule, when=()) for rule in shop.rules)
    shop.apply()
    assert shop.plan().empty
    with shop.owner() as conn:
        left = conn.execute(
            "SELECT count(*) FROM pg_attribute WHERE attname = 'avow_mask' AND NOT attisdropped"
        ).fetchone()
    assert left == (0,)


@pytest.mark.parametrize(
    "routine",
    [
        "FUNCTION avow.lock_out(class int, buckets int[]) RETURNS void LANGUAGE plpgsql AS 'BEGIN END'",
        "FUNCTION avow.mask_for(held text[]) RETURNS bigint STABLE LANGUAGE sql AS 'SELECT 0::bigint'",
        "FUNCTION avow.suppressed_mask(kinds text[], vals text[]) RETURNS bigint STABLE LANGUAGE sql AS 'SELECT 0::bigint'",
        "PROCEDURE avow.refresh() LANGUAGE plpgsql AS 'BEGIN END'",
    ],
)
def test_a_routine_that_is_exchanged_behind_its_back_is_planned_and_mended(shop: Shop, routine: str) -> None:
    shop.apply()
    name = routine.partition("avow.")[2].partition("(")[0]
    with shop.owner() as conn:
        body = conn.execute("SELECT prosrc FROM pg_proc WHERE proname = %s", [name]).fetchone()
        conn.execute(f"CREATE OR REPLACE {routine}".encode())
    assert len(shop.plan().statements) == 1
    shop.apply()
    assert shop.plan().empty
    with shop.owner() as conn:
        assert conn.execute("SELECT prosrc FROM pg_proc WHERE proname = %s", [name]).fetchone() == body


def test_the_planner_has_statistics_on_exactly_the_test_of_the_policy_until_the_remove(shop: Shop) -> None:
    query = "SELECT stxrelid::regclass::text, pg_get_expr(stxexprs, stxrelid) FROM pg_statistic_ext ORDER BY 1"
    shop.apply()
    with shop.owner() as conn:
        policy = "SELECT pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polrelid = %s::regclass AND polname = 'av_p2_select'"
        found = conn.execute(query).fetchall()
        assert {table for table, _ in found} == {"contacts", "orders", "parcels"}
        for table, expression in found:
            (tested,) = conn.execute(policy, (table,)).fetchone()
            assert expression in tested, f"{table}: statistics on {expression}, while the policy tests {tested}"
        apply_remove(shop.dsn, "main")
        assert conn.execute(query).fetchall() == []
