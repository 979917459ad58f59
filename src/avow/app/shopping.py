"""Wires the mystery shopper: the desk of everybody, eyes and hands of its own in the stores, workers, the record of what it saw.

Requests are worked on here, by the same steps as everywhere; a worker that runs elsewhere may take some of them. Refuses to start
beside another shopper of the company, and without credentials for planting and probing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from avow.app import campaigns_office, choices_office, intakes_office, retention_office
from avow.app.cases_office import make_cases_office
from avow.app.checking import budget_of, open_scenes
from avow.app.databases import control_dsn
from avow.app.desk import Desk
from avow.app.disclosures_office import make_disclosures_office
from avow.app.notices_office import make_notices_office
from avow.app.places_office import make_places_office
from avow.app.project import Progress, Project, open_project
from avow.app.recording import open_project_ledger
from avow.app.reviews_office import make_reviews_office
from avow.app.rights import open_desk_of
from avow.app.rights_evidence import open_records
from avow.app.shopping_clearing import Cleared, clear, close_requests
from avow.app.shopping_office import BookDeeds, ShopOffice
from avow.app.vault_office import make_vault_office
from avow.app.workers import open_working_of
from avow.app.working import Working
from avow.control.session import Session
from avow.control.shopping import ShopperFinding, ShopperRecords
from avow.duties.rights.ports import Mail, Post
from avow.errors import ControlError, Diagnostic, Place
from avow.ledger import Ledger
from avow.prove.inquiry import CannotTell
from avow.prove.scene import StoreScene
from avow.prove.shopper import VISITS, Brief, Eyes, Planter, Shop, read_brief, run_visits
from avow.settings import Settings

# Duty -> what makes the office that its visits use, out of the run's stack, the project and the shopper's own desk.
OFFICES: dict[str, Callable[[ExitStack, Project, Desk], object]] = {
    "choices": choices_office.make_office,
    "campaigns": campaigns_office.make_office,
    "disclosures": make_disclosures_office,
    "places": make_places_office,
    "cases": make_cases_office,
    "intakes": intakes_office.make_office,
    "retention": retention_office.make_office,
    "vault": make_vault_office,
}
# The same for visits that read the catalogue of the stores: with the scenes that the run has opened.
LOOKING: dict[str, Callable[[ExitStack, Project, Desk, tuple[StoreScene, ...]], object]] = {
    "notices": make_notices_office,
    "reviews": make_reviews_office,
}

ENDS_WITHIN = timedelta(minutes=1)  # a run ends after the step that it is in


@dataclass(frozen=True)
class Shopped:
    """A finished run. `left` is what an earlier run had left and this one took back first."""

    findings: tuple[ShopperFinding, ...]
    left: Cleared = Cleared()

    @property
    def exit_code(self) -> int:
        """0: everything held; 1: something broke; 2: something could not be seen."""
        results = {finding.result for finding in self.findings}
        return 1 if "broke" in results else 2 if results - {"held"} or not results else 0


def shop_project(
    folder: Path,
    environ: Mapping[str, str],
    progress: Progress,
    only: tuple[str, ...] = (),
    shows: tuple[str, ...] = (),
) -> Shopped:
    """One run of every visit (of the rights and duties named, and of those that show one of `shows`, where some are).

    Raises AvowError when it cannot start."""
    project = open_project(folder, environ)
    brief = read_brief(project.settings.project, {s.name: s.levels for s in project.settings.stores})
    visits = tuple(v for v in VISITS if (not only or v.right in only) and (not shows or set(v.shows) & set(shows)))
    with ExitStack() as stack:
        dsn = stack.enter_context(control_dsn(project.settings, progress))
        desk = open_desk_of(project, progress)
        stack.callback(desk.close)
        working = stack.enter_context(open_working_of(project, progress))
        records = stack.enter_context(open_records(dsn, project.settings.company))
        run = uuid4()
        stack.enter_context(records.running(run, project.version.version, datetime.now(UTC)))
        ledger = stack.enter_context(open_project_ledger(project.settings, dsn))
        shop = _make_shop(stack, project, brief, desk, working, records, run, ledger, progress)
        left = clear(desk, _planters_of_rows(stack, project, records, progress, shop.planters))
        if left:
            progress(f"an earlier run had left {left}: taken back")

        def keep(finding: ShopperFinding) -> None:
            records.record_finding(run, finding)
            progress(f"{finding.right}, {finding.aspect}: {finding.result}")

        try:
            return Shopped(run_visits(shop, visits, keep), left)
        finally:
            close_requests(desk)  # what was being done when its visit ended


def is_shopper_due(settings: Settings, dsn: str, now: datetime) -> bool:
    """Whether shopper.yaml names an hour and no run began since it was last that hour. False where there is no shopper.yaml."""
    if not (settings.project / "shopper.yaml").exists():
        return False
    at = read_brief(settings.project, {s.name: s.levels for s in settings.stores}).at
    if at is None:
        return False
    since = datetime.combine(now.date(), at, tzinfo=UTC)
    since -= timedelta(days=1) if since > now else timedelta()
    with open_records(dsn, settings.company) as records:
        return not records.has_begun_since(since)


def stop_shopping(folder: Path, environ: Mapping[str, str], progress: Progress) -> tuple[int, Cleared | None]:
    """Tells runs under way to end, waits for them, and takes back whatever they and killed runs left: rows, open requests, records
    of offices. Gives (runs told, what was taken back); None for the second where a run was still ending after a minute."""
    project = open_project(folder, environ)
    with ExitStack() as stack:
        dsn = stack.enter_context(control_dsn(project.settings, progress))
        records = stack.enter_context(open_records(dsn, project.settings.company))
        told = records.record_stop()
        if not stack.enter_context(records.while_idle(ENDS_WITHIN)):
            return told, None
        desk = open_desk_of(project, progress)
        stack.callback(desk.close)
        return told, clear(desk, _planters_of_rows(stack, project, records, progress, {}))


def _planters_of_rows(
    stack: ExitStack, project: Project, records: ShopperRecords, progress: Progress, known: Mapping[str, Planter]
) -> dict[str, Planter]:
    """One for each store in which a row of the shopper's is registered: also one that shopper.yaml names no more. Stores are
    opened only where `known` lacks one."""
    wanted = {store.name for store in project.datamap.stores if records.canaries(store.name)}
    if wanted <= known.keys():
        return {name: known[name] for name in wanted}
    return _planters(open_scenes(stack, project, budget_of(project, None, None, None), progress), wanted, records)


def newest_findings(folder: Path, environ: Mapping[str, str], progress: Progress) -> tuple[ShopperFinding, ...]:
    """The newest finding of each aspect under the version in force."""
    project = open_project(folder, environ)
    with (
        control_dsn(project.settings, progress) as dsn,
        open_records(dsn, project.settings.company) as records,
    ):
        return records.findings(project.version.version)


def _make_shop(
    stack: ExitStack,
    project: Project,
    brief: Brief,
    desk: Desk,
    working: Working,
    records: ShopperRecords,
    run: UUID,
    ledger: Ledger,
    progress: Progress,
) -> Shop:
    scenes = open_scenes(stack, project, budget_of(project, None, None, None), progress)
    planters = _planters(scenes, {intake.store for intake in brief.intakes}, records)
    eyes = {scene.name: _eyes(project, scene) for scene in scenes if scene.name in planters}
    codes: dict[UUID, str] = {}
    own = replace(desk, office=replace(desk.office, post=_overhear(desk.office.post, codes)))
    offices = {duty: make(stack, project, own) for duty, make in OFFICES.items()}
    looking = {duty: make(stack, project, own, scenes) for duty, make in LOOKING.items()}
    return Shop(
        brief=brief,
        planters=planters,
        eyes=eyes,
        desk=own,
        desk_at=lambda at: replace(own, now=lambda: at),
        deeds=BookDeeds(project, ledger, eyes),
        office=ShopOffice(own, project, records, codes),
        work=lambda: working.run_pass() > 0,
        code_of=lambda request: codes.get(request, ""),
        now=lambda: datetime.now(UTC),
        stopped=lambda: records.is_stopped(run),
        offices={**offices, **looking},
    )


def _overhear(post: Post, codes: dict[UUID, str]) -> Post:
    """Mails go where they always go; a one-time code for a synthetic person is also remembered here: nobody reads their post."""

    def posted(session: Session, mail: Mail) -> None:
        if mail.synthetic and mail.request and "code" in mail.values:
            codes[mail.request] = mail.values["code"]
        post(session, mail)

    return posted


def _planters(scenes: tuple[StoreScene, ...], wanted: set[str], records: ShopperRecords) -> dict[str, Planter]:
    """One for each governed store that is to be planted in. Raises ControlError `shopper.no-credential`."""
    found = {}
    for scene in scenes:
        if scene.name not in wanted or scene.map.kind == "manual":
            continue
        if scene.description is None or scene.open_plant is None or scene.open_probe is None:
            raise ControlError(_no_credential(scene))
        found[scene.name] = Planter(scene.map, scene.description, scene.open_plant, records, lambda: datetime.now(UTC))
    return found


def _eyes(project: Project, scene: StoreScene) -> Eyes:
    if scene.description is None or scene.open_plant is None or scene.open_probe is None:
        raise CannotTell(f"store `{scene.name}` cannot be looked at")
    return Eyes(scene.map, scene.description, scene.open_plant, scene.open_probe, scene.rights, project.vocabulary)


def _no_credential(scene: StoreScene) -> Diagnostic:
    name = scene.name.upper()
    return Diagnostic(
        Place(f"store `{scene.name}`"),
        "shopper.no-credential",
        scene.down or "no login is given that may plant a synthetic person and look at it",
        f"set AVOW_STORE_{name}_PLANT_DSN and AVOW_STORE_{name}_PROBE_DSN; `avow grants` prints what they need",
        "the mystery shopper does not start, and the rights that it would prove stay unproven",
    )
