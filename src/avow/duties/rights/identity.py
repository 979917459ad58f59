"""Who asks: one-time codes, facts already held, documents last. Least intrusive first, and silent about whom we know.

Promises: a code has 8 characters that nobody confuses, lives 15 minutes, takes 5 tries and is kept as a digest only; it goes to an
address that the asker gave, whether or not that address is known, and never more than a few times an hour to the same one.
Facts are compared in the worker, normalised, in constant time. Refuses to tell an asker which fact was wrong.
Source: GDPR articles 11(2), 12(6); NIST SP 800-63B section 5.1.3 (out-of-band secrets).
"""

from __future__ import annotations

import hmac
import json
import secrets
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from avow.control import proofs, rights
from avow.control.rights import RequestRow
from avow.control.session import Session
from avow.duties.rights.model import CLARIFYING, FEE, FINDING, IDENTITY, MERGED, REVIEW, WORDS, Actor, Wish
from avow.duties.rights.moves import access_contact, get_locked, move_one, record_event, refresh_due, refuse
from avow.duties.rights.ports import Mail
from avow.duties.rights.rules import Office, is_reached, plan_fee
from avow.law import Fee
from avow.sealing import normalise

LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # no 0 O, 1 I L, no U beside V
CODE_LENGTH = 8
FACTS_NEEDED = 2
_GOES_ON = ("for a person", "jurisdiction to decide", "fee announced", "search begins")  # how a request leaves `go_on`
Random = Callable[[int], bytes]


def make_code(random: Random = secrets.token_bytes, length: int = CODE_LENGTH) -> str:
    """Evenly spread letters: bytes that would favour some are thrown away."""
    code = ""
    limit = 256 - 256 % len(LETTERS)
    while len(code) < length:
        code += "".join(LETTERS[byte % len(LETTERS)] for byte in random(2 * length) if byte < limit)
    return code[:length]


def make_reference(random: Random = secrets.token_bytes) -> str:
    """As mails and letters carry it: AV-7F3K-92QD."""
    code = make_code(random)
    return f"AV-{code[:4]}-{code[4:]}"


def read_code(typed: str) -> str:
    """A code as people type it: small letters, spaces and hyphens do not matter."""
    return "".join(letter for letter in typed.upper() if letter.isalnum())


def code_digest(session: Session, challenge: UUID, code: str) -> bytes:
    """Of this challenge only: the same code for another one has another digest."""
    return session.keys.lookup.digest_form("code", f"{challenge}\0{read_code(code)}")


def send_code(session: Session, office: Office, row: RequestRow) -> None:
    """A new code to the address that the asker gave; an earlier one ends. After too many to one address in an hour none
    goes out, and the page says the same as always: it must not tell who else asks."""
    contact = access_contact(session, row)
    if contact is None or not contact.email:
        return
    address = session.keys.lookup.digest("email", contact.email)
    lately = proofs.count_codes(session, address, session.now - timedelta(hours=1))
    if lately >= office.rules.codes_per_hour:
        record_event(session, row.id, "code held back", Actor("worker"))
        return
    challenge, code = session.new_id(), make_code()
    expires = session.now + timedelta(minutes=office.rules.code_minutes)
    digest = code_digest(session, challenge, code)
    proofs.record_challenge(session, challenge, row.id, "code", digest, expires, office.rules.code_tries, address)
    values = {"reference": row.reference, "code": code, "minutes": str(office.rules.code_minutes)}
    values |= {"link": link_to(office, row.reference)}
    office.post(session, Mail("code", contact.email, contact.language, values, row.id, row.synthetic))
    record_event(session, row.id, "code sent", Actor("worker"))


def link_to(office: Office, reference: str) -> str:
    """The request's page in the centre."""
    return f"{office.rules.centre.rstrip('/')}/requests/{reference}/" if office.rules.centre else ""


def answer_challenge(session: Session, office: Office, request: UUID, typed: str, actor: Actor) -> bool:
    """True when the code is right; the request then goes on. A wrong, old or used-up code is False, and a try is gone."""
    row = get_locked(session, request)
    tried = proofs.record_try(session, request, "code")
    if tried is None or row.state != IDENTITY:
        return False
    if not hmac.compare_digest(tried.digest, code_digest(session, tried.id, typed)):
        record_event(session, request, "code wrong", actor)
        return False
    proofs.record_passed(session, tried.id)
    record_reached(session, office, row, "code", actor)
    return True


def record_reached(session: Session, office: Office, row: RequestRow, rung: str, actor: Actor) -> None:
    """The asker has shown this much. When it suffices the request goes on, or becomes one with an open one of theirs."""
    if not is_reached(row.identity_reached, rung):
        rights.record_columns(session, row.id, identity_reached=rung)
    record_event(session, row.id, f"identity: {rung}", actor)
    row = get_locked(session, row.id)
    if row.state == IDENTITY and is_reached(row.identity_reached, row.identity_needed):
        proofs.record_ended(session, [row.id], "facts")
        proofs.record_ended(session, [row.id], "document")
        if not merge_duplicate(session, office, row, actor):
            go_on(session, office, row, actor)


def merge_duplicate(session: Session, office: Office, row: RequestRow, actor: Actor) -> UUID | None:
    """An open request of the same asker for the same thing takes this one in; gives it. Words count only as the same words."""
    older = rights.find_duplicate(session, row.id, bytes(row.duplicate_digest), row.kind in WORDS)
    if older is None:
        return None
    merge_into(session, office, row, older, actor)
    return older


def merge_into(session: Session, office: Office, row: RequestRow, other: UUID, actor: Actor) -> None:
    """The other request takes this one in, with the earlier of the two days of arrival; both timelines say so, and a mail tells the
    asker of this one under which reference it goes on. The mail commits with the move, which nobody can make twice."""
    rights.record_columns(session, row.id, merged_into=other)
    move_one(session, row.id, MERGED, "merged into an open request", actor)
    record_event(session, other, "asked again", actor)
    kept = rights.get_requests(session, [other])[0]
    if row.received_at < kept.received_at:
        rights.record_columns(session, other, received_at=row.received_at)
        refresh_due(session, office.law, other)
        kept = rights.get_requests(session, [other])[0]
    _tell_merged(session, office, row, kept)


def _tell_merged(session: Session, office: Office, row: RequestRow, kept: RequestRow) -> None:
    contact = access_contact(session, row)
    if contact and contact.email:
        values = {"reference": row.reference, "other": kept.reference, "link": link_to(office, kept.reference)}
        values["due"] = kept.due_at.date().isoformat()
        office.post(session, Mail("merged", contact.email, contact.language, values, row.id, row.synthetic))


def sign_wish(kind: str, wish: Wish, named: Iterable[tuple[str, str]]) -> str:
    """What makes two requests of one asker the same: kind, scope, and what else they may be found by; where words are asked, of the
    words too: other words are another question."""
    parts = [kind, sorted(wish.scope), sorted(wish.purposes), sorted(wish.changes), sorted(named)]
    if kind in WORDS or kind == "rectification":
        parts.append(" ".join(wish.text.split()))
    return json.dumps(parts)


def go_on(session: Session, office: Office, row: RequestRow, actor: Actor) -> None:
    """After identity, however it was shown, and with the acknowledgement where it is the first time: a person where words are asked
    or the law is not known, the fee where one is due, else the search."""
    if not any(event.name in _GOES_ON for event in rights.get_events(session, row.id)):
        _acknowledge(session, office, row)
    known = row.jurisdiction in office.law.profiles
    if row.kind in WORDS:
        move_one(session, row.id, REVIEW, "for a person", actor)
    elif not known and row.identity_needed != "none":
        rights.record_columns(session, row.id, reason="jurisdiction_unknown")
        move_one(session, row.id, REVIEW, "jurisdiction to decide", actor)
    elif not ask_fee(session, office, row, actor):
        move_one(session, row.id, FINDING, "search begins", actor)
        office.wake(session)
    refresh_due(session, office.law, row.id)


def _acknowledge(session: Session, office: Office, row: RequestRow) -> None:
    """A mail with reference, link and the due day that holds once the wait ends. An account holder without a mail address sees
    it in the centre."""
    contact = access_contact(session, row)
    if contact and contact.email:
        refresh_due(session, office.law, row.id, ends_now=True)
        values = {"reference": row.reference, "link": link_to(office, row.reference)}
        values["due"] = get_locked(session, row.id).due_at.date().isoformat()
        office.post(
            session, Mail(f"received-{row.kind}", contact.email, contact.language, values, row.id, row.synthetic)
        )


def ask_fee(session: Session, office: Office, row: RequestRow, actor: Actor) -> bool:
    """Announces the fee, so that the asker may take the request back; False when none is due or it is paid."""
    fee = plan_fee(office, row.jurisdiction, row.kind, tuple(row.scope))
    if not fee.due or row.fee_paid_at is not None:
        return False
    announce_fee(session, office, row, fee, actor)
    return True


def announce_fee(
    session: Session,
    office: Office,
    row: RequestRow,
    fee: Fee,
    actor: Actor,
    why: Mapping[str, str | int] | None = None,
    from_states: Sequence[str] = (),
) -> None:
    """The case waits: the asker learns amount and basis, and owes nothing before they accept."""
    rights.record_columns(
        session,
        row.id,
        fee_cents=fee.cents,
        fee_currency=fee.currency,
        fee_basis=fee.basis,
        fee_announced_at=session.now,
        fee_accepted_at=None,
    )
    detail = {"amount": str(fee), "basis": fee.basis, **(why or {})}
    move_one(session, row.id, FEE, "fee announced", actor, detail, from_states)
    contact = access_contact(session, row)
    if contact and contact.email:
        values = {"reference": row.reference, "link": link_to(office, row.reference), "amount": str(fee)}
        office.post(session, Mail("fee", contact.email, contact.language, values, row.id, row.synthetic))


def offer_facts(session: Session, request: UUID, facts: Mapping[str, str], office: Office, actor: Actor) -> None:
    """Facts that the company should hold already, to be compared by a worker. The asker is told nothing but "we compare"."""
    row = get_locked(session, request)
    if row.state not in (IDENTITY, CLARIFYING):
        raise refuse("rights.no-such-move", "this request does not ask who you are", "look at its page")
    told = {kind: value.strip() for kind, value in facts.items() if value.strip()}
    if len(told) < FACTS_NEEDED or sum(map(len, told.values())) > 2_000:
        raise refuse(
            "rights.too-few-facts",
            f"fewer than {FACTS_NEEDED} facts were given, or they are longer than a fact is",
            "give two or three of: customer number, telephone, postal code, the number of an invoice",
        )
    if proofs.count_offers(session, request, "facts") >= office.rules.code_tries:
        raise refuse("rights.no-tries-left", "facts were offered too often", "write to us: a person will help")
    expires = session.now + timedelta(days=office.rules.lapse_days)
    secret = (row.key_id, json.dumps(told))
    proofs.record_challenge(session, session.new_id(), request, "facts", b"", expires, 1, secret=secret)
    record_event(session, request, "facts offered", actor, {"facts": len(told)})
    office.wake(session)


def compare_fact(kind: str, told: str, held: str) -> bool:
    """Normalised, in constant time. Letters, digits and nothing else count for what is no address or number."""
    if kind in ("email", "phone"):
        left, right = normalise(kind, told), normalise(kind, held)
    else:
        left, right = _bare(told), _bare(held)
    return bool(left) and hmac.compare_digest(left.encode(), right.encode())


def _bare(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())
