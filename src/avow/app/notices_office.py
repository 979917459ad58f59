"""What the mystery shopper uses of notices: pages by real GETs, publishing at an address that nobody knows, the report of practice.

Every publication made here is synthetic and goes with the visit. Refuses to publish at an address that a real version has.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from uuid import uuid4

import psycopg

from avow.app.checking import budget_of, open_scenes
from avow.app.databases import control_dsn
from avow.app.desk import Desk
from avow.app.notices import Notices
from avow.app.practice import find_doings
from avow.app.project import Project
from avow.app.webpages import get_page
from avow.control import notices
from avow.control.notices import NewPublication
from avow.datamap.practice import Doings, Practice, list_practice
from avow.prove.shopper.visits_notices import Page

SHOPPER = "mystery shopper"


@dataclass(frozen=True)
class NoticesOffice:
    """`doings` reads what is live, once, when it is first asked for."""

    notices: Notices
    doings: Callable[[], Doings]

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


def make_notices_office(stack: ExitStack, project: Project, desk: Desk) -> NoticesOffice:
    """Reads the stores with their own scenes: the shopper's eyes have no credential for the catalogue."""
    dsn = stack.enter_context(control_dsn(project.settings, lambda line: None))
    connection = stack.enter_context(psycopg.connect(dsn, autocommit=True, application_name="avow shopper"))

    @cache
    def doings() -> Doings:
        scenes = open_scenes(stack, project, budget_of(project, None, None, None), lambda line: None)
        return find_doings(project, scenes, connection)

    return NoticesOffice(Notices(project, connection), doings)
