"""The views of a pair belong to a role that may read whole tables: what follows from that, and what must not."""

from __future__ import annotations

import psycopg
import pytest
from shop import MARKETING, SUPPORT, Shop

REFUSED = (psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedColumn)


def view_role(shop: Shop) -> str:
    with shop.owner() as conn:
        found = conn.execute(
            "SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = 'av_p1.contacts'::regclass"
        ).fetchone()
    assert found is not None
    return str(found[0])


def test_nobody_can_take_the_role_of_the_views(shop: Shop) -> None:
    shop.apply()
    with shop.login() as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute(f"SET ROLE {view_role(shop)}".encode())
    with shop.owner() as conn:
        members = conn.execute(
            "SELECT count(*) FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid JOIN pg_roles r ON r.oid = m.member"
            " WHERE g.rolname = %s AND coalesce((to_jsonb(m) ->> 'set_option')::bool, true)", [view_role(shop)]
        ).fetchone()  # fmt: skip
        made = conn.execute("SELECT has_schema_privilege(%s, 'av_p1', 'CREATE')", [view_role(shop)]).fetchone()
    assert (members, made) == ((0,), (False,))


@pytest.mark.parametrize("pair", [SUPPORT, MARKETING], ids=str)
def test_a_view_shows_no_more_than_the_table_lets_the_pair_read(shop: Shop, pair: object) -> None:
    shop.apply()
    with shop.owner() as conn:
        conn.execute("SELECT avow.set_state('public.contacts', '1', 'objected:marketing.own', true)")
    with shop.login(pair) as conn:  # type: ignore[arg-type]
        shown = conn.execute("SELECT * FROM contacts ORDER BY id").fetchall()
        columns = ", ".join(c.name for c in conn.execute("SELECT * FROM contacts LIMIT 0").description or ())
        assert conn.execute(f"SELECT {columns} FROM public.contacts ORDER BY id".encode()).fetchall() == shown


def test_a_column_that_comes_later_is_not_shown(shop: Shop) -> None:
    shop.apply()
    with shop.owner() as conn:
        conn.execute("ALTER TABLE public.contacts ADD COLUMN diagnosis text DEFAULT 'x'")
    with shop.login() as conn:
        assert "diagnosis" not in [c.name for c in conn.execute("SELECT * FROM contacts").description or ()]
        for query in (
            "SELECT diagnosis FROM contacts",
            "SELECT diagnosis FROM public.contacts",
            "SELECT avow_mask FROM contacts",
        ):
            with pytest.raises(REFUSED):
                conn.execute(query.encode())


def test_a_view_writes_what_the_table_lets_the_pair_write(shop: Shop) -> None:
    shop.apply()
    with shop.login(MARKETING) as conn:
        for statement in (
            "UPDATE contacts SET email = 'x'",
            "INSERT INTO contacts (email) VALUES ('x')",
            "DELETE FROM contacts",
            # what is nobody's data decides on whose behalf a row may be used, and until when: who only reads changes none of it
            *(f"UPDATE {home}contacts SET {c} = {c}" for home in ("", "public.") for c in ("id", "role", "created_at")),
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(statement.encode())
    with shop.login() as conn:
        assert conn.execute("UPDATE contacts SET email = 'a@example.com' WHERE id = 1 RETURNING *").rowcount == 1
        assert conn.execute("SELECT * FROM contacts WHERE id = 1 FOR UPDATE").fetchone() is not None
        assert conn.execute("INSERT INTO orders (contact_id, address) VALUES (1, 'x') RETURNING *").rowcount == 1
        assert conn.execute("DELETE FROM orders WHERE address = 'x'").rowcount == 1
