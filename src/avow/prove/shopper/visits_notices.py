"""Visits to what the company publishes: the page at its address, a new version that has to stand there at once, older ones, and the
report of practice without a sentence.

Reads pages as any reader: by GET, without a login. A version is published at an address that nobody knows, looked for there, and
taken away again. Refuses to believe a page that says of itself which version it is: the words are compared.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from avow.datamap.practice import Practice, unsaid
from avow.duties.notices.words import compare_page
from avow.prove.inquiry import CannotTell
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
    older = office.versions()[:-1]
    wrong = [words for one in older for words in _wrong_at(office, f"/policy/{one}/", one, f"version `{one}`:")]
    wrong += [] if office.unpublishing_is_refused() else ["a publication could be changed or taken back"]
    return judged(
        "older", wrong, f"{len(older)} older versions stand word for word at addresses of their own, and stay"
    )


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
