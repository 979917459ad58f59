"""Disclosures as everybody asks for them: command line, console, API and workers; consents and cases are joined in here.

Refuses to give the web a store's credential: what has to be read is read by a command or a worker.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from avow.app.databases import control_dsn
from avow.app.disclosing import Disclosing, open_duty_store
from avow.app.project import Progress, Project, open_project
from avow.app.recording import open_project_ledger
from avow.app.rights import open_desk
from avow.control.session import Session
from avow.ledger import Ledger

OpenSession = Callable[[], AbstractContextManager[Session]]


def make_disclosing(project: Project, session: OpenSession, ledger: Ledger) -> Disclosing:
    """Everything a disclosure needs, from the register on disk to the duty credential."""
    return Disclosing(project, session, ledger, partial(open_duty_store, project))


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


def utc_now() -> datetime:
    return datetime.now(UTC)
