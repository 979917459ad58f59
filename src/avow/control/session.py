"""One unit of work in the control database: a connection, the company, its keys, the time and a source of ids.

Promises that a value is sealed before it is bound to a statement and opened only by who asks for it by its slot; data keys
live as long as the session, which is one short transaction or one batch. Refuses to begin or commit: the caller does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import TupleRow

from avow.control.statements import load_statements
from avow.sealing import CompanyKeys, DataKey, Slot, create_keys, drop_keys, get_key, load_keys

Connection = psycopg.Connection[Any]


@dataclass
class Session:
    """`now` is UTC and the only clock; `new_id` the only source of ids."""

    connection: Connection
    company: str
    keys: CompanyKeys
    now: datetime
    new_id: Callable[[], UUID]
    by_cli: bool = False  # whoever acts was named on a command line, and nothing proves that it was them
    _data_keys: dict[UUID, DataKey] = field(default_factory=dict, repr=False)

    def run(self, file: str, name: str, /, **values: Any) -> psycopg.Cursor[TupleRow]:
        """Runs a named statement; `company` and `now` are bound to it as well."""
        return self.connection.execute(
            load_statements(file)[name], {"company": self.company, "now": self.now, **values}
        )

    def make_key(self) -> UUID:
        """A new data key in `control.seal_key`."""
        return self.make_keys(1)[0]

    def make_keys(self, count: int) -> list[UUID]:
        ids = [self.new_id() for _ in range(count)]
        self._data_keys |= create_keys(self.connection, self.keys.sealer, ids, self.now)
        return ids

    def load(self, ids: Iterable[UUID]) -> None:
        """Fetches many keys at once; dropped ones stay missing."""
        wanted = set(ids) - self._data_keys.keys()
        if wanted:
            self._data_keys |= load_keys(self.connection, self.keys.sealer, wanted)

    def has(self, key_id: UUID) -> bool:
        """False when the key was dropped."""
        self.load((key_id,))
        return key_id in self._data_keys

    def _key(self, key_id: UUID) -> DataKey:
        if key_id not in self._data_keys:
            self._data_keys[key_id] = get_key(self.connection, self.keys.sealer, key_id)
        return self._data_keys[key_id]

    def get_key(self, key_id: UUID) -> DataKey:
        """The data key itself, for a room that seals by its own rules. Raises SealingError when it was dropped."""
        return self._key(key_id)

    def seal(self, key_id: UUID, slot: Slot, value: str | bytes) -> bytes:
        """Raises SealingError when the key was dropped."""
        return self._key(key_id).seal(slot, value.encode() if isinstance(value, str) else value)

    def open(self, key_id: UUID, slot: Slot, sealed: bytes) -> str:
        """Raises SealingError when the key was dropped or the value was moved."""
        return self._key(key_id).open_text(slot, bytes(sealed))

    def open_bytes(self, key_id: UUID, slot: Slot, sealed: bytes) -> bytes:
        return self._key(key_id).open(slot, bytes(sealed))

    def drop(self, ids: Iterable[UUID]) -> int:
        """Drops keys for good; gives how many there were."""
        dropped = set(ids)
        for key_id in dropped:
            self._data_keys.pop(key_id, None)
        return drop_keys(self.connection, dropped, self.now)
