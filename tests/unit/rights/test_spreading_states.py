"""What a store is told of people's states: rows of people alone, and nobody's key keeps the others from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from counter import firm_spec

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
