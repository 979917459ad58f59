"""Looks at a governed store for the shopper: rows that it planted, which pairs see them, and where a value still stands.

Reads with the probe and plant credentials, never with the workers' own: an erasure is not proven by the program that erased.
Refuses to read a row that the shopper did not plant; what it counts elsewhere is counted, never read out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql

from avow.datamap.model import StoreMap
from avow.prove.inquiry import CannotTell
from avow.prove.probes.rows import sees
from avow.prove.scene import Connection, Opener, PairRights, Terms
from avow.prove.shopper.planting import Guest
from avow.prove.synthetic import Row
from avow.stores.port import StoreDescription, TableInfo


@dataclass(frozen=True)
class Eyes:
    """One store. `rights` is the declared matrix with the roles that apply made."""

    map: StoreMap
    description: StoreDescription
    open_plant: Opener
    open_probe: Opener
    rights: tuple[PairRights, ...]
    terms: Terms

    def rows(self, guest: Guest) -> dict[tuple[str, str, str], dict[str, str]]:
        """(store, table, key) -> column -> text, for each planted row of the guest that still stands."""
        found: dict[tuple[str, str, str], dict[str, str]] = {}
        with self.open_plant() as connection:
            for store, table, key in guest.keys:
                if store == self.map.name and (row := self._read(connection, table, key)) is not None:
                    found[store, table, key] = row
        return found

    def _read(self, connection: Connection, table: str, key: str) -> dict[str, str] | None:
        info = self._describe(table)
        parts = [sql.SQL("coalesce({}::text, '')").format(sql.Identifier(c.name)) for c in info.columns]
        statement = sql.SQL("SELECT {} FROM {} WHERE {}::text = %s").format(
            sql.SQL(", ").join(parts), _table(table), sql.Identifier(_key_of(info))
        )
        row = connection.execute(statement, (key,)).fetchone()
        return None if row is None else {c.name: str(v) for c, v in zip(info.columns, row, strict=True)}

    def seen_by(self, guest: Guest, purposes: Sequence[str]) -> list[str]:
        """ "pair in table" for each pair whose purpose lies under one of `purposes` ("" any) and that sees a row of the guest."""
        found: list[str] = []
        with self.open_probe() as connection:
            for rights in self.rights:
                if not rights.role or not any(not p or self.terms.covers(p, rights.pair.purpose) for p in purposes):
                    continue
                found += [f"{rights.pair} in {table}" for table in self._seen(connection, rights, guest)]
        return found

    def _seen(self, connection: Connection, rights: PairRights, guest: Guest) -> Iterator[str]:
        for store, table, key in guest.keys:
            granted = rights.tables.get(table)
            mapped = self.map.find_table(table)
            own = mapped is not None and not mapped.organisation  # an organisation's row is nobody's own
            here = own and store == self.map.name and granted is not None and bool(granted.read)
            if here and self._finds(connection, rights, table, key, guest):
                yield table

    def _finds(self, connection: Connection, rights: PairRights, table: str, key: str, guest: Guest) -> bool:
        """By the key; where the pair may not read the key, by a value of the guest in a column that it may read."""
        column = _key_of(self._describe(table))
        try:
            return sees(connection, rights, Row(table, {column: key}))
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedColumn):
            granted = rights.tables[table]
            own = {c: v for (s, t, c), v in guest.values.items() if (s, t) == (self.map.name, table)}
            readable = next(((c, v) for c, v in own.items() if c in granted.read), None)
            return readable is not None and sees(connection, rights, Row(table, dict([readable])))

    def search(self, values: Iterable[str]) -> list[str]:
        """ "table.column" wherever one of the values stands, in any table of the database, in any case."""
        wanted = [value.lower() for value in values]
        found: list[str] = []
        with self.open_plant() as connection, connection.transaction(force_rollback=True):
            for table in self.description.tables:
                if table.kind in ("table", "partition", "materialized view"):
                    found += [f"{table.name}.{c}" for c in self._columns_with(connection, table, wanted)]
        return found

    def _columns_with(self, connection: Connection, table: TableInfo, values: list[str]) -> Iterator[str]:
        """One pass over whole rows; only where one holds a value, the columns are looked at one by one."""
        if not connection.execute(_holding(table.name, sql.SQL("x"), values), values).fetchone():
            return
        for column in table.columns:
            if connection.execute(_holding(table.name, sql.Identifier(column.name), values), values).fetchone():
                yield column.name

    def _describe(self, table: str) -> TableInfo:
        info = self.description.find_table(table)
        if info is None:
            raise CannotTell(f"{table} is not there")
        return info


def _holding(table: str, what: sql.Composable, values: Sequence[str]) -> sql.Composed:
    one = sql.SQL("position(%s in lower({}::text)) > 0").format(what)
    return sql.SQL("SELECT 1 FROM {} x WHERE {} LIMIT 1").format(
        _table(table), sql.SQL(" OR ").join([one] * len(values))
    )


def _table(name: str) -> sql.Identifier:
    home, _, table = name.rpartition(".")
    return sql.Identifier(home, table)


def _key_of(info: TableInfo) -> str:
    return info.primary_key[0] if info.primary_key else info.columns[0].name
