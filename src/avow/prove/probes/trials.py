"""Tries, as each pair's role, to read and write every personal column, and to change any other column of what it only reads;
always rolled back. Read once per check.

`SELECT ... LIMIT 0` asks for no row. Writes are only planned (`EXPLAIN` without `ANALYZE`): PostgreSQL checks the right
to write when it starts a plan, and no trigger, rule or foreign call runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql

from avow.datamap.holds import categories_of
from avow.datamap.model import Pair
from avow.prove.inquiry import CannotTell, Inquiry, get_opener
from avow.prove.queries import load_query
from avow.prove.scene import Connection, PairRights, StoreScene
from avow.prove.scope import Field, free_fields, personal_tables

REFUSED = "42501"


@dataclass(frozen=True)
class Tried:
    """SQLSTATE by pair, column and verb ("read", "write"; "change" of what is not personal); "" means that it worked."""

    states: Mapping[tuple[Pair, Field, str], str]

    def find(self, pair: Pair, one: Field, verb: str) -> str | None:
        return self.states.get((pair, one, verb))


def get_trials(inquiry: Inquiry, store: StoreScene) -> Tried:
    """Every column as every pair, tried once per check. Raises CannotTell where trials are not consented to."""
    if "trial" not in store.levels:
        raise CannotTell(f"store `{store.name}` does not consent to trials (levels in avow.toml)")
    return inquiry.once(("trials", store.name), lambda: _try_all(inquiry, store))


def _try_all(inquiry: Inquiry, store: StoreScene) -> Tried:
    names = set(personal_tables(store.map))
    tables = [t for t in store.map.tables if t.name in names]
    fields = [Field(t.name, c.name) for t in tables for c in t.columns if categories_of(c)]
    states: dict[tuple[Pair, Field, str], str] = {}
    with get_opener(store)() as connection:
        for rights in store.rights:
            if rights.role:
                if inquiry.out_of_time:
                    raise CannotTell("the time budget was used up before every pair was tried")
                states |= _try_pair(connection, rights, fields, _only_read(rights, free_fields(tables)))
    return Tried(states)


def _only_read(rights: PairRights, free: Iterable[Field]) -> list[Field]:
    reads = {name for name, granted in rights.tables.items() if granted.read and not granted.write}
    return [one for one in free if one.table in reads]


def _try_pair(
    connection: Connection, rights: PairRights, fields: Iterable[Field], free: Iterable[Field]
) -> dict[tuple[Pair, Field, str], str]:
    """Of several ways to write or change a column, one that works is enough."""
    ways: list[tuple[tuple[Pair, Field, str], sql.Composed]] = []
    for one in fields:
        granted = rights.tables.get(one.table)
        through_view = granted is not None and one.column in granted.read
        ways.append(((rights.pair, one, "read"), _read(one, rights.schema if through_view else "")))
        ways += [((rights.pair, one, "write"), way) for way in (_update(one), _insert(one))]
    for one in free:
        changes = [_update(one), _update(one, rights.schema)] if rights.schema else [_update(one)]
        ways += [((rights.pair, one, "change"), way) for way in changes]
    with connection.transaction(force_rollback=True):
        connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(rights.role)))
        states = _try_together(connection, [way for _, way in ways])
    found: dict[tuple[Pair, Field, str], str] = {}
    for (tried, _), state in zip(ways, states, strict=True):
        found[tried] = min(found.get(tried, state), state)
    return found


def _try_together(connection: Connection, statements: Sequence[sql.Composed]) -> list[str]:
    """All in one go: a store that is a millisecond away would otherwise take a minute. One by one where that cannot be done: a
    lock or the time of one statement was not to be had, or the pair may run no block."""
    block = sql.SQL(load_query("try_statements")).format(
        statements=sql.Literal([one.as_string(connection) for one in statements])
    )
    try:
        with connection.transaction():
            connection.execute(sql.SQL("DO {}").format(sql.Literal(block.as_string(connection))))
        row = connection.execute("SELECT current_setting('avow.tried')").fetchone()
    except psycopg.Error as error:
        if error.sqlstate is None:
            raise
        return [_try(connection, one) for one in statements]
    return ["" if state == "-" else state for state in str(row[0] if row else "").split()]


def _try(connection: Connection, statement: sql.Composed) -> str:
    try:
        with connection.transaction():
            connection.execute(statement)
    except psycopg.Error as error:
        if error.sqlstate is None:
            raise
        return error.sqlstate
    return ""


def _relation(table: str, schema: str = "") -> sql.Composable:
    home, _, name = table.rpartition(".")
    return sql.Identifier(schema or home, name)


def _read(one: Field, schema: str) -> sql.Composed:
    return sql.SQL("SELECT {} FROM {} LIMIT 0").format(sql.Identifier(one.column), _relation(one.table, schema))


def _insert(one: Field) -> sql.Composed:
    statement = sql.SQL("EXPLAIN INSERT INTO {} ({}) VALUES (NULL)")
    return statement.format(_relation(one.table), sql.Identifier(one.column))


def _update(one: Field, schema: str = "") -> sql.Composed:
    statement = sql.SQL("EXPLAIN UPDATE {} SET {} = NULL")
    return statement.format(_relation(one.table, schema), sql.Identifier(one.column))
