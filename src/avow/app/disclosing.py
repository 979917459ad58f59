"""Gives data away, or refuses to: the gate asked, the rows read as who will receive them, the register and the ledger written.

Promises: whatever way out is taken (file, API, mail, the firm's own login) goes through `Disclosing.disclose`; a refusal is
recorded like a release; the ledger's entries are durable before the file can be fetched; a person's line in the file is known to
the recipient by a reference that names nobody. Refuses to read with more rights than the ground needs: under contract and inside
the company the database shows the receiving pair's own rows and columns alone.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg

from avow.app.databases import connect_store, get_dsn
from avow.app.outgoing import SEND_JOB
from avow.app.project import Project
from avow.compilers import Matrix, pair_roles, reach
from avow.control import disclosures, people
from avow.control.disclosures import DELIVERED, READY, REFUSED, Disclosure
from avow.control.session import Session
from avow.datamap.holds import categories_of
from avow.datamap.model import Pair, StoreMap, Table
from avow.datamap.practice import INSIDE
from avow.duties.disclosures import Ask, Circumstances, Order, Ruling, check_disclosure, fields_for, places_allowed
from avow.duties.disclosures.model import REVIEW_HOURS
from avow.errors import Diagnostic, DisclosureError, Place
from avow.ledger import Kind, Ledger
from avow.ledger.entry import NOBODY
from avow.outbox import Message, Outbox
from avow.policy import RecipientEntry
from avow.stores.postgres.exporting import Eyes, Sheet, read_sheet
from avow.work import defer

KEPT_DAYS = 14  # how long a file waits to be fetched
# (session, subject, purpose, recipient) -> whether that person agreed and has not withdrawn
Agreed = Callable[[Session, UUID, str, str], bool]
FindOrder = Callable[[Session, UUID], Order | None]
OpenStore = Callable[[str], AbstractContextManager[psycopg.Connection[Any]]]
AS_RECEIVED = ("contract", "inside")  # grounds under which the rows are read as the receiving pair


@dataclass(frozen=True)
class Included:
    """One whose data went in the file of a case: (store, table, key), and the `tables` whose rows in the file are about them."""

    row: tuple[str, str, str]
    tables: tuple[str, ...]


@dataclass(frozen=True)
class CaseSheet:
    """What was read in the scope of a case: "table.column" names, the number of rows, the file. `people` is everybody whose data it
    holds, whom the case is about first: their places, from 1, are how the file and the register know them."""

    columns: tuple[str, ...]
    rows: int
    file: bytes
    people: tuple[Included, ...]


@dataclass(frozen=True)
class CaseScope:
    """What an order obliges to hand over: everything that a pair sees of whom the case is about while it is open, in as many tables
    as that is. `read` reads it with the pair's own rights, for the disclosure of that reference; `alongside` is recorded in the
    transaction of the register."""

    kind: str
    pair: Pair
    read: Callable[[str], CaseSheet]
    alongside: Callable[[Session, Disclosure], None]


@dataclass(frozen=True)
class Wanted:
    """What somebody wants to give away. `rows` are (store, table, key) of people; `columns` of that table, () for all that the
    recipient may have. `recipient` is an id of the register, or a department for the ground `inside`."""

    recipient: str
    purpose: str
    ground: str
    channel: str
    rows: tuple[tuple[str, str, str], ...]
    by: str
    columns: tuple[str, ...] = ()
    giver: str = ""
    why: str = ""
    case: UUID | None = None
    synthetic: bool = False
    scope: CaseScope | None = None  # with it the row names whom the case is about, and `columns` are not asked for


@dataclass(frozen=True)
class Disclosing:
    """`session` opens one transaction of Avow's own database; `open_store` a connection of the duty credential. `agreed` and
    `find_order` are None where nothing here keeps consents or cases: their grounds then never hold."""

    project: Project
    session: Callable[[], AbstractContextManager[Session]]
    ledger: Ledger
    open_store: OpenStore
    agreed: Agreed | None = None
    find_order: FindOrder | None = None
    register: tuple[RecipientEntry, ...] = field(default=())
    outbox: Outbox | None = None
    _fields: dict[tuple[str, str, str], bool] = field(default_factory=dict, repr=False, compare=False)
    _matrices: dict[str, Matrix] = field(default_factory=dict, repr=False, compare=False)

    def matrix(self, store: StoreMap) -> Matrix:
        """What each pair may reach there; computed once."""
        if store.name not in self._matrices:
            self._matrices[store.name] = reach(self.project.version, self.project.vocabulary, store)
        return self._matrices[store.name]

    def fields(self, purpose: str, recipient: str, data: Iterable[str]) -> frozenset[str]:
        """Those of the categories that the policy lets the recipient have; each asked of the reference engine once."""
        found = set()
        for category in data:
            asked = (purpose, recipient, category)
            if asked not in self._fields:
                listed = fields_for(self.project.version, purpose, recipient, (category,), self.project.vocabulary)
                self._fields[asked] = bool(listed)
            found |= {category} if self._fields[asked] else set()
        return frozenset(found)

    def find_entry(self, recipient: str) -> RecipientEntry | None:
        return next((entry for entry in self.register or self.project.register if entry.id == recipient), None)

    def disclose(self, wanted: Wanted) -> Disclosure:
        """Rules, reads, records. A refusal comes back as a line of the register with its codes."""
        if wanted.scope is not None:
            return self._disclose_scope(wanted, wanted.scope)
        store, table = self._place_of(wanted)
        columns = self._columns(store, table, wanted)
        with self.session() as session:
            ask, ruling = self._rule(session, wanted, table, columns)
            if not ruling.allowed:
                return self._refuse(session, wanted, ask, ruling.codes)
        self._check_address(wanted)
        read = self._read(wanted, store, table, columns, ruling)
        if not read:
            with self.session() as session:
                return self._refuse(session, wanted, ask, ("disclosure.nobody-seen",))
        return self._release(wanted, ask, ruling, table, columns, read)

    def _disclose_scope(self, wanted: Wanted, scope: CaseScope) -> Disclosure:
        """By the same gate, over every field that the pair may read of whom the case is about."""
        store, _ = self._place_of(wanted)
        matrix = self.matrix(store)
        rights = [
            (t, r)
            for t in store.tables
            if store.find_case_path(t, scope.kind) and (r := matrix.find(scope.pair, t.name))
        ]
        data = {c for t, r in rights for n in r.read if (column := t.find_column(n)) for c in categories_of(column)}
        with self.session() as session:
            ask, ruling = self._rule_on(session, wanted, data)
            if not ruling.allowed:
                return self._refuse(session, wanted, ask, ruling.codes)
            line = self._line(session, wanted, ask)
        sheet = scope.read(line.reference)
        with self.session() as session:
            if not sheet.rows:
                return self._refuse(session, wanted, ask, ("disclosure.nobody-seen",))
            made = replace(
                line,
                at=session.now,
                columns=tuple(f"{store.name}:{name}" for name in sheet.columns),
                people=len(sheet.people),
                rows=sheet.rows,
                sha256=hashlib.sha256(sheet.file).hexdigest(),
                expires_at=session.now + timedelta(days=KEPT_DAYS),
            )
            self._enter(Kind.DISCLOSE, wanted, [(",".join(one.tables), one.row) for one in sheet.people])
            disclosures.record_disclosure(session, made, wanted.why, sheet.file, [one.row for one in sheet.people])
            scope.alongside(session, made)
        return made

    def _check_address(self, wanted: Wanted) -> None:
        """Raises DisclosureError `disclosure.no-address` where a mail is wanted and nobody to write to is known."""
        entry = self.find_entry(wanted.recipient)
        if wanted.channel == "mail" and (self.outbox is None or entry is None or not entry.contact):
            raise DisclosureError(_no_address(wanted.recipient))

    def _place_of(self, wanted: Wanted) -> tuple[StoreMap, Table]:
        """Raises DisclosureError `disclosure.not-people`: one table of people at a time."""
        places = {(store, table) for store, table, _ in wanted.rows}
        store = self.project.datamap.find_store(next(iter(places))[0]) if len(places) == 1 else None
        table = store.find_table(next(iter(places))[1]) if store else None
        if store is None or table is None or store.kind != "postgresql":
            raise DisclosureError(_not_people())
        return store, table

    def _columns(self, store: StoreMap, table: Table, wanted: Wanted) -> tuple[str, ...]:
        """Those asked for; otherwise those that this recipient may have, as far as the policy's matrix shows them."""
        if unknown := [name for name in wanted.columns if table.find_column(name) is None]:
            raise DisclosureError(_unknown_column(table.name, unknown[0]))
        if wanted.columns:
            return wanted.columns
        pair = self.find_pair(store, wanted, table)
        right = self.matrix(store).find(pair, table.name) if pair else None
        personal = [c.name for c in table.columns if categories_of(c)]
        return (
            tuple(c for c in personal if right is not None and c in right.read) if wanted.ground in AS_RECEIVED else ()
        )

    def find_pair(self, store: StoreMap, wanted: Wanted, table: Table) -> Pair | None:
        """The pair as which the rows are read; None where the map has none for this recipient."""
        entry = self.find_entry(wanted.recipient)
        recipient = wanted.recipient if wanted.ground == "inside" else entry.kind if entry else ""
        fits = [p for p in store.pairs if p.recipient == recipient and wanted.purpose in ("", p.purpose)]
        matrix = self.matrix(store)
        needed = set(wanted.columns)
        for pair in fits:
            right = matrix.find(pair, table.name)
            if right is not None and needed <= right.read.keys():
                return pair
        return None

    # -- ruling ----------------------------------------------------------------------------------------------------------

    def _rule(self, session: Session, wanted: Wanted, table: Table, columns: Sequence[str]) -> tuple[Ask, Ruling]:
        data = {c for name in columns if (column := table.find_column(name)) for c in categories_of(column)}
        return self._rule_on(session, wanted, data)

    def _rule_on(self, session: Session, wanted: Wanted, data: set[str]) -> tuple[Ask, Ruling]:
        names = {name_row(*row): row for row in wanted.rows}
        ask = Ask(
            wanted.recipient,
            wanted.purpose,
            wanted.ground,
            wanted.channel,
            frozenset(data),
            tuple(names),
            wanted.by,
            wanted.giver,
            wanted.why,
        )
        given = self._circumstances(session, wanted, ask, names)
        ruling = check_disclosure(ask, given, self.project.vocabulary)
        return ask, ruling

    def _circumstances(
        self, session: Session, wanted: Wanted, ask: Ask, names: Mapping[str, tuple[str, str, str]]
    ) -> Circumstances:
        entry = self.find_entry(wanted.recipient)
        order = self.find_order(session, wanted.case) if self.find_order and wanted.case else None
        inside = wanted.ground == "inside"
        return Circumstances(
            now=session.now,
            entry=entry,
            places=places_allowed(self.project.version),
            fields=self.fields(wanted.purpose, entry.kind, ask.data) if entry else frozenset(),
            agreed=frozenset(self._agreed(session, wanted, names)) if wanted.ground == "consent" else frozenset(),
            order=order,
            received=self.fields(wanted.purpose, wanted.recipient, ask.data) if inside else frozenset(),
            given=self.fields("", wanted.giver, ask.data) if inside and wanted.giver else frozenset(),
        )

    def _agreed(self, session: Session, wanted: Wanted, names: Mapping[str, tuple[str, str, str]]) -> Iterator[str]:
        """Each person's own consent, as the register of consents has it at this moment."""
        if self.agreed is None:
            return
        subjects = people.find_subjects_by_keys(session, list(names.values()))
        for name, subject in zip(names, subjects, strict=True):
            if subject and self.agreed(session, subject, wanted.purpose, wanted.recipient):
                yield name

    # -- reading ---------------------------------------------------------------------------------------------------------

    def _read(
        self, wanted: Wanted, store: StoreMap, table: Table, columns: Sequence[str], ruling: Ruling
    ) -> list[tuple[tuple[str, str, str], tuple[str | None, ...]]]:
        if not table.key:
            raise DisclosureError(_not_people())
        allowed = [row for row in wanted.rows if name_row(*row) in ruling.people]
        sheet = Sheet(table.name, table.key, tuple(columns))
        with self.open_store(store.name) as connection:
            eyes = self.eyes_for(connection, store, wanted, table)
            found = read_sheet(connection, sheet, [key for _, _, key in allowed], eyes)
        return [(row, found[row[2]]) for row in allowed if row[2] in found]

    def eyes_for(self, connection: psycopg.Connection[Any], store: StoreMap, wanted: Wanted, table: Table) -> Eyes:
        """As whom the rows are read. Raises DisclosureError `disclosure.no-pair` where the database knows nobody for it."""
        if wanted.ground not in AS_RECEIVED:
            return Eyes()
        pair = self.find_pair(store, wanted, table)
        role = pair_roles(connection).get(pair, ("", ""))[0] if pair else ""
        if not role:
            raise DisclosureError(_no_pair(wanted.recipient))
        login = next((x.name for x in store.logins if x.recipient and x.recipient == wanted.recipient), "")
        return Eyes(role, login)

    # -- recording -------------------------------------------------------------------------------------------------------

    def _refuse(self, session: Session, wanted: Wanted, ask: Ask, codes: tuple[str, ...]) -> Disclosure:
        made = replace(self._line(session, wanted, ask), state=REFUSED, codes=codes)
        disclosures.record_disclosure(session, made, wanted.why)
        self._write(Kind.REFUSED, wanted, [])
        return made

    def _release(
        self,
        wanted: Wanted,
        ask: Ask,
        ruling: Ruling,
        table: Table,
        columns: Sequence[str],
        read: Sequence[tuple[tuple[str, str, str], tuple[str | None, ...]]],
    ) -> Disclosure:
        with self.session() as session:
            made = self._line(session, wanted, ask)
            store = wanted.rows[0][0]
            file = write_file(made, columns, [values for _, values in read])
            due = session.now + timedelta(hours=REVIEW_HOURS) if ruling.review else None
            made = replace(
                made,
                columns=tuple(f"{store}:{table.name}.{column}" for column in columns),
                people=len(read),
                left_out=ruling.left_out + len(ruling.people) - len(read),
                sha256=hashlib.sha256(file).hexdigest(),
                expires_at=session.now + timedelta(days=KEPT_DAYS),
                review_due_at=due,
            )
            self._write(Kind.DISCLOSE, wanted, [row for row, _ in read])
            disclosures.record_disclosure(session, made, wanted.why, file, [row for row, _ in read])
            if wanted.channel == "mail":
                self._tell(session, made)
        return made

    def _tell(self, session: Session, made: Disclosure) -> None:
        """A mail that a file waits: it names the file, and nothing that is in it."""
        entry = self.find_entry(made.recipient)
        assert self.outbox is not None  # both were asked before anything was read
        assert entry is not None
        text = (
            f"A file waits for you until {made.expires_at:%Y-%m-%d}. Fetch it with your token:\n\n"
            f"  {self.project.settings.console.address}/api/disclosures/{made.id}/file\n"
        )
        subject = f"A file waits for you: {made.reference}"
        mail = Message(session.new_id(), "disclosure-ready", entry.contact, subject, text, synthetic=made.synthetic)
        key = session.make_key()
        self.outbox.put(session.connection, [mail], key, session.get_key(key), session.now)
        defer(session.connection, SEND_JOB, {}, key=SEND_JOB)

    def _line(self, session: Session, wanted: Wanted, ask: Ask) -> Disclosure:
        entry = self.find_entry(wanted.recipient)
        return Disclosure(
            id=session.new_id(),
            at=session.now,
            state=READY,
            recipient=wanted.recipient,
            entity=entry.entity if entry else "",
            kind=entry.kind if entry else wanted.recipient if wanted.ground == "inside" else "",
            place=entry.location if entry else "",
            affiliated=bool(entry and entry.affiliated),
            purpose=wanted.purpose,
            ground=wanted.ground,
            duty_case=wanted.case,
            channel=wanted.channel,
            data=tuple(sorted(ask.data)),
            columns=(),
            people=0,
            left_out=0,
            codes=(),
            asked_by=wanted.by,
            giver=wanted.giver,
            synthetic=wanted.synthetic,
        )

    def _write(self, kind: Kind, wanted: Wanted, rows: Sequence[tuple[str, str, str]]) -> None:
        """One entry for each person, or one for nobody."""
        tables = ",".join(sorted({table for _, table, _ in wanted.rows}))
        self._enter(kind, wanted, [(tables, row) for row in rows] or [(tables, None)])

    def _enter(self, kind: Kind, wanted: Wanted, entries: Sequence[tuple[str, tuple[str, str, str] | None]]) -> None:
        """(tables of the data, whose it is); the last entry is waited for, and so all are durable."""
        actor = self.ledger.digester.digest("actor", wanted.by or "nobody")
        pair = f"{wanted.purpose or INSIDE}/{_ledger_word(wanted.recipient)}"
        for number, (tables, row) in enumerate(entries, 1):
            of = self.ledger.subject_digest(f"{row[1]}:{row[2]}") if row else NOBODY
            self.ledger.record_access(kind, pair, tables, "", actor, of, 1, wait=number == len(entries))

    # -- handing over ----------------------------------------------------------------------------------------------------

    def hand_over(self, id: UUID, recipient: str = "") -> bytes:
        """The file, to the recipient whom it was made for; the contract and the place are looked at again. Raises DisclosureError
        `disclosure.not-yours` or `disclosure.closed`."""
        with self.session() as session:
            stands = Grounds(self.find_entry, self.agreed, self.find_order)
            return hand_over(session, id, recipient, self.project, stands)


@dataclass(frozen=True)
class Grounds:
    """Where it is looked up whether what a release rested on still stands."""

    find_entry: Callable[[str], RecipientEntry | None]
    agreed: Agreed | None
    find_order: FindOrder | None


def hand_over(session: Session, id: UUID, recipient: str, project: Project, grounds: Grounds) -> bytes:
    """As `Disclosing.hand_over`; needs Avow's own database alone, so that the API may do it."""
    found = disclosures.find_disclosure(session, id)
    if found is None or found.state == REFUSED or (recipient and found.recipient != recipient):
        raise DisclosureError(_closed("disclosure.not-yours", "there is no such file for this recipient"))
    if found.expires_at is None or found.expires_at < session.now:
        raise DisclosureError(_closed("disclosure.closed", "the file is no longer handed over"))
    if found.ground != "inside" and not _still_allowed(project, grounds, found, session):
        cause = "the contract, the consent or the case has ended, or the place is not allowed any more"
        raise DisclosureError(_closed("disclosure.closed", cause))
    file = disclosures.access_file(session, id)
    if not file:
        raise DisclosureError(_closed("disclosure.closed", "the file is no longer kept"))
    disclosures.record_delivered(session, id)
    return file


def _still_allowed(project: Project, grounds: Grounds, found: Disclosure, session: Session) -> bool:
    """What may have changed between the release and the fetching."""
    entry = grounds.find_entry(found.recipient)
    if found.ground == "consent" and not _all_agree(grounds.agreed, found, session):
        return False
    if found.duty_case is not None:
        order = grounds.find_order(session, found.duty_case) if grounds.find_order else None
        if order is None or not order.going:
            return False
    if entry is None or (found.ground == "contract" and not entry.is_contracted(session.now.date())):
        return False
    places = places_allowed(project.version)
    return bool(entry.location) and (not places or any(project.vocabulary.covers(p, entry.location) for p in places))


def _all_agree(agreed: Agreed | None, found: Disclosure, session: Session) -> bool:
    people_of = disclosures.list_subjects(session, found.id)
    return agreed is not None and all(
        one is not None and agreed(session, one, found.purpose, found.recipient) for one in people_of
    )


def write_file(made: Disclosure, columns: Sequence[str], rows: Iterable[Sequence[str | None]]) -> bytes:
    """CSV with one line a person; the first column names the line to both sides without naming the person."""
    text = io.StringIO()
    out = csv.writer(text)
    out.writerow(("record", *columns))
    for number, values in enumerate(rows, 1):
        out.writerow((f"{made.reference}/{number}", *("" if value is None else value for value in values)))
    return text.getvalue().encode()


def name_row(store: str, table: str, key: str) -> str:
    """How the gate knows a person's row."""
    return f"{store}\0{table}\0{key}"


def _ledger_word(recipient: str) -> str:
    return recipient.replace("-", "_") or "nobody"


@contextmanager
def open_duty_store(project: Project, name: str) -> Iterator[psycopg.Connection[Any]]:
    """One connection of the duty credential. Raises StoreError."""
    with connect_store(get_dsn(project.settings.get_store(name), "duty"), name) as connection:
        yield connection


def _unknown_column(table: str, name: str) -> Diagnostic:
    return Diagnostic(
        Place(table),
        "disclosure.unknown-column",
        f"the data map does not know the column `{name}`, so nobody can say what it holds",
        "correct the name, or confirm the column in datamap.yaml first",
        "nothing left",
    )


def _not_people() -> Diagnostic:
    return Diagnostic(
        Place("disclosure"),
        "disclosure.not-people",
        "a disclosure is of rows of one mapped table that has a `key` in datamap.yaml, in a PostgreSQL store",
        "name rows of one such table; ask once for each table",
        "nothing left",
    )


def _no_address(recipient: str) -> Diagnostic:
    return Diagnostic(
        Place("recipients.yaml"),
        "disclosure.no-address",
        f"`{recipient}` is to be told by mail, and has no `contact` there",
        "write the firm's address for notices down, or let it fetch the file without a mail",
        "nothing left",
    )


def read_row(text: str) -> tuple[str, str, str]:
    """ "main:public.contacts:7" as (store, table, key). Raises DisclosureError `disclosure.bad-row`."""
    store, _, rest = text.partition(":")
    table, _, key = rest.partition(":")
    if store and key and "." in table:
        return store, table, key
    cause, help = "a row is written as store:schema.table:key", "write for example main:public.contacts:7"
    raise DisclosureError(Diagnostic(Place("disclosure"), "disclosure.bad-row", cause, help, "nothing was asked"))


def _no_pair(recipient: str) -> Diagnostic:
    return Diagnostic(
        Place("datamap.yaml"),
        "disclosure.no-pair",
        f"no login of the map has a pair that `{recipient}` could read these columns as, or apply has not made it",
        "map a login with that purpose and kind of recipient, then run `avow apply` and what `avow grants` prints",
        "nothing left: the database itself could not keep to what this recipient may have",
    )


def _closed(code: str, cause: str) -> Diagnostic:
    return Diagnostic(Place("disclosure"), code, cause, "ask for a new disclosure", "nothing is handed over")


__all__ = ["DELIVERED", "Disclosing", "Wanted", "hand_over", "name_row", "open_duty_store", "read_row", "write_file"]
