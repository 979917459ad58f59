"""Publishes policy versions, says what stands where, and holds live pages against the registered words.

A version that is published stands at its addresses for the next reader, without a restart; an older one stays readable at its own
address. Refuses to publish words that differ from those registered, a version before its own day, and one that names no address.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import uuid4

import psycopg

from avow.app.databases import control_dsn
from avow.app.project import Progress, Project
from avow.app.webpages import Fetched, get_page
from avow.control import notices, open_control
from avow.control.notices import NewPublication, Publication
from avow.control.publishing import list_readings, quote_digest
from avow.duties.notices.differences import Told, tell_difference
from avow.duties.notices.readings import reading_digest
from avow.duties.notices.words import Compared, compare_page
from avow.errors import AvowError, Diagnostic, Place
from avow.policy import PolicyVersion

Get = Callable[[str], Fetched]


@dataclass(frozen=True)
class Looked:
    """What came of reading one address. `right`: it answers and shows the words of the version; `answered`: it was there at all."""

    address: str
    version: str
    right: bool
    answered: bool
    says: str
    digest: str = ""


@dataclass(frozen=True)
class Notices:
    """The notices of one project, over one autocommitting connection to Avow's own database."""

    project: Project
    connection: psycopg.Connection
    get: Get = get_page

    @property
    def company(self) -> str:
        return self.project.settings.company

    @property
    def centre(self) -> str:
        return self.project.settings.centre.address

    def publish(self, version: str, by: str, now: datetime, effective: date | None = None) -> tuple[str, ...]:
        """Publishes at every path that the version names; gives the full addresses. Raises AvowError."""
        found = self.get_version(version)
        places = own_places(found)
        if not places:
            raise AvowError(_no_address(found))
        day = effective or max(found.published, now.date())
        if day < found.published:
            raise AvowError(_too_early(found, day))
        if notices.find_text(self.connection, self.company, version) != found.text:
            raise AvowError(_other_words(found))
        with self.connection.transaction():
            for place in places:
                new = NewPublication(uuid4(), version, place, day, by)
                notices.record_publication(self.connection, self.company, new, now)
        return tuple(f"{self.centre}{place}" for place in places)

    def get_version(self, version: str) -> PolicyVersion:
        """Raises AvowError `notices.no-such-version`."""
        for one in self.project.versions:
            if one.version == version:
                return one
        known = ", ".join(f"`{one.version}`" for one in self.project.versions)
        raise AvowError(
            Diagnostic(
                Place("policy/"),
                "notices.no-such-version",
                f"there is no version `{version}`; there are {known}",
                "name one of them, or add its file to policy/",
                "nothing was published",
            )
        )

    def list_publications(self) -> tuple[Publication, ...]:
        return notices.list_publications(self.connection, self.company)

    def find_in_force(self, today: date) -> str:
        """The version that was published last and has taken effect; "" none."""
        return notices.find_in_force(self.connection, self.company, today)

    def write_readings(self) -> tuple[Path, tuple[str, ...]]:
        """Writes readings/<version>.json for Git: every approval that fits the words and rules of today; gives those missing."""
        version = self.project.version
        known = list_readings(self.connection, self.company, version.version)
        fitting, missing = {}, []
        for promise in (one for one in version.promises if one.rules):
            wanted = (quote_digest(promise.quote.exact), reading_digest(promise))
            found = known.get(promise.id)
            if found and (found.quote_sha256, found.reading_sha256) == wanted:
                approved = {"by": found.by_whom, "at": found.at.isoformat(timespec="seconds")}
                fitting[promise.id] = {"quote_sha256": wanted[0], "reading_sha256": wanted[1], **approved}
            else:
                missing.append(promise.id)
        path = self.project.settings.project / "readings" / f"{version.version}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(fitting, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        return path, tuple(missing)

    def tell_difference(self, version: str) -> Told | None:
        """What the version changes; None for the first one."""
        return tell_difference_of(self.project, self.get_version(version))

    def look(self, version: str) -> Iterator[Looked]:
        """Reads every address at which the version says that it is shown, with a GET of our own."""
        found = self.get_version(version)
        for place in found.shown_at:
            own = place.startswith("/")
            yield self.look_at(f"{self.centre}{place}" if own else place, version, own)

    def look_at_older(self, version: str) -> Iterator[Looked]:
        """Every version before this one, at the address that stays its own for ever."""
        found = self.get_version(version)
        for earlier in self.project.versions:
            if earlier.published < found.published:
                yield self.look_at(f"{self.centre}/policy/{earlier.version}/", earlier.version, own=True)

    def look_at(self, address: str, version: str, own: bool) -> Looked:
        """Holds one page against a version as it stands in the project. A page shows what the database holds: neither can
        be changed alone."""
        text = self.get_version(version).text
        page = self.get(address)
        if page.status != 200:
            return Looked(address, version, False, page.status > 0, page.reason)
        compared: Compared = compare_page(text, page.body, own)
        says = f"shows version `{version}`, words {compared.digest[:12]}" if compared.same else compared.difference
        return Looked(page.address, version, compared.same, True, says, compared.digest)


def tell_difference_of(project: Project, version: PolicyVersion) -> Told | None:
    """What a version changes against the one before it; None for the first one."""
    earlier = [one for one in project.versions if one.published < version.published]
    return tell_difference(earlier[-1], version) if earlier else None


def own_places(version: PolicyVersion) -> tuple[str, ...]:
    """The paths at the privacy centre among the addresses of a version; the others are pages of another website."""
    return tuple(place for place in version.shown_at if place.startswith("/"))


@contextmanager
def open_notices(project: Project, progress: Progress) -> Iterator[Notices]:
    """Registers the versions first. Raises AvowError, among them `policy.version-changed`."""
    with control_dsn(project.settings, progress) as dsn, open_control(dsn, project.settings.company) as control:
        for version in project.versions:
            control.record_version(version.version, version.digest, version.published, version.reason, version.text)
        with psycopg.connect(dsn, autocommit=True, application_name="avow notices") as connection:
            yield Notices(project, connection)


def _no_address(version: PolicyVersion) -> Diagnostic:
    return Diagnostic(
        Place(version.file, 1, 1),
        "notices.no-address",
        f"version `{version.version}` names no path of the privacy centre at which it is shown",
        "add `shown_at: [/privacy]` to the front matter of the next version: a registered one does not change",
        "nothing was published",
    )


def _too_early(version: PolicyVersion, day: date) -> Diagnostic:
    return Diagnostic(
        Place(version.file, 1, 1),
        "notices.too-early",
        f"version `{version.version}` is dated {version.published}, and was to take effect on {day}",
        "let it take effect on its date or later",
        "nothing was published",
    )


def _other_words(version: PolicyVersion) -> Diagnostic:
    return Diagnostic(
        Place(version.file, 1, 1),
        "policy.version-changed",
        f"version `{version.version}` was registered with other words: a published version never changes",
        "restore the file from Git, or publish the new words as a new version with a reason",
        "nothing was published",
    )
