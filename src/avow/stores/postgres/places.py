"""Where a PostgreSQL server is and where it sends data, as it says itself: its address, replicas, archive, foreign servers.

Reads the catalogue and statistics alone. Refuses to call silence an answer: where the login may not see an address, the address
is None and `blind` says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import psycopg


@dataclass(frozen=True)
class Sighting:
    """`what` is server, replica, archive, foreign server or subscription; `target` an address, a host or a command ("" the
    machine itself); `blind`: this login may not see it."""

    what: str
    name: str
    target: str
    blind: bool = False


def read_places(connection: psycopg.Connection[Any]) -> tuple[Sighting, ...]:
    """Raises psycopg errors as they are."""
    return tuple(_read(connection))


def _read(connection: psycopg.Connection[Any]) -> Iterator[Sighting]:
    query = files(__package__).joinpath("places.sql").read_bytes()
    for what, name, target, blind in connection.execute(query).fetchall():
        yield Sighting(str(what), str(name), str(target), bool(blind))
