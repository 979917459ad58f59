"""Visits that ask to see: access in all its parts, the copy, the confirmation, and who gets nothing.

Each compares the released answer with what was planted, value by value, and looks for anybody else in it. Refuses to take an
answer's word for its own completeness.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

from avow.duties.rights.model import CHANNELS, DONE, FEE, REVIEW, Contact, Request, Wish
from avow.prove.shopper.answering import REPORT, Answer
from avow.prove.shopper.planting import Guest, new_guest
from avow.prove.shopper.shop import Saw, Shop, broke, judged

ANSWERED = ("everything", "nobody-else", "description", "purposes", "sources", "recipients", "clock")


def visit_access(shop: Shop) -> Iterator[Saw]:
    """A guest known in many tables asks what is held, for what, from where, and who got it."""
    neighbour = shop.plant("own")
    guest = shop.plant("own", "bought", "correspondent", neighbour=neighbour)
    used, entity = shop.deeds.use(guest), shop.deeds.disclose(guest)
    yield _stranger(shop, guest)
    done = shop.finish(shop.ask_proven("access", guest).id, "an answer was asked for")
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
    yield clock(done)


def _stranger(shop: Shop, guest: Guest) -> Saw:
    """Somebody else names the guest's address and number, and hears the same as about nobody."""
    told = []
    for named in (guest, new_guest()):
        stranger = new_guest()
        claims = (("email", named.email), ("phone", named.phone))
        asked = shop.ask("access", Contact(email=stranger.email, name=stranger.name, identifiers=claims))
        said = (asked.state, asked.identity_needed, asked.due_at.date(), asked.fee)
        if code := shop.code_of(asked.id):
            shop.desk.answer_challenge(asked.id, code)
        told.append((*said, shop.settled(asked.id).state))
        if shop.count_files(asked.id) and shop.answer(asked.id).shows(named.token):
            return broke("stranger", "a stranger who named a known person got that person's data")
    wrong = [] if told[0] == told[1] else ["what a stranger is told differs when the person they name is known"]
    return judged(
        "stranger", wrong, "who named a known person got nothing of theirs, and was told the same as about nobody"
    )


def _everything(shop: Shop, answer: Answer, guest: Guest) -> Saw:
    wanted = shop.personal(guest)
    missing = [f"{t}.{c}" for (s, t, c), value in wanted if not answer.find(s, t, c, value)]
    good = f"each of the {len(wanted)} planted values stands in the answer"
    return judged("everything", (f"not in the answer: {place}" for place in missing), good)


def _nobody_else(answer: Answer, neighbour: Guest) -> Saw:
    wrong = [f"{x.table}.{x.column} shows somebody else" for x in answer.lines if neighbour.token in x.value]
    wrong += ["the page shows somebody else"] if neighbour.token in answer.page else []
    return judged("nobody-else", wrong, "nothing of a second person, who shares a record with the first, stands in it")


def _description(shop: Shop, answer: Answer, guest: Guest) -> Saw:
    wanted = {place: " ".join(value.split()) for place, value in shop.personal(guest)}
    wrong = [f"{t}.{c} is not in the written description" for (_, t, c), v in wanted.items() if v not in answer.page]
    wrong += [f"the checksum of {name} differs" for name in answer.wrong_checksums]
    wrong += [] if answer.files.get(REPORT) else ["there is no report to print"]
    good = f"a written description with all {len(wanted)} values, and {len(answer.files)} files whose checksums hold"
    return judged("description", wrong, good)


def _purposes(answer: Answer, used: str) -> Saw:
    wrong = [f"{x.table}.{x.column} has no purpose" for x in answer.lines if not x.purposes and not x.used]
    wrong += [] if used in answer.used else [f"a use for {used}, recorded before, is not told"]
    return judged("purposes", wrong, f"each value has its purposes, and a recorded use for {used} is told")


def _sources(answer: Answer) -> Saw:
    sources = {x.source for x in answer.lines if x.source}
    wrong = [f"{x.table}.{x.column} has no source" for x in answer.lines if not x.source]
    wrong += [] if len(sources) > 1 else ["a person who came in several ways is told of one"]
    return judged("sources", wrong, f"{len(sources)} sources are told, each beside its value")


def _recipients(answer: Answer, entity: str) -> Saw:
    if not entity:
        return broke("recipients", "no recipient is registered to whom a disclosure could be recorded")
    wrong = [] if entity in answer.recipients else [f"a disclosure to {entity}, recorded before, is not told"]
    return judged("recipients", wrong, f"a recorded disclosure is told with its day: {entity}")


def clock(request: Request) -> Saw:
    wrong = [] if request.due_source else ["the due date has no source"]
    late = request.closed_at is None or request.closed_at > request.due_at
    wrong += ["the answer came after its due date"] if late else []
    return judged("clock", wrong, f"answered before {request.due_at:%Y-%m-%d} ({request.due_source})")


def visit_confirmation(shop: Shop) -> Iterator[Saw]:
    """Somebody known from the network log alone hears yes, somebody unknown hears no."""
    known, unknown = shop.plant("correspondent"), new_guest()
    held, answers = [], []
    for guest in (known, unknown):
        done = shop.finish(shop.ask_proven("access", guest).id, "a confirmation was asked for")
        answers.append(shop.answer(done.id))
        held.append(done.state == DONE and bool(answers[-1].lines))
    wrong = [] if held[0] else ["somebody who stands in the network log was told that nothing is held"]
    wrong += ["somebody unknown was told that something is held"] if held[1] else []
    wrong += [] if answers[1].page else ["somebody unknown got no written answer"]
    yield judged(
        "confirmation", wrong, "yes to somebody in the network log alone, no to somebody unknown, both in writing"
    )
    missing = [c for (s, t, c), value in shop.personal(known) if not answers[0].find(s, t, c, value)]
    good = "an outside correspondent finds the rows with their address"
    yield judged("correspondent", (f"their row does not show {column}" for column in missing), good)


def visit_jurisdictions(shop: Shop) -> Iterator[Saw]:
    """Each law that the company named has its own clock; a law that nobody named goes to a person."""
    wrong, told = [], []
    for name in shop.brief.jurisdictions:
        guest = shop.plant("correspondent")
        done = shop.finish(shop.ask_proven("access", guest, jurisdiction=name).id, "an answer was asked for")
        told.append(f"{name}: {done.due_source}")
        wrong += (
            [] if done.due_source and done.jurisdiction == name and done.state == DONE else [f"{name}: {done.state}"]
        )
    sources = {words.partition(": ")[2] for words in told}
    wrong += ["several laws have the same rules"] if len(sources) < len(told) else []
    elsewhere = shop.settled(shop.ask_proven("access", shop.plant("correspondent"), jurisdiction="atlantis").id)
    wrong += [] if elsewhere.state == REVIEW else ["a request under a law that nobody named did not go to a person"]
    yield judged("jurisdiction", wrong, "; ".join(told) + "; a law that nobody named is decided by a person")


def visit_fee(shop: Shop) -> Iterator[Saw]:
    """Nothing above the table, nothing where the law forbids it, and no answer before a due fee is paid."""
    free = shop.ask_proven("access", new_guest())
    wrong = [f"a fee of {free.fee} was asked where none is due"] if free.fee else []
    wrong += [] if shop.office.refuses_fee("access", above=True) else ["a fee above the prescribed one was taken"]
    wrong += [] if shop.office.refuses_fee("objection", above=False) else ["a fee for an objection was taken"]
    guest = shop.plant("correspondent")
    charged = shop.office.ask_with_fee(guest)
    shop.requests.append(charged.id)
    waiting = shop.settled(charged.id)
    wrong += [] if waiting.state == FEE else [f"an unpaid case is in state {waiting.state}"]
    wrong += ["an unpaid case was answered"] if shop.count_files(charged.id) else []
    shop.office.pay(charged.id)
    paid = shop.finish(charged.id, "a fee was paid")
    wrong += [] if paid.state == DONE else [f"a paid case ended as {paid.state}"]
    yield judged(
        "fee", wrong, "none where none is due; above the table refused; an unpaid case waits and is answered once paid"
    )


def visit_routes(shop: Shop) -> Iterator[Saw]:
    """Every channel opens the right case: with a portal login, without one, by mail, telephone and letter."""
    wrong = []
    for channel in CHANNELS:
        for kind in ("access", "question"):
            asked = shop.ask(kind, Contact(email=new_guest().email), Wish(text="How do you use my data?"), channel)
            proper = re.fullmatch(r"[A-Z]{2}-\w{4}-\w{4}", asked.reference) and asked.due_source
            wrong += [] if (asked.kind, asked.channel) == (kind, channel) and proper else [f"{channel}: no {kind}"]
    good = f"{len(CHANNELS)} channels opened requests with a reference and a due date, most of them without any login"
    yield judged("routes", wrong, good)


def visit_copy(shop: Shop) -> Iterator[Saw]:
    """The copy in usual formats: what the person gave, nobody else, and an end."""
    neighbour = shop.plant("own")
    guest = shop.plant("own", neighbour=neighbour)
    done = shop.finish(shop.ask_proven("copy", guest).id, "a copy was asked for")
    if done.state != DONE or done.closed_at is None:
        yield from (
            broke(a, f"it ended as {done.state} ({done.reason})") for a in ("everything", "nobody-else", "expiry")
        )
        return
    answer = shop.answer(done.id)
    wrong = [f"{name} is missing" for name in ("data.json", "data.csv") if not answer.files.get(name)]
    wrong += [] if any(guest.email in x.value for x in answer.lines) else ["the person's own address is not in it"]
    yield judged("everything", wrong, f"{len(answer.lines)} values that the person gave, in {len(answer.files)} files")
    yield _nobody_else(answer, neighbour)
    end = shop.desk.answer(done.id).expires_at
    wrong = [] if shop.count_files(done.id, end - timedelta(minutes=1)) else ["the copy is gone before its last day"]
    wrong += (
        ["the copy can still be had after its last day"]
        if shop.count_files(done.id, end + timedelta(minutes=1))
        else []
    )
    yield judged("expiry", wrong, f"the copy can be had until {end:%Y-%m-%d} and not after")
