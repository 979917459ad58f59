"""Plans, applies, undoes and repairs on every PostgreSQL store of the map; other kinds are only read.

Uses the *apply* credential; `doctor` looks with *survey*, `grants` with an administrator's. Refuses to apply while a policy
version differs from the registered one: nobody could say later which words were compiled.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

from avow.app.databases import connect_store, control_dsn, get_dsn, start_own_server
from avow.app.places import check_places, declared_places, judge, read_live
from avow.app.project import Progress, Project
from avow.app.recording import record_deed
from avow.client import find_unlogged_paths
from avow.compilers import (
    Choice,
    Plan,
    apply_plan,
    apply_remove,
    doctor,
    get_standing,
    grants_sql,
    off_sql,
    on_sql,
    pair_roles,
    plan_postgres,
)
from avow.control import open_control
from avow.datamap.model import StoreMap
from avow.duties.disclosures import places_allowed
from avow.duties.places import Fact, Judged
from avow.ledger import Kind
from avow.stores.postgres import open_postgres


def _governed(project: Project, credential: str = "apply") -> Iterator[tuple[StoreMap, str]]:
    """Each store that this release can govern, with the connection string of one credential."""
    for store_map in project.datamap.stores:
        if store_map.kind == "postgresql":
            yield store_map, get_dsn(project.settings.get_store(store_map.name), credential)


def check_before_plan(project: Project) -> None:
    """Raises PlacesError `places.outside` where something stands, or a live server sends something, outside the promised places."""
    check_places(project, _live_places(project) if places_allowed(project.version) else ())


def list_places(project: Project, progress: Progress) -> Judged:
    """Everything that holds or receives data, against the places that the policy promises."""
    start_own_server(project.settings, progress)
    return judge(project, (*declared_places(project), *_live_places(project)))


def _live_places(project: Project) -> list[Fact]:
    live: list[Fact] = []
    for store_map, dsn in _governed(project):
        own = project.settings.get_store(store_map.name).find_dsn("survey") or dsn
        with connect_store(own, store_map.name) as connection:
            live += read_live(project, store_map.name, connection)
    return live


def plan_project(project: Project) -> tuple[Plan, ...]:
    """One plan per store; touches nothing. Raises CompileRefused, PlacesError, StoreError."""
    start_own_server(project.settings, lambda line: None)
    check_before_plan(project)
    plans = []
    for store_map, dsn in _governed(project):
        with connect_store(dsn, store_map.name) as connection:
            plan = plan_postgres(connection, project.version, project.vocabulary, store_map)
        plans.append(replace(plan, unlogged=_unlogged(dsn, store_map)))
    return tuple(plans)


def _unlogged(dsn: str, store_map: StoreMap) -> tuple[str, ...]:
    """Every login of the store whose reads no ledger sees, with why."""
    port = open_postgres(dsn)
    try:
        return tuple(f"{path.login}: {path.why}" for path in find_unlogged_paths(store_map, port.describe()))
    finally:
        port.close()


def apply_project(project: Project, progress: Progress) -> Iterator[tuple[str, str]]:
    """Applies every plan in turn; yields (store, what was done). Writes off.sql and on.sql beside the ledger's heads."""
    start_own_server(project.settings, progress)
    check_before_plan(project)
    _register(project, progress)
    for store_map, dsn in _governed(project):
        applied = apply_plan(dsn, project.version, project.vocabulary, store_map, _in_steps(progress))
        with control_dsn(project.settings, progress) as control:
            record_deed(project.settings, control, Kind.APPLY, len(applied.plan.statements))
        folder = project.settings.project / ".avow" / store_map.name
        folder.mkdir(parents=True, exist_ok=True)
        with connect_store(dsn, store_map.name) as connection:
            (folder / "off.sql").write_text(off_sql(connection), encoding="utf-8")
            (folder / "on.sql").write_text(on_sql(connection), encoding="utf-8")
        done = f"{len(applied.plan.statements)} statements in {applied.seconds:.1f} s, the longest {applied.longest_ms:.0f} ms"
        done += (
            f"; {applied.cut} long sessions lost their old rights: let their programs connect anew"
            if applied.cut
            else ""
        )
        yield store_map.name, f"{done}; off.sql and on.sql are in {folder}"


def _in_steps(progress: Progress) -> Callable[[str, int, int], None]:
    """A line of progress for every twentieth of the statements: a person wants to see that it moves, not each one."""
    shown = -1

    def tell(says: str, index: int, count: int) -> None:
        nonlocal shown
        step = index * 20 // max(count, 1)
        if step != shown:
            shown = step
            progress(f"[{index}/{count}] {says}")

    return tell


def _register(project: Project, progress: Progress) -> None:
    with control_dsn(project.settings, progress) as dsn, open_control(dsn, project.settings.company) as control:
        for version in project.versions:
            control.record_version(version.version, version.digest, version.published, version.reason, version.text)


def remove_project(project: Project, progress: Progress) -> Iterator[tuple[str, str]]:
    """Restores every store; yields (store, what was done)."""
    start_own_server(project.settings, progress)
    for store_map, dsn in _governed(project):
        export = _ChoicesFile(project.settings.project / ".avow" / store_map.name, datetime.now(UTC))
        removed = apply_remove(dsn, store_map.name, _in_steps(progress), export.write)
        yield store_map.name, f"{len(removed.plan.statements)} objects taken back, the store is as it was{export.says}"


class _ChoicesFile:
    """Choices of people outlive enforcement: they are on disk, for this user alone, before anything is taken back.

    One file for each removal: an earlier export is never written over."""

    def __init__(self, folder: Path, at: datetime) -> None:
        self._path = folder / f"choices-{at:%Y%m%dT%H%M%SZ}.jsonl"
        self.says = ""

    def write(self, choices: tuple[Choice, ...]) -> None:
        if not choices:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.writelines(json.dumps(asdict(choice)) + "\n" for choice in choices)
            file.flush()
            os.fsync(file.fileno())
        self.says = f"; the choices of {len(choices)} people, who become reachable again, are in {self._path}"


def doctor_project(project: Project) -> tuple[str, ...]:
    """One line per difference between the live stores and what apply left behind. Looks with the survey credential."""
    start_own_server(project.settings, lambda line: None)
    found: list[str] = []
    for store_map, dsn in _governed(project, "survey"):
        with connect_store(dsn, store_map.name) as connection:
            pair_roles(connection)  # says what is missing where this login may not read what was applied
            differences = doctor(connection, project.version, project.vocabulary, store_map)
        found += [f"{store_map.name}: {difference}" for difference in differences]
    return tuple(found)


def grants_of(project: Project, store: str, prefix: str) -> str:
    """The least-privilege SQL for Avow's own logins in one store (the first one where none is named).

    Looks with an administrator's credential where one is given: before the first apply no other login may be there."""
    name = store or project.datamap.stores[0].name
    settings = project.settings.get_store(name)
    store_map = next(s for s in project.datamap.stores if s.name == name)
    start_own_server(project.settings, lambda line: None)
    with connect_store(settings.find_dsn("admin") or get_dsn(settings, "apply"), name) as connection:
        return grants_sql(store_map, get_standing(connection), pair_roles(connection), prefix)
