"""Wires retention: which sweeps there are, doing them, holds, and what goes when.

Promises: every sweep has its record before its first batch, and each batch is counted, and stands in the ledger before it is
committed; a store that does not answer stops its own sweeps alone, and the cause is on record. Refuses to take away what a
hold keeps, and to sweep by a limit that nothing dates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from uuid import UUID, uuid4

from psycopg_pool import ConnectionPool

from avow.app.databases import control_dsn, get_dsn
from avow.app.project import Progress, Project, open_project
from avow.app.recording import sealing_deeds
from avow.app.rights import open_keys, open_pool, prepare_control
from avow.compilers.duties import duty_spec
from avow.compilers.limits import Sweep, Undated, plan_sweeps
from avow.control import retention
from avow.control.retention import LegalHold, SweepRun
from avow.control.session import Session
from avow.datamap.model import Aggregate
from avow.errors import AvowError, Diagnostic, Place, RetentionError
from avow.ledger import Kind
from avow.sealing import CompanyKeys
from avow.stores.duty import PathSpec, StepSpec, TableSpec
from avow.stores.postgres.duty.cascading import Owned
from avow.stores.postgres.duty.figures import Figure, FigureSpec, GroupSpec, Kept
from avow.stores.postgres.duty.sweeping import Due, PostgresSweeper, Seal, Standing, open_sweeper

JOB = "sweep_due"
EVERY = "17 * * * *"  # each hour


@dataclass(frozen=True)
class Line:
    """One sweep, its newest run and how it stands. `standing` None: the store could not be asked. `kept`: how the figures
    stand that stay, None where none do."""

    sweep: Sweep
    run: SweepRun | None
    standing: Standing | None
    kept: Kept | None = None


@dataclass(frozen=True)
class Retention:
    """Safe for threads. `now` gives UTC."""

    project: Project
    pool: ConnectionPool
    keys: CompanyKeys
    now: Callable[[], datetime]

    @contextmanager
    def session(self) -> Iterator[Session]:
        """One transaction: committed at the end, undone by any exception."""
        with self.pool.connection() as connection, connection.transaction():
            yield Session(connection, self.project.settings.company, self.keys, self.now(), uuid4)

    def sweeps(self) -> tuple[tuple[Sweep, ...], tuple[Undated, ...]]:
        """Every sweep of the version in force and the ways in, and what cannot be dated."""
        return plan_sweeps(self.project.version, self.project.datamap.stores, self.project.vocabulary)

    def runs(self) -> list[SweepRun]:
        """The newest run of every sweep: Avow's own records alone."""
        with self.session() as session:
            return retention.list_newest(session)

    def hold(self, store: str, table: str, key: str, reason: str, by: str, until: date) -> UUID:
        """Rows about this person stay until the end of that day. Raises RetentionError `retention.bad-hold`."""
        mapped = found.find_table(table) if (found := self.project.datamap.find_store(store)) else None
        end = datetime.combine(until, time.max, UTC)
        if mapped is None or not mapped.key or not reason.strip() or end <= self.now():
            cause = "a hold names a subject table of the data map, a key, a reason, and a day that is yet to come"
            help, so = (
                "write it as `avow retention hold main public.contacts 7 --reason ... --until 2027-03-31`",
                "nothing is held",
            )
            raise RetentionError(Diagnostic(Place(f"{store} {table}"), "retention.bad-hold", cause, help, so))
        with self.session() as session:
            return retention.record_hold(session, store, table, key, reason, by, end)

    def release(self, hold: UUID) -> bool:
        with self.session() as session:
            return retention.record_released(session, hold)

    def holds(self) -> list[LegalHold]:
        with self.session() as session:
            return retention.access_holds(session)

    def close(self) -> None:
        self.pool.close()


def sweep_all(desk: Retention, progress: Progress = lambda line: None) -> int:
    """Every sweep once; gives how many rows went. One that cannot be done leaves its cause and does not stop the others."""
    sweeps, _ = desk.sweeps()
    return sum(sweep_one(desk, sweep, desk.now(), progress=progress) for sweep in sweeps)


def sweep_one(
    desk: Retention, sweep: Sweep, at: datetime, only: tuple[str, ...] = (), progress: Progress = lambda line: None
) -> int:
    """One sweep at a moment; with `only` of the rows with these keys alone, and then it leaves no record and raises StoreError."""
    if only:
        with opened(desk.project, sweep.store, "duty") as hands:
            return sum(_batches(desk, hands, sweep, at, "", lambda rows: None, only))
    with desk.session() as session:
        started = session.now
        retention.record_begun(session, sweep.rule, sweep.store, sweep.table, bool(sweep.figures))
    run, cause, standing = name_run(sweep, started), "", Standing(0, 0, 0, None)
    swept = 0
    try:
        with (
            opened(desk.project, sweep.store, "duty") as hands,
            sealing_deeds(desk.project.settings, Kind.ERASE, sweep.table) as seal,
        ):
            _settle(desk, hands, sweep, started)
            for count in _batches(desk, hands, sweep, at, run, seal):
                swept += count
                with desk.session() as session:
                    retention.record_swept(session, sweep.rule, sweep.store, sweep.table, started, swept)
            standing = hands.standing(make_due(desk.project, sweep, desk.holds()), at)
    except AvowError as error:
        cause = error.diagnostics[0].cause
    with desk.session() as session:
        waits = {"held": standing.held, "referred": standing.referred, "others": standing.others}
        names = ", ".join(dict.fromkeys(table for table, _ in standing.waits))
        retention.record_finished(session, sweep.rule, sweep.store, sweep.table, started, waits, names, cause)
    progress(f"{sweep.table} ({sweep.rule}): {swept} rows{f'; stopped: {cause}' if cause else ''}")
    return swept


def _batches(
    desk: Retention,
    hands: PostgresSweeper,
    sweep: Sweep,
    at: datetime,
    run: str,
    seal: Seal,
    only: tuple[str, ...] = (),
) -> Iterator[int]:
    """Rows of each transaction: whole partitions first. Holds are read for each: one that is set meanwhile counts from the
    next on."""
    for part in hands.due_parts(make_due(desk.project, sweep, desk.holds(), only), at):
        if dropped := hands.drop(make_due(desk.project, sweep, desk.holds(), only), at, part, run, seal):
            yield dropped
    while count := hands.sweep(make_due(desk.project, sweep, desk.holds(), only), at, run, seal):
        yield count


def name_run(sweep: Sweep, started: datetime) -> str:
    """The run by which the store knows what a sweep took."""
    return f"sweep {sweep.rule} {sweep.store} {sweep.table} {started.astimezone(UTC).isoformat()}"


def _settle(desk: Retention, hands: PostgresSweeper, sweep: Sweep, started: datetime) -> None:
    """What runs took whose workers died before they said so: the store knows."""
    with desk.session() as session:
        for before in retention.list_unfinished(session, sweep.rule, sweep.store, sweep.table, started):
            taken = hands.taken(name_run(sweep, before))
            retention.record_swept(session, sweep.rule, sweep.store, sweep.table, before, taken)


def lines_of(desk: Retention, credential: str = "survey") -> list[Line]:
    """Every sweep with its newest run and how the store stands."""
    runs = {(r.rule, r.store, r.table): r for r in desk.runs()}
    holds, found = desk.holds(), []
    for sweep in desk.sweeps()[0]:
        standing, kept = None, None
        try:
            with opened(desk.project, sweep.store, credential) as eyes:
                due = make_due(desk.project, sweep, holds)
                kept = eyes.kept(due) if sweep.figures else None
                standing = eyes.standing(due, desk.now())
        except AvowError:
            standing = None
        found.append(Line(sweep, runs.get((sweep.rule, sweep.store, sweep.table)), standing, kept))
    return found


def what_goes_when(desk: Retention, credential: str = "survey") -> list[tuple[Sweep, list[tuple[date, int]]]]:
    """For each sweep: the months, and how many rows are due in each. Raises StoreError."""
    found = []
    for sweep in desk.sweeps()[0]:
        with opened(desk.project, sweep.store, credential) as eyes:
            found.append((sweep, eyes.when(make_due(desk.project, sweep, ()))))
    return found


def figures_that_stay(desk: Retention, credential: str = "survey") -> list[tuple[Sweep, list[Figure]]]:
    """For each table of which figures stay, with the first limit that asks for them: those that were written, under whatever
    limit. Raises StoreError."""
    tables: dict[tuple[str, str], Sweep] = {}
    for sweep in desk.sweeps()[0]:
        if sweep.figures:
            tables.setdefault((sweep.store, sweep.table), sweep)
    found = []
    for sweep in tables.values():
        with opened(desk.project, sweep.store, credential) as eyes:
            found.append((sweep, eyes.figures(make_due(desk.project, sweep, ()))))
    return found


def make_due(
    project: Project, sweep: Sweep, holds: tuple[LegalHold, ...] | list[LegalHold], only: tuple[str, ...] = ()
) -> Due:
    """A sweep as the store does it."""
    store = project.datamap.find_store(sweep.store)
    owned = {t.name: _owned(t) for t in duty_spec(store, project.vocabulary).tables} if store else {}
    held: dict[str, tuple[str, ...]] = {}
    for hold in holds:
        if hold.store == sweep.store and not hold.key:
            raise RetentionError(_unreadable_hold(sweep))
        if hold.store == sweep.store:
            held[hold.table] = (*held.get(hold.table, ()), hold.key)
    own = owned.get(sweep.table, Owned("", ()))
    return Due(
        sweep.table,
        own.key or "id",
        sweep.dated_by,
        sweep.days,
        sweep.by_licence,
        sweep.columns,
        own.paths,
        held,
        only,
        owned,
        sweep.rule,
        tuple(map(_figure, sweep.figures)),
        sweep.at_least,
    )


def _figure(aggregate: Aggregate) -> FigureSpec:
    """Two groups by columns of one name are told apart by their tables."""
    names = [group.column for group in aggregate.groups]
    groups = tuple(
        GroupSpec(
            g.column if names.count(g.column) == 1 or not g.via else f"{g.via[-1].to_table}.{g.column}",
            g.column,
            tuple(StepSpec(s.column, s.to_table, s.to_column) for s in g.via),
        )
        for g in aggregate.groups
    )
    return FigureSpec(aggregate.name, aggregate.subject, groups, tuple((m.kind, m.column) for m in aggregate.measures))


def _owned(spec: TableSpec) -> Owned:
    """A row of a subject table is that person's own, whether or not the map says so once more."""
    own = PathSpec(spec.name, (), spec.organisation)
    known = not spec.key or any(path.subject == spec.name and not path.steps for path in spec.paths)
    return Owned(spec.key, spec.paths if known else (*spec.paths, own))


def _unreadable_hold(sweep: Sweep) -> Diagnostic:
    cause = "a legal hold on this store cannot be read any more: its data key was dropped"
    help, so = (
        "end that hold (`avow retention hold`), and set it again if it is needed",
        "nothing of the store is swept",
    )
    return Diagnostic(Place(f"store `{sweep.store}`"), "retention.hold-unreadable", cause, help, so)


@contextmanager
def opened(project: Project, store: str, credential: str) -> Iterator[PostgresSweeper]:
    """Raises StoreError."""
    sweeper = open_sweeper(get_dsn(project.settings.get_store(store), credential), store)
    try:
        yield sweeper
    finally:
        sweeper.close()


@contextmanager
def open_retention(
    folder: Path, environ: Mapping[str, str], progress: Progress = lambda line: None
) -> Iterator[Retention]:
    """The desk of retention, for as long as it is used."""
    project = open_project(folder, environ)
    with ExitStack() as stack:
        dsn = stack.enter_context(control_dsn(project.settings, progress))
        prepare_control(dsn, project.settings.company)
        desk = Retention(project, open_pool(dsn, 2), open_keys(project.settings), lambda: datetime.now(UTC))
        stack.callback(desk.close)
        yield desk
