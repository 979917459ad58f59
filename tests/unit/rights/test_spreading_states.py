"""What a store is told of people's states: rows of people alone, and nobody's key keeps the others from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg
from counter import firm_spec

from avow.app.working import ALWAYS, Working
from avow.control import people
from avow.duties.rights.marking import spread_states
from avow.duties.rights.stores import OpenStore
from avow.stores.duty import Done, Person

OBJECTED = {"objected:marketing.own": True}


class Told:
    """Takes what it is told, as a store does that knows two tables of people."""

    def __init__(self) -> None:
        self.marks: dict[str, tuple[Person, Mapping[str, bool]]] = {}

    def set_marks(self, run: str, marks: Mapping[str, tuple[Person, Mapping[str, bool]]]) -> Mapping[str, Done]:
        self.marks |= marks
        return {item: Done({}) for item in marks}


def test_a_key_of_a_table_that_is_nobodys_now_keeps_no_state_from_the_store(counter: Any) -> None:
    told: Any = Told()
    store = OpenStore("main", firm_spec(), told, told)
    with counter.desk.session() as session:
        alice, charlie = people.record_subject(session), people.record_subject(session)
        people.record_key(session, alice, ("main", "public.people", "3"), "import")
        people.record_key(session, alice, ("main", "public.gone", "3"), "import")
        people.record_key(session, charlie, ("main", "public.people", "7"), "import")
        people.record_states(session, {alice: OBJECTED, charlie: OBJECTED}, {})
        assert spread_states(session, store) == 2
        assert not people.has_lagging(session, "main")
    said = sorted((key.table, key.key, marks) for person, marks in told.marks.values() for key in person.keys)
    assert said == [("public.people", "3", OBJECTED), ("public.people", "7", OBJECTED)]


def unsettled(session: Any) -> bool:
    people.record_settled(session, 100)
    return people.has_unsettled(session)


def test_whoever_a_store_may_lack_the_state_of_is_looked_at_and_nobody_else(counter: Any) -> None:
    """Each of the ways in which a store comes to lack a state, one after the other."""
    told: Any = Told()
    store = OpenStore("main", firm_spec(), told, told)

    def spread() -> int:
        with counter.desk.session() as session:
            done = spread_states(session, store)
            assert not unsettled(session)
            return done

    with counter.desk.session() as session:
        alice, charlie = people.record_subject(session), people.record_subject(session)
        people.record_key(session, alice, ("main", "public.people", "3"), "import")
        assert not unsettled(session)  # nothing is said of anybody
        people.record_states(session, {alice: OBJECTED}, {})
        assert unsettled(session)
    assert spread() == 1
    assert spread() == 0
    with counter.desk.session() as session:  # a row that is found later
        people.record_key(session, alice, ("main", "public.people", "4"), "found")
        assert unsettled(session)
    assert spread() == 1
    with counter.desk.session() as session:  # the store is an older copy
        people.record_effects_gone(session, "main")
        assert unsettled(session)
    assert spread() == 1
    with counter.desk.session() as session:  # a state of somebody whom no store knows, until one does
        people.record_states(session, {charlie: OBJECTED}, {})
        assert not unsettled(session)
        people.record_key(session, charlie, ("main", "public.people", "7"), "found")
        assert unsettled(session)
    assert spread() == 1
    with counter.desk.session() as session:  # two turn out to be one
        people.record_merge(session, alice, charlie, "the same", "bob")
        assert unsettled(session)
        assert people.has_lagging(session, "main")
    assert spread() == 1
    seen = {key.key for person, _ in told.marks.values() for key in person.keys}
    assert seen == {"3", "4", "7"}


def test_a_worker_that_tells_of_people_does_not_stand_in_the_way_of_one_that_notes_it(counter: Any) -> None:
    """Both note the same person's state: neither holds what the other wants to the end."""
    with counter.desk.session() as session:
        alice = people.record_subject(session)
        people.record_key(session, alice, ("main", "public.people", "3"), "import")
        people.record_states(session, {alice: OBJECTED}, {})
    with counter.desk.session() as telling:
        assert set(people.list_lagging(telling, "main", 10)) == {alice}
        with counter.desk.session() as noting:
            noting.connection.execute("SET LOCAL lock_timeout = '2s'")
            people.record_effects(noting, "main", {alice: 1})
    with counter.desk.session() as session:
        assert people.get_effects(session, alice) == {"main": 1}


def test_a_step_that_the_server_ends_because_two_waited_for_each_other_is_done_by_the_next_pass() -> None:
    class Contested(Working):
        def steps(self) -> Any:
            return [("count", self.count_once)]

        def _look(self) -> frozenset[str]:
            return frozenset({ALWAYS})

        def count_once(self) -> int:
            tried.append(1)
            if len(tried) == 1:
                raise psycopg.errors.DeadlockDetected
            return 0

    tried: list[int] = []
    worker = object.__new__(Contested)
    assert worker.run_until_idle() == 2
    assert len(tried) == 2
