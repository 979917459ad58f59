"""Runs the mystery shopper: makes the visits here and in a process beside, takes back what they left, tells and asks of runs.

A run belongs to one process, which holds its lock; the one beside does a share of the visits and ends with it. Refuses to start
beside another shopper of the company, and without credentials for planting and probing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from avow.app.checking import budget_of, open_scenes
from avow.app.databases import control_dsn
from avow.app.project import Progress, Project, open_project
from avow.app.rights import open_desk_of
from avow.app.rights_evidence import open_records
from avow.app.shopping_beside import Beside
from avow.app.shopping_clearing import Cleared, clear
from avow.app.shopping_scene import claiming, keeping, make_planters, open_shop
from avow.control.shopping import ShopperFinding, ShopperRecords
from avow.prove.shopper import VISITS, Planter, Shop, Visit, list_unseen, read_brief, run_visits, share_out
from avow.settings import Settings

ENDS_WITHIN = timedelta(minutes=1)  # a run ends after the step that it is in
PASSES = 20  # of work that waits before a run; where there is more, it goes on beside the visits
MANY = 6  # groups of visits: with fewer a second process would hardly have begun when they are made


@dataclass(frozen=True)
class Shopped:
    """A run that ended. `left` is what an earlier run had left and this one took back first; `unmade` counts visits that it did not
    make, for it was told to stop."""

    findings: tuple[ShopperFinding, ...]
    left: Cleared = Cleared()
    unmade: int = 0

    @property
    def exit_code(self) -> int:
        """0: everything held; 1: something broke; 2: something could not be seen."""
        results = {finding.result for finding in self.findings}
        return 1 if "broke" in results else 2 if results - {"held"} or not results or self.unmade else 0


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
        records = stack.enter_context(open_records(dsn, project.settings.company))
        run = uuid4()
        stack.enter_context(records.running(run, project.version.version, datetime.now(UTC)))
        shop = open_shop(stack, project, brief, records, run, progress)
        known = {name: replace(planter, journal=records) for name, planter in shop.planters.items()}
        left = clear(shop.desk, _planters_of_rows(stack, project, records, progress, known))
        if left:
            progress(f"an earlier run had left {left}: taken back")
        groups = share_out(visits)
        claim, keep = claiming(records, run, groups), keeping(records, run, progress)
        try:
            _work_off(shop)
            shared = _shared(records, run, folder, environ, visits, progress) if len(groups) >= MANY else nullcontext()
            with shared:
                run_visits(shop, groups, claim, keep)
            run_visits(shop, groups, claim, keep)  # what the process beside left when it died
        finally:  # what was being done when its visit ended, and what belongs to no visit
            clear(shop.desk, _planters_of_rows(stack, project, records, progress, known))
        found = records.findings_of(run)
        return Shopped(in_order(visits, found), left, len(list_unseen(visits, found)))


def _work_off(shop: Shop) -> None:
    """What waits already is done first: a store that takes many answers in at once locks its lists for seconds, and nobody could
    be planted meanwhile."""
    for _ in range(PASSES):
        if shop.stopped() or not shop.work():
            return


def in_order(visits: Sequence[Visit], findings: Sequence[ShopperFinding]) -> tuple[ShopperFinding, ...]:
    """In the order of the visits that show them, whoever made which first."""
    place: dict[tuple[str, str], int] = {}
    for visit in visits:
        for aspect in visit.shows:
            place.setdefault((visit.right, aspect), len(place))
    rights = [visit.right for visit in visits]
    return tuple(sorted(findings, key=lambda f: (rights.index(f.right), place.get((f.right, f.aspect), -1))))


@contextmanager
def _shared(
    records: ShopperRecords,
    run: UUID,
    folder: Path,
    environ: Mapping[str, str],
    visits: Sequence[Visit],
    progress: Progress,
) -> Iterator[None]:
    """A process beside this one takes groups of visits too; the block ends when it has ended."""
    beside = Beside.start(folder, environ, run, [VISITS.index(visit) for visit in visits], progress)
    try:
        yield
    except BaseException:
        records.record_stop()
        beside.wait(ENDS_WITHIN)
        raise
    beside.wait()


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
    return make_planters(open_scenes(stack, project, budget_of(project, None, None, None), progress), wanted, records)


def newest_findings(folder: Path, environ: Mapping[str, str], progress: Progress) -> tuple[ShopperFinding, ...]:
    """The newest finding of each aspect under the version in force."""
    project = open_project(folder, environ)
    with (
        control_dsn(project.settings, progress) as dsn,
        open_records(dsn, project.settings.company) as records,
    ):
        return records.findings(project.version.version)
