"""The vault: contracts, orders, terms, attestations. Each is sealed under a key of its own and has an owner and an end.

Promises: a document is never exchanged, it is withdrawn and another one put in; its digest is of the clear bytes, so anybody who
has the paper can compare. Refuses to say that a document holds which is past its last day or withdrawn.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from avow.control.session import Session
from avow.sealing import Slot

KINDS: tuple[str, ...] = ("contract", "order", "terms", "attestation", "assessment", "decision", "notice")
REMIND_AGAIN = timedelta(days=7)


@dataclass(frozen=True)
class Document:
    """What is known of a document without opening it. `sha256` is hex of the clear bytes; the two days are inclusive."""

    id: UUID
    kind: str
    name: str
    owner: str
    media: str
    sha256: str
    size: int
    valid_from: date
    valid_until: date
    remind_days: int
    reminded_at: datetime | None
    put_by: str
    put_at: datetime
    withdrawn_at: datetime | None
    synthetic: bool

    def holds_on(self, day: date) -> bool:
        """Whether it vouches for anything on that day."""
        return self.withdrawn_at is None and self.valid_from <= day <= self.valid_until


def _slot(document: UUID) -> Slot:
    return Slot("vault_document", "content_sealed", str(document))


def record_document(
    session: Session,
    kind: str,
    name: str,
    owner: str,
    content: bytes,
    valid: tuple[date, date],
    by: str,
    media: str = "application/octet-stream",
    remind_days: int = 30,
    synthetic: bool = False,
) -> UUID:
    """Seals and keeps it; `valid` are its first and last day. Raises psycopg.errors.CheckViolation for days the wrong way round."""
    document, key = session.new_id(), session.make_key()
    session.run(
        "vault",
        "put",
        id=document,
        kind=kind,
        name=name,
        owner=owner,
        media=media,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        key=key,
        sealed=session.seal(key, _slot(document), content),
        valid_from=valid[0],
        valid_until=valid[1],
        remind_days=remind_days,
        by=by,
        synthetic=synthetic,
    )
    return document


def find_document(session: Session, id: UUID) -> Document | None:
    """Also one that has ended or was withdrawn: ask `holds_on`."""
    row = session.run("vault", "find", id=id).fetchone()
    return None if row is None else Document(*row)


def find_document_named(session: Session, kind: str, name: str, on: date) -> Document | None:
    """The newest of that kind and name that holds on the day."""
    row = session.run("vault", "named", kind=kind, name=name, on=on).fetchone()
    return None if row is None else Document(*row)


def list_documents(session: Session, kind: str = "", with_synthetic: bool = False) -> list[Document]:
    """Those that were not withdrawn, the one that ends first first; `kind` "" for all."""
    return [Document(*row) for row in session.run("vault", "list", kind=kind, with_synthetic=with_synthetic)]


def access_content(session: Session, id: UUID) -> bytes | None:
    """The clear bytes; None when there is no such document or its key was dropped."""
    row = session.run("vault", "content", id=id).fetchone()
    if row is None or not session.has(row[0]):
        return None
    return session.open_bytes(row[0], _slot(id), row[1])


def record_reminders(session: Session, synthetic: bool = False) -> list[Document]:
    """Documents whose owner is to be told now: near or past their last day, and not told in the last week. Marks them as told;
    the caller posts in the same transaction."""
    again = session.now - REMIND_AGAIN
    rows = session.run("vault", "to_remind", today=session.now.date(), again_before=again, synthetic=synthetic)
    return [Document(*row) for row in rows]


def record_withdrawn(session: Session, id: UUID) -> bool:
    """False when it had been withdrawn."""
    return session.run("vault", "withdraw", id=id).rowcount == 1


def forget_synthetic_documents(session: Session) -> int:
    """Takes back the documents of the mystery shopper, and no other's."""
    keys = [row[0] for row in session.run("vault", "forget_synthetic")]
    session.drop(keys)
    return len(keys)
