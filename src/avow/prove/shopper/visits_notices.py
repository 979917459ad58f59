"""Visits to what the company publishes: the page at its address, a new version that has to stand there at once, older ones, the
report of practice without a sentence, and whether people are told of a new version.

Reads pages as any reader: by GET, without a login. A version is published at an address that nobody knows, looked for there, and
taken away again. Synthetic people are told of a trial, by the way that everybody is told. Refuses to believe a page that says of
itself which version it is: the words are compared; and to believe that somebody was told: the outbox is counted.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from avow.datamap.practice import Practice, unsaid
from avow.duties.notices.words import compare_page
from avow.prove.inquiry import CannotTell
from avow.prove.shopper.planting import Guest
from avow.prove.shopper.shop import Saw, Shop, judged
from avow.prove.verdict import COULD_NOT

NOT_FOUND = 404


@dataclass(frozen=True)
class Page:
    """`status` 0: nothing answered, and `reason` says why."""

    status: int
    body: str
    reason: str = ""


class Office(Protocol):
    """What a visit asks of notices."""

    def get(self, address: str) -> Page: ...
    def versions(self) -> Sequence[str]: ...
    def text_of(self, version: str) -> str: ...
    def addresses(self) -> Mapping[str, bool]: ...
    def address_of(self, place: str) -> str: ...
    def new_place(self) -> str: ...
    def publish(self, version: str, place: str, effective: date) -> None: ...
    def withdraw(self, place: str) -> None: ...
    def unpublishing_is_refused(self) -> bool: ...
    def practice(self, without: str = "") -> tuple[Practice, ...]: ...
    def tell(self, guests: Sequence[Guest]) -> Told:
        """Tells these people of a trial as everybody is told of a version; the trial is the same until `clean_up`."""

    def erase(self, guest: Guest) -> None:
        """Puts the address on the list of those who were erased."""

    def object(self, guest: Guest) -> None:
        """The guest says no to every kind of marketing."""

    def forges(self) -> bool:
        """Whether the database takes a mark that somebody was told, without a mail. Raises CannotTell: it could not be tried."""

    def fault_of(self, days: int) -> str:
        """What a check says of the trial that many days after it had to be told; "" nothing."""

    def acknowledge(self, guest: Guest) -> tuple[datetime | None, datetime | None, datetime | None]:
        """When the guest pressed that they have read: before they did, after it, after a second press."""

    def clean_up(self) -> None: ...


@dataclass(frozen=True)
class Told:
    """What came of telling synthetic people: places with a message in the outbox, reasons of the others; how many messages the
    outbox holds for them, and how many of those it has sent; how many people count as told, and how many would with all sent."""

    put: frozenset[tuple[str, str, str]]
    left_out: Mapping[tuple[str, str, str], str]
    in_outbox: int
    sent: int
    counted: int
    if_sent: int


def visit_pages(shop: Shop) -> Iterator[Saw]:
    """The real addresses first; then the way of a version onto a page."""
    office: Office = shop.office_of("notices")
    yield _equal(office)
    yield _posted(office, shop.now().date())
    yield _older(office)


def _equal(office: Office) -> Saw:
    text, wrong, silent = office.text_of(office.versions()[-1]), [], []
    if not office.addresses():
        return judged("equal", ["the version names no address at which it is shown"], "")
    for address, own in office.addresses().items():
        page = office.get(address)
        if not page.status:
            silent.append(f"{address}: {page.reason}")
        elif page.status != 200:
            wrong.append(f"{address} answers {page.status}")
        elif (found := compare_page(text, page.body, own)) and not found.same:
            wrong.append(f"{address}: {found.difference}")
    if silent and not wrong:
        return Saw("equal", COULD_NOT, "; ".join(silent))
    return judged(
        "equal", wrong, f"{', '.join(office.addresses())}: read without a login, word for word the registered version"
    )


def _posted(office: Office, today: date) -> Saw:
    """Nothing, then the first version, then the newest, and the one of tomorrow not before tomorrow."""
    first, newest = office.versions()[0], office.versions()[-1]
    place = office.new_place()
    try:
        wrong = _wrong_at(office, place, "", "before anything was published there")
        office.publish(first, place, today)
        wrong += _wrong_at(office, place, first, "when a version was published")
        begun = time.perf_counter()
        office.publish(newest, place, today)
        wrong += _wrong_at(office, place, newest, "when the next version was published")
        took = (time.perf_counter() - begun) * 1000
        office.publish(first, place, today + timedelta(days=1))
        wrong += _wrong_at(office, place, newest, "when a version of tomorrow was published")
    finally:
        office.withdraw(place)
    wrong += _wrong_at(office, place, "", "after the trial was taken away")
    good = f"a version published at a trial address stood there {took:.0f} ms later, word for word, and one of tomorrow did not"
    return judged("posted", wrong, good)


def _wrong_at(office: Office, place: str, version: str, when: str) -> list[str]:
    """What is wrong at an address that has to show `version`, "" nothing at all. Raises CannotTell where nothing answers."""
    page = office.get(office.address_of(place))
    if not page.status:
        raise CannotTell(f"the privacy centre: {page.reason}")
    if not version:
        return [] if page.status == NOT_FOUND else [f"{when} the address answered {page.status}"]
    if page.status != 200:
        return [f"{when} the address answered {page.status}"]
    found = compare_page(office.text_of(version), page.body, own=True)
    return [] if found.same else [f"{when} {found.difference}"]


def _older(office: Office) -> Saw:
    """Where no version is older yet, the one in force is looked at: it stands already where it will stay when a newer one comes."""
    older = office.versions()[:-1]
    lasting = older or office.versions()
    wrong = [words for one in lasting for words in _wrong_at(office, f"/policy/{one}/", one, f"version `{one}`:")]
    wrong += [] if office.unpublishing_is_refused() else ["a publication could be changed or taken back"]
    found = f"{len(older)} older versions stand" if older else "no version is older yet; the one in force stands"
    return judged(
        "older", wrong, f"{found} word for word at an address of its own, and no publication can be taken back"
    )


def visit_telling(shop: Shop) -> Iterator[Saw]:
    """One person who said nothing, one who said no to marketing, one who was erased; everybody told twice over."""
    office: Office = shop.office_of("notices")
    try:
        yield _told(office, shop)
    finally:
        office.clean_up()


def _told(office: Office, shop: Shop) -> Saw:
    plain, objector, erased = (shop.plant("bought") for _ in range(3))
    office.object(objector)
    office.erase(erased)
    first, again = office.tell((plain, objector, erased)), office.tell((plain, objector, erased))
    wrong = [] if _has(first, plain) else ["somebody was not told of a new version"]
    wrong += [] if _has(first, objector) else ["a no to marketing kept the notice of a new version away"]
    wrong += ["somebody who was erased was written to"] if _has(first, erased) else []
    wrong += [] if again == first and first.in_outbox == 2 else ["telling again wrote to somebody twice"]
    true = first.counted >= first.sent if first.sent else not first.counted  # one mail may be for two rows of a person
    wrong += [] if true else [f"{first.counted} people count as told, {first.sent} mails were sent"]
    reached = len(first.put)
    wrong += (
        [] if first.if_sent == reached else [f"with the mails sent {first.if_sent} of {reached} would count as told"]
    )
    wrong += ["the database took a mark that somebody was told, without a mail"] if office.forges() else []
    wrong += (
        [] if first.sent or office.fault_of(1) else ["nobody was told by the day, and a check would not have seen it"]
    )
    wrong += [office.fault_of(0)] if office.fault_of(0) else []
    before, pressed, later = office.acknowledge(plain)
    wrong += (
        [] if before is None and pressed and pressed == later else ["a press that it was read is not kept as it was"]
    )
    good = (
        "of three people the one who said nothing and the one who wants no marketing got one mail each, the erased one none; none "
        f"counts as told before the mail is sent ({first.sent} were), all do once it is (tried and taken back), and with the day "
        "past this verdict turns to broken"
    )
    return judged("told", wrong, good)


def _has(told: Told, guest: Guest) -> bool:
    return any(place in told.put for place in guest.keys)


def visit_practice(shop: Shop) -> Iterator[Saw]:
    """The report must be empty, and must not be empty when a sentence that carries something is taken out."""
    office: Office = shop.office_of("notices")
    practices = office.practice()
    missing = unsaid(practices)
    wrong = [f"{one.kind} {one.what} has no sentence" for one in missing]
    alone = sorted({one.said_by[0] for one in practices if len(one.said_by) == 1})
    blind = [name for name in alone if len(unsaid(office.practice(without=name))) <= len(missing)]
    wrong += [f"without the sentence `{name}` the report would find nothing missing" for name in blind]
    if not alone:
        raise CannotTell("no practice hangs on one sentence alone, so the report could not be tried")
    good = (
        f"{len(practices)} live practices, none without a sentence; each of {len(alone)} sentences taken out is missed"
    )
    yield judged("complete", wrong, good)
