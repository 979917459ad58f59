"""Builds the scene of a check (everything that a probe may look at), runs it, and hands out the report's forms.

Registers policy versions that were never seen, removes canaries that an earlier run left behind. Refuses to stop at a store
that is down: it becomes part of the scene, so that the others are still checked.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from avow.app.databases import connect_store, control_dsn, get_dsn, opener, start_own_server
from avow.app.duty_evidence import Look, read_duties
from avow.app.project import Progress, Project
from avow.app.publishing import raise_alarms
from avow.app.recording import record_deed
from avow.app.rights_evidence import open_records, read_evidence
from avow.compilers import Matrix, doctor, pair_roles, reach
from avow.control import Control, open_control
from avow.datamap.detect import find_categories
from avow.datamap.model import StoreMap
from avow.errors import AvowError, Diagnostic, Place, PolicyError, StoreError
from avow.ledger import Kind
from avow.policy import PolicyVersion
from avow.prove import (
    Budget,
    Scene,
    StoreScene,
    check,
    exit_code,
    new_findings,
    report_html,
    report_json,
    report_junit,
    report_table,
)
from avow.prove.matrix import declared_groups, rights_of
from avow.prove.scene import Drift
from avow.prove.verdict import Report
from avow.settings import StoreSettings
from avow.stores.port import Store, StoreDescription
from avow.stores.postgres import open_postgres
from avow.yamlplaces import did_you_mean


@dataclass(frozen=True)
class Checked:
    """A finished check in every form it is asked for."""

    report: Report
    project: Project
    down: tuple[str, ...] = ()  # one sentence for each store that could not be looked at

    def json(self) -> str:
        return report_json(self.report)

    def table(self) -> str:
        return report_table(self.report)

    def html(self) -> str:
        return report_html(self.report, self.project.version)

    def junit(self) -> str:
        return report_junit(self.report)

    def exit_code(self, baseline: str | None = None) -> int:
        """With a baseline only what it did not have counts. A store that did not answer is no reason to say 0."""
        found = exit_code(self.report, None if baseline is None else self.new_findings(baseline))
        return 2 if found == 0 and self.down else found

    def new_findings(self, baseline: str) -> tuple[str, ...]:
        return new_findings(self.report, baseline, (promise.id for promise in self.project.version.promises))


def read_baseline(path: Path) -> str:
    """Raises AvowError `prove.bad-baseline` when the file cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise AvowError(
            Diagnostic(
                Place(str(path)),
                "prove.no-baseline",
                f"the baseline cannot be read: {error.strerror}",
                "write one with `avow check --json > baseline.json` and keep it in Git",
                "nothing can be compared, so nothing can be called new",
            )
        ) from error


def budget_of(project: Project, rows: int | None, seconds: int | None, statement_timeout_ms: int | None) -> Budget:
    """The budget of avow.toml, with what the command line says instead."""
    settings = project.settings
    return Budget(
        rows=rows or settings.check_rows,
        seconds=float(seconds or settings.check_seconds),
        statement_timeout_ms=statement_timeout_ms or settings.statement_timeout_ms,
    )


def check_project(project: Project, budget: Budget, progress: Progress, only: tuple[str, ...] = ()) -> Checked:
    """One check of the version in force on every store of the map. With `only`, a look at these statements, which is no
    check and stands in no record. Raises AvowError when nothing can be checked."""
    with ExitStack() as stack:
        dsn = stack.enter_context(control_dsn(project.settings, progress))
        control = stack.enter_context(open_control(dsn, project.settings.company))
        _register_versions(control, project)
        stores = open_scenes(stack, project, budget, progress)
        records = stack.enter_context(open_records(dsn, project.settings.company))
        now = datetime.now(UTC)
        look = Look(stack.enter_context(psycopg.connect(dsn, autocommit=True)), project, stores, now)
        scene = Scene(
            version=_narrowed(project, only),
            terms=project.vocabulary,
            stores=stores,
            versions=project.versions,
            evidence=project.settings.project / "evidence",
            recipients=project.recipients,
            exceptions=project.exceptions,
            control=control,
            rights=read_evidence(records, project.version.version, now),
            duties=read_duties(records, look),
            find_categories=find_categories,
            budget=budget,
            now=lambda: datetime.now(UTC),
        )
        progress(f"proving {len(scene.version.promises)} statements on {len(stores)} stores")
        report = check(scene)
        checked = Checked(report, project, tuple(f"store `{s.name}`: {s.down}" for s in stores if s.down))
        if only:
            return checked
        control.record_check(report.policy_version, scene.now(), json.loads(checked.json()))
        record_deed(project.settings, dsn, Kind.CHECK, len(report.statements))
        for name in raise_alarms(project, look.connection, scene.now()):
            told = (
                "a mail to its owner is queued"
                if project.settings.contact.email
                else "no address of its owner is named"
            )
            progress(f"a published sentence is broken: {name}; {told}")
        return checked


def _narrowed(project: Project, only: tuple[str, ...]) -> PolicyVersion:
    """Raises PolicyError `policy.no-such-statement`."""
    known = {promise.id for promise in project.version.promises}
    if strangers := [name for name in only if name not in known]:
        raise PolicyError(
            Diagnostic(
                Place("--only"),
                "policy.no-such-statement",
                f"version `{project.version.version}` has no statement `{strangers[0]}`",
                did_you_mean(strangers[0], known),
                "nothing was looked at",
            )
        )
    promises = tuple(promise for promise in project.version.promises if promise.id in only or not only)
    return replace(project.version, promises=promises)


def open_scenes(stack: ExitStack, project: Project, budget: Budget, progress: Progress) -> tuple[StoreScene, ...]:
    """Every store of the map as a probe sees it; connections are closed by `stack`."""
    return tuple(_open_scene(stack, project, store_map, budget, progress) for store_map in project.datamap.stores)


def _register_versions(control: Control, project: Project) -> None:
    """A version that was changed after it was registered is a finding of the check, not the end of it."""
    for version in project.versions:
        try:
            control.record_version(version.version, version.digest, version.published, version.reason, version.text)
        except PolicyError:
            continue


def _open_scene(
    stack: ExitStack, project: Project, store_map: StoreMap, budget: Budget, progress: Progress
) -> StoreScene:
    """The scene of one store; its connections are closed by `stack`. A store that does not answer is `down`."""
    if store_map.kind == "manual":
        return StoreScene(store_map)
    settings = project.settings.get_store(store_map.name)
    start_own_server(project.settings, progress)
    matrix = reach(project.version, project.vocabulary, store_map)
    scene = StoreScene(
        store_map,
        refused={gate.rule: gate.construct for gate in matrix.gates if not gate.gate},
        rights=rights_of(matrix, store_map.pairs, {}),
        levels=frozenset(settings.levels),
        disposable=settings.disposable,
    )
    try:
        store = stack.enter_context(open_store(settings, "survey", budget))
        replica = settings.find_dsn("replica")
        sampled = stack.enter_context(open_store(settings, "replica", budget)) if replica else store
        progress(f"reading store `{store_map.name}`")
        scene = replace(scene, sample=sampled.sample, replica=_called(replica) if replica else "")
        return _complete(stack, project, scene, settings, store.describe(), matrix, budget)
    except StoreError as error:
        return replace(scene, down=error.diagnostics[0].cause)
    except psycopg.Error as error:  # the store's own words may quote a row: only the kind of failure is told
        return replace(scene, down=f"it answered with an error ({type(error).__name__})")


def _complete(
    stack: ExitStack,
    project: Project,
    scene: StoreScene,
    settings: StoreSettings,
    description: StoreDescription,
    matrix: Matrix,
    budget: Budget,
) -> StoreScene:
    scene = replace(scene, description=description)
    if scene.map.kind != "postgresql":
        return scene
    survey = get_dsn(settings, "survey")
    with connect_store(survey, settings.name) as connection:
        roles = pair_roles(connection)
        drift = doctor(connection, project.version, project.vocabulary, scene.map) if roles else ()
    timeout = budget.statement_timeout_ms
    return replace(
        scene,
        rights=rights_of(
            matrix,
            scene.map.pairs,
            roles,
            declared_groups(project.version, project.vocabulary, scene.map),
            frozenset(table.name for table in description.tables if table.kind not in ("table", "partition")),
        ),
        open_probe=opener(stack, get_dsn(settings, "probe"), timeout, budget.lock_timeout_ms),
        open_plant=opener(stack, plant, timeout, budget.lock_timeout_ms)
        if (plant := settings.find_dsn("plant"))
        else None,
        drift=tuple(Drift(difference.key, difference.found) for difference in drift),
        applied=bool(roles),
        open_survey=opener(stack, survey, timeout, budget.lock_timeout_ms),
        open_replica=opener(stack, replica, timeout, budget.lock_timeout_ms)
        if (replica := settings.find_dsn("replica"))
        else None,
    )


def _called(dsn: str) -> str:
    """The host and the database that a connection string leads to; no login and no password."""
    given = conninfo_to_dict(dsn)
    return "/".join(str(given[part]) for part in ("host", "dbname") if given.get(part))


@contextmanager
def open_store(settings: StoreSettings, credential: str, budget: Budget) -> Iterator[Store]:
    """A store behind its port. Raises StoreError."""
    dsn = get_dsn(settings, credential)
    store = (
        _open_mariadb(dsn, budget) if settings.kind == "mariadb" else open_postgres(dsn, budget.statement_timeout_ms)
    )
    try:
        yield store
    finally:
        store.close()


def _open_mariadb(dsn: str, budget: Budget) -> Store:
    from avow.stores.mariadb import open_mariadb  # its driver is loaded only where there is such a store

    return open_mariadb(dsn, budget.statement_timeout_ms)
