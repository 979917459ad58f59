"""Reads rows for a disclosure as the pair that will receive them: the database itself leaves out what the pair may not have.

Promises: one read-only transaction; the role of the pair, and on behalf of the firm's own login where it has one, so that an
ended contract shows no row. Refuses to quote a value in an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from avow.errors import Diagnostic, Place, StoreError

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Sheet:
    """What is read: `columns` of the rows of `table` ("schema.table") whose `key` is one of those asked for."""

    table: str
    key: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Eyes:
    """As whom: `role` "" is the connection's own; `login` the firm's, "" none; `as_of` a later time as ISO, "" now."""

    role: str = ""
    login: str = ""
    as_of: str = ""


def read_sheet(
    connection: Connection, sheet: Sheet, keys: Sequence[str], eyes: Eyes
) -> dict[str, tuple[str | None, ...]]:
    """Key -> the values as text; a row that these eyes do not see is not in it. Raises StoreError `store.refused`."""
    home, _, name = sheet.table.rpartition(".")
    key = sql.Identifier(sheet.key)
    shown = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(column)) for column in sheet.columns)
    query = sql.SQL("SELECT {key}::text, {shown} FROM {table} WHERE {key}::text = ANY (%s)").format(
        key=key, shown=shown, table=sql.Identifier(home, name)
    )
    try:
        with connection.transaction():
            connection.execute("SET TRANSACTION READ ONLY")
            if eyes.role:
                connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(eyes.role)))
            connection.execute(
                "SELECT set_config('avow.on_behalf', %s, true), set_config('avow.as_of', %s, true)",
                (eyes.login, eyes.as_of),
            )
            rows = connection.execute(query, [list(keys)]).fetchall()
    except psycopg.errors.InsufficientPrivilege:
        raise _refused(sheet, "does not let this pair read these columns") from None
    except psycopg.Error as error:
        raise _refused(sheet, f"answered with an error ({type(error).__name__})") from None
    return {str(row[0]): tuple(row[1:]) for row in rows}


def _refused(sheet: Sheet, words: str) -> StoreError:
    return StoreError(
        Diagnostic(
            Place(sheet.table),
            "store.refused",
            f"the database {words}",
            "look at what the policy lets this recipient have, then run `avow apply` and what `avow grants` prints",
            "nothing left",
        )
    )
