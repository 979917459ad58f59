"""How an asker showed who they are: one-time codes, facts, documents; and how often a code went to one address.

Promises: of a code only a digest is kept; facts and documents are sealed, short-lived, and gone after use; a try is counted
before it is compared. Refuses to say whether an address is known: nothing here looks at people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from avow.control.session import Session
from avow.sealing import Slot


@dataclass(frozen=True)
class Tried:
    """A challenge of which one try was just used."""

    id: UUID
    digest: bytes


@dataclass(frozen=True)
class OfferedFacts:
    challenge: UUID
    request: UUID
    text: str


def _slot(challenge: UUID) -> Slot:
    return Slot("identity_challenge", "sealed", str(challenge))


def record_challenge(
    session: Session,
    challenge: UUID,
    request: UUID,
    step: str,
    digest: bytes,
    expires_at: datetime,
    tries: int,
    address_digest: bytes = b"",
    secret: tuple[UUID, str | bytes] | None = None,
) -> None:
    """Earlier open challenges of the same step end. `secret` is (data key, text) of facts or a document."""
    session.run("cases", "end_challenges", requests=[request], step=step)
    session.run(
        "cases",
        "add_challenge",
        id=challenge,
        request=request,
        step=step,
        digest=digest,
        address_digest=address_digest,
        sealed=session.seal(secret[0], _slot(challenge), secret[1]) if secret else None,
        expires_at=expires_at,
        tries=tries,
    )


def count_codes(session: Session, address_digest: bytes, since: datetime) -> int:
    """Codes that went to one address lately, whoever asked."""
    row = session.run("cases", "codes_lately", address=address_digest, since=since).fetchone()
    return int(row[0]) if row else 0


def record_try(session: Session, request: UUID, step: str) -> Tried | None:
    """Uses one try of the newest open challenge; None when there is none, it is too old, or no try is left."""
    row = session.run("cases", "try_challenge", request=request, step=step).fetchone()
    return Tried(row[0], bytes(row[1])) if row else None


def record_passed(session: Session, challenge: UUID) -> None:
    """Passed: what was offered is deleted."""
    session.run("cases", "pass_challenge", id=challenge)


def count_tries(session: Session, request: UUID, step: str) -> int:
    row = session.run("cases", "challenge_tries", request=request, step=step).fetchone()
    return int(row[0]) if row else 0


def count_offers(session: Session, request: UUID, step: str) -> int:
    """How often this was offered for the request, whatever became of it."""
    row = session.run("cases", "offers", request=request, step=step).fetchone()
    return int(row[0]) if row else 0


def record_ended(session: Session, requests: Sequence[UUID], step: str) -> None:
    """Nothing more is taken on these challenges, and what was offered is deleted."""
    session.run("cases", "end_challenges", requests=list(requests), step=step)


def access_offered_facts(session: Session, limit: int) -> list[OfferedFacts]:
    """Facts that wait to be compared, locked with their requests; what a rival compares is skipped."""
    rows = session.run("cases", "open_facts", limit=limit).fetchall()
    return [OfferedFacts(each, request, session.open(key, _slot(each), sealed)) for each, request, key, sealed in rows]


def access_document(session: Session, request: UUID, key_id: UUID) -> tuple[UUID, bytes] | None:
    """The document that waits to be looked at; None when there is none any more."""
    row = session.run("cases", "document_of", request=request).fetchone()
    return (row[0], session.open_bytes(key_id, _slot(row[0]), row[1])) if row else None


def has_document(session: Session, request: UUID) -> bool:
    """Whether a document waits to be looked at."""
    return session.run("cases", "document_of", request=request).fetchone() is not None


def record_stale_gone(session: Session) -> int:
    """Deletes facts and documents whose time is over; gives how many."""
    return session.run("cases", "stale_secrets").rowcount
