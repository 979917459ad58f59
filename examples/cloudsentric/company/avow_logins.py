"""Gives Avow its logins in CloudSentric's database: exactly what `avow grants` prints, and passwords. As an administrator would.

Doors: `give_logins(superuser_dsn, printed, prefix) -> {credential: dsn}` and `create_control(superuser_dsn, database, prefix)`.
Refuses a login that exists unless it carries this example's comment. Both may be called again.
"""

from __future__ import annotations

import secrets

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from ours import check_ours, make_login

from .generate import AVOW_LOGINS, DESK_LOGINS, MARK

CREDENTIALS = tuple(name for name in AVOW_LOGINS if name != "control")


def give_logins(superuser_dsn: str, printed: str, prefix: str = "cs_") -> dict[str, str]:
    """Runs what was printed in the database that `superuser_dsn` names; gives a DSN for each login
    that was not there before.

    Raises ours.NotOurs if one of the logins exists and is not this example's."""
    with psycopg.connect(superuser_dsn, autocommit=True) as conn:
        names = {f"{prefix}{credential}": credential for credential in CREDENTIALS}
        there = check_ours(conn, MARK, names)
        with conn.transaction():  # no login without its mark, whoever is killed
            conn.execute(printed.encode())
            made = {credential: name for name, credential in names.items() if name not in there}
            return {credential: _with_password(conn, superuser_dsn, name) for credential, name in made.items()}


def create_control(superuser_dsn: str, database: str, prefix: str = "cs_") -> str:
    """An empty database for Avow's own records, owned by a login of its own; gives its DSN. This example's own one that is
    there is dropped.

    Raises ours.NotOurs if the login or the database is somebody else's."""
    with psycopg.connect(superuser_dsn, autocommit=True) as conn:
        name = f"{prefix}control"
        check_ours(conn, MARK, [name], [database])
        dsn = _with_password(conn, make_conninfo(superuser_dsn, dbname=database), name)
        conn.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))
        conn.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(database), sql.Identifier(name)))
        return dsn


def create_desks(superuser_dsn: str, database: str, prefix: str = "cs_") -> dict[str, str]:
    """The logins of the privacy centre and of the console, with no right of their own: `avow serve` gives them theirs."""
    with psycopg.connect(superuser_dsn, autocommit=True) as conn:
        names = [f"{prefix}{desk}" for desk in DESK_LOGINS]
        check_ours(conn, MARK, names)
        dsn = make_conninfo(superuser_dsn, dbname=database)
        words = "LOGIN NOINHERIT"
        return {desk: _with_password(conn, dsn, name, words) for desk, name in zip(DESK_LOGINS, names, strict=True)}


def _with_password(conn: psycopg.Connection, dsn: str, name: str, words: str = "LOGIN") -> str:
    """A DSN with a new password for the login, which is made if it is not there."""
    secret = secrets.token_hex(12)
    make_login(conn, MARK, name, sql.SQL(words + " PASSWORD {}").format(sql.Literal(secret)))
    return make_conninfo(**{**conninfo_to_dict(dsn), "user": name, "password": secret})
