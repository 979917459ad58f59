"""Tells whose rows somebody was shown: the natural persons to whom they lead, and which of the rows are about each.

Promises: a row is known again by those of its columns that hold nothing personal, which every pair is shown whole; each row is
found again and each owner path is followed, or nothing is told. Refuses to hand out a value: subject tables and keys are all that
is given, and an organisation is nobody here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.sql import SQL, Literal

from avow.errors import Diagnostic, Place, StoreError
from avow.stores.duty import PathSpec
from avow.stores.postgres.duty.ready import list_hidden
from avow.stores.postgres.duty.spelling import T, World, as_text, keys_of_path, of

Connection = psycopg.Connection[Any]
Told = tuple[str | None, ...]  # what tells one row from another
Person = tuple[str, str]  # (subject table, key)


@dataclass(frozen=True)
class Shown:
    """Rows of `table` whose `column` holds `key`, as a pair saw them: column -> text, without what is empty. `known_by` are the
    shown columns that hold nothing personal."""

    table: str
    column: str
    key: str
    known_by: tuple[str, ...]
    rows: Sequence[Mapping[str, str]]


def find_people(connection: Connection, world: World, shown: Shown) -> dict[Person, tuple[int, ...]]:
    """Each natural person -> their places in `shown.rows`, from 0. Rows that nothing tells apart are all of whomever one of them
    leads to. Raises StoreError `store.rows-not-found`; psycopg.Error."""
    found: dict[Person, list[int]] = {}
    paths = _paths_to_people(world, shown.table)
    people: dict[Told, set[Person]] = {}
    if paths and shown.rows:
        _check_seen(connection, shown.table, paths)
        people = _read_people(connection, world, shown, paths)
    for place, row in enumerate(shown.rows if paths else ()):
        told = tuple(row.get(column) for column in shown.known_by)
        if told not in people:
            raise StoreError(
                _not_found(shown.table, "the duty login does not find a row again that the pair was shown")
            )
        for person in people[told]:
            found.setdefault(person, []).append(place)
    return {person: tuple(places) for person, places in found.items()}


def _paths_to_people(world: World, name: str) -> list[PathSpec]:
    """Every path of the map to natural persons. Raises StoreError where the store does not bear one of them out."""
    spec, table = world.spec.find_table(name), world.find(name)
    if spec is None or not (spec.people or (spec.key and not spec.organisation)):
        return []
    live = [path for path in world.owners_of(table) if not path.organisation] if table else []
    lost = [path for path in spec.people if path.steps and path not in live]
    if table is None or lost:
        what = "is no table that holds rows" if table is None else f"has no live path to `{lost[0].subject}`"
        raise StoreError(_not_found(name, f"`{name}` {what}, and the data map leads from there to people"))
    return live


def _check_seen(connection: Connection, table: str, paths: Sequence[PathSpec]) -> None:
    """A person whose row is hidden from the duty login would count as nobody."""
    hidden = list_hidden(connection, {step.to_table for path in paths for step in path.steps})
    if hidden:
        raise StoreError(_not_found(table, f"row security hides rows of `{hidden[0]}` from the duty login"))


def _read_people(
    connection: Connection, world: World, shown: Shown, paths: Sequence[PathSpec]
) -> dict[Told, set[Person]]:
    """What tells a row of the scope from others -> to whom it leads, as the duty login sees it."""
    table = world.find(shown.table)
    assert table is not None  # its paths were found
    columns = [of(T, name) for name in shown.known_by] + [keys_of_path(world, path, table) for path in paths]
    query = SQL("SELECT {} FROM {} t WHERE {} = {}").format(
        SQL(", ").join(columns), table.ident, as_text(T, shown.column), Literal(shown.key)
    )
    found: dict[Told, set[Person]] = {}
    count = len(shown.known_by)
    for row in connection.execute(query):
        people = found.setdefault(tuple(None if v is None else str(v) for v in row[:count]), set())
        people |= {(path.subject, key) for path, keys in zip(paths, row[count:], strict=True) for key in keys}
    return found


def _not_found(table: str, cause: str) -> Diagnostic:
    return Diagnostic(
        Place(table),
        "store.rows-not-found",
        cause,
        "see with `avow lint` what of the map does not fit the store, and give the duty login what `avow grants` prints",
        "nobody can say whose data it is, so nothing left",
    )
