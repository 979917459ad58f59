"""Workers that die on purpose: a child process that works on requests and kills itself (SIGKILL) at its n-th point.

A point is: before and after every call of a store (before its effect; after it, before control knows), and after every step
that committed; for a decision of the desk, before its commit and after it. At the same points connections are cut instead, in this
process. The product knows nothing of it: stores and the desk's transactions are wrapped here. Mail goes into the real outbox of
the control database, deeds into a file that is written through.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from counter import COMPANY, build_plainly, certify_plainly, count_plainly, fee_law, find_nobody
from psycopg_pool import ConnectionPool

from avow.app.desk import Desk
from avow.app.rights import post_into
from avow.app.working import DutyStores, Working
from avow.duties.rights.ports import Deed
from avow.duties.rights.rules import Office, Rules
from avow.errors import RightsError
from avow.law import choose_law
from avow.outbox import Outbox, OutboxRules
from avow.sealing import open_company_keys
from avow.stores.duty import ColumnSpec, PathSpec, StepSpec, StoreSpec, TableSpec
from avow.stores.postgres.duty import open_postgres_duty

SCHEMA = """
CREATE TABLE people (id int PRIMARY KEY, name text, email text, phone text);
CREATE TABLE orders (id int PRIMARY KEY, person_id int REFERENCES people, delivery_phone text, item text);
CREATE INDEX orders_person ON orders (person_id);
CREATE TABLE seen (what text, person int);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO public.seen VALUES (TG_OP, OLD.id); RETURN OLD; END $$;
CREATE TRIGGER people_gone AFTER DELETE OR UPDATE ON people FOR EACH ROW EXECUTE FUNCTION note();
INSERT INTO people SELECT i, 'Person ' || i, 'p' || i || '@crowd.example', '+4477009' || (10000 + i) FROM generate_series(1, 400) i;
INSERT INTO orders SELECT i * 10 + j, i, '+4477009' || (10000 + i), 'thing' FROM generate_series(1, 400) i, generate_series(1, 3) j;
"""


def crowd_spec(name: str) -> StoreSpec:
    email = ColumnSpec("email", "value", ("contact.email",), "email")
    phone = ColumnSpec("phone", "value", ("contact.phone",), "phone")
    person = ColumnSpec("name", "value", ("identity.name",), "name")
    link = ColumnSpec("id", "link", telling=False)
    people = TableSpec("public.people", (link, person, email, phone), (PathSpec("public.people"),), key="id")
    step = StepSpec("person_id", "public.people", "id")
    owner = ColumnSpec("person_id", "link", telling=False)
    delivery = ColumnSpec("delivery_phone", "value", ("contact.phone",), "phone")
    item = ColumnSpec("item", "value", ("payment.transaction",), telling=False)
    orders = TableSpec("public.orders", (link, owner, delivery, item), (PathSpec("public.people", (step,)),))
    return StoreSpec(name, "postgresql", "uk", (people, orders), "44")


@dataclass(frozen=True)
class Place:
    """Everything that a child needs, as plain values."""

    control: str
    stores: dict[str, str]
    folder: str
    now: datetime
    rules: dict[str, Any]
    fee: bool = False  # whether a law that asks one applies


class Bomb:
    """Kills its own process at the n-th point; 0: never."""

    def __init__(self, at: int) -> None:
        self.at, self.passed = at, 0

    def point(self) -> None:
        self.passed += 1
        if self.passed == self.at:
            os.kill(os.getpid(), signal.SIGKILL)


class Cutter(Bomb):
    """Cuts every connection to the stores at the n-th point instead."""

    def __init__(self, at: int, place: Place) -> None:
        super().__init__(at)
        self._stores = tuple(place.stores.values())

    def point(self) -> None:
        self.passed += 1
        if self.passed == self.at:
            for dsn in self._stores:
                cut(dsn)


def cut(dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'avow duty' AND datname = current_database()"
        )


class Mined:
    """A duty store with a point before and after every call."""

    def __init__(self, duty: Any, bomb: Bomb) -> None:
        self._duty, self._bomb = duty, bomb

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._duty, name)
        if not callable(found) or name == "close":
            return found

        def call(*given: Any, **named: Any) -> Any:
            self._bomb.point()
            result = found(*given, **named)
            if name == "read":
                result = iter(list(result))
            self._bomb.point()
            return result

        return call


def make_office(place: Place) -> Office:
    deeds = Path(place.folder) / "deeds"

    def journal(done: tuple[Deed, ...]) -> None:
        with deeds.open("a") as file:
            file.writelines(f"{deed.kind} {deed.what} {deed.subject}\n" for deed in done)
            file.flush()
            os.fsync(file.fileno())

    rules = Rules(stores=tuple(place.stores), purposes=("marketing.own",), **place.rules)
    outbox = Outbox(OutboxRules(COMPANY, "privacy@acme.example"))
    law = fee_law() if place.fee else choose_law("uk", ("uk",))
    return Office(rules, law, post_into(outbox), lambda session: None, journal, lambda subjects: None)


def open_hands(place: Place, bomb: Bomb | None = None) -> Working:
    def opener(spec: StoreSpec) -> Any:
        duty = open_postgres_duty(place.stores[spec.name], spec, connect_timeout_s=2)
        return Mined(duty, bomb) if bomb else duty

    pool = ConnectionPool(place.control, min_size=1, max_size=2, open=True)
    keys = open_company_keys(Path(place.folder) / "seal.key")
    stores = DutyStores(tuple(crowd_spec(name) for name in place.stores), opener)
    office = make_office(place)
    return Working(
        pool,
        COMPANY,
        keys,
        office,
        stores,
        build_plainly,
        count_plainly,
        certify_plainly,
        find_nobody,
        lambda: place.now,
        uuid4,
    )


def decide(place: Place, deed: str, given: tuple[Any, ...], die_at: int) -> None:
    """One call of the desk, or death before its commit (1) or after it (2)."""
    bomb, hands = Bomb(die_at), open_hands(place)
    desk = Desk(hands.pool, COMPANY, hands.keys, make_office(place), hands.now, hands.new_id)
    session = desk.session

    @contextmanager
    def mined() -> Iterator[Any]:
        with session() as opened:
            yield opened
            bomb.point()
        bomb.point()

    object.__setattr__(desk, "session", mined)
    try:
        getattr(desk, deed)(*given)
    except RightsError:
        sys.exit(REFUSED)
    finally:
        hands.close()


def work(place: Place, die_at: int) -> None:
    """Works until nothing is left, or dies."""
    work_on(place, Bomb(die_at))


def work_on(place: Place, bomb: Bomb) -> None:
    """Works until nothing is left, past every point of the bomb."""
    working = open_hands(place, bomb)
    moved = 1
    while moved:
        moved = 0
        for _, step in working.steps():
            done = step()
            moved += done
            if done:
                bomb.point()
    working.close()


REFUSED = 3  # exit code of a child whose desk refused
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["counter", "killing", "jinja2", "avow.duties.rights.paper.document"])  # loaded late


def run_child(place: Place, die_at: int = 0) -> int:
    """The exit code of a worker: 0, or -9 when it died on purpose."""
    return _run(work, place, die_at)


def run_deed(place: Place, deed: str, given: tuple[Any, ...], die_at: int = 0) -> int:
    """As `run_child`, of a desk that is asked for one thing; REFUSED when it refused."""
    return _run(decide, place, deed, given, die_at)


def _run(target: Any, *given: Any) -> int:
    child = _context.Process(target=target, args=given)
    child.start()
    child.join(120)
    if child.exitcode is None:
        child.kill()
        child.join()
        raise AssertionError("a child did not end")
    return child.exitcode


def start_child(place: Place, die_at: int = 0) -> Any:
    child = _context.Process(target=work, args=(place, die_at))
    child.start()
    return child


def make_crowd(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(SCHEMA)


def later(place: Place, **span: float) -> Place:
    return replace(place, now=place.now + timedelta(**span))
