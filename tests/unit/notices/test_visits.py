"""The visits to notices can fail: an office that does each thing wrong is found out, and what cannot be tried is said so."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from avow.prove.shopper.planting import new_guest
from avow.prove.shopper.visits_notices import Page, Told, _older, visit_telling
from avow.prove.verdict import BROKE, HELD

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


@dataclass
class Office:
    """Tells people as it should, but for the one thing that is named `wrong`."""

    wrong: str = ""
    older: tuple[str, ...] = ()
    erased: set[str] = field(default_factory=set)
    objected: set[str] = field(default_factory=set)
    runs: int = 0
    cleaned: bool = False

    def versions(self) -> tuple[str, ...]:
        return (*self.older, "now")

    def unpublishing_is_refused(self) -> bool:
        return True

    def tell(self, guests: Any) -> Told:
        self.runs += 1
        out = set() if self.wrong == "writes to the erased" else set(self.erased)
        out |= self.objected if self.wrong == "forgets objectors" else set()
        out |= {guests[0].token} if self.wrong == "tells nobody" else set()
        put = frozenset(key for guest in guests if guest.token not in out for key in guest.keys)
        messages = 2 * (self.runs if self.wrong == "tells twice" else 1)
        counted = 2 if self.wrong == "calls queued told" else 0
        return Told(put, {}, messages, 0, counted, 0 if self.wrong == "counts nobody" else len(put))

    def erase(self, guest: Any) -> None:
        self.erased.add(guest.token)

    def object(self, guest: Any) -> None:
        self.objected.add(guest.token)

    def forges(self) -> bool:
        return self.wrong == "takes forged marks"

    def fault_of(self, days: int) -> str:
        if self.wrong == "sees no delay":
            return ""
        return "nobody was told" if days or self.wrong == "is too early" else ""

    def acknowledge(self, guest: Any) -> tuple[datetime | None, datetime | None, datetime | None]:
        return None, AT, None if self.wrong == "loses a press" else AT

    def clean_up(self) -> None:
        self.cleaned = True


@dataclass
class Shop:
    office: Office

    def office_of(self, duty: str) -> Office:
        return self.office

    def plant(self, *kinds: str) -> Any:
        guest = new_guest()
        guest.keys.append(("main", "public.leads", guest.token))
        return guest


def test_an_office_that_tells_people_as_it_should_holds_and_is_cleaned_up_after():
    office = Office()
    (saw,) = visit_telling(Shop(office))
    assert (saw.aspect, saw.result) == ("told", HELD)
    assert office.cleaned


@pytest.mark.parametrize(
    "wrong",
    [
        "writes to the erased",
        "forgets objectors",
        "tells nobody",
        "tells twice",
        "calls queued told",
        "counts nobody",
        "takes forged marks",
        "sees no delay",
        "is too early",
        "loses a press",
    ],
)
def test_each_thing_that_is_done_wrong_is_found(wrong):
    office = Office(wrong)
    (saw,) = visit_telling(Shop(office))
    assert saw.result == BROKE
    assert office.cleaned


@dataclass
class Paged(Office):
    """Has a page for each version, but for those in `lost`."""

    lost: tuple[str, ...] = ()
    refuses: bool = True

    def address_of(self, place: str) -> str:
        return place

    def text_of(self, version: str) -> str:
        return f"We promise what version {version} promises."

    def get(self, address: str) -> Page:
        version = address.rstrip("/").rpartition("/")[2]
        if version in self.lost:
            return Page(404, "")
        return Page(200, f"<article id='policy-text'><p>{self.text_of(version)}</p></article>")

    def unpublishing_is_refused(self) -> bool:
        return self.refuses


def test_without_an_older_version_the_one_in_force_must_stand_where_it_will_stay():
    whole = _older(Paged())
    assert (whole.result, "no version is older yet" in whole.seen) == (HELD, True)
    assert _older(Paged(lost=("now",))).result == BROKE
    assert _older(Paged(refuses=False)).result == BROKE


def test_an_older_version_that_is_lost_or_changed_breaks():
    assert _older(Paged(older=("before",))).result == HELD
    assert _older(Paged(older=("before",), lost=("before",))).result == BROKE
