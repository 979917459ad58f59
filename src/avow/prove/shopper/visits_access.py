"""Visits that ask to see: access in all its parts, the copy, the confirmation, and who gets nothing.

Each compares the released answer with what was planted, value by value, and looks for anybody else in it. Refuses to take
an answer's word for its own completeness.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from avow.duties.rights.model import CHANNELS, CLOSED, DONE, IDENTITY, REVIEW, Contact, Request, Wish
from avow.prove.shopper.answering import Answer
from avow.prove.shopper.planting import Guest, new_guest
from avow.prove.shopper.shop import Saw, Shop, broke, held, judged


def visit_access(shop: Shop) -> Iterator[Saw]:
    """A guest known in many tables asks what is held, for what, from where, and who got it."""
    neighbour = shop.plant("own")
    guest = shop.plant("own", "bought", "correspondent", neighbour=neighbour)
    used, entity = shop.use(guest), shop.disclose(guest)
    yield _stranger(shop, guest)
    request = shop.ask_proven("access", guest)
    done = shop.until(request.id, CLOSED, "an answer was asked for")
    if done.state != DONE:
        yield from (broke(a, f"the request ended as {done.state} ({done.reason})") for a in ANSWERED)
        return
    answer = shop.answer(done.id)
    yield _everything(shop, answer, guest)
    yield _nobody_else(answer, neighbour)
    yield _description(shop, answer, guest)
    yield _purposes(answer, used)
    yield _sources(answer)
    yield _recipients(answer, entity)
    yield _clock(done)


ANSWERED = ("everything", "nobody-else", "description", "purposes", "sources", "recipients", "clock")
visit_access.shows = ("stranger", *ANSWERED)  # type: ignore[attr-defined]


def _stranger(shop: Shop, guest: Guest) -> Saw:
    """Somebody else names the guest's address and number, and hears the same as about nobody."""
    stranger, nobody = new_guest(), new_guest()
    claims = (("email", guest.email), ("phone", guest.phone))
    asked = shop.ask("access", Contact(email=stranger.email, name=guest.name, identifiers=claims))
    about_nobody = shop.ask("access", Contact(email=nobody.email, name=nobody.name, identifiers=()))
    for request in (asked, about_nobody):
        shop.until(request.id, (IDENTITY, REVIEW, *CLOSED), "a stranger asked")
        code = shop.code_of(request.id)
        if code:
            shop.desk.answer_challenge(request.id, code)
    ends = [shop.settle(request.id) for request in (asked, about_nobody)]
    wrong = [
        f"a stranger was sent {len(shop.files(r.id))} files about somebody else"
        for r in ends[:1]
        if _leaks(shop, r, guest)
    ]
    if (asked.identity_needed, asked.due_at - asked.received_at) != (
        about_nobody.identity_needed,
        about_nobody.due_at - about_nobody.received_at,
    ):
        wrong.append("what a stranger is told differs when the person they name is known")
    return judged(
        "stranger", wrong, "somebody else who named a known person got nothing of theirs, and was told nothing"
    )


def _leaks(shop: Shop, request: Request, guest: Guest) -> bool:
    return bool(shop.files(request.id)) and guest.token in shop.answer(request.id).page


def _everything(shop: Shop, answer: Answer, guest: Guest) -> Saw:
    wanted = shop.personal(guest)
    missing = [
        f"{store}:{table}.{column}"
        for (store, table, column), value in wanted
        if not answer.find(store, table, column, value)
    ]
    good = f"each of the {len(wanted)} planted values stands in the answer"
    return judged("everything", (f"not in the answer: {m}" for m in missing), good)


def _nobody_else(answer: Answer, neighbour: Guest) -> Saw:
    wrong = [f"{x.table}.{x.column} shows somebody else" for x in answer.lines if neighbour.token in x.value]
    if neighbour.token in answer.page:
        wrong.append("the page shows somebody else")
    return judged("nobody-else", wrong, "nothing of a second person who shares rows with the first stands in it")


def _description(shop: Shop, answer: Answer, guest: Guest) -> Saw:
    wanted = shop.personal(guest)
    missing = [f"{t}.{c} is not in the written description" for (_, t, c), value in wanted if value not in answer.page]
    missing += [f"the checksum of {name} differs" for name in answer.wrong_checksums]
    if not answer.files.get("report.pdf"):
        missing.append("there is no report.pdf")
    return judged(
        "description", missing, f"a written description with every value, and {len(answer.files)} files with checksums"
    )


def _purposes(answer: Answer, used: str) -> Saw:
    wrong = [f"{x.table}.{x.column} has no purpose" for x in answer.lines if not x.purposes and not x.used]
    if used and not any(used in x.used for x in answer.lines):
        wrong.append(f"a use for {used}, recorded before, is not told")
    return judged(
        "purposes", wrong, f"each value has its purposes, and a recorded use for {used or 'no purpose'} is told"
    )


def _sources(answer: Answer) -> Saw:
    sources = {x.source for x in answer.lines if x.source}
    wrong = [f"{x.table}.{x.column} has no source" for x in answer.lines if not x.source]
    if len(sources) < 2:
        wrong.append("a person who came in two ways is told of one")
    return judged("sources", wrong, f"{len(sources)} sources are told, each beside its value")


def _recipients(answer: Answer, entity: str) -> Saw:
    named = {name for x in answer.lines for name in x.recipients}
    wrong = [f"a disclosure to {entity}, recorded before, is not told"] if entity and entity not in named else []
    if not entity:
        wrong.append("no recipient is registered to whom a disclosure could be recorded")
    return judged("recipients", wrong, f"{len(named)} recipients are named, {entity} among them")


def _clock(request: Request) -> Saw:
    wrong = [] if request.due_source else ["the due date has no source"]
    if request.closed_at is None or request.closed_at > request.due_at:
        wrong.append("the answer came after its due date")
    return judged("clock", wrong, f"answered before {request.due_at:%Y-%m-%d} ({request.due_source})")


def visit_confirmation(shop: Shop) -> Iterator[Saw]:
    """Somebody known from the network log alone hears yes, somebody unknown hears no."""
    known, unknown = shop.plant("correspondent"), new_guest()
    answers = {}
    for guest in (known, unknown):
        request = shop.ask_proven("access", guest)
        answers[guest.token] = shop.answer(shop.until(request.id, CLOSED, "a confirmation was asked for").id)
    yes, no = answers[known.token], answers[unknown.token]
    wrong = [] if yes.confirms is True else ["somebody who stands in the network log was not told so"]
    wrong += [] if no.confirms is False else ["somebody unknown was not told that nothing is held"]
    yield judged("confirmation", wrong, "yes to somebody in the network log alone, no to somebody unknown")
    missing = [c for (s, t, c), value in shop.personal(known) if not yes.find(s, t, c, value)]
    good = "an outside correspondent finds the rows with their address"
    yield judged("correspondent", (f"their row does not show {c}" for c in missing), good)


visit_confirmation.shows = ("confirmation", "correspondent")  # type: ignore[attr-defined]


def visit_jurisdictions(shop: Shop) -> Iterator[Saw]:
    """Each law that the company named has its own clock; a law that nobody knows goes to a person."""
    wrong, told = [], []
    for name in shop.brief.jurisdictions:
        request = shop.ask("access", Contact(email=new_guest().email), jurisdiction=name)
        told.append(f"{name}: {request.due_source}")
        wrong += [] if request.due_source and request.jurisdiction == name else [f"{name} has no rules of its own"]
    elsewhere = shop.ask("access", Contact(email=new_guest().email), jurisdiction="unknown")
    settled = shop.settle(elsewhere.id)
    if settled.state not in (IDENTITY, REVIEW) or not elsewhere.due_source:
        wrong.append("a request under a law that nobody named did not go to a person")
    yield judged("jurisdiction", wrong, "; ".join(told) + "; a law that nobody named is decided by a person")


visit_jurisdictions.shows = ("jurisdiction",)  # type: ignore[attr-defined]


def visit_fee(shop: Shop) -> Iterator[Saw]:
    """Nothing above the table, nothing where the law forbids it, and no answer before a due fee is paid."""
    guest = shop.plant("own")
    free = shop.ask_proven("access", guest)
    wrong = [f"a fee of {free.fee} was asked where none is due"] if free.fee else []
    wrong += [] if shop.refuses_fee("access", above=True) else ["a fee above the prescribed one was taken"]
    wrong += [] if shop.refuses_fee("objection", above=False) else ["a fee for an objection was taken"]
    waited = shop.waits_for_fee(guest)
    wrong += [waited] if waited else []
    yield judged(
        "fee", wrong, "none where none is due; above the table refused; an unpaid case waits and is answered once paid"
    )


visit_fee.shows = ("fee",)  # type: ignore[attr-defined]


def visit_routes(shop: Shop) -> Iterator[Saw]:
    """Every channel opens the right case: with a portal login, without one, by mail, phone and letter."""
    wrong = []
    for channel in CHANNELS:
        for kind in ("access", "question"):
            found = shop.ask(kind, Contact(email=new_guest().email), Wish(text="How do you use my data?"), channel)
            if (found.kind, found.channel) != (kind, channel) or not re.fullmatch(
                r"[A-Z]{2}-\w{4}-\w{4}", found.reference
            ):
                wrong.append(f"{channel} did not open a request for {kind}")
    yield judged(
        "routes",
        wrong,
        f"{len(CHANNELS)} channels opened requests with a reference and a due date, two of them without any login",
    )


visit_routes.shows = ("routes",)  # type: ignore[attr-defined]


def visit_copy(shop: Shop) -> Iterator[Saw]:
    """The copy in usual formats: what the person gave, nobody else, and a link that ends."""
    neighbour = shop.plant("own")
    guest = shop.plant("own", neighbour=neighbour)
    done = shop.until(shop.ask_proven("copy", guest).id, CLOSED, "a copy was asked for")
    if done.state != DONE:
        yield from (
            broke(a, f"the request ended as {done.state} ({done.reason})") for a in ("everything", "nobody-else")
        )
        return
    answer = shop.answer(done.id)
    missing = [f"{n} is missing" for n in ("data.json", "data.csv") if not answer.files.get(n)]
    missing += [f"{t}.{c} is missing" for (s, t, c), v in shop.given(guest) if not answer.find(s, t, c, v)]
    yield judged("everything", missing, f"{len(answer.lines)} values in {len(answer.files)} files that programs read")
    yield _nobody_else(answer, neighbour)
    ends = shop.expiry(done.id)
    if ends is None:
        yield broke("expiry", "the copy never expires")
    else:
        wrong = [] if shop.files_at(done.id, ends) == 0 else ["the copy can still be had after its last day"]
        yield judged("expiry", wrong, f"the copy can be had until {ends:%Y-%m-%d} and not after")


__all__ = [
    "held",
    "visit_access",
    "visit_confirmation",
    "visit_copy",
    "visit_fee",
    "visit_jurisdictions",
    "visit_routes",
]
