"""Bounded samples of a store, held only as long as discovery runs.

Promises: each table is read at most once with at most the rows asked for, and its key once with at most 5,000; a table
that cannot be read is noted with the code of the reason and never taken for empty. Refuses to give a value to anything
but a detector in this room.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from avow.errors import StoreError
from avow.stores.port import TableInfo

KEYS = 5_000  # values of a key that are compared with the values of a reference
Sampler = Callable[[str, Sequence[str], int], list[tuple[Any, ...]]]


@dataclass
class Samples:
    """`sampler` is `Store.sample`, or None: then names, types and comments alone must do."""

    sampler: Sampler | None
    rows: int
    refused: list[str] = field(default_factory=list)
    _keys: dict[tuple[str, str], tuple[frozenset[str], bool]] = field(default_factory=dict, repr=False)
    _held: dict[str, list[tuple[Any, ...]] | None] = field(default_factory=dict, repr=False)

    def column(self, table: TableInfo, name: str) -> list[Any] | None:
        """The sampled values of a column, nulls left out; None where the table was not read."""
        rows = self._read(table)
        if rows is None:
            return None
        position = next(i for i, c in enumerate(table.columns) if c.name == name)
        return [row[position] for row in rows if row[position] is not None]

    def key(self, table: TableInfo, name: str) -> tuple[frozenset[str], bool]:
        """The sampled values of a key, and whether they are all of them. Keys are read further than other columns."""
        if (table.name, name) not in self._keys:
            most = max(KEYS, self.rows)
            rows = self._fetch(table, [name], most) or []
            self._keys[table.name, name] = frozenset(str(row[0]) for row in rows), 0 < len(rows) < most
        return self._keys[table.name, name]

    def _read(self, table: TableInfo) -> list[tuple[Any, ...]] | None:
        if table.name not in self._held:
            self._held[table.name] = self._fetch(table, [c.name for c in table.columns], self.rows)
        return self._held[table.name]

    def _fetch(self, table: TableInfo, columns: list[str], rows: int) -> list[tuple[Any, ...]] | None:
        if self.sampler is None or not columns:
            return None
        try:
            return self.sampler(table.name, columns, rows)
        except StoreError as error:
            words = f"{table.name} ({', '.join(error.codes)})"
            self.refused += [words] if words not in self.refused else []
            return None


def texts(values: Sequence[Any]) -> list[str]:
    return [value if isinstance(value, str) else str(value) for value in values]
