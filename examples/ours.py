"""What an example may drop from a server that others may use, too: what carries the example's mark, and nothing else.

A role carries its mark as its comment; a database as its own comment, or through the role that owns it. Doors: `check_ours`
before anything is changed, `make_login`, `drop_all`. Refuses, by name and with nothing changed, what stands there without.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

HERE = Path(__file__).parent
AVOWS_ROLES = (HERE / "ours_avow_roles.sql").read_text(encoding="utf-8")
DATABASES = (HERE / "ours_databases.sql").read_text(encoding="utf-8")
ROLES = "SELECT rolname, shobj_description(oid, 'pg_authid') FROM pg_roles WHERE rolname = ANY (%s)"
Connection = psycopg.Connection[Any]


class NotOurs(ValueError):
    """Something stands on the server under a name of the example's, and the example did not make it."""


def check_ours(conn: Connection, mark: str, roles: Iterable[str], databases: Iterable[str] = ()) -> list[str]:
    """Which of these roles and databases are there already. Raises NotOurs, which names those that do not carry the mark."""
    found = dict(conn.execute(ROLES, [list(roles)]).fetchall())
    theirs = [f"the role `{name}`" for name, said in found.items() if said != mark]
    kept = conn.execute(DATABASES, [list(databases)]).fetchall()
    theirs += [f"the database `{name}`" for name, *said in kept if mark not in said]
    if theirs:
        raise NotOurs(
            f"this server holds {', '.join(theirs)} without the comment `{mark}`: that is not this example's, and it stays."
            " Name another server in DATABASE_URL, or none, or rename what is there"
        )
    return [*found, *(name for name, *_ in kept)]


def make_login(conn: Connection, mark: str, name: str, words: sql.Composable) -> None:
    """CREATE or ALTER, with the mark: both or neither, whoever is killed. `words`: what follows `ROLE name`."""
    role = sql.Identifier(name)
    with conn.transaction():
        there = conn.execute(ROLES, [[name]]).fetchone()
        conn.execute(sql.SQL("{} ROLE {} {}").format(sql.SQL("ALTER" if there else "CREATE"), role, words))
        conn.execute(sql.SQL("COMMENT ON ROLE {} IS {}").format(role, sql.Literal(mark)))


def drop_all(conn: Connection, mark: str, databases: Iterable[str], roles: Iterable[str]) -> None:
    """Drops the databases, the roles that Avow made for them, and these roles, in this order. Nothing there: nothing done.

    Raises NotOurs before anything was dropped."""
    names, logins = list(databases), list(roles)
    there = check_ours(conn, mark, logins, names)
    made = [row[0] for row in conn.execute(AVOWS_ROLES, [names]).fetchall()]
    for name in names:
        conn.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
    for name in [*made, *(login for login in logins if login in there)]:
        role = sql.Identifier(name)
        conn.execute(sql.SQL("DROP OWNED BY {}").format(role))  # rights on what the whole cluster shares
        conn.execute(sql.SQL("DROP ROLE {}").format(role))
