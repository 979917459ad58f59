"""An application that was written before Avow, through its old login, in each stage."""

from __future__ import annotations

import psycopg
import pytest
from shop import DELIVERY, MARKETING, Shop


def test_a_second_plan_is_empty(shop: Shop) -> None:
    assert not shop.plan().empty
    shop.apply()
    assert shop.plan().statements == ()


@pytest.mark.parametrize("stage", ["observe", "enforce"])
def test_the_old_application_keeps_working(shop: Shop, stage: str) -> None:
    shop.at_stage(stage).apply()
    with shop.login() as conn:
        row = conn.execute("SELECT * FROM contacts WHERE id = 1").fetchone()
        assert row is not None
        assert row[1] == "Alice"
        made = conn.execute(
            "INSERT INTO contacts (name, email) VALUES ('Dana', 'dana@example.com') RETURNING *"
        ).fetchone()
        assert made is not None
        conn.execute("UPDATE contacts SET email = 'dana@example.org', role = 'billing' WHERE id = %s", [made[0]])
        assert conn.execute("SELECT * FROM contacts WHERE id = %s FOR UPDATE", [made[0]]).fetchone() is not None
        conn.execute(
            "INSERT INTO contacts (name, email) VALUES ('D', 'dana@example.org') ON CONFLICT (email) DO UPDATE SET name = 'Dana D'"
        )
        conn.execute("DELETE FROM contacts WHERE id = %s", [made[0]])
        assert conn.execute("SELECT value FROM settings").fetchone() == ("blue",)


def test_a_column_that_no_promise_permits_is_refused(shop: Shop) -> None:
    shop.apply()
    with shop.login() as conn:
        for statement in (
            "SELECT phone FROM public.contacts",
            "SELECT * FROM everybody",
            "SELECT leak()",
            "SELECT * FROM surprise",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(statement.encode())
        with pytest.raises(psycopg.errors.UndefinedColumn):
            conn.execute("SELECT phone FROM contacts")


def test_the_login_itself_has_nothing_left(shop: Shop) -> None:
    shop.apply()
    with shop.login() as conn:
        conn.execute("SET ROLE NONE")
        for statement in ("SELECT name FROM public.contacts", "SELECT 1 FROM public.orders", "SET ROLE shopgroup"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(statement.encode())


def test_a_pair_sees_the_rows_of_its_record_kind_only(shop: Shop) -> None:
    shop.apply()
    with shop.login(DELIVERY) as conn:
        assert conn.execute("SELECT name, phone FROM contacts ORDER BY id").fetchall() == [
            ("Alice", "1"),
            ("Charlie", "3"),
        ]
        with pytest.raises(psycopg.errors.UndefinedColumn):
            conn.execute("SELECT email FROM contacts")


def test_marketing_sees_the_columns_that_its_promise_names(shop: Shop) -> None:
    shop.apply()
    with shop.login(MARKETING) as conn:
        assert conn.execute("SELECT email FROM contacts").fetchall()
        with pytest.raises(psycopg.errors.UndefinedColumn):
            conn.execute("SELECT name FROM contacts")


@pytest.mark.parametrize(
    "sabotage",
    [
        "GRANT SELECT ON public.contacts TO shopapp",
        "GRANT SELECT (phone) ON public.contacts TO PUBLIC",
        "ALTER TABLE public.contacts DISABLE ROW LEVEL SECURITY",
        "DROP POLICY av_p1_select ON public.contacts",
        "DROP VIEW av_p1.contacts",
        "DROP SCHEMA av_p1 CASCADE",
        "GRANT shopgroup TO shopapp",
        "ALTER ROLE shopapp RESET ALL",
        "GRANT EXECUTE ON FUNCTION public.leak() TO PUBLIC",
    ],
)
def test_what_is_broken_behind_its_back_is_planned_and_mended(shop: Shop, sabotage: str) -> None:
    shop.apply()
    with shop.owner() as conn:
        conn.execute(sabotage.replace("RESET ALL", f"IN DATABASE {conn.info.dbname} RESET ALL").encode())
    assert not shop.plan().empty
    shop.apply()
    assert shop.plan().empty
