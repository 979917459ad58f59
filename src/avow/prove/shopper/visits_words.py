"""Visits that are answered by a person: a complaint and a question.

They show that the words reach somebody, cannot be put away without an outcome, and count as late when nobody answers. Refuses
to judge what a person would say.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from avow.duties.rights.model import CLOSED, DONE, REVIEW, Contact, Request, Wish
from avow.prove.shopper.planting import new_guest
from avow.prove.shopper.shop import FIRST, Saw, Shop, judged

ANSWER = "We keep it to bill what was used, and for three months."


def visit_complaint(shop: Shop) -> Iterator[Saw]:
    asked = shop.ask("complaint", Contact(email=new_guest().email), Wish(text="I was called twice."))
    settled = shop.settled(asked.id)
    wrong = [] if settled.state == REVIEW else [f"it did not reach a person: {settled.state}"]
    wrong += [] if settled.due_source else ["no day is named by which an answer comes"]
    yield judged("acknowledged", wrong, f"it reached a person, with an answer due by {settled.due_at:%Y-%m-%d}")
    wrong = ["it was closed without notes and an outcome"] if shop.office.close_without_outcome(asked.id) else []
    wrong += ["it is closed all the same"] if shop.get(asked.id).state in CLOSED else []
    yield judged("needs-outcome", wrong, "closing it without notes and an outcome was refused")
    yield _ages(shop, asked)


def visit_question(shop: Shop) -> Iterator[Saw]:
    asked = shop.ask("question", Contact(email=new_guest().email), Wish(text="For what do you keep traffic data?"))
    settled = shop.settled(asked.id)
    wrong = [] if settled.state == REVIEW else [f"it did not reach a person: {settled.state}"]
    shop.office.reply(asked.id, ANSWER, FIRST)
    told = [message for message in shop.desk.messages(asked.id) if ANSWER in message.text]
    wrong += [] if told else ["the answer does not stand on the asker's page"]
    wrong += [] if shop.get(asked.id).state == DONE else ["answered, it is not done"]
    yield judged("answered", wrong, "it waited for a person, and the answer stands on the asker's page")
    other = shop.ask("question", Contact(email=new_guest().email), Wish(text="Who reads my tickets?"))
    yield _ages(shop, other)
    ticket = shop.ask("question", Contact(email=new_guest().email), Wish(text="Where are you?"), "portal_ticket")
    wrong = [] if ticket.channel == "portal_ticket" and ticket.due_source else ["a ticket opened nothing"]
    yield judged("routes", wrong, "by ticket in the portal, and by the form without a login")


def _ages(shop: Shop, request: Request) -> Saw:
    """The count that `check` reads, asked for the day after the due date and for the second before it."""
    late = shop.office.is_overdue(request.id, request.due_at + timedelta(days=1))
    early = shop.office.is_overdue(request.id, request.due_at - timedelta(seconds=1))
    wrong = ([] if late else ["unanswered after its due date, it does not count as late"]) + (
        ["it counts as late too early"] if early else []
    )
    return judged("ages", wrong, f"unanswered after {request.due_at:%Y-%m-%d}, it turns this verdict to broken")
