"""Disclosures as everybody asks for them: command line, console, API and workers; consents and cases are joined in here.

Refuses to give the web a store's credential: what has to be read is read by a command or a worker.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from uuid import UUID

import psycopg

from avow.app.databases import control_dsn
from avow.app.disclosing import Disclosing, Grounds, hand_over, name_row, open_duty_store
from avow.app.outgoing import make_outbox
from avow.app.places import StaffPlaces
from avow.app.project import Progress, Project, open_project
from avow.app.recording import open_project_ledger
from avow.app.rights import open_desk
from avow.control import disclosures, duty_cases, vault
from avow.control.choices import find_consent
from avow.control.disclosures import REFUSED, Disclosure, Figure, Notice
from avow.control.session import Session
from avow.duties.disclosures import Order
from avow.errors import Diagnostic, DisclosureError, Place
from avow.ledger import Ledger

OpenSession = Callable[[], AbstractContextManager[Session]]


def make_disclosing(project: Project, session: OpenSession, ledger: Ledger) -> Disclosing:
    """Everything a disclosure needs, from the register on disk to the duty credential."""
    outbox = make_outbox(project.settings)
    return Disclosing(
        project, session, ledger, partial(open_duty_store, project), has_agreed, find_order, outbox=outbox
    )


def has_agreed(session: Session, subject: UUID, purpose: str, recipient: str) -> bool:
    """The person's own consent to this recipient and purpose stands at this moment."""
    consent = find_consent(session, subject, purpose, recipient)
    return consent is not None and consent.withdrawn_at is None


def find_order(session: Session, case: UUID) -> Order | None:
    """A case as the gate needs it. What obliges is the document of the vault that the case names as its ground: an order for an
    authority, a notice for a transfer of the business."""
    found = duty_cases.find_case(session, case)
    if found is None:
        return None
    today, facts = session.now.date(), found.facts
    basis, notice = facts.get("ground", ""), facts.get("notice", "")
    scope = [found.scope.get(part, "") for part in ("store", "table", "key")]
    return Order(
        found.kind,
        found.going,
        found.requested_by,
        found.approved_by,
        basis,
        document=bool(basis) and vault.find_document_named(session, "order", basis, today) is not None,
        notice=bool(notice) and vault.find_document_named(session, "notice", notice, today) is not None,
        about=frozenset({name_row(*scope)}) if all(scope) else frozenset(),
    )


@contextmanager
def open_disclosing(folder: Path, environ: Mapping[str, str], progress: Progress) -> Iterator[Disclosing]:
    """For one command. Raises AvowError."""
    project = open_project(folder, environ)
    desk = open_desk(folder, environ, progress, size=2)
    try:
        with (
            control_dsn(project.settings, progress) as dsn,
            open_project_ledger(project.settings, dsn) as ledger,
        ):
            yield make_disclosing(project, desk.session, ledger)
    finally:
        desk.close()


@dataclass(frozen=True)
class Register:
    """The register as people look at it and answer for it. Needs Avow's own database alone."""

    project: Project
    session: OpenSession

    def lines(self, state: str = "", limit: int = 200, recipient: str = "") -> list[Disclosure]:
        """Real disclosures, newest first; `state` "" for all."""
        with self.session() as session:
            return disclosures.list_disclosures(session, state, recipient, limit)

    def find(self, id: UUID) -> Disclosure:
        """Raises DisclosureError `disclosure.no-such`."""
        with self.session() as session:
            found = disclosures.find_disclosure(session, id)
        if found is None:
            raise _no_such("there is no disclosure with that id")
        return found

    def figures(self, since: datetime, until: datetime) -> list[Figure]:
        with self.session() as session:
            return disclosures.get_figures(session, since, until)

    def review(self, id: UUID, by: str, justified: bool, by_cli: bool = False) -> None:
        """Raises DisclosureError `disclosure.same-person`, `disclosure.no-such`."""
        try:
            with self.session() as session:
                if not disclosures.record_review(replace(session, by_cli=by_cli), id, by, justified):
                    raise _no_such("nothing with that id waits for a review")
        except psycopg.errors.CheckViolation:
            cause, help = "whoever gave the data away cannot judge that", "let a second person look at it"
            raise DisclosureError(
                Diagnostic(Place("disclosure"), "disclosure.same-person", cause, help, "the review stays due")
            ) from None

    def why(self, id: UUID) -> str:
        """The reason in the words of who asked. What is read here may name a person."""
        with self.session() as session:
            return disclosures.access_why(session, id)

    def notices(self, open: bool = True) -> list[Notice]:
        with self.session() as session:
            return disclosures.list_notices(session, open)

    def confirm(self, notice: UUID) -> None:
        """The firm said that it was done. Raises DisclosureError `disclosure.no-such`."""
        with self.session() as session:
            if not disclosures.record_confirmed(session, notice):
                raise _no_such("no notice with that id waits for an answer")

    def refuses_look(self, ref: str, address: str) -> bool:
        """Whether this member of staff may not see people's data from that address. A refusal is on record; the address is not."""
        if not self.staff_places.refuses(address):
            return False
        with self.session() as session:
            disclosures.record_disclosure(session, _refused_look(session, ref))
        return True

    @cached_property
    def staff_places(self) -> StaffPlaces:
        return StaffPlaces(self.project)

    def overdue(self) -> tuple[int, int]:
        """(emergencies unreviewed in time, notices untold for a week)."""
        with self.session() as session:
            return disclosures.count_overdue(session)

    def fetch(self, id: UUID, recipient: str) -> bytes:
        """The file for the recipient whose token this is. Raises DisclosureError `disclosure.not-yours`, `disclosure.closed`."""
        entries = {entry.id: entry for entry in self.project.register}
        with self.session() as session:
            return hand_over(session, id, recipient, self.project, Grounds(entries.get, has_agreed, find_order))


@contextmanager
def open_register(folder: Path, environ: Mapping[str, str], progress: Progress) -> Iterator[Register]:
    """For one command. Raises AvowError."""
    desk = open_desk(folder, environ, progress, size=2)
    try:
        yield Register(open_project(folder, environ), desk.session)
    finally:
        desk.close()


def _refused_look(session: Session, ref: str) -> Disclosure:
    return Disclosure(
        id=session.new_id(),
        at=session.now,
        state=REFUSED,
        recipient="internal.employees",
        entity="",
        kind="internal.employees",
        place="",
        affiliated=False,
        purpose="right.request",
        ground="inside",
        duty_case=None,
        channel="console",
        data=("any.personal",),
        columns=(),
        people=0,
        left_out=0,
        codes=("disclosure.staff-elsewhere",),
        asked_by=ref,
        giver="",
    )


def _no_such(cause: str) -> DisclosureError:
    help = "copy the id from `avow disclosures list` or `avow disclosures notices`"
    return DisclosureError(Diagnostic(Place("disclosure"), "disclosure.no-such", cause, help, "nothing was changed"))
