"""What the asker may do after sending: pay or not, write, take back, contest, show again who they are.

Promises: each is one move or one message, in the caller's transaction, with its mail and its event. Refuses to take back what is
being done already, and to move a request of which the asker only holds the reference further than its state allows.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from avow.control import cases, people, proofs, rights
from avow.control.rights import RequestRow
from avow.control.session import Session
from avow.duties.rights.charging import contest_fee
from avow.duties.rights.identity import record_reached, send_code
from avow.duties.rights.intake import LONGEST_TEXT
from avow.duties.rights.model import (
    CLARIFYING,
    ERASING,
    FEE,
    FINDING,
    IDENTITY,
    REFUSED,
    REVIEW,
    WITHDRAWN,
    Actor,
)
from avow.duties.rights.moves import get_locked, move_one, record_event, refresh_due, refuse
from avow.duties.rights.rules import Office
from avow.duties.rights.searching import write

LONGEST_DOCUMENT = 10 * 1024 * 1024
_BEGINS = (b"%PDF-", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")


def resend_code(session: Session, office: Office, request: UUID) -> None:
    """Another code; says nothing where none is due or too many went out."""
    row = get_locked(session, request)
    if row.state == IDENTITY and row.identity_needed == "code":
        send_code(session, office, row)


def record_reauthenticated(session: Session, office: Office, request: UUID, actor: Actor) -> None:
    """The account holder has just shown a password or passkey again. Raises RightsError for a request of another account."""
    row = get_locked(session, request)
    if not row.account or row.account != actor.ref:
        raise refuse("rights.not-the-asker", "this request is of another account", "sign in as the one who asked")
    record_reached(session, office, row, "reauthentication", actor)


def accept_fee(session: Session, office: Office, request: UUID, actor: Actor) -> None:
    """The asker agrees to pay; the request waits for the payment."""
    row = get_locked(session, request)
    _must_stand(row, FEE)
    rights.record_columns(session, request, fee_accepted_at=session.now)
    record_event(session, request, "fee accepted", actor)


def decline_fee(session: Session, office: Office, request: UUID, actor: Actor) -> None:
    """The asker does not want to pay: the request ends, nothing is owed."""
    _must_stand(get_locked(session, request), FEE)
    move_one(session, request, WITHDRAWN, "fee declined", actor)


def record_payment(session: Session, office: Office, request: UUID, actor: Actor) -> None:
    """The fee has come in (seen by staff or by the company's own billing): the request goes on."""
    row = get_locked(session, request)
    _must_stand(row, FEE)
    if actor.kind not in ("staff", "api", "shopper"):
        raise refuse("rights.not-staff", "only the company can say that it was paid", "ask staff to record it")
    rights.record_columns(session, request, fee_paid_at=session.now)
    record_event(session, request, "fee paid", actor)
    move_one(session, request, FINDING, "search begins", actor)
    refresh_due(session, office.law, request)
    office.wake(session)


def _must_stand(row: RequestRow, state: str) -> None:
    if row.state != state:
        raise refuse(
            "rights.no-such-move", f"the request is not in state `{state}`", "look at its page: it has moved on"
        )


def add_message(session: Session, office: Office, request: UUID, text: str, actor: Actor) -> None:
    """A message of the asker, or of staff. An asker's message answers what was asked back, and the search goes on."""
    row = get_locked(session, request)
    _check_text(text)
    way = "out" if actor.kind == "staff" else "in"
    cases.record_message(session, request, row.key_id, way, text, (actor.kind, actor.ref))
    record_event(session, request, "message", actor, {"direction": way})
    if way == "out":
        write(session, office, row, "message")
    if way == "in" and row.state == CLARIFYING:
        move_one(session, request, REVIEW, "answered", actor)
        refresh_due(session, office.law, request)


def _check_text(text: str) -> None:
    if not text.strip() or len(text) > LONGEST_TEXT:
        raise refuse(
            "rights.bad-request",
            f"a message has between 1 and {LONGEST_TEXT:,} characters",
            "write something, or shorten it",
        )


def withdraw(session: Session, office: Office, request: UUID, actor: Actor) -> None:
    """The asker takes the request back. What it had blocked is open again. Raises RightsError once it is being done."""
    row = get_locked(session, request)
    move_one(session, request, WITHDRAWN, "withdrawn", actor)
    subject = row.subject if row.kind == "erasure" else None
    if subject and people.get_states(session, [subject]).get(subject, {}).get(ERASING):
        people.record_states(session, {subject: {ERASING: False}}, {subject: request})
        office.wake(session)
    proofs.record_ended(session, [request], "facts")
    proofs.record_ended(session, [request], "document")


def contest(session: Session, office: Office, request: UUID, text: str, actor: Actor) -> None:
    """The asker does not accept a refusal, or that the request is called excessive: somebody looks again."""
    row = get_locked(session, request)
    _check_text(text)
    if row.state == FEE:
        contest_fee(session, office, row, text, actor)
        return
    _must_stand(row, REFUSED)
    cases.record_message(session, request, row.key_id, "in", text, (actor.kind, actor.ref))
    move_one(session, request, REVIEW, "contested", actor)
    refresh_due(session, office.law, request)


def offer_document(session: Session, office: Office, request: UUID, document: bytes, actor: Actor) -> None:
    """The last rung: a redacted document, sealed until staff has looked, then deleted; deleted, too, when nobody looks for
    `lapse_days`. Only where staff asked for it. The request goes to a person, and its clock runs again."""
    row = get_locked(session, request)
    if row.state != IDENTITY or row.identity_needed != "document":
        raise refuse("rights.no-document-needed", "no document was asked for", "do not send one: we do not need it")
    if not 0 < len(document) <= LONGEST_DOCUMENT:
        raise refuse("rights.bad-request", "the document is empty or larger than 10 MiB", "send a smaller picture")
    if not is_document(document):
        raise refuse("rights.bad-request", "the file is no picture and no PDF", "send a PDF, JPEG, PNG or WebP file")
    if proofs.count_offers(session, request, "document") >= office.rules.code_tries:
        raise refuse("rights.no-tries-left", "documents were sent too often", "write to us: a person will help")
    expires = session.now + timedelta(days=office.rules.lapse_days)
    secret = (row.key_id, document)
    proofs.record_challenge(session, session.new_id(), request, "document", b"", expires, 1, secret=secret)
    move_one(session, request, REVIEW, "document offered", actor)
    refresh_due(session, office.law, request)


def is_document(content: bytes) -> bool:
    """Whether the first bytes are those of a PDF or of a picture that staff can look at."""
    return content.startswith(_BEGINS) or (content[:4] == b"RIFF" and content[8:12] == b"WEBP")
