"""Canaries: committed rows of a person who does not exist, with known choices, planted and looked for, then removed.

Each row is registered in the control database before it is planted, with its key and an expiry, so that the next run
removes what a kill -9 left behind. Only in stores that consent to the level `canary`. Refuses tables without a single key
column (what cannot be named cannot be removed), and tables with triggers that nobody declared harmless.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import uuid4

import psycopg
from psycopg import sql

from avow.control.records import CanaryRow
from avow.datamap.model import Table
from avow.prove.inquiry import CannotTell, Inquiry
from avow.prove.scene import Connection, ControlEvidence, RowRule, StoreScene
from avow.prove.synthetic import Maker, Row, fitting

LIVES = timedelta(hours=1)


@contextmanager
def planted(inquiry: Inquiry, store: StoreScene, connection: Connection, table: Table, rule: RowRule) -> Iterator[Row]:
    """A committed row that fits `rule`, with the rows that it refers to; removed again, whatever happens inside."""
    control = inquiry.scene.control
    if control is None or store.description is None:
        raise CannotTell("without the control database no canary can be registered, so none is planted")

    def register(name: str, column: str, value: str) -> None:
        row = CanaryRow(uuid4(), store.name, name, column, value)
        control.record_canary(row, inquiry.scene.now() + LIVES)

    maker = Maker(store.map, store.description, journal=register)
    try:
        with connection.transaction():
            row = maker.insert(connection, table.name, fitting(table, rule))
        yield row
    finally:
        remove_canaries(control, store.name, connection)


def remove_canaries(control: ControlEvidence, store: str, connection: Connection) -> int:
    """Removes every registered canary of the store, children before parents; gives how many rows were there. A row that the store
    keeps stays registered, and so does what it refers to: the next run tries again."""
    removed = 0
    for row in control.canaries(store):
        try:
            with connection.transaction():
                deleted = connection.execute(_statement("DELETE", row), (row.key_value,)).rowcount
                if not deleted and connection.execute(_statement("SELECT", row), (row.key_value,)).rowcount:
                    continue
                _forget_state(connection, row)
        except (psycopg.errors.ForeignKeyViolation, psycopg.errors.RestrictViolation):
            continue
        except psycopg.errors.UndefinedTable:
            deleted = 0  # the table went away, and the row with it
        removed += deleted
        control.record_canary_removed(row.id)
    return removed


def _statement(verb: str, row: CanaryRow) -> sql.Composed:
    home, _, name = row.table_name.rpartition(".")
    return sql.SQL(f"{verb} FROM {{}} WHERE {{}}::text = %s").format(
        sql.Identifier(home, name), sql.Identifier(row.key_column)
    )


def _forget_state(connection: Connection, row: CanaryRow) -> None:
    for name in ("subject_state", "choice"):
        known = connection.execute("SELECT to_regclass(%s) IS NOT NULL", (f"avow.{name}",)).fetchone()
        if known and known[0]:
            statement = sql.SQL("DELETE FROM avow.{} WHERE subject_table = %s AND subject_key = %s")
            connection.execute(statement.format(sql.Identifier(name)), (row.table_name, row.key_value))


def sweep(inquiry: Inquiry) -> None:
    """Before a check: removes what an earlier run left in every store that consents to canaries. Never ends the check."""
    control = inquiry.scene.control
    if control is None:
        return
    for store in inquiry.scene.stores:
        if "canary" not in store.levels or store.open_plant is None or store.down:
            continue
        try:
            with store.open_plant() as connection:
                remove_canaries(control, store.name, connection)
            if kept := len(list(control.canaries(store.name))):
                inquiry.note_not_searched(f"{kept} synthetic rows that store `{store.name}` keeps could not be removed")
        except psycopg.Error as error:
            state = error.sqlstate or type(error).__name__
            inquiry.note_not_searched(
                f"canaries of an earlier run in store `{store.name}` could not be removed [{state}]"
            )
