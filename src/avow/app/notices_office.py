"""What the mystery shopper uses of notices: pages by real GETs, publishing at an address that nobody knows, the report of practice,
and telling synthetic people of a trial that is no version.

Every publication and every person told here is synthetic and goes with the visit. Refuses to publish at an address that a real
version has, and to tell anybody who was not planted.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from uuid import UUID, uuid4

import psycopg

from avow.app.choices import list_uses, record_preferences
from avow.app.databases import control_dsn
from avow.app.desk import Desk
from avow.app.notices import Notices
from avow.app.practice import find_doings
from avow.app.project import Project
from avow.app.telling import Teller, open_teller
from avow.app.webpages import get_page
from avow.control import notices, people, telling
from avow.control.notices import NewPublication
from avow.control.session import Session
from avow.control.statements import load_statements
from avow.control.telling import Decision
from avow.datamap.practice import Doings, Practice, list_practice
from avow.duties.notices.telling import WAYS, Facts, find_fault
from avow.prove.inquiry import CannotTell
from avow.prove.scene import StoreScene
from avow.prove.shopper import Guest
from avow.prove.shopper.visits_notices import Page, Told

SHOPPER = "mystery shopper"
_FORGERIES = ("forge_sent_mark", "forge_sent_mail")  # of control/queries/telling.sql


@dataclass(frozen=True)
class NoticesOffice:
    """`doings` reads what is live and `teller` opens what telling needs, each once, when it is first asked for; `label` is the name
    of the trial."""

    notices: Notices
    doings: Callable[[], Doings]
    desk: Desk
    teller: Callable[[], Teller]
    label: str = field(default_factory=lambda: f"trial-{secrets.token_hex(8)}")

    @property
    def project(self) -> Project:
        return self.notices.project

    def get(self, address: str) -> Page:
        found = get_page(address)
        return Page(found.status, found.body, found.reason)

    def versions(self) -> tuple[str, ...]:
        """Oldest first, up to the one in force."""
        last = self.project.version.published
        return tuple(one.version for one in self.project.versions if one.published <= last)

    def text_of(self, version: str) -> str:
        """The words as they stand in the project."""
        return self.notices.get_version(version).text

    def addresses(self) -> Mapping[str, bool]:
        """Address of the version in force -> whether it is a page of ours."""
        centre = self.notices.centre
        places = self.project.version.shown_at
        return {f"{centre}{p}" if p.startswith("/") else p: p.startswith("/") for p in places}

    def address_of(self, place: str) -> str:
        return f"{self.notices.centre}{place}"

    def new_place(self) -> str:
        return f"/trial-of-publishing-{secrets.token_hex(12)}"

    def publish(self, version: str, place: str, effective: date) -> None:
        """By the same record as a real publication; the transaction is committed when this returns."""
        new = NewPublication(uuid4(), version, place, effective, SHOPPER, synthetic=True)
        notices.record_publication(self.notices.connection, self.notices.company, new, datetime.now(UTC))

    def withdraw(self, place: str) -> None:
        notices.record_synthetic_gone(self.notices.connection, self.notices.company, place)

    def unpublishing_is_refused(self) -> bool:
        """Tries to change and to delete a real publication, in transactions that are always rolled back."""
        statements = (
            "UPDATE control.publication SET version = version",
            "DELETE FROM control.publication WHERE NOT synthetic",
        )
        return all(self._is_refused(statement) for statement in statements)

    def _is_refused(self, statement: str) -> bool:
        try:
            with self.notices.connection.transaction(force_rollback=True):
                changed = self.notices.connection.execute(statement.encode()).rowcount
        except psycopg.errors.RestrictViolation:
            return True
        return changed == 0  # there is nothing that could be changed

    def practice(self, without: str = "") -> tuple[Practice, ...]:
        """The report; with one promise taken out of the policy where `without` names it."""
        version = self.project.version
        kept = tuple(promise for promise in version.promises if promise.id != without)
        return list_practice(replace(version, promises=kept), self.project.vocabulary, self.doings())

    def tell(self, guests: Sequence[Guest]) -> Told:
        places = frozenset(key for guest in guests for key in guest.keys)
        facts = Facts(self.notices.company, self._today(), "A trial.", 0, self.notices.centre)
        self.teller().tell_some(self.label, facts, places, SHOPPER)
        with self.desk.session() as session:
            put, left_out = telling.find_lines(session, self.label, sorted(places))
            in_outbox, sent = telling.count_in_outbox(session, self.label)
            counted = telling.get_figures(session, self.label).told
            with session.connection.transaction(force_rollback=True):
                session.run("telling", "as_if_sent", batch=f"{telling.BATCH} {self.label} ")
                if_sent = telling.get_figures(session, self.label).told
        return Told(frozenset(put), left_out, in_outbox, sent, counted, if_sent)

    def erase(self, guest: Guest) -> None:
        with self.desk.session() as session:
            people.record_suppressions(session, [("email", guest.email, "erased", None)])

    def object(self, guest: Guest) -> None:
        with self.desk.session() as session:
            subject = self._subject(session, guest)
        record_preferences(self.desk, subject, {use: {} for use in list_uses(self.desk.office)})

    def forges(self) -> bool:
        return any([self._takes(statement) for statement in _FORGERIES])

    def _takes(self, statement: str) -> bool:
        try:
            with self.notices.connection.transaction(force_rollback=True):
                forged = load_statements("telling")[statement].encode()
                if not self.notices.connection.execute(forged, {"version": self.label}).rowcount:
                    raise CannotTell("no mail of the trial stands on record that a mark could be forged on")
        except psycopg.errors.RestrictViolation:
            return False
        return True

    def fault_of(self, days: int) -> str:
        today = self._today()
        with self.desk.session() as session:
            figures = telling.get_figures(session, self.label)
        return find_fault(Decision(WAYS, "a trial", today), figures, today, today + timedelta(days=days))

    def acknowledge(self, guest: Guest) -> tuple[datetime | None, datetime | None, datetime | None]:
        found = []
        for press in (False, True, True):
            with self.desk.session() as session:
                subject = self._subject(session, guest)
                if press:
                    telling.record_acknowledged(session, self.label, subject)
                found.append(telling.find_acknowledged(session, self.label, subject))
        return found[0], found[1], found[2]

    def clean_up(self) -> None:
        with self.desk.session() as session:
            telling.forget_synthetic(session, self.label)

    def _subject(self, session: Session, guest: Guest) -> UUID:
        keys = [key for key in guest.keys if self._is_subject(key[0], key[1])]
        if not keys:
            raise CannotTell("the synthetic person has no row by which they could be known")
        known = people.find_subjects_by_keys(session, keys)
        subject = next((one for one in known if one), None) or people.record_subject(session, synthetic=True)
        for key, one in zip(keys, known, strict=True):
            if one is None:
                people.record_key(session, subject, key, "planted")
        return subject

    def _is_subject(self, store: str, table: str) -> bool:
        """What is planted beside a person, as the firm that sold a list, is nobody's key."""
        there = self.project.datamap.find_store(store)
        mapped = there.find_table(table) if there else None
        return mapped is not None and bool(mapped.key)

    def _today(self) -> date:
        return datetime.now(UTC).date()


def make_notices_office(
    stack: ExitStack, project: Project, desk: Desk, scenes: tuple[StoreScene, ...]
) -> NoticesOffice:
    """Reads the stores with the run's scenes: the shopper's eyes have no credential for the catalogue."""
    dsn = stack.enter_context(control_dsn(project.settings, lambda line: None))
    connection = stack.enter_context(psycopg.connect(dsn, autocommit=True, application_name="avow shopper"))

    @cache
    def doings() -> Doings:
        return find_doings(project, scenes, connection)

    @cache
    def teller() -> Teller:
        return stack.enter_context(open_teller(project))

    return NoticesOffice(Notices(project, connection), doings, desk, teller)
