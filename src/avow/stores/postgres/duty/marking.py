"""Marks people (objected, restricted, erasing, ...) so that the store's own row policies act on them at once.

Promises: all items of a run in one transaction, by the function that apply made; an item done before is left alone. Refuses a
store to which nothing was applied: there nothing would enforce a mark.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg

from avow.stores.duty import Done, Person
from avow.stores.postgres.duty.erasing import record_steps

_CHANGED = "SELECT item, rows FROM avow.set_states(%s::text[], %s::text[], %s::text[], %s::boolean[], %s::text[]) m (item, rows)"


def can_mark(connection: psycopg.Connection[tuple[Any, ...]]) -> bool:
    """Whether apply made the function here, and this login may call it."""
    row = connection.execute(
        "SELECT to_regprocedure('avow.set_states(text[], text[], text[], boolean[], text[])')"
    ).fetchone()
    return row is not None and row[0] is not None


def set_marks(
    connection: psycopg.Connection[tuple[Any, ...]],
    run: str,
    marks: Mapping[str, tuple[Person, Mapping[str, bool]]],
) -> dict[str, Done]:
    """Item -> rows whose mask changed."""
    fresh = record_steps(connection, run, sorted(marks))
    wanted = [
        (key.table, key.key, mark, held, item)
        for item, (person, said) in marks.items()
        if item in fresh
        for key in dict.fromkeys(person.keys)
        for mark, held in said.items()
    ]
    done = {item: Done(again=True) if item not in fresh else Done() for item in marks}
    if wanted:
        columns = [list(column) for column in zip(*wanted, strict=True)]
        rows: dict[str, int] = dict(connection.execute(_CHANGED, columns).fetchall())
        done |= {item: Done({"rows mark": count}) for item, count in rows.items()}
    return done
