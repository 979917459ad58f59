"""Places resolved: from the live servers where they tell, from the project where a person wrote it down; and what follows.

`check_places` stands before every plan and apply; `StaffPlaces` before every page with people's data. Refuses to ask a network for
names: an answer from there would say where a name points now, not where data is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from avow.app.project import Project
from avow.duties.disclosures import places_allowed
from avow.duties.places import Fact, Judged, Known, find_hosts, find_targets, judge_places, make_known
from avow.duties.places.targets import UNKNOWN
from avow.errors import Diagnostic, Place, PlacesError
from avow.stores.postgres.places import Sighting, read_places

_ABROAD = "192.0.2.1"  # of a block that belongs to nobody (RFC 5737)


def known_of(project: Project) -> Known:
    places = project.settings.places
    return make_known(places.networks, places.hosts, places.avow)


def declared_places(project: Project) -> tuple[Fact, ...]:
    """Everything that needs no connection: stores, copies, Avow's own records, the mail relay, firms outside."""
    return tuple(_declared(project, known_of(project)))


def _declared(project: Project, known: Known) -> Iterator[Fact]:
    settings = project.settings
    for store in project.datamap.stores:
        yield Fact("store", store.name, store.location, False, "datamap.yaml")
    for name, target in settings.places.backups.items():
        for host in find_targets(target) or ("",):
            yield Fact("backup", name, known.place_of(host), False, f"avow.toml sends it to {host or 'this machine'}")
    host = settings.mail.smtp.host
    if host:
        yield Fact("relay", host, known.place_of(host), True, "the mail server that is spoken to")
    if settings.control_dsn:
        yield Fact(
            "records", "Avow's own database", known.place_of(_host(settings.control_dsn)), True, "AVOW_CONTROL_DSN"
        )
    for entry in project.register:
        if entry.data or entry.purposes:
            yield Fact("recipient", entry.id, entry.location, False, "recipients.yaml")


def _host(dsn: str) -> str:
    try:
        given = conninfo_to_dict(dsn)
    except psycopg.Error:
        return UNKNOWN
    return str(given.get("hostaddr") or given.get("host") or "").partition(",")[0]


def live_places(project: Project, store: str, sightings: Iterable[Sighting]) -> tuple[Fact, ...]:
    """What a live server told of itself, with the places of the hosts that it named."""
    known, found = known_of(project), project.datamap.find_store(store)
    location = found.location if found else ""
    return tuple(fact for one in sightings for fact in _live(store, location, known, one))


def _live(store: str, location: str, known: Known, one: Sighting) -> Iterator[Fact]:
    if one.blind:
        yield Fact(one.what, f"{store}: {one.name}", "", True, "the server does not tell this login where it is")
    elif one.what in ("archive", "archive library"):
        # a library has settings of its own, which nobody reads from here; the one that ships with PostgreSQL copies into a folder
        library = ("",) if one.target == "basic_archive" else (UNKNOWN,)
        for host in find_targets(one.target) if one.what == "archive" else library:
            seen = (
                f"{one.name} sends to {host or 'its own disk'}"
                if host != UNKNOWN
                else f"nobody can tell where {one.name} sends"
            )
            yield Fact("archive", store, known.place_of(host, location), True, seen)
    elif one.what == "server":
        place = known.place_of(one.target, known.here or location)
        yield Fact("server", store, place, True, f"it answers at {one.target or 'a local socket'}")
    else:
        how = "connected from" if one.what == "replica" else "leads to"
        for host in find_hosts(one.target):
            seen = f"{how} {host or 'its own machine'}"
            yield Fact(one.what, f"{store}: {one.name}", known.place_of(host, location), True, seen)


def read_live(project: Project, store: str, connection: psycopg.Connection[Any]) -> tuple[Fact, ...]:
    """Raises psycopg errors as they are."""
    return live_places(project, store, read_places(connection))


def judge(project: Project, facts: Iterable[Fact]) -> Judged:
    return judge_places(facts, places_allowed(project.version), project.vocabulary.covers)


def check_places(project: Project, live: Sequence[Fact] = ()) -> tuple[Fact, ...]:
    """Gives those of which nobody knows the place. Raises PlacesError `places.outside` with everything that is where the policy
    says that nothing is."""
    judged = judge(project, (*declared_places(project), *live))
    if judged.outside:
        allowed = ", ".join(f"`{place}`" for place in sorted(places_allowed(project.version)))
        raise PlacesError([_outside(fact, allowed) for fact in judged.outside])
    return judged.unknown if places_allowed(project.version) else ()


def _outside(fact: Fact, allowed: str) -> Diagnostic:
    return Diagnostic(
        Place(str(fact)),
        "places.outside",
        f"it is in `{fact.place}` ({fact.seen}); the policy promises {allowed}",
        "move it, end the use of it, or publish a policy version that names the place",
        "nothing is planned or applied: what stands there would break the sentence about places",
    )


def with_backup(project: Project, name: str, target: str) -> Project:
    """The same project with one more place that copies go to: what a plan would see."""
    places = replace(project.settings.places, backups={**project.settings.places.backups, name: target})
    return replace(project, settings=replace(project.settings, places=places))


@dataclass(frozen=True)
class StaffPlaces:
    """From where staff may see people's data."""

    project: Project

    @property
    def configured(self) -> bool:
        return bool(self.project.settings.places.staff)

    @cached_property
    def _known(self) -> Known:
        return known_of(self.project)

    def refuses(self, address: str) -> bool:
        """True for an address whose place is not one of `places.staff`, and for one of which nobody knows the place."""
        return self.configured and not self._is_within(address)

    def _is_within(self, address: str) -> bool:
        place = self._known.place_of(address) if address else ""
        covers = self.project.vocabulary.covers
        return bool(place) and any(covers(allowed, place) for allowed in self.project.settings.places.staff)

    def examples(self) -> tuple[str, str]:
        """An address that is let in, and one that is not."""
        networks: Mapping[str, Sequence[str]] = self.project.settings.places.networks
        inside = [listed[0].partition("/")[0] for place, listed in networks.items() if listed and place]
        return next((a for a in inside if self._is_within(a)), "127.0.0.1"), _ABROAD
