"""The database logins of the two web processes, each with the least that its desk needs.

`prepare_login` makes (or updates) the login, hands it its own schema and the rights on `control` that `sql/<desk>.sql`
names, and takes everything else away. Never gives a desk a right on the other desk's schema, nor the centre one on the ledger.
Names carry the number of the control database, because logins belong to the whole server.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from avow.ledger import create_ledger

_FILES: Mapping[str, tuple[str, ...]] = {
    "centre": ("centre.sql", "schema.sql", "centre_accounts.sql"),
    "console": ("console.sql", "schema.sql"),
}


def prepare_login(dsn: str, schema: str, given_dsn: str, password: str) -> str:
    """Gives the connection string of the desk's login. With `given_dsn` the login exists already and only gets its rights.

    Needs a `dsn` that may create roles unless `given_dsn` is named. May run at every start, by many at once.
    """
    create_ledger(dsn)  # a console that starts before anything was recorded reads what is recorded later
    with psycopg.connect(dsn) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(4158520, 2)")
        connection.execute("SET LOCAL client_min_messages = warning")
        role = str(conninfo_to_dict(given_dsn).get("user") or "") if given_dsn else ""
        role = role or _ensure_role(connection, schema, password)
        _grant(connection, role, schema)
    return given_dsn or make_conninfo(dsn, user=role, password=password)


def ensure_schema(dsn: str, schema: str) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(4158520, 2)")
        connection.execute("SET LOCAL client_min_messages = warning")
        connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema)))


def _ensure_role(connection: psycopg.Connection[Any], schema: str, password: str) -> str:
    row = connection.execute("SELECT oid FROM pg_database WHERE datname = current_database()").fetchone()
    assert row is not None  # the database that we are connected to
    role = f"avow_{schema}_{row[0]}"
    known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone()
    verb = sql.SQL("ALTER ROLE {} " if known else "CREATE ROLE {} ").format(sql.Identifier(role))
    connection.execute(verb + sql.SQL("LOGIN NOINHERIT PASSWORD {}").format(sql.Literal(password)))
    return role


def _grant(connection: psycopg.Connection[Any], role: str, schema: str) -> None:
    for name in _FILES[schema]:
        text = files(__package__).joinpath("sql", name).read_text(encoding="utf-8")
        connection.execute(sql.SQL(text).format(role=sql.Identifier(role), schema=sql.Identifier(schema)))
