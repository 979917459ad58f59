"""What the company does for the visits that try to get data out: sends, arranges, and looks at what came of it.

The ways are those of real disclosures; a firm's line in the register is changed for one attempt at most, never on disk. Refuses
rows that are no synthetic person's, and takes back every line of the register that it made.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg

from avow.app.choices import STAFF, record_answers
from avow.app.databases import control_dsn
from avow.app.desk import Desk
from avow.app.disclosing import Disclosing, Wanted
from avow.app.disclosures import make_disclosing
from avow.app.duty_cases import Cases
from avow.app.places import StaffPlaces
from avow.app.project import Project
from avow.app.recording import open_project_ledger
from avow.compilers import pair_roles
from avow.control import disclosures, duty_cases, people, vault
from avow.control.choices import GIVEN, WITHDRAWN, Said
from avow.control.disclosures import Disclosure
from avow.datamap.holds import categories_of
from avow.datamap.model import Login, Pair, StoreMap, Table
from avow.duties.cases import KINDS
from avow.errors import StoreError
from avow.policy import RecipientEntry
from avow.policy.promise import Rule
from avow.prove.inquiry import CannotTell
from avow.prove.shopper import Guest
from avow.prove.shopper.visits_disclosures import Sent
from avow.stores.postgres.exporting import Eyes, Sheet, read_sheet

WHO = "shopper:first"
OTHER = "shopper:second"


@dataclass
class DisclosuresOffice:
    """`made` are the lines of the register to take back; `cases` what a case is called -> its id."""

    project: Project
    desk: Desk
    disclosing: Disclosing
    staff: StaffPlaces
    case_desk: Cases
    made: list[UUID] = field(default_factory=list)
    cases: dict[str, UUID] = field(default_factory=dict)

    # -- firms -----------------------------------------------------------------------------------------------------------

    def firms(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(login.recipient for _, login in self._logins()))

    def _logins(self) -> Iterator[tuple[StoreMap, Login]]:
        for store in self.project.datamap.stores:
            yield from ((store, login) for login in store.logins if login.recipient and login.pairs)

    def _login(self, firm: str) -> tuple[StoreMap, Login]:
        found = next(((store, login) for store, login in self._logins() if login.recipient == firm), None)
        if found is None:
            raise CannotTell("no firm outside has a login of its own")
        return found

    def _sheet(self, firm: str, guest: Guest) -> tuple[StoreMap, Login, Table, Pair]:
        """The table of people with rows of the guest that the firm's pair may read."""
        store, login = self._login(firm)
        matrix = self.disclosing.matrix(store)
        for pair in login.pairs:
            for name in dict.fromkeys(table for where, table, _ in guest.keys if where == store.name):
                table = store.find_table(name)
                right = matrix.find(pair, name)
                if table and table.key and not table.organisation and right and right.read:
                    return store, login, table, pair
        raise CannotTell(f"the pair of {firm} reads no table of people in which the synthetic person is")

    def sees(self, guest: Guest, firm: str, as_of_end: bool = False) -> bool:
        """In the table itself or in the view of the pair's schema, which is read with the rights of another role."""
        store, login, table, pair = self._sheet(firm, guest)
        as_of = (login.until + timedelta(days=1)).isoformat() + " 00:00:01+00" if as_of_end and login.until else ""
        right = self.disclosing.matrix(store).rights[pair, table.name]
        with self.disclosing.open_store(store.name) as connection:
            role, schema = _role(connection, pair)
            places = (table.name, f"{schema}.{table.name.rpartition('.')[2]}")
            sheets = [Sheet(place, table.key, tuple(sorted(right.read))) for place in places]
            keys = _keys(guest, store.name, table.name)
            return any([read_sheet(connection, sheet, keys, Eyes(role, login.name, as_of)) for sheet in sheets])

    def reads_column(self, guest: Guest, firm: str, category: str) -> bool:
        store, login = self._login(firm)
        with self.disclosing.open_store(store.name) as connection:
            return any(
                _may_read(connection, Eyes(_role(connection, pair)[0], login.name), table, column.name)
                for pair in login.pairs
                for table in store.tables
                for column in table.columns
                if not table.ignore and category in categories_of(column)
            )

    def password_ends(self, firm: str) -> bool:
        store, login = self._login(firm)
        if login.until is None:
            return True
        with self.disclosing.open_store(store.name) as connection:
            row = connection.execute(
                "SELECT rolvaliduntil <= %s FROM pg_roles WHERE rolname = %s",
                (f"{login.until + timedelta(days=1)} 00:00:00+00", login.name),
            ).fetchone()
        return bool(row and row[0])

    # -- sending ---------------------------------------------------------------------------------------------------------

    def send(
        self,
        guest: Guest,
        firm: str,
        ground: str = "contract",
        channel: str = "file",
        wants: str = "",
        case: str = "",
        why: str = "",
        **changed: Any,
    ) -> Sent:
        known = self.disclosing.find_entry(firm)
        store, _, table, pair = self._sheet(firm if known else self.firms()[0], guest)
        register = tuple(_changed(entry, firm, changed) for entry in self.project.register)
        right = self.disclosing.matrix(store).rights[pair, table.name]
        extra = [c.name for c in table.columns if wants and wants in categories_of(c)]
        if wants and not extra:
            table, extra = _elsewhere(store, wants)
        columns = tuple(extra) if wants else tuple(sorted(right.read))
        wanted = Wanted(
            recipient=firm,
            purpose=pair.purpose,
            ground=ground,
            channel=channel,
            rows=tuple((store.name, table.name, key) for key in self._planted(guest, store.name, table.name))[
                : 1 if case else None
            ],
            by=WHO,
            columns=columns,
            why=why,
            case=self.cases.get(case),
            synthetic=True,
        )
        return self._attempt(replace(self.disclosing, register=register), wanted)

    def _planted(self, guest: Guest, store: str, table: str) -> list[str]:
        """Keys of the guest's rows; of a table in which they have none, a key that no row has."""
        return _keys(guest, store, table) or [guest.token]

    def _attempt(self, disclosing: Disclosing, wanted: Wanted) -> Sent:
        made = disclosing.disclose(wanted)
        self.made.append(made.id)
        text = "" if made.codes else disclosing.hand_over(made.id, made.recipient).decode()
        with self.desk.session() as session:
            found = disclosures.find_disclosure(session, made.id)
        logged = found is not None and found.codes == made.codes and found.asked_by == WHO
        return Sent(made.codes, text, logged)

    # -- grounds ---------------------------------------------------------------------------------------------------------

    def agree(self, guest: Guest, firm: str) -> None:
        self._say(guest, firm, GIVEN)

    def withdraw(self, guest: Guest, firm: str) -> None:
        self._say(guest, firm, WITHDRAWN)

    def _say(self, guest: Guest, firm: str, outcome: str) -> None:
        """On record like everybody's answer, under the person that the rows of the guest are bound to."""
        store, _, table, pair = self._sheet(firm, guest)
        keys = [(store.name, table.name, key) for key in _keys(guest, store.name, table.name)]
        with self.desk.session() as session:
            known = people.find_subjects_by_keys(session, keys)
            subject = next((one for one in known if one), None) or people.record_subject(session, synthetic=True)
            for key, one in zip(keys, known, strict=True):
                if one is None:
                    people.record_key(session, subject, key, "planted")
            said = Said(subject, pair.purpose, outcome, STAFF, session.now, recipient=firm)
        record_answers(self.desk, [said])

    def open_case(self, how: str, guest: Guest) -> str:
        """About one row of the guest, asked for by one synthetic colleague and approved by another."""
        store, _, table, _ = self._sheet(self.firms()[0], guest)
        name = f"Avow Canary order {guest.token} {how}"
        with self.desk.session() as session:
            today = session.now.date()
            if how != "request":
                order = vault.record_document(
                    session, "order", name, WHO, b"a synthetic order", (today, today), WHO, synthetic=True
                )
                if how == "no-document":
                    vault.record_withdrawn(session, order)
        facts = {fact: name if fact == "ground" else "synthetic" for fact in KINDS["legal_disclosure"].facts}
        about = f"{store.name}:{table.name}:{_keys(guest, store.name, table.name)[0]}"
        case = self.case_desk.ask("legal_disclosure", facts, about, WHO, synthetic=True)
        if how != "unapproved":
            self.case_desk.approve(case.id, OTHER)
        self.cases[name] = case.id
        return name

    def review_is_due(self, guest: Guest) -> bool:
        """By trying: who asked cannot, somebody else can."""
        with self.desk.session() as session:
            newest = disclosures.find_disclosure(session, self.made[-1])
        if newest is None or newest.review_due_at is None:
            return False
        return not self._review(newest, WHO) and self._review(newest, OTHER)

    def _review(self, disclosure: Disclosure, by: str) -> bool:
        try:
            with self.desk.session() as session:
                return disclosures.record_review(session, disclosure.id, by, justified=False)
        except psycopg.errors.CheckViolation:
            return False

    # -- inside ----------------------------------------------------------------------------------------------------------

    def pass_on(self, guest: Guest, giver: str, receiver: str, wants: str = "") -> Sent:
        store, table, columns = self._inside(guest, receiver, wants)
        rows = tuple((store.name, table.name, key) for key in self._planted(guest, store.name, table.name))
        wanted = Wanted(receiver, "", "inside", "file", rows, WHO, columns, giver=giver, synthetic=True)
        return self._attempt(self.disclosing, wanted)

    def _inside(self, guest: Guest, receiver: str, wants: str) -> tuple[StoreMap, Table, tuple[str, ...]]:
        for store in self.project.datamap.stores:
            if wants:
                table, columns = _elsewhere(store, wants)
                return store, table, tuple(columns)
            matrix = self.disclosing.matrix(store)
            for name in dict.fromkeys(t for where, t, _ in guest.keys if where == store.name):
                own = store.find_table(name)
                for pair in store.pairs if own and own.key and not own.organisation else ():
                    right = matrix.find(pair, name)
                    if own and pair.recipient == receiver and right and right.read:
                        return store, own, tuple(sorted(right.read))
        raise CannotTell(f"no pair of {receiver} reads a row of the synthetic person")

    def kept_from(self) -> Sequence[tuple[str, str, str]]:
        """Of prohibitions that name a department and a kind of data that is there; the giver is any other department."""
        found = []
        for rule in self.project.version.rules:
            for receiver in rule.recipients if _is_unconditional(rule) else ():
                for category in rule.data if receiver.startswith("internal.") else ():
                    if self._is_held(category):
                        found += [(giver, receiver, category) for giver in self._departments() if giver != receiver]
        return list(dict.fromkeys(found))

    def _is_held(self, category: str) -> bool:
        tables = (table for store in self.project.datamap.stores for table in store.tables if not table.ignore)
        return any(category in categories_of(column) for table in tables for column in table.columns)

    def _departments(self) -> list[str]:
        pairs = (pair for store in self.project.datamap.stores for pair in store.pairs)
        return sorted({pair.recipient for pair in pairs if pair.recipient.startswith("internal.")})

    def may_pass(self) -> Sequence[tuple[str, str]]:
        listed = self._departments()
        return [(giver, receiver) for giver in listed for receiver in listed if giver != receiver]

    # -- places and notices ----------------------------------------------------------------------------------------------

    def refuses_address(self, address: str) -> bool:
        if not self.staff.configured:
            raise CannotTell("nobody has said from which places staff may see people's data ([places] staff)")
        return self.staff.refuses(address)

    def addresses(self) -> tuple[str, str]:
        return self.staff.examples()

    def notices(self, request: Any) -> Sequence[str]:
        with self.desk.session() as session:
            return [notice.recipient for notice in disclosures.list_notices_of(session, request)]

    def clean_up(self) -> None:
        """Takes back what the visits left in the register."""
        with self.desk.session() as session:
            disclosures.forget_synthetic(session, self.made)
            if self.cases:
                duty_cases.forget_synthetic_cases(session)
                vault.forget_synthetic_documents(session)
        self.made.clear()
        self.cases.clear()


def make_disclosures_office(stack: ExitStack, project: Project, desk: Desk) -> DisclosuresOffice:
    dsn = stack.enter_context(control_dsn(project.settings, lambda line: None))
    ledger = stack.enter_context(open_project_ledger(project.settings, dsn))
    disclosing = make_disclosing(project, desk.session, ledger)
    return DisclosuresOffice(project, desk, disclosing, StaffPlaces(project), Cases(desk.session))


def _is_unconditional(rule: Rule) -> bool:
    return rule.kind == "forbid" and not (rule.when or rule.unless or rule.purposes or rule.subjects)


def _changed(entry: RecipientEntry, firm: str, changed: dict[str, Any]) -> RecipientEntry:
    return replace(entry, **changed) if entry.id == firm and changed else entry


def _keys(guest: Guest, store: str, table: str) -> list[str]:
    return [key for where, name, key in guest.keys if (where, name) == (store, table)]


def _role(connection: psycopg.Connection[Any], pair: Pair) -> tuple[str, str]:
    """The pair's role and the schema of its views."""
    found = pair_roles(connection).get(pair)
    if found is None:
        raise CannotTell(f"the pair `{pair}` has no role: nothing was applied")
    return found


def _may_read(connection: psycopg.Connection[Any], eyes: Eyes, table: Table, column: str) -> bool:
    try:
        read_sheet(connection, Sheet(table.name, column, (column,)), [], eyes)
    except StoreError:
        return False
    return True


def _elsewhere(store: StoreMap, category: str) -> tuple[Table, list[str]]:
    """A table that holds the category, and the columns that do."""
    for table in store.tables:
        columns = [c.name for c in table.columns if not table.ignore and category in categories_of(c)]
        if columns:
            return table, columns
    raise CannotTell(f"no mapped column holds {category}")


__all__ = ["DisclosuresOffice", "make_disclosures_office"]
