"""Messages to many people, as Avow's own records know them: what was to be sent, and what came of it for each receiver.

Promises: every receiver whom a campaign reached or left out has one line, written in the transaction that puts the message into the
outbox. Refuses to hold an address: a receiver is an id, and the message itself stands sealed in the outbox.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from avow.control import people
from avow.control.session import Session

PUT, LEFT_OUT = "put", "left out"
ASKED, SENT, REFUSED = "asked", "sent", "refused"


@dataclass(frozen=True)
class Send:
    """What became of one receiver: `state` is put or left out, `reason` why; `token` the digest of the link that says no."""

    id: UUID
    subject: UUID
    address_digest: bytes
    state: str
    reason: str = ""
    token: bytes | None = None


@dataclass(frozen=True)
class CampaignLine:
    """A campaign as lists show it. `counts`: state in the outbox, or reason for leaving out -> receivers; `refused`: the
    error code of why it is never put."""

    id: UUID
    purpose: str
    name: str
    made_by: str
    made_at: datetime
    seen: int
    synthetic: bool
    counts: Mapping[str, int]
    state: str
    refused: str = ""


@dataclass(frozen=True)
class Asked:
    """What a program asked for: the words are the same for everybody."""

    purpose: str
    name: str
    subject_line: str
    body: str
    made_by: str


@dataclass(frozen=True)
class Link:
    """What a link of a message leads to."""

    send: UUID
    campaign: UUID
    subject: UUID
    purpose: str
    name: str
    at: datetime


def record_people(session: Session, count: int, synthetic: bool) -> list[UUID]:
    """That many new people, each with a data key of their own."""
    ids, keys = [session.new_id() for _ in range(count)], session.make_keys(count)
    session.run("campaigns", "add_people", ids=ids, keys=keys, synthetic=synthetic)
    return ids


def record_campaign(
    session: Session, id: UUID, purpose: str, name: str, text: tuple[str, str], by: str, seen: int, synthetic: bool
) -> None:
    """Puts a campaign on record as sent, or ends the waiting of one that was asked for. `text`: the subject line and the body."""
    given = {"id": id, "purpose": purpose, "name": name, "subject_line": text[0], "body": text[1], "state": SENT}
    session.run("campaigns", "add", **given, made_by=by, seen=seen, synthetic=synthetic)
    session.run("campaigns", "sent", id=id, seen=seen)


def record_asked(session: Session, id: UUID, purpose: str, name: str, text: tuple[str, str], by: str) -> None:
    given = {"id": id, "purpose": purpose, "name": name, "subject_line": text[0], "body": text[1], "state": ASKED}
    session.run("campaigns", "add", **given, made_by=by, seen=0, synthetic=False)


def record_refused(session: Session, id: UUID, code: str) -> None:
    """Ends the waiting of a campaign that no worker can ever put."""
    session.run("campaigns", "refused", id=id, code=code)


def list_asked(session: Session) -> list[UUID]:
    """Campaigns that wait to be put, oldest first."""
    return [row[0] for row in session.run("campaigns", "waiting")]


def find_asked(session: Session, id: UUID) -> Asked | None:
    """One that waits, locked until the transaction ends; None when it waits no more, or another worker holds it."""
    row = session.run("campaigns", "asked", id=id).fetchone()
    return Asked(*row) if row else None


def record_sends(session: Session, campaign: UUID, sends: Sequence[Send]) -> None:
    session.run(
        "campaigns",
        "add_sends",
        campaign=campaign,
        ids=[one.id for one in sends],
        subjects=[one.subject for one in sends],
        digests=[one.address_digest for one in sends],
        states=[one.state for one in sends],
        reasons=[one.reason for one in sends],
        tokens=[one.token for one in sends],
    )


def find_link(session: Session, token_digest: bytes) -> Link | None:
    row = session.run("campaigns", "by_token", digest=token_digest).fetchone()
    return Link(*row) if row else None


def list_campaigns(session: Session, limit: int = 100, id: UUID | None = None) -> list[CampaignLine]:
    """Newest first; synthetic ones only where they are asked for by id."""
    return [CampaignLine(*row) for row in session.run("campaigns", "list", limit=limit, id=id)]


def list_sends(session: Session, campaign: UUID) -> list[tuple[UUID, UUID, str, str, str]]:
    """(message, person, put or left out, reason, state in the outbox)."""
    return [(r[0], r[1], r[2], r[3], r[4]) for r in session.run("campaigns", "sends", campaign=campaign)]


def find_no(session: Session, message: UUID) -> bool:
    """Whether the receiver of a campaign's message says no by now: to the use, to being written to by e-mail, by being on the
    list, or by having been erased. False for a message that is no campaign's."""
    row = session.run("campaigns", "receiver", message=message).fetchone()
    if row is None:
        return False
    subject, purpose, says_no = row
    held = people.access_identifiers(session, [subject]).get(subject, [])
    listed = people.find_suppressed(session, [("email", one.value) for one in held if one.kind == "email"])
    return says_no or any(mark in ("erased", f"objected:{purpose}") for marks in listed for mark in marks)


def count_mailed_after_no(session: Session) -> int:
    row = session.run("campaigns", "mailed_after_no").fetchone()
    return int(row[0]) if row else 0


def find_objected(session: Session, addresses: Sequence[str], mark: str) -> set[int]:
    """Numbers of those addresses of which a person who is known by them holds the mark."""
    asked = [
        (number, digest)
        for number, address in enumerate(addresses)
        for digest in session.keys.lookup.digests("email", address)
    ]
    numbers, digests = [one[0] for one in asked], [one[1] for one in asked]
    rows = session.run("campaigns", "objected_addresses", numbers=numbers, digests=digests, mark=mark)
    return {int(row[0]) for row in rows}


def drop_synthetic(session: Session) -> int:
    """What the mystery shopper's campaigns left: nobody but synthetic people stands in them. Gives how many there were."""
    session.run("campaigns", "drop_synthetic_sends")
    return session.run("campaigns", "drop_synthetic").rowcount
