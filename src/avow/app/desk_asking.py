"""The desk's side of the asker: preview, send, show who they are, pay, write, take back, contest.

A request of somebody else is for the caller to refuse: web knows the session, the desk knows the request. Nothing here says
whether an address is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol
from uuid import UUID

from avow.control import people
from avow.control.session import Session
from avow.duties.rights import asking, identity, intake, viewing
from avow.duties.rights.intake import Ask, Preview
from avow.duties.rights.model import Actor, Contact, Request, Wish
from avow.duties.rights.moves import as_request
from avow.duties.rights.rules import Office

GUEST = Actor("guest")


class Counter(Protocol):
    """What the parts of a desk share."""

    @property
    def office(self) -> Office: ...
    @property
    def company(self) -> str: ...
    def now(self) -> datetime: ...
    def session(self) -> AbstractContextManager[Session]: ...


class Asking:
    """The methods for people who ask."""

    def preview(
        self: Counter,
        kind: str,
        jurisdiction: str,
        channel: str,
        signed_in: bool = False,
        purposes: tuple[str, ...] = (),
        received_at: datetime | None = None,
    ) -> Preview:
        """What would happen, before anything is sent; the time runs from `received_at` where it came in before now. Raises
        RightsError `rights.bad-request`."""
        now = self.now()
        return intake.plan_request(
            self.office, now, kind, jurisdiction, channel, signed_in, purposes, received_at or now
        )

    def open_request(
        self: Counter,
        kind: str,
        contact: Contact,
        wish: Wish,
        channel: str,
        jurisdiction: str,
        actor: Actor,
        subject: UUID | None = None,
        account: str = "",
        received_at: datetime | None = None,
        synthetic: bool = False,
    ) -> Request:
        """Takes a request in, or gives the open one that this repeats. Raises RightsError."""
        ask = Ask(kind, contact, wish, channel, jurisdiction, actor, subject, account, received_at, synthetic)
        with self.session() as session:
            return as_request(intake.open_request(session, self.office, ask), self.company)

    def answer_challenge(self: Counter, request_id: UUID, code: str, actor: Actor = GUEST) -> bool:
        """Whether the one-time code is right. Five tries, fifteen minutes."""
        with self.session() as session:
            return identity.answer_challenge(session, self.office, request_id, code, actor)

    def resend_code(self: Counter, request_id: UUID) -> None:
        """Another code, to the address that the asker gave. Says nothing of what came of it."""
        with self.session() as session:
            asking.resend_code(session, self.office, request_id)

    def send_view_code(self: Counter, request_id: UUID) -> None:
        """A code with which a guest opens the page of the request in another browser. Says nothing of what came of it."""
        with self.session() as session:
            viewing.send_view_code(session, self.office, request_id)

    def answer_view_code(self: Counter, request_id: UUID, code: str) -> bool:
        """Whether that code is right. It opens the page for the caller's session and moves nothing."""
        with self.session() as session:
            return viewing.answer_view_code(session, request_id, code)

    def offer_facts(self: Counter, request_id: UUID, facts: Mapping[str, str], actor: Actor = GUEST) -> None:
        """Facts that the company holds: a worker compares them."""
        with self.session() as session:
            identity.offer_facts(session, request_id, facts, self.office, actor)

    def offer_document(self: Counter, request_id: UUID, document: bytes, actor: Actor = GUEST) -> None:
        """Only where staff asked for it; deleted after use."""
        with self.session() as session:
            asking.offer_document(session, self.office, request_id, document, actor)

    def record_reauthenticated(self: Counter, request_id: UUID, actor: Actor) -> None:
        """Web has just asked for the password or passkey again."""
        with self.session() as session:
            asking.record_reauthenticated(session, self.office, request_id, actor)

    def accept_fee(self: Counter, request_id: UUID, actor: Actor) -> None:
        with self.session() as session:
            asking.accept_fee(session, self.office, request_id, actor)

    def decline_fee(self: Counter, request_id: UUID, actor: Actor) -> None:
        with self.session() as session:
            asking.decline_fee(session, self.office, request_id, actor)

    def record_payment(self: Counter, request_id: UUID, actor: Actor) -> None:
        """Staff, or the company's billing by API: the fee is in."""
        with self.session() as session:
            asking.record_payment(session, self.office, request_id, actor)

    def add_message(self: Counter, request_id: UUID, text: str, actor: Actor) -> None:
        with self.session() as session:
            asking.add_message(session, self.office, request_id, text, actor)

    def withdraw(self: Counter, request_id: UUID, actor: Actor) -> None:
        with self.session() as session:
            asking.withdraw(session, self.office, request_id, actor)

    def contest(self: Counter, request_id: UUID, text: str, actor: Actor) -> None:
        with self.session() as session:
            asking.contest(session, self.office, request_id, text, actor)

    # -- who an account is ---------------------------------------------------------------------------------------------

    def person_of(self: Counter, account_email_verified: str) -> UUID | None:
        """The subject who has shown that this address is theirs."""
        with self.session() as session:
            found = people.find_subjects_by_identifier(session, "email", account_email_verified)
            return found[0] if found else None

    def bind_account(self: Counter, account: str, email: str) -> UUID:
        """An account of the centre has verified `email`: both are one person from now on. Gives the subject."""
        with self.session() as session:
            found = people.find_subjects_by_identifier(session, people.ACCOUNT, account)
            others = people.find_subjects_by_identifier(session, "email", email)
            subject = next(iter((*found, *others)), None) or people.record_subject(session)
            for other in {*found, *others} - {subject}:
                people.record_merge(session, subject, other, "both addresses shown by one account", "worker")
            people.record_identifier(session, subject, people.ACCOUNT, account, proven=True)
            people.record_identifier(session, subject, "email", email, proven=True)
            return subject

    def bind_portal_subject(self: Counter, account: str, store: str, table: str, key: str) -> UUID:
        """The company's own portal has vouched for who this is. Gives the subject."""
        with self.session() as session:
            found = people.find_subjects_by_identifier(session, people.ACCOUNT, account)
            owner = people.find_subjects_by_keys(session, [(store, table, key)])[0]
            subject = next(iter(found), None) or owner or people.record_subject(session)
            if owner and owner != subject:
                people.record_merge(session, subject, owner, "vouched for by the portal", "worker")
            people.record_identifier(session, subject, people.ACCOUNT, account, proven=True)
            people.record_key(session, subject, (store, table, key), "vouched for by the portal")
            return subject

    def record_credentials_changed(self: Counter, account: str) -> None:
        """Password, passkey or address of an account was changed: exports and erasures wait after it."""
        with self.session() as session:
            people.record_changed(session, people.ACCOUNT, account)

    def record_changed_elsewhere(self: Counter, key: tuple[str, str, str], at: datetime) -> None:
        """The company's own portal changed an address, a number or a way to sign in of the person behind (store, table, key):
        exports and erasures wait. That person is known by this key from now on."""
        with self.session() as session:
            subject = people.find_subjects_by_keys(session, [key])[0] or people.record_subject(session)
            people.record_key(session, subject, key, "told by the portal")
            people.record_reach_changed(session, subject, at)
