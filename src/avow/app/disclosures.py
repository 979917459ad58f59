"""Disclosures as everybody asks for them: command line, console, API and workers; consents and cases are joined in here.

Refuses to give the web a store's credential: what has to be read is read by a command or a worker.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from uuid import UUID

import psycopg

from avow.app.databases import control_dsn
from avow.app.disclosing import Disclosing, hand_over, open_duty_store
from avow.app.outgoing import make_outbox
from avow.app.project import Progress, Project, open_project
from avow.app.recording import open_project_ledger
from avow.app.rights import open_desk
from avow.control import disclosures
from avow.control.disclosures import Disclosure, Figure, Notice
from avow.control.session import Session
from avow.errors import Diagnostic, DisclosureError, Place
from avow.ledger import Ledger

OpenSession = Callable[[], AbstractContextManager[Session]]


def make_disclosing(project: Project, session: OpenSession, ledger: Ledger) -> Disclosing:
    """Everything a disclosure needs, from the register on disk to the duty credential."""
    return Disclosing(project, session, ledger, partial(open_duty_store, project), outbox=make_outbox(project.settings))


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

    def review(self, id: UUID, by: str, justified: bool) -> None:
        """Raises DisclosureError `disclosure.same-person`, `disclosure.no-such`."""
        try:
            with self.session() as session:
                if not disclosures.record_review(session, id, by, justified):
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

    def overdue(self) -> tuple[int, int]:
        """(emergencies unreviewed in time, notices untold for a week)."""
        with self.session() as session:
            return disclosures.count_overdue(session)

    def fetch(self, id: UUID, recipient: str) -> bytes:
        """The file for the recipient whose token this is. Raises DisclosureError `disclosure.not-yours`, `disclosure.closed`."""
        entries = {entry.id: entry for entry in self.project.register}
        with self.session() as session:
            return hand_over(session, id, recipient, self.project, entries.get)


@contextmanager
def open_register(folder: Path, environ: Mapping[str, str], progress: Progress) -> Iterator[Register]:
    """For one command. Raises AvowError."""
    desk = open_desk(folder, environ, progress, size=2)
    try:
        yield Register(open_project(folder, environ), desk.session)
    finally:
        desk.close()


def _no_such(cause: str) -> DisclosureError:
    help = "copy the id from `avow disclosures list` or `avow disclosures notices`"
    return DisclosureError(Diagnostic(Place("disclosure"), "disclosure.no-such", cause, help, "nothing was changed"))
