"""Workers are killed at every point of every kind of request, and desks at every decision: after restart all end exactly once,
nothing lost or doubled."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import psycopg
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "rights"))
os.environ["PYTHONPATH"] = os.pathsep.join(
    filter(None, [str(Path(__file__).parents[1] / "rights"), os.environ.get("PYTHONPATH", "")])
)
from counter import BOB, CHARLIE, COMPANY, START, rows_of
from killing import (
    REFUSED,
    Bomb,
    Cutter,
    Place,
    crowd_spec,
    later,
    make_crowd,
    make_office,
    open_hands,
    run_child,
    run_deed,
    start_child,
    work_on,
)

from avow.app.desk import Desk
from avow.control import open_control
from avow.duties.rights import identity
from avow.duties.rights.model import NOES, Contact, Wish
from avow.work import migrate_work

MOST_POINTS = 60


class World:
    """A control database, a store with a crowd of like people, and the requests of some of them."""

    def __init__(self, control: str, stores: dict[str, str], folder: Path, fee: bool = False, **rules: object) -> None:
        self.place = Place(control, stores, str(folder), START, {"undo_days": 0} | rules, fee)
        with open_control(control, COMPANY), psycopg.connect(control, autocommit=True) as connection:
            migrate_work(connection)
        for dsn in stores.values():
            make_crowd(dsn)
        self._next = 0
        self._hands = open_hands(self.place)
        office = make_office(self.place)
        self.desk = Desk(self._hands.pool, COMPANY, self._hands.keys, office, self._hands.now, self._hands.new_id)

    def close(self) -> None:
        self._hands.close()

    def ask(self, kind: str, law: str = "uk") -> tuple[int, object]:
        """The next person of the crowd asks, and has shown who they are."""
        self._next += 1
        number = self._next
        desk = self.desk
        changes = tuple(
            (store, "public.people", str(number), "phone", f"+4420{number:08}") for store in self.place.stores
        )
        purposes = ("marketing.own",) if kind in NOES else ()
        wish = Wish("please", purposes=purposes, changes=changes[:1] if kind == "rectification" else ())
        contact = Contact(f"p{number}@crowd.example", f"Person {number}")
        request = desk.open_request(kind, contact, wish, "guest_form", law, CHARLIE)
        with desk.session() as session:
            row = identity.get_locked(session, request.id)
            if row.state == "identity":
                identity.record_reached(session, desk.office, row, "code", CHARLIE)
        return number, request.id

    def of(self, query: str, *values: object) -> list[tuple]:
        with psycopg.connect(self.place.control) as connection:
            return connection.execute(query, values).fetchall()

    def state(self, request: object) -> str:
        return self.of("SELECT state FROM control.request WHERE id = %s", request)[0][0]

    def trace(self, request: object) -> tuple[str, list[tuple], list[tuple]]:
        """What a decision leaves: the state, the timeline, and what went into the outbox."""
        events = self.of("SELECT name, to_state FROM control.request_event WHERE request = %s ORDER BY id", request)
        mails = self.of(
            "SELECT template, count(*) FROM control.outbox WHERE request = %s GROUP BY 1 ORDER BY 1", request
        )
        return self.state(request), events, mails

    def check_ended_once(self, kind: str, number: int, request: object) -> None:
        assert self.state(request) == "done", self.of(
            "SELECT store, step, state, cause FROM control.request_store WHERE request = %s", request
        )
        ends = self.of(
            "SELECT count(*) FROM control.request_event WHERE request = %s AND to_state = 'done'"
            " AND from_state <> 'done'",
            request,
        )
        assert ends == [(1,)]
        last = {"access": "answer-ready", "copy": "answer-ready"}.get(kind, f"done-{kind}")
        sent = self.of("SELECT count(*) FROM control.outbox WHERE request = %s AND template = %s", request, last)
        assert sent == [(1,)]
        for dsn in self.place.stores.values():
            self.check_store(kind, number, dsn)
        if kind in ("access", "copy"):
            assert self.of("SELECT count(*) FROM control.answer WHERE request = %s", request) == [(1,)]
        deeds = (Path(self.place.folder) / "deeds").read_text()
        assert f"right.{kind}" in deeds

    def check_store(self, kind: str, number: int, dsn: str) -> None:
        people = rows_of(dsn, f"SELECT phone FROM people WHERE id = {number}")
        orders = rows_of(dsn, f"SELECT delivery_phone FROM orders WHERE person_id = {number}")
        seen = rows_of(dsn, f"SELECT what, count(*) FROM seen WHERE person = {number} GROUP BY what")
        if kind == "erasure":
            assert (people, orders, seen) == ([], [], [("DELETE", 1)])
        elif kind == "rectification":
            new = f"+4420{number:08}"
            assert (people, orders, seen) == ([(new,)], [(new,)] * 3, [("UPDATE", 1)])
        else:
            assert (len(people), len(orders), seen) == (1, 3, [])


@pytest.fixture
def world(cluster, tmp_path):
    made = World(cluster.create_database(), {"main": cluster.create_database()}, tmp_path)
    yield made
    made.close()


@pytest.fixture
def make_world(cluster, tmp_path):
    """A world under other rules."""
    made = []

    def make(**rules):
        made.append(World(cluster.create_database(), {"main": cluster.create_database()}, tmp_path, **rules))
        return made[-1]

    yield make
    for world in made:
        world.close()


KINDS = ("access", "copy", "rectification", "erasure", "restriction", "objection", "withdrawal")


@pytest.mark.parametrize("kind", KINDS)
def test_a_worker_killed_at_any_point_is_as_if_it_had_not_been(world, cluster, kind):
    every = 1 if cluster.version >= 18 else 4  # each point on the newest server, a sample on the older ones
    for point in range(1, MOST_POINTS, every):
        number, request = world.ask(kind)
        killed = run_child(world.place, point)
        if killed:
            assert killed == -9
            assert run_child(later(world.place, minutes=1)) == 0
        world.check_ended_once(kind, number, request)
        if not killed:
            break
    assert 5 < point < MOST_POINTS - every  # up to the last point that there is
    others = rows_of(world.place.stores["main"], "SELECT count(*) FROM people WHERE id > 300")
    assert others == [(100,)]


def test_two_workers_on_many_requests_one_killed(world):
    asked: list = []
    killed = None
    for _ in range(16):  # about every second time whichever takes the work first leaves the other too little to die of
        asked += [(kind, *world.ask(kind)) for _ in range(3) for kind in ("erasure", "rectification", "access")]
        first, second = start_child(world.place, 6), start_child(world.place)
        first.join(120)
        second.join(120)
        assert second.exitcode == 0
        killed = first.exitcode
        if killed == -9:
            break
    assert killed == -9
    assert run_child(later(world.place, minutes=1)) == 0
    for kind, number, request in asked:
        world.check_ended_once(kind, number, request)


def test_a_store_whose_connections_are_cut_is_taken_up_again(cluster, tmp_path):
    store = cluster.create_database()
    world = World(cluster.create_database(), {"main": store, "second": cluster.create_database()}, tmp_path)
    number, request = world.ask("erasure")
    gone = replace(world.place, stores={**world.place.stores, "second": "postgresql://nobody@127.0.0.1:1/none"})
    assert run_child(gone) == 0
    world.check_store("erasure", number, store)
    assert world.state(request) == "working"
    (cause,) = world.of(
        "SELECT DISTINCT error FROM control.request_store WHERE request = %s AND state = 'failed'", request
    )
    assert cause == ("store.unreachable",)
    assert run_child(later(world.place, hours=2)) == 0
    world.check_ended_once("erasure", number, request)
    world.close()


@pytest.mark.parametrize("kind", KINDS)
def test_a_connection_cut_at_any_point_is_as_if_it_had_not_been(world, kind):
    every = 1 if os.environ.get("AVOW_TEST_LONG") else 3  # kinds share most points: together they try each of them
    for point in range(1 + KINDS.index(kind) % every, MOST_POINTS, every):
        number, request = world.ask(kind)
        cutter = Cutter(point, world.place)
        work_on(world.place, cutter)
        work_on(later(world.place, hours=2), Bomb(0))
        world.check_ended_once(kind, number, request)
        if cutter.passed < point:
            break
    assert 5 < point < MOST_POINTS - every
    others = rows_of(world.place.stores["main"], "SELECT count(*) FROM people WHERE id > 300")
    assert others == [(100,)]


def test_a_worker_killed_while_it_forwards_forwards_once(make_world):
    world = make_world(customer_tables=frozenset({("main", "public.people")}))
    for point in range(1, MOST_POINTS):
        number, request = world.ask("erasure")
        killed = kill_at(world.place, point)
        assert world.state(request) == "forwarded"
        assert dict(world.trace(request)[2])["forwarded"] == 1
        assert rows_of(world.place.stores["main"], f"SELECT count(*) FROM people WHERE id = {number}") == [(1,)]
        if not killed:
            break
    assert 2 < point < MOST_POINTS - 1


def kill_at(place, point):
    """Whether a worker died there; another one has done the rest since."""
    killed = run_child(place, point) != 0
    if killed:
        assert run_child(later(place, minutes=1)) == 0
    return killed


def answer_words(world, kind):
    _, request = world.ask(kind)
    return request, "close_with_words", (request, "upheld", "This is our answer.", "what we found out", BOB), "done"


def pay(world):
    _, request = world.ask("access", law="pakistan-bill")
    return request, "record_payment", (request, BOB), "finding"


def decline_fee(world):
    _, request = world.ask("access", law="pakistan-bill")
    return request, "decline_fee", (request, CHARLIE), "withdrawn"


def withdraw(world):
    _, request = world.ask("erasure")
    run_child(world.place)
    return request, "withdraw", (request, CHARLIE), "withdrawn"


def approve(world):
    _, request = world.ask("restriction")
    run_child(world.place)
    return request, "approve", (request, BOB), "working"


DEEDS = {
    "a complaint is answered": (partial(answer_words, kind="complaint"), {}),
    "a question is answered": (partial(answer_words, kind="question"), {}),
    "a fee is paid": (pay, {"fee": True}),
    "a fee is declined": (decline_fee, {"fee": True}),
    "an erasure is taken back in its undo window": (withdraw, {"undo_days": 7}),
    "a request is approved": (approve, {"approvals": {"restriction": 1}}),
}


@pytest.mark.parametrize("what", DEEDS)
def test_a_decision_whose_desk_is_killed_is_taken_wholly_or_not_at_all_and_never_twice(make_world, what):
    begin, rules = DEEDS[what]
    world = make_world(**rules)
    request, deed, given, after = begin(world)
    before = world.trace(request)
    assert run_deed(world.place, deed, given, die_at=1) == -9
    assert world.trace(request) == before
    assert run_deed(world.place, deed, given, die_at=2) == -9
    taken = world.trace(request)
    assert taken[0] == after
    assert taken != before
    assert run_deed(world.place, deed, given) == REFUSED
    assert world.trace(request) == taken


def test_the_crowd_is_mapped_as_it_stands():
    assert {table.name for table in crowd_spec("main").tables} == {"public.people", "public.orders"}
