"""Reviews: when each is due, and what may be signed. Pure.

Refuses to count a review that nobody signed, and a signature with fewer words than say something.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from avow.errors import ControlError, Diagnostic, Place

SAYS_SOMETHING = 10  # letters


def due_at(last_signed: datetime | None, begun: datetime | None, days: int) -> datetime | None:
    """One period after the last signature, or after the policy came under Avow; None where nobody said how often."""
    start = last_signed or begun
    return start + timedelta(days=days) if start and days else None


def is_overdue(due: datetime | None, now: datetime) -> bool:
    return due is not None and now > due


def check_signature(by: str, statement: str, signed: bool) -> None:
    """Raises ControlError `reviews.signed` or `reviews.no-statement`."""
    if signed:
        _refuse("reviews.signed", "this review was signed before", "make a new one where more was found")
    if not by or len(statement.strip()) < SAYS_SOMETHING:
        cause = "a review is signed by a person who says what they looked at"
        _refuse("reviews.no-statement", cause, "write a sentence: what you looked at, and what follows")


def _refuse(code: str, cause: str, help: str) -> None:
    raise ControlError(Diagnostic(Place("review"), code, cause, help, "the review stays unsigned, and does not count"))
