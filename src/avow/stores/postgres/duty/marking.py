"""Marks people (objected, restricted, erasing, ...) so that the store's own row policies act on them at once.

Promises: all items of a run in one transaction, by the function that apply made; an item done before is left alone. Refuses a
store to which nothing was applied: there nothing would enforce a mark.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg

from avow.stores.duty import Done, Person, Suppression
from avow.stores.postgres.duty.erasing import record_steps

FUNCTIONS = ("avow.set_states(text[], text[], text[], boolean[])", "avow.suppress(bytea[], text[], boolean[])")
_STATES = "SELECT avow.set_states(%s::text[], %s::text[], %s::text[], %s::boolean[])"
_SUPPRESS = "SELECT avow.suppress(%s::bytea[], %s::text[], %s::boolean[])"
_SUPPRESS_NEAR = "SELECT avow.suppress(%s::bytea[], %s::text[], %s::boolean[], %s::text[])"
# a store that was governed by an older version has it with the next apply
_KNOWS_NEAR = (
    "SELECT has_function_privilege(to_regprocedure('avow.suppress(bytea[], text[], boolean[], text[])'), 'EXECUTE')"
)
Connection = psycopg.Connection[tuple[Any, ...]]


def can_mark(connection: Connection) -> bool:
    """Whether apply made the functions here."""
    row = connection.execute(
        "SELECT bool_and(to_regprocedure(f) IS NOT NULL) FROM unnest(%s::text[]) f", [list(FUNCTIONS)]
    ).fetchone()
    return row == (True,)


def set_marks(
    connection: Connection, run: str, marks: Mapping[str, tuple[Person, Mapping[str, bool]]]
) -> dict[str, Done]:
    """Item -> how many subject rows got the marks; all rows about them follow in the same statement."""
    fresh = record_steps(connection, run, sorted(marks))
    done = {item: Done(again=True) for item in marks if item not in fresh}
    wanted: list[tuple[str, str, str, bool]] = []
    for item in sorted(fresh):
        person, said = marks[item]
        keys = list(dict.fromkeys(person.keys))
        wanted += [(key.table, key.key, mark, held) for key in keys for mark, held in said.items()]
        counted: dict[str, int] = {}
        for key in keys:
            counted[f"{key.table} mark"] = counted.get(f"{key.table} mark", 0) + 1
        done[item] = Done(counted)
    if wanted:
        connection.execute(_STATES, [list(column) for column in zip(*wanted, strict=True)])
    return done


def suppress(connection: Connection, run: str, key: bytes, entries: Mapping[str, Suppression]) -> dict[str, Done]:
    """Item -> how many digests were added or taken away."""
    fresh = record_steps(connection, run, sorted(entries))
    done = {
        item: Done(again=True) if item not in fresh else Done({"list": len(one.digests)})
        for item, one in entries.items()
    }
    wanted = [
        (digest, mark, held)
        for item in sorted(fresh)
        for digest in entries[item].digests
        for mark, held in entries[item].marks.items()
    ]
    if wanted:
        connection.execute("SELECT avow.set_suppression_key(%s)", [key])
        columns = [list(column) for column in zip(*wanted, strict=True)]
        near = [needle for item in fresh for needle in entries[item].near]
        if all(entries[item].near for item in fresh) and connection.execute(_KNOWS_NEAR).fetchone() == (True,):
            connection.execute(_SUPPRESS_NEAR, [*columns, near])
        else:
            connection.execute(_SUPPRESS, columns)
    return done
