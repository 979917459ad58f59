"""What the mystery shopper's visits to the ways in may ask for: synthetic deliveries, worked through at once, and forgotten again.

Every row that comes in is registered for removal before the visit goes on. Refuses to hand in a line that is not about a synthetic
person.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg import sql

from avow.app.databases import control_dsn, get_dsn
from avow.app.desk import Desk
from avow.app.intake_uses import read_share
from avow.app.intakes import Intakes, work_deliveries
from avow.app.project import Project
from avow.app.recording import open_project_ledger
from avow.compilers import reach
from avow.control import intakes
from avow.control.records import CanaryRow
from avow.control.shopping import ShopperRecords
from avow.datamap.model import Intake, StoreMap
from avow.datamap.ways_in import BATCH_FACTS
from avow.errors import AvowError
from avow.ledger import Digest, Kind, Ledger
from avow.prove.inquiry import CannotTell
from avow.prove.shopper.planting import LIVES, Guest
from avow.prove.shopper.visits_intakes import Delivered


@dataclass(frozen=True)
class ShopIntakes:
    """Implements the `IntakeOffice` of the visits."""

    project: Project
    desk: Intakes
    records: ShopperRecords
    ledger: Ledger
    dsn: str

    def facts(self, way: str) -> dict[str, str]:
        store, intake = self.desk.get_way(way)
        return {name: self._fact(store, intake, name) for name in intake.batch}

    def _fact(self, store: StoreMap, way: Intake, name: str) -> str:
        kind, today = BATCH_FACTS[name], datetime.now(UTC).date()
        if kind == "firm":
            return self._firm(store, way)
        if kind == "day":
            return (today + timedelta(days=90) if name == "licensed_until" else today).isoformat()
        return way.purpose if kind == "purposes" else "SYNTHETIC-1"

    def firm(self, way: str) -> str:
        return self._firm(*self.desk.get_way(way))

    def _firm(self, store: StoreMap, way: Intake) -> str:
        """The first firm of the company's own list."""
        if way.party is None:
            return ""
        home, _, table = way.party.table.rpartition(".")
        query = sql.SQL("SELECT {} FROM {} ORDER BY {} LIMIT 1").format(
            sql.Identifier(way.party.name), sql.Identifier(home, table), sql.Identifier(way.party.key)
        )
        with self._connect(store.name, "duty") as connection:
            row = connection.execute(query).fetchone()
        if row is None:
            raise CannotTell(f"{way.party.table} lists no firm")
        return str(row[0])

    def way_from(self, source: str, only: bool = False) -> str:
        ways = (w for s in self.project.datamap.stores for w in s.intakes if w.source == source)
        return next((w.name for w in ways if w.only or not only), "")

    def deliver(self, way: str, facts: Mapping[str, str], guests: Sequence[Guest]) -> Delivered:
        store, intake = self.desk.get_way(way)
        lines = [_line(intake, guest) for guest in guests]
        try:
            made, _ = self.desk.hand_in(way, facts, lines, "file", "shopper", synthetic=True)
            work_deliveries(self.desk)
        except AvowError as error:
            return Delivered(0, {}, error.diagnostics[0].cause)
        done = self._until_done(made.id)
        if done.accepted:
            self._register(store, intake, made.id, guests)
        with self.desk.session() as session:
            left = intakes.count_rejects(session, made.id)
            intakes.drop_synthetic(session)
        return Delivered(done.accepted, left, done.cause)

    def _until_done(self, delivery: UUID) -> intakes.Delivery:
        found = self.desk.find(delivery)
        if found is None or found.state == intakes.WAITING:
            raise CannotTell("another worker holds the delivery")
        return found

    def _register(self, store: StoreMap, way: Intake, delivery: UUID, guests: Sequence[Guest]) -> None:
        """For removal with all that the shopper planted, and for its eyes."""
        table = store.find_table(way.table)
        key = table.key if table else ""
        home, _, name = way.table.rpartition(".")
        reached = next((column for field, column in way.columns.items() if field == "email"), "")
        query = sql.SQL("SELECT {}::text, lower({}::text) FROM {} WHERE avow_batch = %s").format(
            sql.Identifier(key or "id"), sql.Identifier(reached or key or "id"), sql.Identifier(home, name)
        )
        by_address = {guest.email.lower(): guest for guest in guests}
        with self._connect(store.name, "duty") as connection:
            for value, address in connection.execute(query, [delivery]).fetchall():
                row = CanaryRow(uuid4(), store.name, way.table, key or "id", value)
                self.records.record_canary(row, datetime.now(UTC) + LIVES)
                guest = by_address.get(address)
                if guest is not None:
                    guest.keys.append((store.name, way.table, value))
                    guest.values[store.name, way.table, reached] = guest.email

    def list_address(self, guest: Guest, way: str) -> bool:
        store, intake = self.desk.get_way(way)
        for place in intake.screen:
            home, _, column = place.rpartition(".")
            table = store.find_table(home)
            if table is None:
                continue
            self.records.record_canary(
                CanaryRow(uuid4(), store.name, home, column, guest.email), datetime.now(UTC) + LIVES
            )
            values = {column: guest.email, **({table.clock: datetime.now(UTC).date()} if table.clock else {})}
            schema, _, name = home.rpartition(".")
            insert = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
                sql.Identifier(schema, name), sql.SQL(", ").join(map(sql.Identifier, values)),
                sql.SQL(", ").join([sql.Placeholder()] * len(values)),
            )  # fmt: skip
            with self._connect(store.name, "plant") as connection:
                _say_source(connection)
                connection.execute(insert, list(values.values()))
            return True
        return False

    def other_logins(self, attribute: str) -> Sequence[tuple[str, str]]:
        logins = (x for store in self.project.datamap.stores for x in store.logins)
        return tuple((x.name, x.own[attribute]) for x in logins if attribute in x.own)

    def columns_without_need(self) -> tuple[str, Sequence[tuple[str, str, str]]]:
        found: list[tuple[str, str, str]] = []
        named = ""
        for store in self.project.datamap.stores:
            for purpose, fields in store.needs.items():
                named = purpose
                found += _unneeded(self.project, store, purpose, set(fields))
        return named, tuple(found)

    def uses(self, guest: Guest) -> tuple[int, int]:
        share = read_share(self.project, self.dsn, self._digest(guest))
        return share.service, share.total

    def record_use(self, guest: Guest, purpose: str) -> None:
        actor, table = self.ledger.digester.digest("actor", "shopper"), guest.keys[0][1]
        use, of = f"{purpose}/internal.sales", self._digest(guest)
        self.ledger.record_access(Kind.READ, use, table, "", actor, of, wait=True)

    def _digest(self, guest: Guest) -> Digest:
        _, table, key = guest.keys[0]
        return self.ledger.subject_digest(f"{table}:{key}")

    def _connect(self, store: str, credential: str) -> psycopg.Connection[tuple[Any, ...]]:
        dsn = get_dsn(self.project.settings.get_store(store), credential)
        return psycopg.connect(dsn, autocommit=True, connect_timeout=5)


def _say_source(connection: psycopg.Connection[tuple[Any, ...]]) -> None:
    """Any source that the store takes will do for a line of a list."""
    row = connection.execute("SELECT min(id) FROM avow.handling WHERE id > 0").fetchone()
    if row and row[0] is not None:
        connection.execute("SELECT set_config('avow.handling', %s, false)", [str(row[0])])


def _line(way: Intake, guest: Guest) -> dict[str, str]:
    """A line about the guest, in the fields of the way."""
    told = {"email": guest.email, "phone": guest.phone, "address": guest.address, "organisation": guest.firm}
    texts = {"question": guest.text(), "reason": "a synthetic line", "enquirer": "potential"}
    return {field: {**told, **texts}.get(field, guest.name) for field in way.columns}


def _unneeded(project: Project, store: StoreMap, purpose: str, fields: set[str]) -> Iterator[tuple[str, str, str]]:
    """Personal columns that no pair of the purpose needs, on every table of the store that somebody may read."""
    tables = {name for _, name in reach(project.version, project.vocabulary, store).rights}
    for pair in store.pairs:
        if pair.purpose != purpose and not project.vocabulary.covers(purpose, pair.purpose):
            continue
        for table in (t for t in store.tables if t.name in tables):
            for column in table.columns:
                personal = column.categories or column.keys or column.free_text
                if personal and f"{table.name}.{column.name}" not in fields:
                    yield str(pair), table.name, column.name


def make_office(stack: ExitStack, project: Project, desk: Desk) -> ShopIntakes:
    """The office of one run of the shopper, closed with it."""
    dsn = stack.enter_context(control_dsn(project.settings, lambda line: None))
    connection = stack.enter_context(psycopg.connect(dsn, autocommit=True))
    ledger = stack.enter_context(open_project_ledger(project.settings, dsn))
    own = Intakes(project, desk.pool, desk.keys, desk.now)
    return ShopIntakes(project, own, ShopperRecords(connection, project.settings.company), ledger, dsn)
