"""Requests come in: by centre, portal ticket, guest form, mail or letter entered by staff, telephone, CLI or API.

Promises: one committed transaction takes a request in, starts its clock, acknowledges it and asks for identity where that is
needed; the same asker's open request for the same thing takes a second one in; a guest sees the same whether or not anybody knows
them. Refuses what is no request (`rights.bad-request`), and to keep anything of one that was refused.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from avow.control import people, rights
from avow.control.rights import RequestRow
from avow.control.session import Session
from avow.duties.rights.identity import go_on, make_reference, merge_duplicate, send_code, sign_wish
from avow.duties.rights.model import (
    CHANNELS,
    IDENTITY,
    KINDS,
    NOES,
    REVIEW,
    WORDS,
    Actor,
    Contact,
    Wish,
)
from avow.duties.rights.moves import as_text, get_locked, move_one, refresh_due, refuse
from avow.duties.rights.naming import find_fault
from avow.duties.rights.rules import Office, is_marketing, is_reached, list_meant, marks_of, plan_fee, plan_identity
from avow.law import Due, Fee, due_of

LONGEST_TEXT = 20_000
# entered by somebody else than the asker, who has no page of the request open in a browser
ENTERED_CHANNELS = ("email", "phone", "letter", "cli", "portal_ticket", "api")


@dataclass(frozen=True)
class Ask:
    """What somebody asks, as it came in. `subject` where the asker is known by their session; `account` of the centre."""

    kind: str
    contact: Contact
    wish: Wish
    channel: str
    jurisdiction: str
    actor: Actor
    subject: UUID | None = None
    account: str = ""
    received_at: datetime | None = None
    synthetic: bool = False

    @property
    def is_known(self) -> bool:
        """Signed in, or vouched for by the company's own portal."""
        return bool(self.account or self.subject)


@dataclass(frozen=True)
class Preview:
    """What is said before sending. `fee` in words, "" none; `waits` are the waits there will be; `what_next` the first step."""

    due_in_words: str
    due_at: datetime
    due_source: str
    identity_needed: str
    fee: str
    waits: tuple[str, ...]
    what_next: str


def plan_request(
    office: Office,
    now: datetime,
    kind: str,
    jurisdiction: str,
    channel: str,
    signed_in: bool,
    purposes: tuple[str, ...] = (),
    received_at: datetime | None = None,
) -> Preview:
    """What would happen to a request that is sent now, or came in before. Touches nothing. Raises RightsError."""
    _check_words(kind, channel)
    due = _due(office, kind, jurisdiction, received_at or now, now)
    needed = plan_identity(kind, purposes, signed_in, has_address=True)
    fee = plan_fee(office, jurisdiction or office.law.default, kind, purposes)
    return Preview(
        due.span,
        due.at,
        due.source,
        needed,
        str(fee),
        _plan_waits(office, kind),
        _plan_next(kind, needed, fee),
    )


def _plan_waits(office: Office, kind: str) -> tuple[str, ...]:
    waits = []
    if kind == "erasure" and office.rules.undo_days:
        waits.append(f"undo {office.rules.undo_days} days")
    if kind in ("access", "copy", "erasure"):
        waits.append(f"after a change of address {office.rules.wait_hours} hours")
    return tuple(waits)


def _plan_next(kind: str, needed: str, fee: Fee) -> str:
    if needed == "code":
        return "code"
    if needed == "reauthentication":
        return "reauthentication"
    if fee.due:
        return "fee"
    return "person" if kind in WORDS else "search"


def _due(office: Office, kind: str, jurisdiction: str, received_at: datetime, now: datetime) -> Due:
    return due_of(office.law.profile(jurisdiction), kind, received_at, now, holidays=office.law.holidays)


def open_request(session: Session, office: Office, ask: Ask) -> RequestRow:
    """Takes a request in; gives its row, or the row of the open one that took it in. Raises RightsError."""
    check_ask(ask)
    ask = _with_purposes(office, ask)
    subject = ask.subject or _subject_of_account(session, ask)
    needed = plan_identity(ask.kind, ask.wish.purposes, ask.is_known, bool(ask.contact.email))
    request = _record(session, office, ask, subject, needed)
    row = get_locked(session, request)
    merged = None
    if ask.is_known or ask.kind in WORDS:
        merged = merge_duplicate(session, office, row, ask.actor)
    if merged is not None:
        return get_locked(session, merged)
    _begin(session, office, row, ask)
    return get_locked(session, request)


def check_ask(ask: Ask) -> None:
    """Raises RightsError `rights.bad-request` for what cannot be taken in."""
    _check_words(ask.kind, ask.channel)
    reach = (ask.contact.email, ask.contact.phone, ask.contact.postal_address, ask.account, ask.subject)
    if not any(reach):
        raise _bad("nobody could be answered: no address, number or account is given", "give one of them")
    if ask.contact.email:
        _check_address(ask.contact.email)
    texts: Sequence[str] = (ask.wish.text, ask.wish.ground, ask.contact.postal_address, ask.contact.name)
    if any(len(text) > LONGEST_TEXT for text in texts) or len(ask.wish.changes) > 200:
        raise _bad(f"a text is longer than {LONGEST_TEXT:,} characters", "shorten it, or send the rest as a message")
    for kind, value in ask.contact.identifiers:
        if fault := find_fault(kind, value):
            raise _bad(fault, "correct it, or leave it out; an address of the network comes with its time")
    if ask.kind == "withdrawal" and not ask.wish.purposes:
        raise _bad("a consent is withdrawn for a purpose, and none is named", "name the purposes")


def _check_words(kind: str, channel: str) -> None:
    if kind not in KINDS:
        raise _bad("this kind of request does not exist", f"use one of {', '.join(KINDS)}")
    if channel not in CHANNELS:
        raise _bad("this channel does not exist", f"use one of {', '.join(CHANNELS)}")


def _check_address(address: str) -> None:
    from email_validator import EmailNotValidError, validate_email  # takes long to load: only where one came

    try:
        validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise _bad("what stands as e-mail address is none", "correct it, or leave it out") from None


def _bad(cause: str, help: str) -> Exception:
    return refuse("rights.bad-request", cause, help, "the request is not taken in")


def _with_purposes(office: Office, ask: Ask) -> Ask:
    """Every purpose that is meant, one by one: a mark on a general term would stop nothing in a store."""
    if ask.kind not in NOES:
        return ask
    meant = list_meant(ask.wish.purposes, office.rules.purposes) or ("marketing.own",)
    wish = Wish(ask.wish.text, ask.wish.scope, meant, (), ask.wish.ground)
    return Ask(**{**vars(ask), "wish": wish})


def _subject_of_account(session: Session, ask: Ask) -> UUID | None:
    if not ask.account:
        return None
    found = people.find_subjects_by_identifier(session, people.ACCOUNT, ask.account)
    if found:
        return found[0]
    subject = people.record_subject(session, ask.jurisdiction, ask.synthetic)
    people.record_identifier(session, subject, people.ACCOUNT, ask.account, proven=True)
    return subject


def _record(session: Session, office: Office, ask: Ask, subject: UUID | None, needed: str) -> UUID:
    received = ask.received_at or session.now
    due = _due(office, ask.kind, ask.jurisdiction, received, session.now)
    values = {
        "id": session.new_id(),
        "reference": make_reference(),
        "kind": ask.kind,
        "channel": ask.channel,
        "jurisdiction": ask.jurisdiction or office.law.default,
        "received_at": received,
        "original_received_at": ask.received_at,
        "due_at": due.at,
        "due_source": due.source,
        "identity_needed": needed,
        "identity_reached": "session" if ask.is_known else "none",
        "subject": subject,
        "account": ask.account,
        "opened_by": ask.actor.ref if ask.actor.kind == "staff" else "",
        "scope": list(ask.wish.purposes),
        "synthetic": ask.synthetic,
        "duplicate_digest": _duplicate_digest(session, ask, subject),
        "actor_kind": ask.actor.kind,
        "actor_ref": ask.actor.ref,
    }
    return rights.record_request(session, values, as_text(ask.contact), as_text(ask.wish))


def _duplicate_digest(session: Session, ask: Ask, subject: UUID | None) -> bytes:
    """Of the asker and what is asked."""
    asker = f"subject {subject}" if subject else session.keys.lookup.digest("email", ask.contact.email).hex()
    if not subject and not ask.contact.email:
        contact = ask.contact
        asker = session.keys.lookup.digest_form(
            "asker", f"{contact.phone}\0{contact.postal_address}\0{contact.name}"
        ).hex()
    return session.keys.lookup.digest_form(
        "duplicate", json.dumps([asker, sign_wish(ask.kind, ask.wish, ask.contact.identifiers)])
    )


def _begin(session: Session, office: Office, row: RequestRow, ask: Ask) -> None:
    """The first move, and the first mail."""
    if row.kind in NOES:
        _list_at_once(session, row, ask.contact)
    if is_reached(row.identity_reached, row.identity_needed):
        go_on(session, office, row, ask.actor)
    elif row.identity_needed in ("code", "reauthentication"):
        move_one(session, row.id, IDENTITY, "identity asked", ask.actor, {"by": row.identity_needed})
        if row.identity_needed == "code":
            send_code(session, office, row)
    elif ask.channel in ENTERED_CHANNELS:
        move_one(session, row.id, REVIEW, "identity for a person", ask.actor)
    else:
        move_one(session, row.id, IDENTITY, "identity asked", ask.actor, {"by": row.identity_needed})
    refresh_due(session, office.law, row.id)


def _list_at_once(session: Session, row: RequestRow, contact: Contact) -> None:
    """What somebody says against marketing needs no identity and no worker: what is sent from now on is held against it, also when
    the rest of what they object to waits for a code (GDPR, article 21(3))."""
    marketing = tuple(purpose for purpose in row.scope if is_marketing((purpose,)))
    reached = [(kind, value) for kind, value in (("email", contact.email), ("phone", contact.phone)) if value]
    marks = [mark for mark, held in marks_of(row.kind, marketing).items() if held]
    people.record_suppressions(session, [(kind, value, mark, row.id) for kind, value in reached for mark in marks])
