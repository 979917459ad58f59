"""Takes the lines of a delivery into the store, chunk by chunk.

Promises: a chunk and the mark that it was taken commit together, so a delivery that died goes on where it stopped and takes nothing
twice; a chunk is one statement; each row names its delivery; a line that stands in the store already, by this delivery, is not
taken again. Refuses to take a line that the database refuses: its chunk is then taken line by line, and the line is told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from psycopg.sql import SQL, Composed, Identifier
from psycopg.types.json import Jsonb

from avow.errors import Diagnostic, Place, StoreError
from avow.stores.postgres.duty.catalogue import statement

Connection = psycopg.Connection[tuple[Any, ...]]
Numbered = tuple[int, Mapping[str, str]]


@dataclass(frozen=True)
class PostgresTaker:
    """One connection of the duty credential, in autocommit mode."""

    connection: Connection
    store: str

    def open_batch(self, batch: UUID, way: str, facts: Mapping[str, object]) -> None:
        """Raises StoreError `store.delivery-refused` where the database lacks a fact, or does not know the way."""
        self._call("SELECT avow.open_batch(%s, %s, %s)", batch, way, Jsonb(dict(facts)))

    def close_batch(self, batch: UUID) -> None:
        self._call("SELECT avow.close_batch(%s)", batch)

    def find_party(self, table: str, key: str, name: str, firm: str) -> str:
        """The key of the firm of that name; "" where there is none."""
        query = SQL("SELECT {}::text FROM {} WHERE lower({}) = lower(%s) ORDER BY 1 LIMIT 1")
        named = query.format(Identifier(key), _table(table), Identifier(name))
        row = self.connection.execute(named, [firm]).fetchone()
        return str(row[0]) if row else ""

    def find_listed(self, lists: Sequence[str], values: Sequence[str]) -> set[str]:
        """Which of the values stand on one of the lists ("schema.table.column"), whatever their case."""
        found: set[str] = set()
        for place in lists:
            home, _, column = place.rpartition(".")
            query = SQL("SELECT lower(btrim({}::text)) FROM {} WHERE lower(btrim({}::text)) = ANY (%s)")
            name = Identifier(column)
            asked = query.format(name, _table(home), name)
            found |= {row[0] for row in self.connection.execute(asked, [[v.strip().lower() for v in values]])}
        return found

    def take(
        self, batch: UUID, table: str, chunk: int, rows: Sequence[Numbered], seal: Callable[[int], None] | None = None
    ) -> tuple[int, list[int]]:
        """(lines taken, numbers of lines that the database refused); the same again where the chunk was taken before. `seal`
        is called with the count before the commit: where it raises, nothing was taken."""
        with self.connection.transaction():
            if not self._begins(batch, chunk):
                return self._taken_before(batch, chunk)
            refused: list[int] = []
            taken = self._take_all(batch, table, rows)
            if taken is None:
                taken = 0
                for number, row in rows:
                    one = self._take_all(batch, table, [(number, row)])
                    taken += one or 0
                    refused += [number] if one is None else []
            marks = [f"{chunk} took {taken}", *(f"{chunk} refused {number}" for number in refused)]
            insert = "INSERT INTO avow.step (run, item) SELECT %s, unnest(%s::text[])"
            self.connection.execute(insert, [f"delivery {batch}", marks])
            if seal is not None and taken:
                seal(taken)
            return taken, refused

    def _taken_before(self, batch: UUID, chunk: int) -> tuple[int, list[int]]:
        """What came of a chunk whose taking was committed before somebody died."""
        query = "SELECT split_part(item, ' ', 2), split_part(item, ' ', 3)::int FROM avow.step WHERE run = %s AND item LIKE %s"
        told = self.connection.execute(query, [f"delivery {batch}", f"{chunk} %"]).fetchall()
        return sum(n for what, n in told if what == "took"), sorted(n for what, n in told if what == "refused")

    def _begins(self, batch: UUID, chunk: int) -> bool:
        mark = "INSERT INTO avow.step (run, item) VALUES (%s, %s) ON CONFLICT DO NOTHING RETURNING item"
        return self.connection.execute(mark, [f"delivery {batch}", str(chunk)]).fetchone() is not None

    def _take_all(self, batch: UUID, table: str, rows: Sequence[Numbered]) -> int | None:
        """None where the database refuses one of them; nothing is taken then."""
        if not rows:
            return 0
        columns = sorted({column for _, row in rows for column in row})
        try:
            with self.connection.transaction():
                values: list[Any] = [[row.get(column) for _, row in rows] for column in columns]
                return self.connection.execute(self._insert(table, columns), [batch, *values]).rowcount
        except psycopg.Error as error:
            if error.sqlstate and error.sqlstate[:2] in ("22", "23"):  # a value, or a constraint
                return None
            raise self._explain(error) from None

    def _insert(self, table: str, columns: Sequence[str]) -> Composed:
        types: dict[str, Any] = dict(self.connection.execute(statement("types"), [table]).fetchall())
        return SQL("INSERT INTO {} ({}, avow_batch) SELECT {}, %s::uuid FROM ROWS FROM ({}) u ({})").format(
            _table(table), SQL(", ").join(map(Identifier, columns)),
            SQL(", ").join(SQL("u.{}::{}").format(Identifier(c), SQL(types[c])) for c in columns),
            SQL(", ").join([SQL("unnest(%s::text[])")] * len(columns)), SQL(", ").join(map(Identifier, columns)),
        )  # fmt: skip

    def _call(self, query: str, *values: object) -> None:
        try:
            self.connection.execute(query.encode(), values)
        except psycopg.Error as error:
            raise self._explain(error) from None

    def _explain(self, error: psycopg.Error) -> StoreError:
        """Avow's own refusals name a way or a fact, never a value; of others only the kind is told."""
        if error.sqlstate is None or error.sqlstate[:2] in ("08", "40", "53", "55", "57"):
            kind, help = f"the store is busy or going down ({error.sqlstate or 'connection lost'})", "it is tried again"
            return StoreError(
                Diagnostic(Place(f"store `{self.store}`"), "store.busy", kind, help, "the delivery waits")
            )
        said = error.diag.message_primary or ""
        cause = said.removeprefix("avow: ") if said.startswith("avow: ") else f"the store refused ({error.sqlstate})"
        help = "run `avow apply` if the ways in of the data map are newer than the store"
        so = "nothing of this delivery enters"
        return StoreError(Diagnostic(Place(f"store `{self.store}`"), "store.delivery-refused", cause, help, so))

    def close(self) -> None:
        self.connection.close()


def open_taker(dsn: str, store: str) -> PostgresTaker:
    """Raises StoreError `store.unreachable`."""
    try:
        connection = psycopg.connect(dsn, autocommit=True, connect_timeout=10, application_name="avow intake")
    except psycopg.Error as error:
        cause, help = (
            f"store `{store}` does not answer ({type(error).__name__})",
            "start it, or correct its connection string",
        )
        so = "the delivery waits"
        raise StoreError(Diagnostic(Place(f"store `{store}`"), "store.unreachable", cause, help, so)) from None
    connection.execute("SELECT set_config('statement_timeout', '60s', false), set_config('lock_timeout', '5s', false)")
    return PostgresTaker(connection, store)


def _table(name: str) -> Identifier:
    home, _, table = name.rpartition(".")
    return Identifier(home, table)


__all__ = ["PostgresTaker", "open_taker"]
