"""Runs the visits of the mystery shopper one after the other, records what each showed, and cleans up whatever happens.

A visit that fails says so as a finding; it never ends the run. Refuses to go on when somebody said stop, when the time is
used up, or when a request led to a row that the shopper did not plant.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

import psycopg

from avow.control.shopping import ShopperFinding
from avow.duties.rights.model import CLOSED, Actor, Contact, Event, Request, Wish
from avow.errors import AvowError
from avow.policy.rules import SHOWS
from avow.prove.inquiry import CannotTell, say_failure
from avow.prove.shopper.brief import Brief, Intake
from avow.prove.shopper.planting import Guest, Planter, new_guest
from avow.prove.verdict import BROKE, COULD_NOT, HELD

SHOPPER = Actor("shopper", "shopper")


class Stopped(Exception):
    """Somebody ended the run, or its time is used up."""


class Desk(Protocol):
    """What the shopper asks of the desk: the same doors that the centre and the console use."""

    def open_request(
        self,
        kind: str,
        contact: Contact,
        wish: Wish,
        channel: str,
        jurisdiction: str,
        actor: Actor,
        *,
        synthetic: bool = ...,
    ) -> Request: ...

    def get_request(self, request: UUID) -> Request: ...

    def timeline(self, request: UUID) -> Sequence[Event]: ...

    def answer_challenge(self, request: UUID, code: str) -> bool: ...

    def withdraw(self, request: UUID, actor: Actor) -> object: ...


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
    """Everything that a visit may use. `work` lets due steps run (here, or by waiting for live workers) and returns whether
    anything moved; `code_of` reads a one-time code out of the sink; `sees(store, table, key, purpose)` says whether any
    login's pair for a purpose under `purpose` sees a row; `use` and `disclose` act on a guest's data by the book."""

    brief: Brief
    planters: Mapping[str, Planter]
    desk: Desk
    work: Callable[[], bool]
    code_of: Callable[[UUID], str]
    now: Callable[[], datetime]
    stopped: Callable[[], bool]
    patience: float = 60.0
    sleep: Callable[[float], None] = time.sleep
    requests: list[UUID] = field(default_factory=list)

    def plant(self, *kinds: str, neighbour: Guest | None = None) -> Guest:
        """A new synthetic person in every way in of the kinds: "own" (neither bought nor a correspondent), "bought",
        "correspondent"."""
        guest = new_guest()
        for intake in self.brief.intakes:
            if kind_of(intake) in kinds:
                self.plant_again(intake, guest, neighbour)
        if not guest.keys:
            raise CannotTell(f"shopper.yaml names no way in of kind {' or '.join(kinds)}")
        return guest

    def plant_again(self, intake: Intake, guest: Guest, neighbour: Guest | None = None) -> None:
        self.check_stopped()
        self.planters[intake.store].plant(intake, guest, neighbour)

    def ask(
        self, kind: str, contact: Contact, wish: Wish | None = None, channel: str = "guest_form", jurisdiction: str = ""
    ) -> Request:
        self.check_stopped()
        request = self.desk.open_request(
            kind,
            contact,
            wish or Wish(),
            channel,
            jurisdiction or self.brief.jurisdictions[0],
            SHOPPER,
            synthetic=True,
        )
        self.requests.append(request.id)
        return request

    def ask_proven(
        self, kind: str, guest: Guest, wish: Wish | None = None, channel: str = "guest_form", jurisdiction: str = ""
    ) -> Request:
        """Asks as the guest and shows, by the code that was sent to the guest's address, to be the guest."""
        request = self.ask(kind, contact_of(guest), wish, channel, jurisdiction)
        if request.identity_needed not in ("none", "session"):
            self.until(request.id, ("identity", *CLOSED), "a code is sent")
            code = self.code_of(request.id)
            if not self.desk.answer_challenge(request.id, code):
                raise CannotTell("the code that was sent to the synthetic person was not accepted")
        return self.desk.get_request(request.id)

    def until(self, request: UUID, states: Sequence[str], what: str) -> Request:
        """Lets work run until the request is in one of the states. Raises CannotTell when patience ends."""
        end = time.monotonic() + self.patience
        while True:
            self.check_stopped()
            found = self.desk.get_request(request)
            if found.state in states:
                return found
            if time.monotonic() > end:
                raise CannotTell(f"{what}: after {self.patience:g} s the request still is in state {found.state}")
            if not self.work():
                self.sleep(0.05)

    def check_stopped(self) -> None:
        if self.stopped():
            raise Stopped


def kind_of(intake: Intake) -> str:
    return "bought" if intake.bought else "correspondent" if intake.correspondent else "own"


def contact_of(guest: Guest) -> Contact:
    return Contact(email=guest.email, name=guest.name)


Visit = Callable[[Shop], Iterator[Saw]]


def run_visits(
    shop: Shop, visits: Sequence[tuple[str, Visit]], record: Callable[[ShopperFinding], None]
) -> tuple[ShopperFinding, ...]:
    """Every visit in turn; what a visit did not get to is recorded as could_not. Rows and requests are cleaned up at the
    end, also after a stop or an error. `visits` are (right, visit)."""
    found: list[ShopperFinding] = []

    def keep(finding: ShopperFinding) -> None:
        record(finding)
        found.append(finding)

    try:
        for right, visit in visits:
            for finding in _one(shop, right, visit, {f.aspect for f in found if f.right == right}):
                keep(finding)
    except Stopped:
        pass
    finally:
        clean_up(shop)
    return tuple(found)


def _one(shop: Shop, right: str, visit: Visit, known: set[str]) -> Iterator[ShopperFinding]:
    if why := shop.brief.skip.get(right, ""):
        for aspect in SHOWS[right]:
            if aspect not in known:
                yield ShopperFinding(right, aspect, COULD_NOT, f"not exercised here: {why}", shop.now())
        return
    begun = time.perf_counter()
    try:
        for saw in visit(shop):
            ms = (time.perf_counter() - begun) * 1000
            yield ShopperFinding(right, saw.aspect, saw.result, saw.seen, shop.now(), round(ms, 1))
            known.add(saw.aspect)
            begun = time.perf_counter()
    except (CannotTell, AvowError, psycopg.Error) as error:
        reason = _reason(error)
        for aspect in aspects_of(visit, right):
            if aspect not in known:
                yield ShopperFinding(right, aspect, COULD_NOT, reason, shop.now())


def aspects_of(visit: Visit, right: str) -> tuple[str, ...]:
    """What a visit sets out to show: its own list where it has one (`visit.shows`), else all of the right."""
    return tuple(getattr(visit, "shows", SHOWS[right]))


def _reason(error: Exception) -> str:
    if isinstance(error, psycopg.Error):
        return say_failure(error)
    if isinstance(error, AvowError):
        return error.diagnostics[0].cause if error.diagnostics else "Avow refused"
    return str(error)


def clean_up(shop: Shop) -> None:
    """Withdraws what is still open, then removes every planted row. Goes on after each failure: the journal keeps the rest."""
    for request in shop.requests:
        try:
            if shop.desk.get_request(request).state not in CLOSED:
                shop.desk.withdraw(request, SHOPPER)
        except AvowError:
            continue
    for planter in shop.planters.values():
        try:
            planter.remove()
        except (psycopg.Error, AvowError):
            continue
