"""Keys of sealed values as rows of `control.seal_key`, and the company's own keys as files beside the master key.

Promises: every function is one statement on the caller's connection, in the caller's transaction; many keys cost as one.
Dropping is for good: the row stays and says when, the key does not. Refuses nothing that the database allows, and never caches.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from avow.errors import Diagnostic, Place, SealingError
from avow.sealing.identifiers import Digester
from avow.sealing.keyfiles import create_secret, load_secret
from avow.sealing.sealer import DataKey, Sealer

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class CompanyKeys:
    """What one company's processes hold: `sealer` for values; `lookup` finds people in the control database; `suppression`
    is shared with governed databases; `replay` seals the keys of erased rows, for the day an old copy comes back."""

    sealer: Sealer = field(repr=False)
    lookup: Digester = field(repr=False)
    suppression: Digester = field(repr=False)
    replay: DataKey = field(repr=False)
    suppression_secret: bytes = field(repr=False)  # handed to a governed database once, by `apply`


def open_company_keys(master: Path, create: bool = True) -> CompanyKeys:
    """Opens `master` and, beside it, `lookup.key`, `suppression.key` and `replay.key`; makes what is missing if `create`.

    Raises SealingError `sealing.key-missing` or `sealing.key-readable`."""
    paths = [master, *(master.with_name(f"{name}.key") for name in ("lookup", "suppression", "replay"))]
    if create:
        for path in paths:
            create_secret(path)
    seal, lookup, suppression, replay = (load_secret(path) for path in paths)
    return CompanyKeys(Sealer(seal), Digester(lookup), Digester(suppression), DataKey(replay), suppression)


def create_keys(connection: Connection, sealer: Sealer, ids: Sequence[UUID], made_at: datetime) -> dict[UUID, DataKey]:
    """Makes a key for each id. An id that has one already raises psycopg's UniqueViolation: a key is never replaced."""
    made = {key_id: sealer.new_key(key_id) for key_id in ids}
    connection.execute(
        "INSERT INTO control.seal_key (id, wrapped, made_at) SELECT *, %s FROM unnest(%s::uuid[], %s::bytea[])",
        (made_at, list(made), [wrapped for wrapped, _ in made.values()]),
    )
    return {key_id: key for key_id, (_, key) in made.items()}


def load_keys(connection: Connection, sealer: Sealer, ids: Iterable[UUID]) -> dict[UUID, DataKey]:
    """The keys that still exist; dropped and unknown ids are missing in the answer. Raises SealingError `sealing.changed`."""
    rows = connection.execute(
        "SELECT id, wrapped FROM control.seal_key WHERE id = ANY(%s) AND wrapped IS NOT NULL", (list(ids),)
    )
    return {key_id: sealer.unwrap(key_id, bytes(wrapped)) for key_id, wrapped in rows}


def get_key(connection: Connection, sealer: Sealer, key_id: UUID) -> DataKey:
    """Raises SealingError: `sealing.dropped`, or `sealing.unknown-key` when there never was one."""
    row = connection.execute("SELECT wrapped FROM control.seal_key WHERE id = %s", (key_id,)).fetchone()
    if row is None:
        raise SealingError(
            Diagnostic(
                Place("control.seal_key"),
                "sealing.unknown-key",
                "a sealed value names a key that this database never had",
                "check that the whole control database was restored, not single tables of it",
                "the value cannot be read",
            )
        )
    return sealer.unwrap(key_id, None if row[0] is None else bytes(row[0]))


def drop_keys(connection: Connection, ids: Iterable[UUID], dropped_at: datetime) -> int:
    """Drops keys; gives how many were dropped now. Vacuum and backups: see docs/explanation/sealing.md."""
    sql = files(__package__).joinpath("sql/drop_keys.sql").read_text(encoding="utf-8")
    return connection.execute(sql, {"at": dropped_at, "ids": list(ids)}).rowcount
