"""What cases do in governed stores: open a lease, end it, and read what goes to an authority with that authority's own rights.

Promises: a lease in a store ends within an hour after Avow stopped renewing it, and never outlives its case; what is read for a
recipient is read as the recipient's pair, so that the store itself gives nothing without an open case. Refuses to read as anybody
else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from avow.app.databases import connect_store, get_dsn
from avow.app.project import Project
from avow.compilers import pair_roles
from avow.control.duty_cases import DutyCase
from avow.datamap.model import Pair, StoreMap

LEASE = timedelta(hours=1)
Connection = psycopg.Connection[Any]
Open = Callable[[str], AbstractContextManager[Connection]]


@dataclass(frozen=True)
class CaseStores:
    """The governed stores by the duty credential, opened for one act each."""

    maps: Mapping[str, StoreMap]
    open: Open

    def lease(self, case: DutyCase, now: datetime) -> bool:
        """Opens or renews what the case opens; False where it opens nothing, or was ended in the store."""
        about = self._about(case)
        if about is None or not case.going:
            return False
        store, subject, key = about
        until = min(case.expires_at, now + LEASE)
        with self.open(store) as connection:
            values = (str(case.id), case.kind, subject, key, until)
            row = connection.execute("SELECT avow.open_case(%s, %s, %s, %s, %s)", values).fetchone()
        return bool(row and row[0])

    def end(self, case: DutyCase) -> bool:
        """Ends it there at once; False where nothing was open."""
        about = self._about(case)
        if about is None:
            return False
        with self.open(about[0]) as connection:
            row = connection.execute("SELECT avow.end_case(%s)", (str(case.id),)).fetchone()
        return bool(row and row[0])

    def read_for(self, case: DutyCase, pair: Pair) -> dict[str, list[dict[str, str]]]:
        """Table -> rows about whom the case is about, as the pair sees them: nothing where the store has no open case."""
        about = self._about(case)
        if about is None:
            return {}
        store, _, key = about
        found: dict[str, list[dict[str, str]]] = {}
        with self.open(store) as connection, connection.transaction():
            role, schema = pair_roles(connection)[pair]
            connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(role)))
            for table in self.maps[store].tables:
                column = self.maps[store].find_case_path(table, case.kind)
                if column is not None and _is_shown(connection, schema, table.name):
                    rows = _read(connection, schema, table.name, column, key)
                    found |= {table.name: rows} if rows else {}
        return found

    def _about(self, case: DutyCase) -> tuple[str, str, str] | None:
        """(store, subject table, key), where the map says that cases of the kind open something there."""
        store, key = case.scope.get("store", ""), case.scope.get("key", "")
        kind = self.maps[store].find_case(case.kind) if store in self.maps else None
        return (store, kind.subject, key) if kind and key and case.scope.get("table") == kind.subject else None


def _is_shown(connection: Connection, schema: str, table: str) -> bool:
    name = f"{schema}.{table.rpartition('.')[2]}"
    row = connection.execute("SELECT to_regclass(%s) IS NOT NULL", (name,)).fetchone()
    return bool(row and row[0])


def _read(connection: Connection, schema: str, table: str, column: str, key: str) -> list[dict[str, str]]:
    name = sql.Identifier(schema, table.rpartition(".")[2])
    statement = sql.SQL("SELECT * FROM {} WHERE {}::text = %s").format(name, sql.Identifier(column))
    rows = connection.cursor(row_factory=dict_row).execute(statement, (key,)).fetchall()
    return [{c: str(v) for c, v in row.items() if v is not None} for row in rows]


def open_case_stores(project: Project) -> CaseStores:
    """Stores are opened when they are needed. Raises StoreError then, where no duty credential is given."""
    maps = {s.name: s for s in project.datamap.stores if s.kind == "postgresql"}

    @contextmanager
    def open_(name: str) -> Iterator[Connection]:
        with connect_store(get_dsn(project.settings.get_store(name), "duty"), name) as connection:
            yield connection

    return CaseStores(maps, open_)


def fields_of(found: Mapping[str, Sequence[Mapping[str, str]]]) -> list[str]:
    """ "table.column" of everything that was read."""
    return sorted({f"{table}.{column}" for table, rows in found.items() for row in rows for column in row})
