"""Where a PostgreSQL server is and where it sends data, as it says itself: its address, replicas, archive, foreign servers, and
those that it takes rows from.

Reads the catalogue and statistics alone. Refuses to call silence an answer: where the login may not see an address, the address
is None and `blind` says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict


@dataclass(frozen=True)
class Sighting:
    """`what` is server, replica, archive, archive library, foreign server or subscription; `target` an address, hosts divided by
    commas, an address of the web, a command or a library ("" the machine itself); `blind`: this login may not see it, or
    nobody can."""

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
    yield from _subscriptions(connection)


def _subscriptions(connection: psycopg.Connection[Any]) -> Iterator[Sighting]:
    """Connection strings are for superusers alone: another login sees that there is one, and that it cannot see where it leads."""
    seen = "SELECT has_column_privilege('pg_subscription', 'subconninfo', 'SELECT')"
    if connection.execute(seen).fetchone() != (True,):
        names = (
            "SELECT subname::text FROM pg_subscription"
            " WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY 1"
        )
        yield from (Sighting("subscription", str(name), "", True) for (name,) in connection.execute(names).fetchall())
        return
    query = files(__package__).joinpath("subscriptions.sql").read_bytes()
    for name, told in connection.execute(query).fetchall():
        try:
            given = conninfo_to_dict(str(told))
        except psycopg.Error:
            given = {"service": "unreadable"}
        target = str(given.get("hostaddr") or given.get("host") or "")
        yield Sighting("subscription", str(name), target, bool(given.get("service")))
