"""Lifts a restriction: the ground is over, the person is told, every store is told.

Promises that the person hears of it in the same transaction, before any store shows the rows again. Refuses to lift what was never
restricted, and without a reason.
Source: GDPR article 18(3).
"""

from __future__ import annotations

from uuid import UUID

from avow.control import people
from avow.control.session import Session
from avow.duties.rights.identity import link_to
from avow.duties.rights.model import DONE, Actor
from avow.duties.rights.moves import access_contact, get_locked, record_event, refuse
from avow.duties.rights.ports import Mail
from avow.duties.rights.rules import Office

RESTRICTED = "restricted"


def lift_restriction(session: Session, office: Office, request: UUID, reason: str, staff: Actor) -> None:
    """Ends the restriction that this request set. Raises RightsError `rights.not-restricted`."""
    row = get_locked(session, request)
    marks = people.get_states(session, [row.subject]).get(row.subject, {}) if row.subject else {}
    if row.kind != "restriction" or row.state != DONE or row.subject is None or not marks.get(RESTRICTED):
        raise refuse("rights.not-restricted", "this request restricts nothing now", "look at its timeline")
    if not reason.strip():
        raise refuse("rights.bad-request", "the person must be told why it ends", "say why")
    people.record_states(session, {row.subject: {RESTRICTED: False}}, {row.subject: request})
    record_event(session, request, "restriction lifted", staff)
    contact = access_contact(session, row)
    if contact and contact.email:
        values = {"reference": row.reference, "link": link_to(office, row.reference)}
        office.post(session, Mail("lifted", contact.email, contact.language, values, request, row.synthetic))
    office.wake(session)
