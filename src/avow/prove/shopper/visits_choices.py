"""Visits of choices: answers at the first order, receipts, changes of mind, ways of being written to.

A visit answers in the company's own tables and in person, lets work go on, and looks with its own eyes at who sees whom. Refuses to
believe the record alone: what the roles of the uses see is what counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol
from uuid import UUID

from avow.control.choices import Record
from avow.datamap.model import Table
from avow.prove.inquiry import CannotTell
from avow.prove.probes.rows import sees
from avow.prove.shopper.brief import Intake
from avow.prove.shopper.planting import Guest
from avow.prove.shopper.shop import Saw, Shop, judged
from avow.prove.synthetic import Row

SHOWN = ("recorded", "receipt", "at-once", "by-each-way", "in-person-wins", "nobody-else")
WAYS = ("email", "phone", "post")
EVERY = dict.fromkeys(WAYS, True)
Wanted = Mapping[str, Mapping[str, bool]]


class ChoicesOffice(Protocol):
    """What a visit asks of the duty, for synthetic people alone."""

    def know(self, guest: Guest, tables: Sequence[str] = ()) -> UUID:
        """The guest as somebody who is signed in: by the rows in `tables`, by all rows of people where none is named."""

    def choose(self, subject: UUID, wanted: Wanted) -> int:
        """What the person says in the privacy centre; gives how many answers that were."""

    def records(self, store: str, table: str, key: str) -> list[Record]: ...
    def receipt_faults(self, record: Record) -> list[str]: ...
    def can_change(self, record: Record) -> bool: ...
    def refuses(self, guest: Guest, purpose: str) -> bool:
        """Whether the gate of messages leaves out every row of the guest, by Avow's own record and whatever the store shows."""


def visit_choices(shop: Shop) -> Iterator[Saw]:
    office: ChoicesOffice = shop.office_of("choices")
    neighbour, guest = shop.plant("own", "bought"), shop.plant("own", "bought")
    others = shop.seen_by(neighbour, shop.brief.audience)
    yield from _answers(shop, office)
    yield from _change_of_mind(shop, office, guest)
    yield _by_each_way(shop, office, guest)
    yield _in_person(shop, office)
    lost = set(others) - set(shop.seen_by(neighbour, shop.brief.audience))
    good = f"a second person is seen as before ({len(others)} uses)"
    yield judged("nobody-else", (f"{pair} no longer sees a second person" for pair in sorted(lost)), good)


def _answer_table(shop: Shop) -> tuple[str, Table]:
    for name, eyes in shop.eyes.items():
        for table in eyes.map.tables:
            if table.outcomes is not None:
                return name, table
    raise CannotTell("the data map says nowhere in which table the answers stand")


def answer(shop: Shop, guest: Guest, outcome: str, way: str = "") -> tuple[str, str, str]:
    """Answers every question as the guest's organisation, in the company's own table; gives the place of the organisation."""
    store, table = _answer_table(shop)
    assert table.outcomes is not None
    words = dict.fromkeys(table.outcomes.purposes.values(), table.outcomes.words[outcome])
    if table.outcomes.channel and way:
        words[table.outcomes.channel] = way
    shop.planters[store].plant(Intake("answer", store, {table.name: words}, "", {}), guest)
    people = table.owners[0].subject
    return store, people, guest.find_key(people)


def _answers(shop: Shop, office: ChoicesOffice) -> Iterator[Saw]:
    _, table = _answer_table(shop)
    ways = list(table.source.values) if table.source else [""]
    wrong: list[str] = []
    faults: list[str] = []
    for number, outcome in enumerate(("given", "refused", "unanswered")):
        way = ways[number % len(ways)]
        place = answer(shop, shop.plant("own"), outcome, way)
        shop.settle()
        records = office.records(*place)
        wrong += _differs(table, records, outcome, way)
        for record in records:
            faults += office.receipt_faults(record)
            faults += ["a record of an answer could be changed"] if office.can_change(record) else []
    yield judged(
        "recorded", wrong, "yes, no and not answered stand on record as what they were, with the way and the moment"
    )
    good = "each answer has a signed receipt that says what the record says, and no record could be changed"
    yield judged("receipt", faults, good)


def _differs(table: Table, records: list[Record], outcome: str, way: str) -> list[str]:
    assert table.outcomes is not None
    found = {record.purpose: record for record in records}
    wrong = [f"nothing is on record about {p} after `{outcome}`" for p in table.outcomes.purposes if p not in found]
    wrong += [f"`{outcome}` stands on record as `{r.outcome}`" for r in records if r.outcome != outcome]
    wrong += ["what was not answered counts as said" for r in records if r.explicit == (r.outcome == "unanswered")]
    return wrong + [f"an answer by {way} is on record as `{r.method}`" for r in records if not r.method.endswith(way)]


def _change_of_mind(shop: Shop, office: ChoicesOffice, guest: Guest) -> Iterator[Saw]:
    audience = shop.seen_by(guest, shop.brief.audience)
    if not audience:
        raise CannotTell("no audience sees the synthetic person even before the choice")
    purposes = _purposes(shop)
    subject = office.know(guest)
    office.choose(subject, {purpose: {} for purpose in purposes})
    wrong = [f"the gate lets {p} pass right after the no" for p in purposes if not office.refuses(guest, p)]
    shop.settle()
    wrong += [f"{pair} still sees the person" for pair in shop.seen_by(guest, shop.brief.audience)]
    office.choose(subject, dict.fromkeys(purposes, EVERY))
    shop.settle()
    lost = set(audience) - set(shop.seen_by(guest, shop.brief.audience))
    wrong += [f"{pair} does not see the person again after a yes" for pair in sorted(lost)]
    good = (
        f"{len(audience)} uses saw the person before; the gate refused in the moment of the no, the store hid the person, and "
        "a later yes was heard as well"
    )
    yield judged("at-once", wrong, good)


def _by_each_way(shop: Shop, office: ChoicesOffice, guest: Guest) -> Saw:
    purposes = _purposes(shop)
    before = shop.seen_by(guest, shop.brief.audience)
    office.choose(office.know(guest), {purposes[0]: {**EVERY, "email": False}})
    shop.settle()
    wrong = [] if office.refuses(guest, purposes[0]) else ["the gate of mail lets a person pass who wants no mail"]
    wrong += [f"the gate refuses {p} after a no to another use" for p in purposes[1:] if office.refuses(guest, p)]
    lost = set(before) - set(shop.seen_by(guest, shop.brief.audience))
    wrong += [f"{pair} no longer sees a person who refused mail alone" for pair in sorted(lost)]
    return judged("by-each-way", wrong, "a no to mail keeps mail of that class away, and nothing else")


def _in_person(shop: Shop, office: ChoicesOffice) -> Saw:
    """A no that was said in person, then a yes that a program of the company takes down."""
    guest = shop.plant("own")
    _, table = _answer_table(shop)
    people = table.owners[0].subject
    if not firm_seen(shop, guest, people):
        raise CannotTell("no audience sees the synthetic organisation even before the choice")
    office.choose(office.know(guest, (people,)), {purpose: {} for purpose in _purposes(shop)})
    shop.settle()
    answer(shop, guest, "given")
    shop.settle()
    wrong = [
        f"{pair} sees whoever said no in person, because a program wrote yes" for pair in firm_seen(shop, guest, people)
    ]
    return judged("in-person-wins", wrong, "a yes that a program wrote down did not lift a no that was said in person")


def firm_seen(shop: Shop, guest: Guest, people: str) -> list[str]:
    """The pairs of the audience's uses that see the guest's organisation."""
    found: list[str] = []
    for eyes in shop.eyes.values():
        mapped, key = eyes.map.find_table(people), guest.find_key(people)
        if mapped is None or not key:
            continue
        with eyes.open_probe() as connection:
            for rights in eyes.rights:
                wanted = any(eyes.terms.covers(p, rights.pair.purpose) for p in shop.brief.audience)
                granted = rights.tables.get(people)
                if wanted and rights.role and granted is not None and granted.read:
                    found += [str(rights.pair)] if sees(connection, rights, Row(people, {mapped.key: key})) else []
    return found


def _purposes(shop: Shop) -> list[str]:
    _, table = _answer_table(shop)
    assert table.outcomes is not None
    return list(table.outcomes.purposes)
