"""Visits of reviews: an extra grant is listed, nobody but a person signs, and what is not signed in time counts as overdue.

The extra grant is made and taken back in one transaction that is never committed. Refuses to sign a real review.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from avow.prove.inquiry import CannotTell
from avow.prove.shopper.shop import Saw, Shop, judged

PERSON = "shopper:first"
SAID = "I compared every line with the data map."


class ReviewOffice(Protocol):
    """What the desk of reviews does with the shopper's own."""

    def findings_with_grant(self) -> tuple[str, list[str], list[str]]:
        """(role that was given a grant which nobody declared, findings before, findings with it). Raises CannotTell."""

    def make_effect(self) -> UUID: ...
    def figures(self, review: UUID) -> dict[str, object]: ...
    def add_incident(self) -> None: ...
    def sign(self, review: UUID, by: str, words: str) -> str:
        """ "" or the code of the refusal."""

    def sign_behind(self, review: UUID, by: str, words: str) -> str: ...
    def change_behind(self, review: UUID) -> str: ...
    def due(self, kind: str) -> datetime | None:
        """By the shopper's own signatures, with the company's own number."""

    def counts_as_late(self, kind: str, at: datetime) -> bool: ...
    def make(self, kind: str) -> UUID: ...
    def take_back(self) -> None: ...


def visit_grants(shop: Shop) -> Iterator[Saw]:
    office: ReviewOffice = shop.office_of("reviews")
    role, before, after = office.findings_with_grant()
    new = [words for words in after if words not in before]
    wrong = [] if any(f"`{role}`" in words for words in new) else [f"a new grant to `{role}` is not in the review"]
    yield judged("extra-grant", wrong, "a grant that nobody declared was listed with its role; it was taken back")


def visit_signing(shop: Shop) -> Iterator[Saw]:
    office: ReviewOffice = shop.office_of("reviews")
    try:
        yield _signed(office)
        for kind, aspect in (("procedures", "procedures-due"), ("effect", "effect-due")):
            yield _due(office, kind, aspect)
        yield _figures(office)
    finally:
        office.take_back()


def _signed(office: ReviewOffice) -> Saw:
    review = office.make("procedures")
    wrong = [] if office.sign(review, PERSON, " ") else ["it was signed without a word"]
    wrong += [] if office.sign(review, "", SAID) else ["it was signed by nobody"]
    wrong += [] if office.sign_behind(review, "", SAID) else ["plain SQL signed it for nobody"]
    refused = office.sign(review, PERSON, SAID)
    wrong += [f"a person could not sign it: {refused}"] if refused else []
    wrong += [] if office.sign(review, "shopper:second", SAID) else ["it was signed twice"]
    wrong += [] if office.change_behind(review) else ["plain SQL changed what had been signed"]
    return judged(
        "signature", wrong, "a person signed it with words, once; by nobody, without words or afterwards it was refused"
    )


def _due(office: ReviewOffice, kind: str, aspect: str) -> Saw:
    office.take_back()
    refused = office.sign(office.make(kind), PERSON, SAID)
    due = office.due(kind)
    if due is None:
        raise CannotTell(f"nobody has said how often {kind} are reviewed")
    minute = timedelta(minutes=1)
    wrong = [f"a person could not sign it: {refused}"] if refused else []
    wrong += (
        [] if office.counts_as_late(kind, due + minute) else ["unsigned after its day it does not count as overdue"]
    )
    wrong += ["it counts as overdue too early"] if office.counts_as_late(kind, due - minute) else []
    office.make(kind)
    wrong += ["a review that nobody signed counts"] if office.due(kind) != due else []
    return judged(aspect, wrong, f"without a signature by {due:%Y-%m-%d} this verdict turns to broken")


def _figures(office: ReviewOffice) -> Saw:
    before = office.figures(office.make_effect())
    office.add_incident()
    after = office.figures(office.make_effect())
    names = ("checks", "broken", "tried", "not_held", "incidents", "versions", "staff_changes")
    wrong = [f"it says nothing of {name}" for name in names if name not in after]
    was, is_ = before.get("incidents", 0), after.get("incidents", 0)
    wrong += [] if isinstance(was, int) and is_ == was + 1 else ["a new incident is not in its figures"]
    return judged(
        "figures", wrong, "tests run, what did not hold, incidents and changes are counted; a new incident showed"
    )
