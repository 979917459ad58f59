"""Names and values as PostgreSQL text: the only place where SQL text is put together from them.

Promises: quoted by psycopg's own composition. Refuses nothing; a name that does not exist is the server's to refuse.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from importlib.resources import files

from psycopg import sql


def ident(*parts: str) -> str:
    """A quoted identifier; several parts are joined with dots."""
    return sql.Identifier(*parts).as_string(None)


def table_ident(name: str) -> str:
    """`schema.table` as in the data map, quoted."""
    return ident(*name.split(".", 1))


def literal(value: str | int) -> str:
    """A quoted constant."""
    return sql.Literal(value).as_string(None)


def names(columns: Iterable[str]) -> str:
    """Quoted column names, separated by commas."""
    return ", ".join(ident(column) for column in columns)


def role_list(roles: Iterable[str]) -> str:
    """Roles for GRANT and REVOKE; `public` is the keyword."""
    return ", ".join("PUBLIC" if role == "public" else ident(role) for role in roles)


def digest(text: str) -> str:
    """sha256 hex of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def load_sql(name: str) -> str:
    """A named SQL file of this folder."""
    return files(__package__).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
