"""Wires the ways in: handing a delivery in needs Avow's own database alone; taking it into the store needs the duty credential.

Promises: a delivery that was handed in is worked through by any worker, chunk by chunk, whoever dies; each chunk stands in the
ledger before it is committed, as one entry without a person. Refuses to take in a line about somebody who objected, is listed
or was erased.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

from psycopg_pool import ConnectionPool

from avow.app.databases import control_dsn, get_dsn
from avow.app.project import Progress, Project, open_project
from avow.app.recording import sealing_deeds
from avow.app.rights import open_keys, open_pool, prepare_control
from avow.control import intakes
from avow.control.intakes import Delivery, Reject
from avow.control.session import Session
from avow.datamap.model import Intake, StoreMap
from avow.duties.intakes import delivering
from avow.duties.rights.replaying import list_reasons, screen_import
from avow.errors import AvowError, Diagnostic, IntakeError, LedgerError, Place
from avow.ledger import Kind
from avow.sealing import CompanyKeys
from avow.stores.postgres.duty.taking import PostgresTaker, open_taker
from avow.work import defer

JOB = "intakes.work"
PASSING = ("store.unreachable", "store.busy", "store.no-credential")  # a store that answers later decides
CHUNK = 1_000
Lines = Sequence[Mapping[str, str]]
Take = Callable[[UUID, str, int, list[tuple[int, dict[str, str]]]], tuple[int, list[int]]]


@dataclass(frozen=True)
class WayIn:
    """One registered way in, as a person reads it. `login`: a program of the company; "" for files and calls."""

    name: str
    store: str
    tables: tuple[str, ...]
    source: str
    login: str = ""
    batch: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    only: bool = False


@dataclass(frozen=True)
class Intakes:
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

    def ways(self) -> tuple[WayIn, ...]:
        """Every registered way in: programs by their logins, then files and calls."""
        return tuple(way for store in self.project.datamap.stores for way in list_ways(store))

    def get_way(self, name: str) -> tuple[StoreMap, Intake]:
        """Raises IntakeError `intake.unknown`."""
        for store in self.project.datamap.stores:
            if way := store.find_intake(name):
                return store, way
        known = ", ".join(way.name for store in self.project.datamap.stores for way in store.intakes) or "none"
        cause, help = f"`{name}` is no registered way in", f"the data map has: {known}"
        raise IntakeError(Diagnostic(Place("datamap.yaml"), "intake.unknown", cause, help, "nothing enters by it"))

    def hand_in(
        self, name: str, facts: Mapping[str, str], lines: Lines, channel: str, by: str, notice: str = "", synthetic: bool = False
    ) -> tuple[Delivery, bool]:  # fmt: skip
        """The delivery and whether it is new: the same one again changes nothing. Raises IntakeError."""
        store, way = self.get_way(name)
        read = delivering.check_facts(way, facts, self.now().date(), self.project.vocabulary)
        _check_fields(way, lines)
        number = delivering.id_of(self.project.settings.company, way, read, lines)
        made = Delivery(
            number, store.name, name, read, notice, channel, by, synthetic, intakes.WAITING, "", len(lines), 0, 0,
            self.now(), None,
        )  # fmt: skip
        with self.session() as session:
            new = intakes.record_delivery(session, made, lines)
            if new:
                defer(session.connection, JOB, {}, key=JOB)
            found = intakes.find_delivery(session, number)
        return found or made, new

    def read_file(self, name: str, path: Path) -> list[dict[str, str]]:
        """The lines of a CSV file. Raises IntakeError."""
        try:
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            cause = f"the file cannot be read: {getattr(error, 'strerror', None) or 'it is not UTF-8'}"
            help, so = "check the path, and save the file as UTF-8", "nothing enters"
            raise IntakeError(Diagnostic(Place(str(path)), "intake.cannot-read", cause, help, so)) from None
        return delivering.read_lines(text, self.get_way(name)[1], path.name)

    def find(self, delivery: UUID) -> Delivery | None:
        with self.session() as session:
            return intakes.find_delivery(session, delivery)

    def deliveries(self, limit: int = 100) -> list[Delivery]:
        with self.session() as session:
            return intakes.list_deliveries(session, limit)

    def rejects(self, delivery: UUID) -> list[Reject]:
        with self.session() as session:
            return intakes.list_rejects(session, delivery)

    def close(self) -> None:
        self.pool.close()


def list_ways(store: StoreMap) -> Iterator[WayIn]:
    """The ways into one store."""
    for login in store.logins:
        if login.source:
            yield WayIn(login.name, store.name, (), login.source, login.name)
    for way in store.intakes:
        yield WayIn(
            way.name, store.name, (way.table,), way.source, "", way.batch, tuple(way.columns), way.required, way.only
        )


def _check_fields(way: Intake, lines: Lines) -> None:
    unknown = sorted({name for line in lines for name in line} - set(way.columns))
    if unknown:
        cause, help = f"`{way.name}` takes no field `{unknown[0]}`", f"it takes: {', '.join(way.columns)}"
        place = Place(f"intake `{way.name}`")
        raise IntakeError(Diagnostic(place, "intake.unknown-field", cause, help, "nothing of this delivery enters"))


# -- working ---------------------------------------------------------------------------------------------------------------


def work_deliveries(desk: Intakes) -> int:
    """Works through every delivery that waits; gives how many. One that a rival holds is left to it."""
    done = 0
    while _work_one(desk):
        done += 1
    return done


def _work_one(desk: Intakes) -> bool:
    with desk.session() as session:
        found = intakes.access_waiting(session)
        if found is None:
            return False
        delivery, lines, key = found
        cause = ""
        try:
            _take_in(desk, session, delivery, lines)
        except IntakeError as error:
            cause = str(error.diagnostics[0].cause)
        except AvowError as error:
            first = error.diagnostics[0]
            if first.code in PASSING or isinstance(error, LedgerError):
                raise  # it waits, and is worked through when the store, or the ledger, is back
            cause = first.cause
        intakes.record_finished(session, delivery.id, key, cause)
    return True


def _take_in(desk: Intakes, session: Session, delivery: Delivery, lines: Lines) -> None:
    _, way = desk.get_way(delivery.intake)
    taker = open_taker(get_dsn(desk.project.settings.get_store(delivery.store), "duty"), delivery.store)
    try:
        party = _party_of(taker, way, delivery)
        taker.open_batch(delivery.id, way.name, delivery.facts)
        seen: set[str] = set()
        with sealing_deeds(desk.project.settings, Kind.WRITE, way.table) as seal:
            take = partial(taker.take, seal=None if delivery.synthetic else seal)
            for at in range(0, len(lines), CHUNK):
                accepted, left = _take_chunk(
                    session, taker, take, delivery, way, party, lines[at : at + CHUNK], at, seen
                )
                worked = min(at + CHUNK, len(lines))
                intakes.record_progress(session, delivery.id, worked, accepted, left)
                with desk.session() as shown:
                    intakes.show_progress(shown, delivery.id, worked)
        taker.close_batch(delivery.id)
    finally:
        taker.close()


def _party_of(taker: PostgresTaker, way: Intake, delivery: Delivery) -> str:
    """The key of the firm that passed the rows on. Raises IntakeError `intake.unknown-firm`."""
    if way.party is None or not way.batch:
        return ""
    firm = str(delivery.facts.get(way.batch[0], ""))
    key = taker.find_party(way.party.table, way.party.key, way.party.name, firm)
    if not key:
        cause = f"the {way.batch[0]} of this delivery stands in no row of {way.party.table}"
        help = "enter the firm there first, with its contract"
        place, so = Place(f"intake `{way.name}`"), "nothing of this delivery enters"
        raise IntakeError(Diagnostic(place, "intake.unknown-firm", cause, help, so))
    return key


def _take_chunk(
    session: Session, taker: PostgresTaker, take: Take, delivery: Delivery, way: Intake, party: str, lines: Lines, at: int,
    seen: set[str],
) -> tuple[int, list[Reject]]:  # fmt: skip
    """(lines taken, lines left out)."""
    ready, short = delivering.split(lines, way, at + 1)
    left = [Reject(one.line, one.code, one.field) for one in short]
    ready, twice = _once(ready, seen)
    free, stopped = _screen(session, taker, way, ready)
    rows = [(number, delivering.values_of(way, line, party)) for number, line in free]
    accepted, refused = take(delivery.id, way.table, at, rows)
    return accepted, [*left, *twice, *stopped, *(Reject(number, "refused") for number in refused)]


def _once(
    ready: list[tuple[int, Mapping[str, str]]], seen: set[str]
) -> tuple[list[tuple[int, Mapping[str, str]]], list[Reject]]:
    """A person stands once in a delivery."""
    kept, twice = [], []
    for number, line in ready:
        told = "\0".join(f"{kind} {value.strip().lower()}" for kind, value in delivering.identifiers(line))
        if told and told in seen:
            twice.append(Reject(number, delivering.TWICE))
        else:
            kept.append((number, line))
            seen.add(told)
    return kept, twice


def _screen(
    session: Session, taker: PostgresTaker, way: Intake, ready: list[tuple[int, Mapping[str, str]]]
) -> tuple[list[tuple[int, Mapping[str, str]]], list[Reject]]:
    """Against those who objected or were erased, by digest, and against the company's own lists."""
    told = [delivering.identifiers(line) for _, line in ready]
    listed = taker.find_listed(way.screen, [value for each in told for _, value in each])
    free, stopped = [], []
    for (number, line), screened, each in zip(ready, screen_import(session, told), told, strict=True):
        if screened.erased:
            stopped.append(Reject(number, delivering.ERASED))
        elif list_reasons(screened, way.purpose) and way.purpose:
            stopped.append(Reject(number, delivering.OBJECTED))
        elif any(value.strip().lower() in listed for _, value in each):
            stopped.append(Reject(number, delivering.LISTED))
        else:
            free.append((number, line))
    return free, stopped


@contextmanager
def open_intakes(folder: Path, environ: Mapping[str, str], progress: Progress = lambda line: None) -> Iterator[Intakes]:
    """The desk of deliveries, for as long as it is used."""
    project = open_project(folder, environ)
    with ExitStack() as stack:
        dsn = stack.enter_context(control_dsn(project.settings, progress))
        prepare_control(dsn, project.settings.company)
        desk = Intakes(project, open_pool(dsn, 2), open_keys(project.settings), lambda: datetime.now(UTC))
        stack.callback(desk.close)
        yield desk
