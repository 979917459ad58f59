"""What cases do in governed stores: open a lease, end it, and read what goes to an authority with that authority's own rights.

Promises: a lease in a store ends within an hour after Avow stopped renewing it, and never outlives its case; what is read for a
recipient is read as the recipient's pair, so that the store itself gives nothing without an open case; whose those rows are is
looked up beside them, in the same snapshot. Refuses to read a value as anybody else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from avow.app.databases import connect_store, get_dsn
from avow.app.project import Project
from avow.compilers import pair_roles
from avow.compilers.duties import duty_spec
from avow.control.duty_cases import DutyCase
from avow.datamap.holds import categories_of
from avow.datamap.model import Pair, StoreMap, Table
from avow.stores.duty import StoreSpec
from avow.stores.postgres.duty.catalogue import read_catalogue
from avow.stores.postgres.duty.spelling import make_world
from avow.stores.postgres.leading import Shown, find_people

LEASE = timedelta(hours=1)
Connection = psycopg.Connection[Any]
Open = Callable[[str], AbstractContextManager[Connection]]


@dataclass(frozen=True)
class CaseRows:
    """What was read in the scope of a case: `tables` is table -> rows; `people` is (subject table, key) -> table -> places of that
    person's rows there, from 0, of every natural person but whom the case itself is about."""

    tables: Mapping[str, Sequence[Mapping[str, str]]]
    people: Mapping[tuple[str, str], Mapping[str, tuple[int, ...]]] = field(default_factory=dict)


@dataclass(frozen=True)
class CaseStores:
    """The governed stores by the duty credential, opened for one act each."""

    maps: Mapping[str, StoreMap]
    open: Open
    specs: Mapping[str, StoreSpec] = field(repr=False)

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

    def read_for(self, case: DutyCase, pair: Pair) -> CaseRows:
        """The rows about whom the case is about, as the pair sees them, and whose they are: nothing where the store has no open
        case. Raises StoreError `store.rows-not-found` where nobody can say whose rows these are."""
        about = self._about(case)
        if about is None:
            return CaseRows({})
        store, subject, key = about
        with self.open(store) as connection, connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            shown = self._shown(connection, self.maps[store], case.kind, key, pair)
            people = self._people(connection, store, shown)
        people.pop((subject, key), None)
        return CaseRows({one.table: one.rows for one in shown}, people)

    def _shown(self, connection: Connection, store_map: StoreMap, kind: str, key: str, pair: Pair) -> list[Shown]:
        """Read with the pair's own rights, which the connection has given back when this returns."""
        found = []
        role, schema = pair_roles(connection)[pair]
        connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(role)))
        for table in store_map.tables:
            column = store_map.find_case_path(table, kind)
            if column is not None and _is_shown(connection, schema, table.name):
                found.append(_read(connection, schema, table, column, key))
        connection.execute("RESET ROLE")
        return [one for one in found if one.rows]

    def _people(
        self, connection: Connection, store: str, shown: Sequence[Shown]
    ) -> dict[tuple[str, str], dict[str, tuple[int, ...]]]:
        world = make_world(self.specs[store], read_catalogue(connection))
        found: dict[tuple[str, str], dict[str, tuple[int, ...]]] = {}
        for one in shown:
            for person, places in find_people(connection, world, one).items():
                found.setdefault(person, {})[one.table] = places
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


def _read(connection: Connection, schema: str, table: Table, column: str, key: str) -> Shown:
    name = sql.Identifier(schema, table.name.rpartition(".")[2])
    statement = sql.SQL("SELECT * FROM {} WHERE {}::text = %s").format(name, sql.Identifier(column))
    cursor = connection.cursor(row_factory=dict_row).execute(statement, (key,))
    names = [one.name for one in cursor.description or ()]
    plain = tuple(n for n in names if (mapped := table.find_column(n)) is not None and not categories_of(mapped))
    rows = [{c: str(v) for c, v in row.items() if v is not None} for row in cursor]
    return Shown(table.name, column, key, plain, rows)


def open_case_stores(project: Project) -> CaseStores:
    """Stores are opened when they are needed. Raises StoreError then, where no duty credential is given."""
    maps = {s.name: s for s in project.datamap.stores if s.kind == "postgresql"}

    @contextmanager
    def open_(name: str) -> Iterator[Connection]:
        with connect_store(get_dsn(project.settings.get_store(name), "duty"), name) as connection:
            yield connection

    specs = {name: duty_spec(store, project.vocabulary) for name, store in maps.items()}
    return CaseStores(maps, open_, specs)
