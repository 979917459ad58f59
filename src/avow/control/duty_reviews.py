"""Reviews of the company's own procedures: made by a machine, signed by a person, never changed afterwards.

Promises: evidence holds names of roles and tables and counts, never a person's value; the time since the last signature is what
counts, so that a review that nobody signed does not. Refuses a signature without a person or without words: the database does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from avow.control.session import Session

PROCEDURES, EFFECT = "procedures", "effect"
KINDS: tuple[str, ...] = (PROCEDURES, EFFECT)
FIGURES: tuple[str, ...] = ("checks", "broken", "tried", "not_held", "incidents", "versions", "staff_changes")


@dataclass(frozen=True)
class Review:
    """`findings` are what a person has to look at; `statement` what they said about it."""

    id: UUID
    kind: str
    made_at: datetime
    evidence: Mapping[str, Any]
    findings: list[str]
    signed_by: str
    signed_at: datetime | None
    statement: str
    synthetic: bool


def record_review(
    session: Session, kind: str, evidence: Mapping[str, Any], findings: Sequence[str], synthetic: bool = False
) -> UUID:
    made = session.new_id()
    values = {"evidence": json.dumps(dict(evidence)), "findings": list(findings), "synthetic": synthetic}
    session.run("duty_reviews", "add", id=made, kind=kind, **values)
    return made


def find_review(session: Session, id: UUID) -> Review | None:
    row = session.run("duty_reviews", "find", id=id).fetchone()
    return Review(*row) if row else None


def list_reviews(session: Session, limit: int = 50) -> list[Review]:
    """Newest first."""
    return [Review(*row) for row in session.run("duty_reviews", "list", limit=limit)]


def record_signed(session: Session, review: UUID, by: str, statement: str) -> bool:
    """False when it was signed before. Raises psycopg.errors.CheckViolation without a person or without words."""
    return session.run("duty_reviews", "sign", id=review, by=by, statement=statement).rowcount == 1


def find_last_signed(session: Session, kind: str, synthetic: bool = False) -> datetime | None:
    row = session.run("duty_reviews", "last_signed", kind=kind, synthetic=synthetic).fetchone()
    return row[0] if row else None


def find_begun(session: Session) -> datetime | None:
    """When the first policy version of the company was registered; None before the first check."""
    row = session.run("duty_reviews", "begun").fetchone()
    return row[0] if row else None


def has_unsigned(session: Session, kind: str, since: datetime) -> bool:
    row = session.run("duty_reviews", "unsigned", kind=kind, since=since).fetchone()
    return bool(row and row[0])


def get_figures(session: Session, since: datetime, synthetic: bool = False) -> dict[str, int]:
    """Counts since a time: checks, broken verdicts, things tried, things that did not hold, incidents, changes."""
    row = session.run("duty_reviews", "figures", since=since, synthetic=synthetic).fetchone()
    assert row is not None  # one row of counts
    return {name: int(value) for name, value in zip(FIGURES, row, strict=True)}


def forget_synthetic_reviews(session: Session) -> int:
    """Takes back the reviews of the mystery shopper, and no other's."""
    return session.run("duty_reviews", "forget_synthetic").rowcount
