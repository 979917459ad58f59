"""Reads what people answered, as the store wrote it down in its own transaction, and marks it as taken in.

Promises: an answer is given until it is settled; settling hides everybody who has the address of somebody who said no. Refuses to
change an answer: the store lets this login say nothing but that it was taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

from avow.stores.duty import Answered, SubjectKey

_SETTLE = "avow.settle_choices(bigint[])"
_WAITING = (
    "SELECT seq, subject_table, subject_key, purpose, outcome, channel, at FROM avow.choice"
    " WHERE NOT taken ORDER BY seq LIMIT %s"
)
Connection = psycopg.Connection[tuple[Any, ...]]


def read_answers(connection: Connection, limit: int) -> tuple[Answered, ...]:
    """() where apply made no journal."""
    row = connection.execute("SELECT to_regprocedure(%s) IS NOT NULL", [_SETTLE]).fetchone()
    if row != (True,):
        return ()
    rows = connection.execute(_WAITING, [limit]).fetchall()
    return tuple(Answered(r[0], SubjectKey(r[1], r[2]), r[3], r[4], r[5], r[6]) for r in rows)


def settle_answers(connection: Connection, key: bytes, numbers: Sequence[int]) -> None:
    """The list is kept under the key: a no that is settled before the store knows it would stand on no list."""
    connection.execute("SELECT avow.set_suppression_key(%s)", [key])
    connection.execute("SELECT avow.settle_choices(%s::bigint[])", [list(numbers)])


def unlist(connection: Connection, keys: Sequence[SubjectKey], mark: str) -> None:
    """One statement for each table of people."""
    row = connection.execute("SELECT to_regprocedure('avow.lift_addresses(text, text[], text)') IS NOT NULL").fetchone()
    for table in sorted({key.table for key in keys}) if row == (True,) else ():
        mine = [key.key for key in keys if key.table == table]
        connection.execute("SELECT avow.lift_addresses(%s, %s::text[], %s)", [table, mine, mark])
