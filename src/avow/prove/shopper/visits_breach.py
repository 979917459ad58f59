"""Visits of the breach room: exactly the affected are counted and written to, once, after a second person; and clocks run out.

They act on two synthetic people, of whom a row of the first alone is breached. Refuses to touch a breach that is not the shopper's
own, and takes its cases and letters back.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from avow.prove.inquiry import CannotTell
from avow.prove.shopper.planting import Guest
from avow.prove.shopper.shop import Saw, Shop, judged

FIRST, SECOND = "shopper:first", "shopper:second"
LATE = timedelta(hours=73)


class BreachOffice(Protocol):
    """What the breach room does with the shopper's own; where something may be refused, "" or the code is given back."""

    def open(self, ago: timedelta) -> UUID:
        """A synthetic breach of which the company is aware since then."""

    def breached(self, case: UUID, row: tuple[str, str, str]) -> None:
        """A row (store, table, key) was breached; whom that affects is counted."""

    def affected(self, case: UUID) -> tuple[int, list[tuple[str, str, str]]]:
        """(people counted, the rows on the list)."""

    def stands_in_the_clear(self, case: UUID, key: str) -> bool: ...
    def ask_letter(self, case: UUID, by: str) -> UUID: ...
    def approve(self, case: UUID, letter: UUID, by: str) -> str: ...
    def approve_behind(self, case: UUID, letter: UUID, by: str) -> str:
        """By plain SQL in Avow's own database: the SQLSTATE of the refusal."""

    def write_behind(self, case: UUID, letter: UUID) -> str: ...
    def write(self, case: UUID, letter: UUID) -> None: ...
    def letters(self) -> int:
        """Synthetic letters of breaches in the outbox."""

    def overdue(self, case: UUID, since_aware: timedelta) -> set[str]:
        """Whom a law wanted told by then, and nobody was."""

    def tell(self, case: UUID, to: str) -> None: ...
    def close(self, case: UUID) -> str: ...
    def take_back_breaches(self) -> None: ...


def visit_breach(shop: Shop) -> Iterator[Saw]:
    office: BreachOffice = shop.office_of("cases").room
    try:
        yield from _affected(shop, office)
        yield _told(office)
    finally:
        office.take_back_breaches()


def _affected(shop: Shop, office: BreachOffice) -> Iterator[Saw]:
    guest, other = shop.plant("own"), shop.plant("own")
    row, untouched = _row(shop, guest), _row(shop, other)
    case = office.open(timedelta(hours=1))
    office.breached(case, row)
    count, listed = office.affected(case)
    wrong = [] if count == 1 else [f"one row was breached, and {count} people are counted"]
    wrong += [] if row in listed else ["whose row it is is not on the list"]
    wrong += ["somebody else is on the list"] if untouched in listed or len(listed) > 1 else []
    wrong += ["whose row it is stands in the clear"] if office.stands_in_the_clear(case, row[2]) else []
    letter = office.ask_letter(case, FIRST)
    wrong += [] if office.approve(case, letter, FIRST) else ["whoever asked for the letter approved it"]
    wrong += [] if office.approve_behind(case, letter, FIRST) else ["plain SQL let who asked approve the letter"]
    wrong += [] if office.write_behind(case, letter) else ["plain SQL wrote to somebody without an approved letter"]
    wrong += ["a letter went before anybody approved it"] if office.letters() else []
    refused = office.approve(case, letter, SECOND)
    wrong += [f"another person could not approve it: {refused}"] if refused else []
    if not refused:
        office.write(case, letter)
        office.write(case, letter)
        wrong += [] if office.letters() == 1 else [f"{office.letters()} letters went to one person"]
    good = (
        "only the person of the breached row was counted and got one letter, which who asked for it could not approve"
    )
    yield judged("affected", wrong, good)


def _told(office: BreachOffice) -> Saw:
    case = office.open(LATE)
    early, late = office.overdue(case, timedelta(minutes=5)), office.overdue(case, LATE)
    if not late:
        raise CannotTell("no law of the company wants an authority told within three days")
    wrong = ["a clock ran out five minutes after the company was aware"] if early else []
    wrong += [] if "authority" in late else ["73 hours later no clock to the authority has run out"]
    wrong += [] if office.close(case) else ["the case was closed with nobody told"]
    office.tell(case, "authority")
    still = "authority" in office.overdue(case, LATE)
    wrong += ["it still counts as untold after the authority was told"] if still else []
    return judged("told", wrong, "left untold a clock ran out after 72 hours and kept the case open; telling ended it")


def _row(shop: Shop, guest: Guest) -> tuple[str, str, str]:
    """A row of the guest as a person, with an address in it. Raises CannotTell."""
    for store, table, key in guest.keys:
        mapped = shop.eyes[store].map.find_table(table)
        held = {value for place, value in guest.values.items() if place[:2] == (store, table)}
        if mapped is not None and mapped.key and not mapped.organisation and guest.email in held:
            return store, table, key
    raise CannotTell("no way in of shopper.yaml puts a person with an address into a table of people")
