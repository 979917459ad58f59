"""Visits that change something: rectification, erasure, restriction, objection and withdrawal.

Each looks at the live stores afterwards, with eyes that are not the workers', and at a second person who must be untouched.
Refuses to believe a state: "done" is where the looking begins.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from avow.duties.rights.model import DONE, WAITING, Contact, Wish
from avow.prove.inquiry import CannotTell
from avow.prove.shopper.planting import Guest, new_guest
from avow.prove.shopper.shop import Saw, Shop, broke, judged
from avow.prove.shopper.visits_access import clock

Rows = Mapping[tuple[str, str, str], Mapping[str, str]]
ANY = ("",)
RECTIFIED = ("everywhere", "old-value-gone", "history", "nobody-else", "clock")
ERASED = ("gone", "nobody-else", "certificate", "stays-gone")


def visit_rectification(shop: Shop) -> Iterator[Saw]:
    """A telephone number and an address are put right: everywhere, the old ones gone, on record, and nobody else's changed."""
    neighbour = shop.plant("own")
    guest = shop.plant("own", neighbour=neighbour)
    before, new = shop.rows(neighbour), new_guest()
    lasting = shop.lasting
    wanted = {place: put for place, value in shop.personal(guest) if (put := _put(guest, new, value))}
    places = {place: put for place, put in wanted.items() if place[:2] not in lasting}
    if set(places.values()) != {new.phone, new.email}:
        raise CannotTell("no planted row of the person holds a telephone number, or none an address")
    first = [next(place for place, put in places.items() if put == wished) for wished in (new.phone, new.email)]
    changes = tuple((s, t, guest.find_key(t), c, places[s, t, c]) for s, t, c in first)
    wish = Wish(changes=changes, ground="inaccurate")
    done = shop.finish(shop.ask_proven("rectification", guest, wish).id, "a correction was asked for")
    if done.state != DONE:
        yield from (broke(aspect, f"the request ended as {done.state} ({done.reason})") for aspect in RECTIFIED)
        return
    rows = shop.rows(guest)
    wrong = [
        f"{t}.{c} was not put right"
        for (s, t, c), put in places.items()
        if rows.get((s, t, guest.find_key(t)), {}).get(c) != put
    ]
    yield judged("everywhere", wrong, f"the new number and address stand in each of {len(places)} places")
    stays = {table for _, table in lasting} & shop.office.staying_tables(done.id)
    left = [p for p in shop.search([guest.phone, guest.email]) if p.rpartition(".")[0] not in stays]
    good = "the old number and the old address stand in no live store, texts included"
    good += f"; in {', '.join(sorted(stays))}, which may not be changed, by a decision" if stays else ""
    yield judged("old-value-gone", (f"still in {place}" for place in left), good)
    named = [event.name for event in shop.desk.timeline(done.id)]
    wrong = [] if len(named) >= 3 else ["the timeline does not say what was done"]
    yield judged("history", wrong, f"on record, each with its time: {', '.join(named)}")
    yield _untouched(shop, neighbour, before)
    yield clock(done)


def _put(guest: Guest, new: Guest, value: str) -> str:
    """What takes the place of a value; "" for one that is not corrected."""
    return {guest.phone: new.phone, guest.email: new.email}.get(value, "")


def visit_erasure(shop: Shop) -> Iterator[Saw]:
    """The guest is erased: blocked at once, then nothing left but what is named as kept, a certificate, and no way back in."""
    neighbour = shop.plant("own")
    guest = shop.plant("own", "bought", neighbour=neighbour)
    before = shop.rows(neighbour)
    asked = shop.ask_proven("erasure", guest, Wish(ground="inaccurate"))
    blocked = shop.settled(asked.id)
    seen = shop.seen_by(guest, ANY) if blocked.state == WAITING else []
    shop.plant_more(guest, "correspondent")  # known by an address alone: no owner to be blocked by, erased all the same
    done = shop.finish(asked.id, "an erasure was asked for")
    if done.state != DONE:
        yield from (broke(aspect, f"the request ended as {done.state} ({done.reason})") for aspect in ERASED)
        return
    kept = shop.office.kept_tables(done.id)
    left = [p for p in shop.search([guest.email, guest.phone, guest.name]) if p.rpartition(".")[0] not in kept]
    wrong = [f"still in {place}" for place in left] + [f"{pair} saw the person meanwhile" for pair in seen]
    named = f"; kept, each with its ground: {', '.join(sorted(kept))}" if kept else ""
    yield judged("gone", wrong, f"no live store holds an address, number or name of the person{named}")
    yield _untouched(shop, neighbour, before)
    faults = shop.office.certificate_faults(done.id)
    yield judged("certificate", faults, "a certificate whose signature holds, with counts per store and both dates")
    seen = shop.seen_by(_bought_again(shop, guest), shop.brief.audience)
    good = "the erased address, bought again in other spelling, is seen by no audience"
    yield judged("stays-gone", (f"{pair} sees the erased person again" for pair in seen), good)


def visit_restriction(shop: Shop) -> Iterator[Saw]:
    """Blocked rows stand, unread by everybody; once lifted they are read again."""
    neighbour = shop.plant("own")
    guest = shop.plant("own", neighbour=neighbour)
    readers, others = shop.seen_by(guest, ANY), shop.seen_by(neighbour, ANY)
    if not readers:
        raise CannotTell("no pair sees the synthetic person even before the restriction")
    done = shop.finish(shop.ask_proven("restriction", guest).id, "a restriction was asked for")
    wrong = [f"{pair} still sees the person" for pair in shop.seen_by(guest, ANY)]
    wrong += [] if done.state == DONE else [f"it ended as {done.state}"]
    wrong += [] if shop.rows(guest) else ["the rows are gone instead of blocked"]
    yield judged(
        "unreadable", wrong, f"{len(readers)} uses saw the person before, none afterwards; the rows still stand"
    )
    yield _seen_as_before(shop, neighbour, others, ANY)
    shop.office.lift(done.id)
    shop.settled(done.id)
    lost = set(readers) - set(shop.seen_by(guest, ANY))
    yield judged(
        "lifted", (f"{pair} does not see the person again" for pair in lost), "lifted, the person is seen as before"
    )


def visit_objection(shop: Shop) -> Iterator[Saw]:
    """An objector is invisible to every audience, also when the address is bought again in other spelling."""
    neighbour = shop.plant("own", "bought")
    guest = shop.plant("own", "bought")
    others = shop.seen_by(neighbour, shop.brief.audience)
    yield from _object(shop, guest, "guest_form", "unseen")
    yield _seen_as_before(shop, neighbour, others, shop.brief.audience)
    seen = shop.seen_by(_bought_again(shop, guest), shop.brief.audience)
    good = "the same address, bought again in other spelling, is invisible from its first moment"
    yield judged("later-import", (f"{pair} sees the address that was bought again" for pair in seen), good)
    yield from _object(shop, shop.plant("own", "bought"), "portal_ticket", "ticket")


def _object(shop: Shop, guest: Guest, channel: str, aspect: str) -> Iterator[Saw]:
    audience = shop.seen_by(guest, shop.brief.audience)
    if not audience:
        raise CannotTell("no audience sees the synthetic person even before the objection")
    wish = Wish(purposes=shop.brief.audience)
    asked = shop.ask("objection", Contact(email=guest.email, name=guest.name), wish, channel)
    wrong = [] if asked.identity_needed == "none" else [f"proof of identity was asked ({asked.identity_needed})"]
    done = shop.finish(asked.id, "an objection was made")
    wrong += [] if done.state == DONE else [f"the objection ended as {done.state}"]
    wrong += [f"{pair} still sees the objector" for pair in shop.seen_by(guest, shop.brief.audience)]
    good = f"{len(audience)} uses saw the person before the objection by {channel}, none afterwards, and no proof was asked"
    yield judged(aspect, wrong, good)


def _bought_again(shop: Shop, guest: Guest) -> Guest:
    """The guest's address comes in once more, as lists are: in capitals and with a blank."""
    again = Guest(guest.token)
    for intake in shop.brief.intakes:
        if intake.bought:
            shop.plant_in(intake, again, email=guest.email.upper() + " ")
    if not again.keys:
        raise CannotTell("shopper.yaml names no way in that is bought from outside")
    return again


def visit_withdrawal(shop: Shop) -> Iterator[Saw]:
    """A withdrawn consent closes what it had opened, and nobody else's."""
    neighbour, guest = shop.plant("own", "bought"), shop.plant("own", "bought")
    others = shop.seen_by(neighbour, shop.brief.audience)
    asked = shop.ask_proven("withdrawal", guest, Wish(purposes=shop.brief.audience))
    wrong = [] if asked.identity_needed == "none" else [f"proof of identity was asked ({asked.identity_needed})"]
    done = shop.finish(asked.id, "a consent was withdrawn")
    wrong += [] if done.state == DONE else [f"it ended as {done.state}"]
    wrong += [f"{pair} still sees the person" for pair in shop.seen_by(guest, shop.brief.audience)]
    yield judged("unseen", wrong, "no audience sees the person after the withdrawal")
    yield _seen_as_before(shop, neighbour, others, shop.brief.audience)


def _seen_as_before(shop: Shop, neighbour: Guest, before: list[str], purposes: tuple[str, ...]) -> Saw:
    lost = set(before) - set(shop.seen_by(neighbour, purposes))
    good = f"a second person is seen as before ({len(before)} uses)"
    return judged("nobody-else", (f"{pair} no longer sees a second person" for pair in sorted(lost)), good)


def _untouched(shop: Shop, neighbour: Guest, before: Rows) -> Saw:
    after = shop.rows(neighbour)
    wrong = [f"a row of a second person in {key[1]} changed" for key, row in before.items() if after.get(key) != row]
    return judged("nobody-else", wrong, f"all {len(before)} rows of a second person are as they were, column by column")
