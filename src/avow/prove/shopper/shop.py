"""The shop: everything that a visit of the mystery shopper may use, and what each visit needs again and again.

A visit asks at the same desk as everybody, lets work go on, and looks with its own eyes. Refuses to go on when somebody said
stop or patience ended, and to shorten a wait of a request that is not synthetic.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from avow.duties.rights.model import CLOSED, HANDS, REVIEW, WAITING, Actor, Contact, Request, Wish
from avow.prove.inquiry import CannotTell
from avow.prove.shopper.answering import Answer, read_answer
from avow.prove.shopper.brief import Brief, Intake
from avow.prove.shopper.eyes import Eyes
from avow.prove.shopper.planting import Guest, Planter, new_guest
from avow.prove.verdict import BROKE, HELD

SHOPPER = Actor("shopper", "shopper")
FIRST, SECOND = Actor("staff", "shopper:first"), Actor("staff", "shopper:second")


class Stopped(Exception):
    """Somebody ended the run."""


class Deeds(Protocol):
    """What happens to a guest's data by the book, so that an answer can be asked to tell it."""

    def use(self, guest: Guest) -> str:
        """Records one use of the guest's data; gives its purpose."""

    def disclose(self, guest: Guest) -> str:
        """Records one disclosure to a registered recipient; gives the recipient's name, "" where nobody is registered."""


class Turns(Protocol):
    """Those who share a run let steps run side by side, or one does alone while nothing else moves: it meets nothing half done."""

    def turn(self) -> AbstractContextManager[None]: ...
    def alone(self) -> AbstractContextManager[None]: ...


class Office(Protocol):
    """What only staff or the clock do to a request, for synthetic requests alone."""

    def hasten(self, request: UUID) -> None: ...
    def approve(self, request: UUID, staff: Actor) -> None: ...
    def do_by_hand(self, request: UUID, staff: Actor) -> None: ...
    def lift(self, request: UUID) -> None: ...
    def close_without_outcome(self, request: UUID) -> bool: ...
    def reply(self, request: UUID, text: str, staff: Actor) -> None: ...
    def refuses_fee(self, kind: str, above: bool) -> bool: ...
    def ask_with_fee(self, guest: Guest) -> Request: ...
    def pay(self, request: UUID) -> None: ...
    def is_overdue(self, request: UUID, at: datetime) -> bool: ...
    def certificate_faults(self, request: UUID) -> list[str]: ...
    def kept_tables(self, request: UUID) -> set[str]: ...
    def let_stay(self, request: UUID, staff: Actor) -> None: ...
    def staying_tables(self, request: UUID) -> set[str]: ...


@dataclass(frozen=True)
class Saw:
    """What one visit showed of one aspect. `seen` carries no value of anybody but a synthetic person."""

    aspect: str
    result: str
    seen: str


def held(aspect: str, seen: str) -> Saw:
    return Saw(aspect, HELD, seen)


def broke(aspect: str, seen: str) -> Saw:
    return Saw(aspect, BROKE, seen)


def judged(aspect: str, wrong: Iterable[str], good: str) -> Saw:
    """Held with `good` when nothing is wrong; broke with the first few findings otherwise."""
    found = list(wrong)
    if not found:
        return held(aspect, good)
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    return broke(aspect, "; ".join(found[:3]) + more)


@dataclass
class Shop:
    """`desk` is the desk of everybody (`desk_at` the same at another time); `run_pass` lets due steps run, here or elsewhere, and
    says whether anything moved; `code_of` is the newest one-time code that was posted for a request, "" none. `patience`
    in seconds."""

    brief: Brief
    planters: Mapping[str, Planter]
    eyes: Mapping[str, Eyes]
    desk: Any
    desk_at: Callable[[datetime], Any]
    deeds: Deeds
    office: Office
    run_pass: Callable[[], bool]
    turns: Turns
    code_of: Callable[[UUID], str]
    now: Callable[[], datetime]
    stopped: Callable[[], bool]
    offices: Mapping[str, Any] = field(default_factory=dict)  # duty -> what its visits may ask for
    patience: float = 60.0
    sleep: Callable[[float], None] = time.sleep
    requests: list[UUID] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def office_of(self, duty: str) -> Any:
        """Raises CannotTell where the duty is not wired: its visits' module says which protocol the office keeps."""
        if duty not in self.offices:
            raise CannotTell(f"nothing here performs the duty of {duty}")
        self.used.add(duty)
        return self.offices[duty]

    def take_used(self) -> list[Any]:
        """The offices that were asked for since this was asked last."""
        taken = [self.offices[duty] for duty in sorted(self.used)]
        self.used.clear()
        return taken

    # -- people ----------------------------------------------------------------------------------------------------------

    def plant(self, *kinds: str, neighbour: Guest | None = None) -> Guest:
        """A new synthetic person in every way in of the kinds: own, bought, correspondent, or those of one duty alone."""
        guest = new_guest()
        self.plant_more(guest, *kinds, neighbour=neighbour)
        if not guest.keys:
            raise CannotTell(f"shopper.yaml names no way in of kind {' or '.join(kinds)}")
        return guest

    def plant_more(self, guest: Guest, *kinds: str, neighbour: Guest | None = None) -> None:
        """The same person comes in by further ways."""
        for intake in self.brief.intakes:
            if kind_of(intake) in kinds:
                self.plant_in(intake, guest, neighbour)

    def plant_in(self, intake: Intake, guest: Guest, neighbour: Guest | None = None, email: str = "") -> None:
        """One way in; `email` in another spelling than the guest's own, as a bought list has it."""
        self.check_stopped()
        spelled = replace(guest, email_spelled=email) if email else guest
        self.planters[intake.store].plant(intake, spelled, neighbour)

    def personal(self, guest: Guest) -> list[tuple[tuple[str, str, str], str]]:
        """What was planted about the guest as a person, not about the organisation they work for."""
        return [(place, value) for place, value in guest.values.items() if self.is_person(place[0], place[1])]

    def is_person(self, store: str, table: str) -> bool:
        mapped = self.eyes[store].map.find_table(table)
        return mapped is not None and not mapped.organisation

    @property
    def lasting(self) -> set[tuple[str, str]]:
        """(store, table) of what no correction may reach, by the data map."""
        return {
            (name, table.name)
            for name, eyes in self.eyes.items()
            for table in eyes.map.tables
            if table.unchanging or table.erasure == "keep"
        }

    # -- requests --------------------------------------------------------------------------------------------------------

    def ask(
        self, kind: str, contact: Contact, wish: Wish | None = None, channel: str = "guest_form", jurisdiction: str = ""
    ) -> Request:
        self.check_stopped()
        law = jurisdiction or self.brief.jurisdictions[0]
        request: Request = self.desk.open_request(kind, contact, wish or Wish(), channel, law, SHOPPER, synthetic=True)
        self.requests.append(request.id)
        return request

    def ask_proven(
        self, kind: str, guest: Guest, wish: Wish | None = None, channel: str = "guest_form", jurisdiction: str = ""
    ) -> Request:
        """Asks as the guest and shows, by the code that went to the guest's address, to be the guest."""
        request = self.ask(kind, contact_of(guest), wish, channel, jurisdiction)
        if request.identity_needed == "code":
            code = self.code_of(request.id)
            if not code:
                raise CannotTell("no one-time code went to the address of the synthetic person")
            if not self.desk.answer_challenge(request.id, code):
                raise CannotTell("the code that went to the synthetic person was not accepted")
        return self.get(request.id)

    def get(self, request: UUID) -> Request:
        found: Request = self.desk.get_request(request)
        return found

    def finish(self, request: UUID, what: str) -> Request:
        """Lets work go on until the request is closed, shortening its waits and giving what staff would give."""
        return self.until(request, CLOSED, what, helped=True)

    def work(self) -> bool:
        """Lets due steps run, whoever's they are; gives whether anything moved."""
        with self.turns.turn():
            return self.run_pass()

    def settle(self) -> None:
        """Lets work go on until everything waits for somebody, or is closed."""
        with self.turns.alone():
            while self.work():
                self.check_stopped()

    def settled(self, request: UUID) -> Request:
        """The request once nothing moves any more."""
        self.settle()
        return self.get(request)

    def until(self, request: UUID, states: Sequence[str], what: str, helped: bool = False) -> Request:
        """Raises CannotTell when patience ends before the request is in one of the states."""
        end = time.monotonic() + self.patience
        while (found := self.get(request)).state not in states:
            self.check_stopped()
            if time.monotonic() > end:
                raise CannotTell(f"{what}: after {self.patience:g} s it still is {found.state}{self._causes(request)}")
            moved = self.work()
            if helped and self.get(request).state == found.state:
                self._help(found)
            if not moved:
                self.sleep(0.02)
        return found

    def _causes(self, request: UUID) -> str:
        """Why stores hold a request up, in the words of the case."""
        failed = [f"store `{s.store}`: {s.cause}" for s in self.desk.stores(request) if s.cause]
        return "".join(f"; {words}" for words in failed)

    def _help(self, request: Request) -> None:
        if request.state == WAITING:
            self.office.hasten(request.id)
        elif request.state == HANDS:
            self.office.do_by_hand(request.id, FIRST)
        elif request.state == REVIEW and any(one.lasting for one in self.desk.residuals(request.id)):
            self.office.let_stay(request.id, FIRST)
        elif request.state == REVIEW:
            for staff in (FIRST, SECOND):
                if self.get(request.id).state == REVIEW:
                    self.office.approve(request.id, staff)

    # -- answers ---------------------------------------------------------------------------------------------------------

    def answer(self, request: UUID) -> Answer:
        """The released answer, read file by file as the person would."""
        names = [file.name for file in self.desk.answer_files(request)]
        return read_answer({name: b"".join(self.desk.read_answer(request, name)) for name in names})

    def count_files(self, request: UUID, at: datetime | None = None) -> int:
        desk = self.desk if at is None else self.desk_at(at)
        return len(desk.answer_files(request))

    # -- looking ---------------------------------------------------------------------------------------------------------

    def rows(self, guest: Guest) -> dict[tuple[str, str, str], dict[str, str]]:
        return {key: row for eyes in self.eyes.values() for key, row in eyes.rows(guest).items()}

    def seen_by(self, guest: Guest, purposes: Sequence[str]) -> list[str]:
        return [words for eyes in self.eyes.values() for words in eyes.seen_by(guest, purposes)]

    def search(self, values: Sequence[str]) -> list[str]:
        return [place for eyes in self.eyes.values() for place in eyes.search(values)]

    def check_stopped(self) -> None:
        if self.stopped():
            raise Stopped


def kind_of(intake: Intake) -> str:
    if intake.only:
        return intake.only
    return "bought" if intake.bought else "correspondent" if intake.correspondent else "own"


def contact_of(guest: Guest) -> Contact:
    return Contact(email=guest.email, name=guest.name)
