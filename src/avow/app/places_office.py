"""What the visits of places may try: the checks of a plan on a project that has one thing more, in memory alone.

Refuses to write a file of the project and to change a server.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

import psycopg

from avow.app.databases import connect_store, get_dsn
from avow.app.desk import Desk
from avow.app.governing import check_before_plan
from avow.app.places import check_places, declared_places, judge, live_places, read_live, with_backup
from avow.app.project import Project
from avow.duties.disclosures import places_allowed
from avow.duties.places import Fact
from avow.errors import AvowError, PlacesError
from avow.policy import RecipientEntry
from avow.stores.postgres.places import Sighting

ELSEWHERE = "backup.abroad.example.test"
ADDRESS = "192.0.2.1"


@dataclass(frozen=True)
class PlacesOffice:
    """`place` is one outside of those that the policy promises."""

    project: Project
    place: str

    def promised(self) -> tuple[str, ...]:
        return tuple(sorted(places_allowed(self.project.version)))

    def seen(self) -> tuple[Sequence[str], Sequence[str], Sequence[str]]:
        judged = judge(self.project, (*declared_places(self.project), *self._live()))
        return tuple([str(fact) for fact in part] for part in (judged.inside, judged.outside, judged.unknown))  # type: ignore[return-value]

    def _live(self) -> tuple[Fact, ...]:
        found: list[Fact] = []
        for store in self.project.datamap.stores:
            if store.kind == "postgresql":
                dsn = get_dsn(self.project.settings.get_store(store.name), "survey")
                with connect_store(dsn, store.name) as connection:
                    found += read_live(self.project, store.name, connection)
        return tuple(found)

    def attempts(self) -> Sequence[tuple[str, bool, str]]:
        store = next(s for s in self.project.datamap.stores if s.kind != "manual")
        abroad = self._knowing(self.project)
        moved = tuple(replace(s, location=self.place) if s is store else s for s in abroad.datamap.stores)
        firm = RecipientEntry(
            "synthetic-firm", "processor.service_provider", "Synthetic", self.place, ("service.provide",)
        )
        mail = replace(abroad.settings.mail, smtp=replace(abroad.settings.mail.smtp, host=ELSEWHERE))
        projects: dict[str, Callable[[], object]] = {
            "a copy": lambda: check_before_plan(with_backup(abroad, "synthetic", f"{ELSEWHERE}:/dumps")),
            "a firm": lambda: check_before_plan(replace(abroad, register=(*abroad.register, firm))),
            "a store": lambda: check_before_plan(replace(abroad, datamap=replace(abroad.datamap, stores=moved))),
            "a mail relay": lambda: check_before_plan(replace(abroad, settings=replace(abroad.settings, mail=mail))),
            "a replica": lambda: self._with_live(abroad, store.name, Sighting("replica", "synthetic", ADDRESS)),
            "an archive": lambda: self._with_live(
                abroad, store.name, Sighting("archive", "archive_command", f"scp %p copy@{ELSEWHERE}:/wal/%f")
            ),
        }
        return [(what, *_refused(attempt)) for what, attempt in projects.items()]

    def _knowing(self, project: Project) -> Project:
        """The project with the synthetic host and address written down as outside: what nobody knows is another thing."""
        places = project.settings.places
        networks = {**places.networks, self.place: (f"{ADDRESS}/32",)}
        hosts = {**places.hosts, self.place: (ELSEWHERE,)}
        return replace(
            project, settings=replace(project.settings, places=replace(places, networks=networks, hosts=hosts))
        )

    def _with_live(self, project: Project, store: str, sighting: Sighting) -> object:
        return check_places(project, live_places(project, store, (sighting,)))

    def plans_as_it_is(self) -> bool:
        return not _refused(lambda: check_before_plan(self.project))[0]


def _refused(attempt: Callable[[], object]) -> tuple[bool, str]:
    try:
        attempt()
    except PlacesError as error:
        return True, error.diagnostics[0].cause
    except (AvowError, psycopg.Error):
        return False, ""
    return False, ""


def make_places_office(stack: ExitStack, project: Project, desk: Desk) -> PlacesOffice:
    allowed = places_allowed(project.version)
    covers = project.vocabulary.covers
    outside = next(
        (t.id for t in project.vocabulary.terms("place") if not any(covers(a, t.id) for a in allowed)), "world"
    )
    return PlacesOffice(project, outside)
