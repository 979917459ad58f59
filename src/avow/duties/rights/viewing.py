"""A guest comes back to a request from another browser: a code to the address of the request opens its page.

Promises: the same codes, tries and lifetimes as in the identity step, and the same limit for each address; the request itself does
not move. Refuses to say whether a reference, an address or a person is known: a wrong code and no code at all are the same False.
"""

from __future__ import annotations

import hmac
from datetime import timedelta
from uuid import UUID

from avow.control import proofs
from avow.control.session import Session
from avow.duties.rights.identity import code_digest, link_to, make_code
from avow.duties.rights.model import Actor
from avow.duties.rights.moves import access_contact, get_locked, record_event
from avow.duties.rights.ports import Mail
from avow.duties.rights.rules import Office

VIEW = "view"


def send_view_code(session: Session, office: Office, request: UUID) -> None:
    """A code to the address that was given with the request; none after too many in an hour, and none where there is no address."""
    row = get_locked(session, request)
    contact = access_contact(session, row)
    if contact is None or not contact.email:
        return
    address = session.keys.lookup.digest("email", contact.email)
    lately = proofs.count_codes(session, address, session.now - timedelta(hours=1))
    if lately >= office.rules.codes_per_hour:
        record_event(session, request, "code held back", Actor("worker"))
        return
    challenge, code = session.new_id(), make_code()
    expires = session.now + timedelta(minutes=office.rules.code_minutes)
    digest = code_digest(session, challenge, code)
    proofs.record_challenge(session, challenge, request, VIEW, digest, expires, office.rules.code_tries, address)
    values = {"reference": row.reference, "code": code, "minutes": str(office.rules.code_minutes)}
    values |= {"link": link_to(office, row.reference)}
    office.post(session, Mail("code", contact.email, contact.language, values, row.id, row.synthetic))


def answer_view_code(session: Session, request: UUID, typed: str) -> bool:
    """True when the code is right: it is used up then. A wrong, old or used-up code is False, and a try is gone."""
    tried = proofs.record_try(session, request, VIEW)
    if tried is None or not hmac.compare_digest(tried.digest, code_digest(session, tried.id, typed)):
        return False
    proofs.record_passed(session, tried.id)
    return True
