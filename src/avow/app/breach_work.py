"""What a breach needs a store for: counting whom it affects, and writing to them. For workers and commands, never for the web.

Promises: a count is one transaction, so that figures and list agree; a store that does not answer is named as not counted, and the
others are counted all the same. A letter goes out in portions, each in one transaction with the mark of who was written to: whoever
is killed leaves nobody out and nobody written to twice, and one address gets one letter of a breach however many rows it stands in.
Refuses to write with a letter that no second person approved: the database refuses it as well.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg

from avow.app.breaches import Breaches, OpenSession, make_breaches
from avow.app.databases import connect_store, get_dsn
from avow.app.outgoing import SEND_JOB, make_outbox
from avow.app.project import Progress, Project
from avow.app.rights import open_sessions
from avow.compilers import Matrix, reach
from avow.compilers.duties import duty_spec
from avow.control import breaches, duty_cases
from avow.control.breaches import GONE, NO_ADDRESS, QUEUED, Affected, Breach, KeptExtent, KeptLetter
from avow.control.session import Session
from avow.datamap.holds import categories_of
from avow.datamap.model import Login, StoreMap, Table
from avow.duties.breaches import Figures, Logged, Place
from avow.errors import AvowError, LedgerError, OutboxError
from avow.ledger import UNKNOWN_COUNT, Entry, Kind, access_window
from avow.outbox import Message, Outbox
from avow.outbox.content import check_address, check_names_nobody
from avow.stores.duty import StoreSpec
from avow.stores.postgres.affected import (
    Census,
    Reached,
    access_addresses,
    count_affected,
    read_login_reach,
)
from avow.stores.postgres.affected import Kind as RecordOf
from avow.work import defer

PORTION = 200
TRIES = 3
_CHUNK = 2000
TEMPLATE = "breach-people"
Connection = psycopg.Connection[Any]
Open = Callable[[str], AbstractContextManager[Connection]]
_USES = (Kind.READ, Kind.WRITE, Kind.EXPORT, Kind.DISCLOSE, Kind.BREAK_GLASS)


@dataclass(frozen=True)
class BreachWork:
    """`open` opens a store by the duty credential; `dsn` is Avow's own database, which holds the ledger."""

    project: Project
    room: Breaches
    outbox: Outbox
    open: Open
    dsn: str

    def run(self) -> tuple[int, int]:
        """Counts what is to be counted and writes what is to be written; gives (breaches counted, letters queued). Lists that have
        been kept for as long as the company decided go."""
        self.end_lists()
        with self.room.session() as session:
            wanted = breaches.list_uncounted(session)
        for case in wanted:
            self.count(case)
        with self.room.session() as session:
            going = breaches.list_going_letters(session)
        return len(wanted), sum(self.write(case, letter) for letter, case in going)

    def end_lists(self) -> list[UUID]:
        """The breaches whose lists of people went now."""
        kept = timedelta(days=self.project.settings.breaches.list_days)
        with self.room.session() as session:
            return breaches.record_lists_ended(session, session.now - kept)

    # -- counting --------------------------------------------------------------------------------------------------------

    def count(self, case: UUID) -> Figures:
        """Counts whom the breach affects, and keeps the list of them. A count that another one overtook, or that answers
        to what was breached as it was known before, is not kept: it is made again, and after `TRIES` left to the next run."""
        for _ in range(TRIES):
            with self.room.session() as session:
                breach = breaches.find_breach(session, case)
                assert breach is not None  # asked for by its id
                extents, wanted = breaches.access_extents(session, breach), session.now
            figures, everyone = self._count(extents, wanted)  # no transaction of Avow's own waits for a store
            if self._keep(breach, extents, figures, everyone, wanted):
                return figures
        with self.room.session() as session:
            breaches.record_count_wanted(session, case)
        return figures

    def _keep(
        self,
        before: Breach,
        extents: Sequence[KeptExtent],
        figures: Figures,
        everyone: Sequence[Affected],
        wanted: datetime,
    ) -> bool:
        """False where somebody counted since it began, or what was breached is another thing by now. Until this ends the breach is
        locked: who changes what was breached waits."""
        case = before.case
        with self.room.session() as session:
            breach = breaches.find_breach_locked(session, case)
            assert breach is not None  # a breach stays as long as its case
            now = [one.id for one in breaches.access_extents(session, breach)]
            if breach.counted_at != before.counted_at or now != [one.id for one in extents]:
                return False
            for at in range(0, len(everyone), _CHUNK):
                breaches.record_people(session, breach, everyone[at : at + _CHUNK])
            breaches.record_counted(session, case, figures.to_json(), wanted)
            duty_cases.record_event(session, case, "avow", "counted")
        return True

    def _count(self, extents: Sequence[KeptExtent], now: datetime) -> tuple[Figures, list[Affected]]:
        unknown: list[str] = []
        places: list[Place] = []
        everyone: dict[tuple[str, str, str], Affected] = {}
        per_category: dict[str, int] = {}
        for name in dict.fromkeys(one.store for one in extents):
            census = self._count_store(name, [one for one in extents if one.store == name], unknown)
            places += [Place(name, c.table, c.kind, c.rows, c.people, c.organisations, c.nobody, c.categories)
                       for c in census.counted if c.rows]  # fmt: skip
            for one in census.everyone:
                everyone[name, one.subject, one.key] = Affected(
                    name, one.subject, one.key, one.categories, one.organisation
                )
            for category, count in census.per_category.items():
                per_category[category] = per_category.get(category, 0) + count
        unknown += [
            f"{lost} rows of {place.store}:{place.table} lead to nobody that the data map knows"
            for place in places
            if (lost := place.nobody)
        ]
        logged = tuple(self._logged(one, now, unknown) for one in extents if one.kind in ("login", "pair"))
        if everyone:
            unknown.append("what was deleted or changed since then is not counted: this is what stands now")
            unknown.append("somebody who stands in two tables of people is counted in each")
        people = [one for one in everyone.values() if not one.organisation]
        figures = Figures(
            people=len(people),
            organisations=len(everyone) - len(people),
            rows=sum(place.rows for place in places),
            per_category=dict(sorted(per_category.items())),
            per_subject=self._per_subject(people),
            places=tuple(places),
            logged=logged,
            unknown=tuple(dict.fromkeys(unknown)),
        )
        return figures, list(everyone.values())

    def _per_subject(self, people: Iterable[Affected]) -> dict[str, int]:
        found: dict[str, int] = {}
        for one in people:
            store = self.project.datamap.find_store(one.store)
            table = store.find_table(one.table) if store else None
            kinds = [subject for record in table.records for subject in record.subjects] if table else []
            name = kinds[0] if kinds else one.table
            found[name] = found.get(name, 0) + 1
        return dict(sorted(found.items()))

    def _count_store(self, name: str, extents: Sequence[KeptExtent], unknown: list[str]) -> Census:
        store = self.project.datamap.find_store(name)
        if store is None or store.kind != "postgresql":
            kind = store.kind if store else "unknown"
            unknown.append(
                f"nobody was counted in store `{name}`: Avow counts in PostgreSQL, and this is of kind {kind}"
            )
            return Census((), {}, ())
        spec = duty_spec(store, self.project.vocabulary)
        try:
            with self.open(name) as connection:
                reached = merge(list(self._reached(connection, store, extents, unknown)))
                return count_affected(connection, spec, reached)
        except (AvowError, psycopg.Error) as error:
            unknown.append(f"nobody was counted in store `{name}`: it did not answer ({type(error).__name__})")
            return Census((), {}, ())

    def _reached(
        self, connection: Connection, store: StoreMap, extents: Sequence[KeptExtent], unknown: list[str]
    ) -> Iterator[Reached]:
        tables = {t.name: t for t in store.tables if not t.ignore and t.personal}
        for one in extents:
            if one.kind in ("login", "pair"):
                columns = self._columns_of(connection, store, one, list(tables), unknown)
            else:
                named = tables if one.kind == "store" else {one.name: tables[one.name]} if one.name in tables else {}
                columns = {name: frozenset(c.name for c in table.columns) for name, table in named.items()}
            for name, held in columns.items():
                personal = frozenset(c.name for c in tables[name].columns if categories_of(c) and c.name in held)
                if personal:
                    keys = (one.key,) if one.kind == "row" else ()
                    yield Reached(name, personal, kinds_of(tables[name]), keys)

    def _columns_of(
        self, connection: Connection, store: StoreMap, extent: KeptExtent, tables: list[str], unknown: list[str]
    ) -> dict[str, frozenset[str]]:
        """What the login or pair may read: by the policy's matrix, and for a login also by what the database grants it now."""
        matrix: Matrix = reach(self.project.version, self.project.vocabulary, store)
        login = next((x for x in store.logins if x.name == extent.name), None)
        pairs = (
            [p for p in store.pairs if str(p) == extent.name]
            if extent.kind == "pair"
            else list(login.pairs if login else ())
        )
        found: dict[str, frozenset[str]] = {}
        for table in tables:
            rights = [right for pair in pairs if (right := matrix.find(pair, table))]
            if columns := frozenset(c for right in rights for c in right.read):
                found[table] = columns
        if extent.kind == "login":
            live = read_login_reach(connection, extent.name, tables)
            if live is None:
                unknown.append(
                    f"login `{extent.name}` does not stand in store `{store.name}` any more: what it was granted is not known"
                )
            for table, columns in (live or {}).items():
                found[table] = found.get(table, frozenset()) | columns
        unknown.append(
            f"`{extent.name}` may have seen fewer rows than counted: limits by row and by case are not taken off"
        )
        return found

    # -- the record of uses ----------------------------------------------------------------------------------------------

    def _logged(self, extent: KeptExtent, now: datetime, unknown: list[str]) -> Logged:
        store = self.project.datamap.find_store(extent.store)
        logins = store.logins if store else ()
        login = next((x for x in logins if x.name == extent.name), None)
        pairs = {extent.name} if extent.kind == "pair" else {str(pair) for pair in (login.pairs if login else ())}
        unknown += _not_recorded(extent, logins, login)
        since, until = _micros(extent.since), _micros(extent.until or now)
        try:
            entries, oldest = access_window(self.dsn, since, until)
        except LedgerError as error:
            unknown.append(
                f"the record of uses could not be read ({error.codes[0]}): nothing is known of what `{extent.name}` read"
            )
            return Logged(extent.name, 0, 0, 0, 0, 0, (), ())
        if not oldest or oldest > since:
            begins = (
                f"begins at {datetime.fromtimestamp(oldest / 1e6, UTC):%Y-%m-%d %H:%M} UTC" if oldest else "is empty"
            )
            unknown.append(f"the record of uses {begins}: of what `{extent.name}` read before that, nothing is known")
        return self._summary(extent.name, [entry for entry in entries if entry.pair in pairs], extent.store)

    def _summary(self, name: str, entries: Sequence[Entry], store: str) -> Logged:
        uses = [entry for entry in entries if entry.kind in _USES]
        told = [entry.rows for entry in uses if entry.rows != UNKNOWN_COUNT]
        return Logged(
            about=name,
            uses=len(uses),
            refused=sum(entry.kind == Kind.REFUSED for entry in entries),
            rows=sum(told),
            uncounted=len(uses) - len(told),
            named=len({entry.of for entry in uses if any(entry.of)}),
            tables=tuple(sorted({t for entry in uses for t in entry.tables.split(",") if t})),
            columns=tuple(sorted({c for entry in uses for c in entry.columns.split(",") if c and c != "+"})),
        )

    # -- letters ---------------------------------------------------------------------------------------------------------

    def write(self, case: UUID, letter: UUID) -> int:
        """Goes on with a letter until everybody was written to; gives how many mails were queued now."""
        queued = 0
        while True:
            with self.room.session() as session:
                breach = breaches.find_breach(session, case)
                kept = duty_cases.find_case(session, case)
                assert breach is not None  # the letter hangs on it
                assert kept is not None
                words = next(one for one in breaches.access_letters(session, breach) if one.id == letter)
                portion = breaches.access_next_people(session, breach, PORTION)
                if not portion:
                    self._finish(session, breach, words)
                    return queued
                queued += self._write(session, breach, words, portion, kept.synthetic, kept.reference)

    def _finish(self, session: Session, breach: Breach, letter: KeptLetter) -> None:
        """Over when every mail has left or never will. People count as told only when each of them was: where somebody has no
        address, or a mail was refused, a person tells the others and records it."""
        breaches.record_not_sent(session, letter.id)
        counts = breaches.count_people(session, breach.case)
        mails = breaches.count_mails(session, letter.id)
        if counts.get("") or mails.waiting:
            return
        if not breaches.record_letter_finished(session, letter.id):
            return
        without = counts.get(NO_ADDRESS, 0)
        words = f"by letter: {mails.sent} sent, {mails.dead} could not be, {without} people have no address"
        if mails.sent_at is not None and not mails.dead and not without:
            breaches.record_told(session, breach, "people", "", mails.sent_at, letter.approved_by, False, words)
        duty_cases.record_event(session, breach.case, "avow", "letter ended", words)

    def _write(
        self,
        session: Session,
        breach: Breach,
        letter: KeptLetter,
        portion: Sequence[Affected],
        synthetic: bool,
        reference: str,
    ) -> int:
        addresses = {
            who: address if _can_go(letter, address) else "" for who, address in self._addresses(portion).items()
        }
        written = {
            address: _mail(session, breach.case, letter, address, reference, synthetic)
            for address in addresses.values()
            if address
        }
        found = [addresses.get((one.store, one.table, one.key)) for one in portion]
        states = [GONE if address is None else QUEUED if address else NO_ADDRESS for address in found]
        messages = [written[address].id if address else None for address in found]
        breaches.record_written(session, breach.case, letter.id, portion, states, messages)
        mails = {mail.id: mail for mail in written.values()}
        # what was approved here by two persons is not asked about a second time by the outbox: no batch
        self.outbox.put(
            session.connection,
            list(mails.values()),
            breach.key,
            session.get_key(breach.key),
            session.now,
            letter.asked_by,
        )
        defer(session.connection, SEND_JOB, {}, key=SEND_JOB)
        return len(mails)

    def _addresses(self, portion: Sequence[Affected]) -> dict[tuple[str, str, str], str]:
        """Whose row still stands -> their address, "" for none. Raises StoreError: the portion is then tried again as a whole."""
        found: dict[tuple[str, str, str], str] = {}
        for store, table in dict.fromkeys((one.store, one.table) for one in portion):
            keys = [one.key for one in portion if (one.store, one.table) == (store, table)]
            with self.open(store) as connection:
                spec = self._spec(store)
                found |= {(store, table, key): said for key, said in access_addresses(connection, spec, table, keys)}
        return found

    def _spec(self, store: str) -> StoreSpec:
        mapped = self.project.datamap.find_store(store)
        assert mapped is not None  # somebody was counted there
        return duty_spec(mapped, self.project.vocabulary)


def _can_go(letter: KeptLetter, address: str) -> bool:
    """Whether the outbox takes it: an address that is none, or one that the letter itself names, is told another way."""
    try:
        check_address(address)
        check_names_nobody(TEMPLATE, tuple(letter.content.values()), (address,))
    except OutboxError:
        return False
    return True


def _mail(session: Session, case: UUID, letter: KeptLetter, address: str, reference: str, synthetic: bool) -> Message:
    """Its id is made from the breach and the address: put twice, it is there once."""
    digest = session.keys.lookup.digest_form(
        "breach-letter", f"{case}\0{session.keys.lookup.digest('email', address).hex()}"
    )
    return Message(
        UUID(bytes=hashlib.sha256(digest).digest()[:16]),
        TEMPLATE,
        address,
        f"{letter.content['title']} ({reference})",
        letter.content["text"],
        letter.content["html"],
        request=letter.id,
        synthetic=synthetic,
    )


def merge(reached: Sequence[Reached]) -> list[Reached]:
    """One entry for each table; single rows only where the table was not reachable as a whole with the same columns."""
    whole: dict[str, Reached] = {}
    rows: dict[str, Reached] = {}
    for one in reached:
        into = rows if one.keys else whole
        before = into.get(one.table)
        into[one.table] = (
            replace(one, columns=before.columns | one.columns, keys=tuple(dict.fromkeys((*before.keys, *one.keys))))
            if before
            else one
        )
    left = [one for name, one in rows.items() if name not in whole or not one.columns <= whole[name].columns]
    return [*whole.values(), *left]


def kinds_of(table: Table) -> tuple[RecordOf, ...]:
    """The table's kinds of record, with the columns in which their words stand."""
    return tuple(RecordOf(record.name, tuple(_where(table, record.where))) for record in table.records)


def _where(table: Table, where: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, word in where.items():
        attribute = table.find_attribute(name)
        if attribute is not None:
            yield attribute.column, attribute.values.get(word, word)


def _not_recorded(extent: KeptExtent, logins: Sequence[Login], login: Login | None) -> Iterator[str]:
    """What the record of uses cannot hold of this login or pair."""
    if extent.kind == "login" and login is None:
        yield f"`{extent.name}` is a custodian: nothing that it reads is in the record of uses"
    elif login is not None and login.unmodified:
        yield f"login `{extent.name}` works without Avow's client: what it read is not in the record of uses"
    elif extent.kind == "login":
        yield f"the record knows pairs, not logins: uses by others in the pairs of `{extent.name}` are counted with it"
    else:
        silent = sorted(x.name for x in logins if x.unmodified and extent.name in {str(p) for p in x.pairs})
        if silent:
            names = ", ".join(f"`{name}`" for name in silent)
            yield f"{names} may act as `{extent.name}` without Avow's client: what they read is not in the record of uses"
    yield "whoever connects past Avow's client leaves nothing in the record of uses: look into the server's own log, too"


def _micros(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000)


def make_breach_work(project: Project, session: OpenSession, dsn: str) -> BreachWork:
    """Wires the breach room to the stores, the ledger and the outbox of a project."""

    @contextmanager
    def open_(name: str) -> Iterator[Connection]:
        with connect_store(get_dsn(project.settings.get_store(name), "duty"), name) as connection:
            yield connection

    return BreachWork(project, make_breaches(project, session), make_outbox(project.settings), open_, dsn)


@contextmanager
def open_breach_work(
    project: Project, progress: Progress = lambda line: None, by_cli: bool = False
) -> Iterator[BreachWork]:
    """For one command or one pass of a worker. Raises AvowError."""
    with open_sessions(project.settings, progress, by_cli) as (dsn, session):
        yield make_breach_work(project, session, dsn)
