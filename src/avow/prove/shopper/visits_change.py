"""Visits that change something: rectification, erasure, restriction, objection, withdrawal, complaint and question.

Each looks at the live stores afterwards, with eyes that are not the workers', and at a second person who must be untouched.
Refuses to believe a state: "done" is where the looking begins.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from avow.duties.rights.model import CLOSED, DONE, Contact, Request, Wish
from avow.prove.inquiry import CannotTell
from avow.prove.shopper.planting import Guest, new_guest
from avow.prove.shopper.shop import Saw, Shop, broke, judged

Rows = Mapping[tuple[str, str, str], Mapping[str, str]]


def visit_rectification(shop: Shop) -> Iterator[Saw]:
    """A telephone number is put right: everywhere, the old one gone, on record, and nobody else's changed."""
    neighbour = shop.plant("own")
    guest = shop.plant("own", neighbour=neighbour)
    before, new = shop.rows(neighbour), new_guest().phone
    places = [place for place, value in guest.values.items() if value == guest.phone and shop.is_person(place[1])]
    store, table, column = places[0]
    wish = Wish(changes=((store, table, guest.find_key(table), column, new),), ground="inaccurate")
    done = shop.until(shop.ask_proven("rectification", guest, wish).id, CLOSED, "a correction was asked for")
    if done.state != DONE:
        yield from (broke(a, f"the request ended as {done.state} ({done.reason})") for a in visit_rectification.shows)  # type: ignore[attr-defined]
        return
    wrong = [f"{t}.{c} was not put right" for s, t, c in places if shop.value(s, t, guest.find_key(t), c) != new]
    yield judged("everywhere", wrong, f"the new value stands in each of {len(places)} places")
    left = shop.search([guest.phone])
    yield judged(
        "old-value-gone", (f"the old value still stands in {p}" for p in left), "the old value stands in no live store"
    )
    named = [e.name for e in shop.desk.timeline(done.id)]
    yield judged(
        "history",
        [] if len(named) >= 3 else ["the timeline does not say what was done"],
        f"on record: {', '.join(named)}",
    )
    yield _untouched(shop, neighbour, before)
    yield judged(
        "clock",
        [] if done.closed_at and done.closed_at <= done.due_at else ["late"],
        f"done before {done.due_at:%Y-%m-%d}",
    )


visit_rectification.shows = ("everywhere", "old-value-gone", "history", "nobody-else", "clock")  # type: ignore[attr-defined]


def visit_erasure(shop: Shop) -> Iterator[Saw]:
    """The guest is erased: nothing left but what is named as kept, a certificate, and no way back in."""
    neighbour = shop.plant("own")
    guest = shop.plant("own", "bought", "correspondent", neighbour=neighbour)
    before = shop.rows(neighbour)
    wish = Wish(ground="inaccurate")
    asked = shop.ask_proven("erasure", guest, wish)
    done = shop.until(shop.hasten(asked.id).id, CLOSED, "an erasure was asked for")
    if done.state != DONE:
        yield from (
            broke(a, f"the request ended as {done.state} ({done.reason})")
            for a in ("gone", "nobody-else", "certificate")
        )
        return
    kept = shop.kept_tables(done.id)
    left = [
        place for place in shop.search([guest.email, guest.phone, guest.name]) if place.rpartition(".")[0] not in kept
    ]
    named = f"; kept, with their ground: {', '.join(sorted(kept))}" if kept else ""
    yield judged(
        "gone",
        (f"still in {place}" for place in left),
        f"no live store holds an address, number or name of the person{named}",
    )
    yield _untouched(shop, neighbour, before)
    yield judged(
        "certificate",
        shop.check_certificate(done.id),
        "a certificate whose signature holds and whose counts are those of the stores",
    )
    yield _stays_gone(shop, guest)


visit_erasure.shows = ("gone", "nobody-else", "certificate", "stays-gone")  # type: ignore[attr-defined]


def _stays_gone(shop: Shop, guest: Guest) -> Saw:
    """The same address comes in again from a list: it is refused or erased, never used."""
    back = _bought_again(shop, guest)
    seen = shop.seen_by(back, shop.brief.audience)
    return judged(
        "stays-gone",
        (f"{pair} sees the erased person again" for pair in seen),
        "an erased address on a new list is seen by no audience",
    )


def visit_restriction(shop: Shop) -> Iterator[Saw]:
    """Blocked rows stand, unread by everybody; once lifted they are read again."""
    neighbour = shop.plant("own")
    guest = shop.plant("own", neighbour=neighbour)
    readers, others = shop.seen_by(guest, ("",)), shop.seen_by(neighbour, ("",))
    if not readers:
        raise CannotTell("no pair sees the synthetic person even before the restriction")
    done = shop.until(shop.ask_proven("restriction", guest).id, CLOSED, "a restriction was asked for")
    still = shop.seen_by(guest, ("",))
    wrong = [f"{pair} still sees the person" for pair in still] if done.state == DONE else [f"it ended as {done.state}"]
    wrong += [] if shop.rows(guest) else ["the rows are gone instead of blocked"]
    yield judged(
        "unreadable", wrong, f"{len(readers)} pairs saw the person before, none afterwards; the rows still stand"
    )
    lost = set(others) - set(shop.seen_by(neighbour, ("",)))
    yield judged(
        "nobody-else", (f"{pair} no longer sees a second person" for pair in lost), "a second person is seen as before"
    )
    shop.lift(guest, done.id)
    back = set(readers) - set(shop.seen_by(guest, ("",)))
    yield judged(
        "lifted", (f"{pair} does not see the person again" for pair in back), "lifted, the person is seen as before"
    )


visit_restriction.shows = ("unreadable", "nobody-else", "lifted")  # type: ignore[attr-defined]


def visit_objection(shop: Shop) -> Iterator[Saw]:
    """An objector is invisible to every audience, also when the address is bought again in other spelling."""
    neighbour = shop.plant("own", "bought")
    guest = shop.plant("own", "bought", neighbour=neighbour)
    audience = shop.seen_by(guest, shop.brief.audience)
    others = shop.seen_by(neighbour, shop.brief.audience)
    if not audience:
        raise CannotTell("no audience sees the synthetic person even before the objection")
    yield from _object(shop, guest, audience, "guest_form", "unseen")
    lost = set(others) - set(shop.seen_by(neighbour, shop.brief.audience))
    yield judged(
        "nobody-else", (f"{pair} no longer sees a second person" for pair in lost), "a second person is seen as before"
    )
    seen = shop.seen_by(_bought_again(shop, guest), shop.brief.audience)
    good = "the same address, bought again in other spelling, is invisible from its first moment"
    yield judged("later-import", (f"{pair} sees the address that was bought again" for pair in seen), good)
    by_ticket = shop.plant("own", "bought")
    yield from _object(shop, by_ticket, shop.seen_by(by_ticket, shop.brief.audience), "portal_ticket", "ticket")


visit_objection.shows = ("unseen", "nobody-else", "later-import", "ticket")  # type: ignore[attr-defined]


def _object(shop: Shop, guest: Guest, audience: list[str], channel: str, aspect: str) -> Iterator[Saw]:
    wish = Wish(purposes=shop.brief.audience)
    request = shop.ask("objection", Contact(email=guest.email, name=guest.name), wish, channel)
    done = shop.until(request.id, CLOSED, "an objection was made")
    wrong = [] if done.state == DONE else [f"the objection ended as {done.state}"]
    wrong += [f"{pair} still sees the objector" for pair in shop.seen_by(guest, shop.brief.audience)]
    yield judged(
        aspect,
        wrong,
        f"{len(audience)} pairs saw the person before the objection by {channel}, none afterwards; no proof of identity was asked",
    )


def _bought_again(shop: Shop, guest: Guest) -> Guest:
    """The guest's address comes in once more, as lists are: capitals and blanks."""
    again = Guest(guest.token)
    for intake in shop.brief.intakes:
        if intake.bought:
            shop.plant_spelled(intake, again, guest.email.upper() + " ")
    if not again.keys:
        raise CannotTell("shopper.yaml names no way in that is bought from outside")
    return again


def visit_withdrawal(shop: Shop) -> Iterator[Saw]:
    """A withdrawn consent closes what it had opened."""
    neighbour, guest = shop.plant("own", "bought"), shop.plant("own", "bought")
    others = shop.seen_by(neighbour, shop.brief.audience)
    request = shop.ask_proven("withdrawal", guest, Wish(purposes=shop.brief.audience))
    done = shop.until(request.id, CLOSED, "a consent was withdrawn")
    wrong = [f"{pair} still sees the person" for pair in shop.seen_by(guest, shop.brief.audience)]
    wrong += [] if done.state == DONE else [f"it ended as {done.state}"]
    yield judged("unseen", wrong, "no audience sees the person after the withdrawal")
    lost = set(others) - set(shop.seen_by(neighbour, shop.brief.audience))
    yield judged(
        "nobody-else", (f"{pair} no longer sees a second person" for pair in lost), "a second person is seen as before"
    )


visit_withdrawal.shows = ("unseen", "nobody-else")  # type: ignore[attr-defined]


def visit_complaint(shop: Shop) -> Iterator[Saw]:
    """A complaint is acknowledged, cannot be closed without notes and an outcome, and counts as late when nobody works on it."""
    request = shop.ask("complaint", Contact(email=new_guest().email), Wish(text="I was called twice."))
    shop.settle(request.id)
    names = [e.name for e in shop.desk.timeline(request.id)]
    yield judged(
        "acknowledged",
        [] if shop.was_acknowledged(request.id) else [f"on record is only: {', '.join(names)}"],
        "acknowledged, with the day by which an answer comes",
    )
    wrong = [] if shop.refuses_close(request.id) else ["it was closed without an outcome"]
    yield judged("needs-outcome", wrong, "closing it without notes and an outcome was refused")
    yield _ages(shop, request)


visit_complaint.shows = ("acknowledged", "needs-outcome", "ages")  # type: ignore[attr-defined]


def visit_question(shop: Shop) -> Iterator[Saw]:
    """A question by a person without a login is routed, answered, and counts as late when nobody answers."""
    request = shop.ask("question", Contact(email=new_guest().email), Wish(text="For what do you keep traffic data?"))
    settled = shop.settle(request.id)
    wrong = [] if settled.state not in CLOSED else ["it was closed without an answer"]
    wrong += shop.answers_question(request.id)
    yield judged("answered", wrong, "it waited for a person, and the answer reached the asker's page")
    other = shop.ask("question", Contact(email=new_guest().email), Wish(text="Who reads my tickets?"))
    yield _ages(shop, other)
    route = shop.ask("question", Contact(email=new_guest().email), Wish(text="Where are you?"), "portal_ticket")
    yield judged(
        "routes",
        [] if route.channel == "portal_ticket" else ["a ticket opened nothing"],
        "by ticket in the portal, and by the form without a login",
    )


visit_question.shows = ("answered", "ages", "routes")  # type: ignore[attr-defined]


def _ages(shop: Shop, request: Request) -> Saw:
    """Seen a day after the due date, the same request counts as overdue: the clock that `check` reads is not stopped."""
    late = shop.counts_as_overdue(request.id, request.due_at + timedelta(days=1))
    early = shop.counts_as_overdue(request.id, request.due_at - timedelta(seconds=1))
    wrong = ([] if late else ["unanswered after its due date, it does not count as late"]) + (
        ["it counts as late too early"] if early else []
    )
    return judged("ages", wrong, f"unanswered on {request.due_at:%Y-%m-%d}, it turns this verdict to broken")


def _untouched(shop: Shop, neighbour: Guest, before: Rows) -> Saw:
    after = shop.rows(neighbour)
    wrong = [f"a row of a second person in {key[1]} changed" for key, row in before.items() if after.get(key) != row]
    return judged("nobody-else", wrong, f"all {len(before)} rows of a second person are as they were, column by column")
