"""Gives Avow its logins in CloudSentric's database: exactly what `avow grants` prints, and passwords. As an administrator would.

Doors: `give_logins(superuser_dsn, printed, prefix) -> {credential: dsn}` and `create_control(superuser_dsn, database, prefix)`.
Refuses a login that exists unless it carries this example's comment. Both may be called again.
"""

from __future__ import annotations

import secrets

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from .generate import AVOW_LOGINS, HERE, MARK

CREDENTIALS = tuple(name for name in AVOW_LOGINS if name != "control")


def give_logins(superuser_dsn: str, printed: str, prefix: str = "cs_") -> dict[str, str]:
    """Runs what was printed in the database that `superuser_dsn` names; gives a DSN for each login
    that was not there before.

    Raises ValueError if one of the logins exists and is not this example's."""
    with psycopg.connect(superuser_dsn, autocommit=True) as conn:
        names = {f"{prefix}{credential}": credential for credential in CREDENTIALS}
        there = _check_ours(conn, list(names))
        conn.execute(printed.encode())
        made = {credential: name for name, credential in names.items() if name not in there}
        return {credential: _with_password(conn, superuser_dsn, name) for credential, name in made.items()}


def create_control(superuser_dsn: str, database: str, prefix: str = "cs_") -> str:
    """An empty database for Avow's own records, owned by a login of its own; gives its DSN. One that is there is dropped."""
    with psycopg.connect(superuser_dsn, autocommit=True) as conn:
        name = f"{prefix}control"
        if not _check_ours(conn, [name]):
            conn.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(name)))
        conn.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))
        conn.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(database), sql.Identifier(name)))
        return _with_password(conn, make_conninfo(superuser_dsn, dbname=database), name)


def _check_ours(conn: psycopg.Connection, names: list[str]) -> list[str]:
    """Which of the logins are there already."""
    found = dict(conn.execute((HERE / "roles.sql").read_text(), [names]).fetchall())
    for name, mark in found.items():
        if mark != MARK:
            raise ValueError(f"role `{name}` exists and is not this example's: choose another prefix")
    return list(found)


def _with_password(conn: psycopg.Connection, dsn: str, name: str) -> str:
    secret, role = secrets.token_hex(12), sql.Identifier(name)
    conn.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(role, sql.Literal(secret)))
    conn.execute(sql.SQL("COMMENT ON ROLE {} IS {}").format(role, sql.Literal(MARK)))
    return make_conninfo(**{**conninfo_to_dict(dsn), "user": name, "password": secret})
