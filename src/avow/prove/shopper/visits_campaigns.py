"""Visits of campaigns: real campaigns through the real gate, to ten synthetic people and to nobody else.

Some of them say no by the link of a message, and the next campaign must not reach them. Refuses to count what the gate says of
itself: the lines on record and the messages in the outbox are counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from avow.prove.inquiry import CannotTell
from avow.prove.shopper.planting import Guest
from avow.prove.shopper.shop import Saw, Shop, judged

SHOWN = ("audience", "recorded", "asked-again", "one-click", "classes", "no-disclosure", "transactional", "nobody-else")
PEOPLE, REFUSERS = 10, 2


@dataclass(frozen=True)
class Sent:
    """What came of one campaign: people whom the role saw, places of those with a message, reasons of the others; `headers` and
    `link` of each message by place."""

    seen: int
    put: Mapping[tuple[str, str, str], UUID]
    left_out: Mapping[tuple[str, str, str], str]
    in_outbox: int


class CampaignOffice(Protocol):
    """What a visit asks of the duty, for synthetic people alone."""

    def classes(self) -> Mapping[str, str]:
        """Purpose -> own, affiliate or other."""

    def send(self, purpose: str, guests: Sequence[Guest]) -> Sent: ...
    def headers(self, message: UUID) -> Mapping[str, str]: ...
    def look(self, link: str) -> bool:
        """Opens the link as a scanner of mail does; gives whether it leads anywhere."""

    def press(self, link: str, everything: bool = False) -> bool: ...
    def disclosures(self, guests: Sequence[Guest]) -> int:
        """Entries in the ledger that say that data of these people went to somebody outside."""

    def send_needed(self, template: str, guest: Guest) -> bool:
        """Whether the message was put into the outbox."""

    def needed(self) -> Sequence[str]: ...
    def clean_up(self) -> None:
        """Removes the lines of synthetic campaigns."""


def visit_campaigns(shop: Shop) -> Iterator[Saw]:
    office: CampaignOffice = shop.office_of("campaigns")
    try:
        yield from _visit(shop, office)
    finally:
        office.clean_up()


def _visit(shop: Shop, office: CampaignOffice) -> Iterator[Saw]:
    own, affiliate, other = _classes(office)
    neighbour = shop.plant("bought")
    others = shop.seen_by(neighbour, shop.brief.audience)
    guests = [shop.plant("bought") for _ in range(PEOPLE)]
    first = office.send(own, guests)
    wrong = [] if len(first.put) == PEOPLE else [f"{len(first.put)} of {PEOPLE} people got a message"]
    wrong += (
        [] if first.in_outbox == len(first.put) else [f"{first.in_outbox} messages stand for {len(first.put)} lines"]
    )
    yield judged("recorded", wrong, f"{PEOPLE} receivers, {PEOPLE} lines on record, {PEOPLE} messages in the outbox")
    with shop.turns.alone():  # the gate is tried while the store has not heard of the no
        yield from _say_no(shop, office, guests, first, own)
    yield from _next(shop, office, guests, (own, affiliate, other))
    yield _disclosed(office, guests, affiliate)
    yield _transactional(office, guests[1])
    lost = set(others) - set(shop.seen_by(neighbour, shop.brief.audience))
    good = f"somebody who said nothing is seen as before ({len(others)} uses)"
    yield judged("nobody-else", (f"{pair} no longer sees a second person" for pair in sorted(lost)), good)


def _classes(office: CampaignOffice) -> tuple[str, str, str]:
    by_class = {kind: purpose for purpose, kind in office.classes().items()}
    try:
        return by_class["own"], by_class["affiliate"], by_class["other"]
    except KeyError as missing:
        raise CannotTell(f"choices.yaml names no class {missing}") from None


def _place(first: Sent, guest: Guest) -> tuple[str, str, str]:
    place = next((key for key in guest.keys if key in first.put), None)
    if place is None:
        raise CannotTell("a synthetic person got no message, so there is no link to press")
    return place


def _say_no(shop: Shop, office: CampaignOffice, guests: list[Guest], first: Sent, own: str) -> Iterator[Saw]:
    """The first guest refuses the class by one press, the second everything; the store is told only afterwards."""
    wrong: list[str] = []
    links = []
    for guest in guests[:REFUSERS]:
        headers = office.headers(first.put[_place(first, guest)])
        link = headers.get("List-Unsubscribe", "").strip("<>")
        if (
            not link.startswith(("https://", "http://"))
            or headers.get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click"
        ):
            wrong.append("a message lacks the headers by which a mail program says no")
        wrong += [] if guest.token not in link else ["a link tells who the receiver is"]
        links.append(link)
    wrong += [] if all(office.look(link) for link in links) else ["the link of a message leads nowhere"]
    wrong += [] if len(office.send(own, guests).put) == PEOPLE else ["looking at a link was taken for a no"]
    pressed = [office.press(links[0]), office.press(links[1], everything=True), office.press(links[0])]
    wrong += [] if all(pressed) else ["a press on a genuine link was not taken"]
    wrong += ["a link that nobody was sent was taken"] if office.press(links[0][:-6] + "zzzzz/") else []
    yield judged(
        "one-click",
        wrong,
        "every message has the headers; looking changed nothing, one press was a no without signing in",
    )
    lagging = office.send(own, guests)
    met = lagging.put.keys() | lagging.left_out.keys()
    if not any(key in met for guest in guests[:REFUSERS] for key in guest.keys):
        raise CannotTell("the store hid whoever said no before the gate could be tried without it")
    late = [guest for guest in guests[:REFUSERS] if any(key in lagging.put for key in guest.keys)]
    good = (
        f"{len(lagging.left_out)} people whom the store still showed were left out, because Avow's own record said no"
    )
    yield judged("asked-again", ("a message went to somebody who had just said no" for _ in late), good)


def _next(shop: Shop, office: CampaignOffice, guests: list[Guest], classes: tuple[str, str, str]) -> Iterator[Saw]:
    shop.settle()
    own, affiliate, other = classes
    third = office.send(own, guests)
    wanted = PEOPLE - REFUSERS
    wrong = [] if third.seen == wanted else [f"the role of the class saw {third.seen} people instead of {wanted}"]
    wrong += (
        [] if len(third.put) == wanted == third.in_outbox else [f"{len(third.put)} messages were put, not {wanted}"]
    )
    yield judged(
        "audience",
        wrong,
        f"of {PEOPLE} people {REFUSERS} said no: {wanted} messages, and the role did not see the others",
    )
    wrong = []
    for purpose in (affiliate, other):
        reached = office.send(purpose, guests[:REFUSERS]).put
        first, second = (any(key in reached for key in guest.keys) for guest in guests[:REFUSERS])
        wrong += [] if first else [f"a no to {own} kept {purpose} away as well"]
        wrong += [f"somebody who said no to everything got {purpose}"] if second else []
    yield judged("classes", wrong, "a no to one class left the others alone; a no to everything kept all three away")


def _disclosed(office: CampaignOffice, guests: list[Guest], affiliate: str) -> Saw:
    before = office.disclosures(guests)
    sent = office.send(affiliate, guests)
    if not sent.put:
        raise CannotTell("nobody was left to write to about affiliates")
    after = office.disclosures(guests)
    good = f"{len(sent.put)} messages about affiliates left no disclosure to anybody in the ledger"
    return judged("no-disclosure", ["data went to somebody because of the campaign"] if after > before else [], good)


def _transactional(office: CampaignOffice, objector: Guest) -> Saw:
    if not office.needed():
        raise CannotTell("choices.yaml lists no message that goes to everybody")
    wrong = [
        f"`{t}` was kept from somebody who said no to marketing"
        for t in office.needed()
        if not office.send_needed(t, objector)
    ]
    wrong += (
        ["an offer went under the name of an invoice's list"]
        if office.send_needed("our newest offer", objector)
        else []
    )
    return judged(
        "transactional", wrong, f"{len(office.needed())} needed kinds of messages went to an objector, an offer did not"
    )
