"""Plants synthetic people, each row registered before it stands there, and removes them again, children first.

Every value says what it is: addresses in the reserved domain example.test (RFC 6761), numbers under the country code 999 that the
ITU gave to nobody, names that begin with "Avow Canary". Refuses tables without a single key column.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID, uuid4

import psycopg

from avow.control.records import CanaryRow
from avow.datamap.holds import categories_of
from avow.datamap.model import Column, StoreMap, Table
from avow.prove.canaries import remove_canaries
from avow.prove.inquiry import CannotTell
from avow.prove.scene import Connection, Opener
from avow.prove.shopper.brief import Intake
from avow.prove.synthetic import Maker
from avow.stores.port import StoreDescription, TableInfo

LIVES = timedelta(hours=6)
NEIGHBOUR = "{neighbour}"
PATIENCE = 30.0  # seconds for locks; each try waits as long as the store lets it: the company's own work goes first


class Journal(Protocol):
    """Where planted rows are registered before they stand there; `ShopperRecords` is the implementation."""

    def record_canary(self, row: CanaryRow, expires_at: datetime) -> None: ...

    def canaries(self, store: str) -> Any: ...

    def record_canary_removed(self, canary: UUID) -> None: ...


@dataclass(frozen=True)
class OwnRows:
    """A journal of which only what was registered through it is seen."""

    journal: Journal
    ids: set[UUID] = field(default_factory=set)

    def record_canary(self, row: CanaryRow, expires_at: datetime) -> None:
        self.ids.add(row.id)
        self.journal.record_canary(row, expires_at)

    def canaries(self, store: str) -> Any:
        return [row for row in self.journal.canaries(store) if row.id in self.ids]

    def record_canary_removed(self, canary: UUID) -> None:
        self.journal.record_canary_removed(canary)


@dataclass
class Guest:
    """A synthetic person. `values`: (store, table, column) -> what was planted there, for what must be found and what must
    be gone; `keys`: (store, table, key) of every planted row."""

    token: str
    values: dict[tuple[str, str, str], str] = field(default_factory=dict)
    keys: list[tuple[str, str, str]] = field(default_factory=list)
    email_spelled: str = ""  # the address as a bought list spells it, "" as it is

    @property
    def email(self) -> str:
        return f"avow-canary-{self.token}@example.test"

    @property
    def name(self) -> str:
        return f"Avow Canary {self.token}"

    @property
    def phone(self) -> str:
        return "+999" + str(int(self.token, 16) % 10**9).rjust(9, "0")

    @property
    def address(self) -> str:
        return f"{int(self.token, 16) % 100} Canary Row, {self.token}"

    @property
    def firm(self) -> str:
        """The synthetic organisation that the guest works for: nobody's own data."""
        return f"Canary Works {self.token}"

    def text(self) -> str:
        return f"Note on {self.name}, reached at {self.email}"

    def find_key(self, table: str) -> str:
        """The key of the first row planted in `table`; "" where there is none."""
        return next((key for _, name, key in self.keys if name == table), "")


def new_guest(token: str = "") -> Guest:
    return Guest(token or secrets.token_hex(6))


@dataclass(frozen=True)
class Planter:
    """Plants and removes in one store. `now` gives UTC."""

    map: StoreMap
    description: StoreDescription
    open_plant: Opener
    journal: Journal
    now: Callable[[], datetime]

    def apart(self) -> Planter:
        """One that removes what it planted itself, and leaves alone what others of the same run plant meanwhile."""
        return replace(self, journal=OwnRows(self.journal))

    def plant(self, intake: Intake, guest: Guest, neighbour: Guest | None = None) -> None:
        """One committed transaction with a row in each table of the intake, begun again where locks of others were in the way.
        Raises CannotTell, psycopg.Error."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                maker = self._plant(intake, guest, neighbour)
                break
            except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
                if time.monotonic() > end:
                    raise
        guest.keys += [
            (self.map.name, row.table, str(next(iter(row.key.values()))))
            for row in maker.made
            if (self.map.name, row.table, str(next(iter(row.key.values())))) not in guest.keys
        ]

    def _plant(self, intake: Intake, guest: Guest, neighbour: Guest | None) -> Maker:
        # what the maker fills in is nobody's: a token of its own
        maker = Maker(self.map, self.description, journal=self._register)
        with self.open_plant() as connection, connection.transaction():
            for table, given in intake.rows.items():
                self._plant_row(maker, connection, table, given, guest, neighbour)
        return maker

    def _register(self, table: str, column: str, value: str) -> None:
        self.journal.record_canary(CanaryRow(uuid4(), self.map.name, table, column, value), self.now() + LIVES)

    def _plant_row(
        self,
        maker: Maker,
        connection: Connection,
        table: str,
        given: Mapping[str, str],
        guest: Guest,
        neighbour: Guest | None,
    ) -> None:
        mapped, info = self.map.find_table(table), self.description.find_table(table)
        if mapped is None or info is None:
            raise CannotTell(f"shopper.yaml plants in {table}, which is not mapped or not there")
        own = own_values(mapped, info, guest)
        firm = {c.name: guest.firm for c in mapped.columns if "organisation.name" in c.categories}
        fixed: dict[str, Any] = {**own, **firm, **{c: self._value(mapped, c, v, neighbour) for c, v in given.items()}}
        earlier = {name: key for store, name, key in guest.keys if store == self.map.name}
        fixed |= {c: key for c, key in _links(mapped, earlier).items() if c not in fixed}
        maker.insert(connection, table, fixed)
        guest.values |= {(self.map.name, table, c): str(v) for c, v in own.items() if c not in given}

    def _value(self, table: Table, column: str, value: str, neighbour: Guest | None) -> Any:
        if value != NEIGHBOUR:
            return None if value == "" else value
        if neighbour is None:
            return None
        target = next(
            (path.steps[0].to_table for path in table.owners if path.steps and path.steps[0].column == column), ""
        )
        return neighbour.find_key(target) or None

    def remove(self) -> int:
        """Removes every row that the shopper planted here, whoever else changed it meanwhile; gives how many stood there."""
        with self.open_plant() as connection:
            return remove_canaries(self.journal, self.map.name, connection)  # type: ignore[arg-type]


def own_values(mapped: Table, info: TableInfo, guest: Guest) -> dict[str, Any]:
    """The guest's own values for the text columns of a table, by what the data map says they hold; of an organisation only its
    free texts speak of the guest."""
    found: dict[str, Any] = {}
    for column in mapped.columns:
        live = info.find_column(column.name)
        if (
            live is None
            or live.generated
            or not live.type.lower().startswith(("text", "character", "varchar", "citext"))
        ):
            continue
        value = _own_value(column, guest) if not mapped.organisation or column.free_text else ""
        if value:
            found[column.name] = value
    return found


def _own_value(column: Column, guest: Guest) -> str:
    if column.link or "organisation.name" in column.categories:
        return ""
    if column.free_text:
        return guest.text()
    words = " ".join(categories_of(column)).lower()
    named = column.name.lower()
    if "email" in named or "mail" in named or (words and "email" in words and "phone" not in named):
        return (guest.email_spelled or guest.email) if categories_of(column) else ""
    for mark, value in (("phone", guest.phone), ("fax", guest.phone), ("address", guest.address)):
        if mark in words or (mark in named and words):
            return value
    return guest.name if "name" in words or ("lead_contact" in words and named in ("person", "name")) else ""


def _links(mapped: Table, earlier: Mapping[str, str]) -> dict[str, str]:
    """First steps of owner paths that lead to a table in which the guest has a row from an earlier intake."""
    steps = (path.steps[0] for path in mapped.owners if path.steps)
    return {step.column: earlier[step.to_table] for step in steps if step.to_table in earlier}
