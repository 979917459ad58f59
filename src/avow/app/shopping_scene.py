"""Opens the shop of the mystery shopper: the desk of everybody, eyes and hands of its own in the stores, the offices of duties.

Requests are worked on here, by the same steps as everywhere; a worker that runs elsewhere may take some of them. Refuses to open
without credentials for planting and probing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from avow.app import campaigns_office, choices_office, intakes_office, retention_office
from avow.app.cases_office import make_cases_office
from avow.app.checking import budget_of, open_scenes
from avow.app.databases import control_dsn
from avow.app.desk import Desk
from avow.app.disclosures_office import make_disclosures_office
from avow.app.notices_office import make_notices_office
from avow.app.places_office import make_places_office
from avow.app.project import Progress, Project
from avow.app.recording import open_project_ledger
from avow.app.reviews_office import make_reviews_office
from avow.app.rights import open_desk_of
from avow.app.shopping_office import BookDeeds, ShopOffice
from avow.app.vault_office import make_vault_office
from avow.app.workers import open_working_of
from avow.control.session import Session
from avow.control.shopping import ShopperFinding, ShopperRecords
from avow.duties.rights.ports import Mail, Post
from avow.errors import ControlError, Diagnostic, Place
from avow.prove.inquiry import CannotTell
from avow.prove.scene import StoreScene
from avow.prove.shopper import Brief, Eyes, Group, Planter, Shop, list_unseen

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


def open_shop(
    stack: ExitStack, project: Project, brief: Brief, records: ShopperRecords, run: UUID, progress: Progress
) -> Shop:
    """Everything that a visit may use, closed with the stack. `records` hold the run. Raises AvowError."""
    dsn = stack.enter_context(control_dsn(project.settings, progress))
    desk = open_desk_of(project, progress)
    stack.callback(desk.close)
    working = stack.enter_context(open_working_of(project, progress))
    ledger = stack.enter_context(open_project_ledger(project.settings, dsn))
    scenes = open_scenes(stack, project, budget_of(project, None, None, None), progress)
    planters = make_planters(scenes, {intake.store for intake in brief.intakes}, records)
    eyes = {scene.name: _eyes(project, scene) for scene in scenes if scene.name in planters}
    codes: dict[UUID, str] = {}
    own = replace(desk, office=replace(desk.office, post=_overhear(desk.office.post, codes)))
    offices = {duty: make(stack, project, own) for duty, make in OFFICES.items()}
    looking = {duty: make(stack, project, own, scenes) for duty, make in LOOKING.items()}
    return Shop(
        brief=brief,
        planters={name: planter.apart() for name, planter in planters.items()},
        eyes=eyes,
        desk=own,
        desk_at=lambda at: replace(own, now=lambda: at),
        deeds=BookDeeds(project, ledger, eyes),
        office=ShopOffice(own, project, records, codes),
        run_pass=lambda: working.run_pass() > 0,
        turns=records,
        code_of=lambda request: codes.get(request, ""),
        now=lambda: datetime.now(UTC),
        stopped=lambda: records.is_stopped(run),
        offices={**offices, **looking},
    )


def claiming(records: ShopperRecords, run: UUID, groups: Sequence[Group]) -> Callable[[int], bool]:
    """Gets a group by its number where nobody else is at it, and where something of it has not been seen yet."""

    def claim(number: int) -> bool:
        return records.claim(run, number) and bool(list_unseen(groups[number], records.findings_of(run)))

    return claim


def keeping(records: ShopperRecords, run: UUID, progress: Progress) -> Callable[[ShopperFinding], None]:
    """What is seen goes on record, and is told."""

    def keep(finding: ShopperFinding) -> None:
        records.record_finding(run, finding)
        progress(f"{finding.right}, {finding.aspect}: {finding.result}")

    return keep


def _overhear(post: Post, codes: dict[UUID, str]) -> Post:
    """Mails go where they always go; a one-time code for a synthetic person is also remembered here: nobody reads their post."""

    def posted(session: Session, mail: Mail) -> None:
        if mail.synthetic and mail.request and "code" in mail.values:
            codes[mail.request] = mail.values["code"]
        post(session, mail)

    return posted


def make_planters(scenes: tuple[StoreScene, ...], wanted: set[str], records: ShopperRecords) -> dict[str, Planter]:
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
