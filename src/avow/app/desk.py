"""The desk: what the privacy centre, the console, the command line and the API do with requests.

Promises: every method is one short transaction on the control database; times and ids come from the arguments of the desk.
Refuses to reach a governed store: web processes hold no credential of one, and what needs a store is done by workers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg_pool import ConnectionPool

from avow.app.desk_asking import Asking
from avow.app.desk_looking import Looking
from avow.app.desk_staff import Staff
from avow.control.session import Session
from avow.duties.rights.rules import Office
from avow.sealing import CompanyKeys


@dataclass(frozen=True)
class Desk(Asking, Looking, Staff):
    """Safe for threads: each call takes a connection of the pool. `now` gives UTC; `new_id` fresh ids."""

    pool: ConnectionPool
    company: str
    keys: CompanyKeys
    office: Office
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]

    @contextmanager
    def session(self) -> Iterator[Session]:
        """One transaction: committed at the end, undone by any exception."""
        with self.pool.connection() as connection, connection.transaction():
            yield Session(connection, self.company, self.keys, self.now(), self.new_id)

    def close(self) -> None:
        self.pool.close()
