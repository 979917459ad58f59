"""Visits of cases: what an open case opens, that it closes by itself, who may open it, and that nothing goes to the police without.

They act on synthetic organisations, at the desk where staff act and behind it by plain SQL, and look with the rights of the
pairs. Refuses to touch a case of a real person: every case is the shopper's own and is taken back.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

import psycopg
from psycopg import sql

from avow.datamap.model import CaseKind, Table
from avow.prove.inquiry import CannotTell
from avow.prove.probes.rows import people_of, sees
from avow.prove.scene import PairRights, RowRule
from avow.prove.shopper.brief import Intake
from avow.prove.shopper.eyes import Eyes
from avow.prove.shopper.planting import Guest, new_guest
from avow.prove.shopper.shop import Saw, Shop, judged
from avow.prove.synthetic import Row, fitting

CLAUSE = "4.2"
FOUND = "an open relay, closed by its owner"
FIRST, SECOND = "shopper:first", "shopper:second"


class CaseOffice(Protocol):
    """What the desk of cases does with the shopper's own; each of these says "" or the code with which it was refused."""

    def ask(self, kind: str, about: str, by: str) -> UUID: ...
    def approve(self, case: UUID, by: str) -> str: ...
    def close(self, case: UUID, outcome: str) -> str: ...
    def approve_behind(self, case: UUID, by: str) -> str:
        """By plain SQL in Avow's own database: the SQLSTATE of the refusal."""

    def close_behind(self, case: UUID, outcome: str) -> str: ...
    def disclose_behind(self, case: UUID) -> str: ...
    def disclose(self, case: UUID) -> tuple[str, bytes]:
        """(code of the refusal, the file)."""

    def recorded(self, case: UUID) -> list[tuple[str, str, str]]:
        """(clause, terms, digest of the terms) of each disclosure out of the case."""

    def terms(self) -> tuple[str, str]:
        """(name, digest) of the synthetic terms in the vault."""

    def effect(self, case: UUID) -> None:
        """The stores follow what the case says."""

    def lease_for(self, case: UUID, time: timedelta) -> None:
        """The stores have it open for so long, and nobody renews it."""

    def revive(self, case: UUID) -> bool:
        """The store is asked for the ended case as if it were open; whether it says that it has it open."""

    def register(self, case: UUID) -> list[tuple[str, str, int]]:
        """(state, ground, people) of each line of the register of disclosures for the case, newest first."""

    def registered(self, case: UUID, people: Sequence[tuple[str, str, str]]) -> tuple[set[tuple[str, str, str]], int]:
        """(those of the (store, table, key) whose own register shows a disclosure out of the case, lines of people that the
        disclosures out of the case have)."""

    def disclose_elsewhere(self, case: UUID) -> str:
        """To an authority of which nobody wrote down where it is: the code of the refusal."""

    def state_at(self, case: UUID, at: datetime) -> str: ...
    def is_unworked(self, case: UUID, at: datetime) -> bool: ...
    def unworked_days(self) -> int: ...
    def take_back(self) -> None: ...


@dataclass(frozen=True)
class _Place:
    """A table of which a pair sees rows only while a case of a kind is open."""

    eyes: Eyes
    kind: CaseKind
    table: Table
    rights: PairRights
    alternative: RowRule


Act = Callable[[Shop, CaseOffice], Iterator[Saw]]


def _visit(act: Act) -> Callable[[Shop], Iterator[Saw]]:
    """A visit that takes its cases, and what they opened, back whatever happens."""

    def visit(shop: Shop) -> Iterator[Saw]:
        office: CaseOffice = shop.office_of("cases")
        try:
            yield from act(shop, office)
        finally:
            office.take_back()
            _forget_leases(shop)

    return visit


def _places(shop: Shop) -> Iterator[_Place]:
    for eyes in shop.eyes.values():
        for rights in eyes.rights:
            for name, granted in rights.tables.items():
                table = eyes.map.find_table(name)
                if table is None or not rights.role or not granted.read or not _has_key(eyes, name):
                    continue
                for alternative in granted.rows:
                    kinds = (eyes.map.find_case(kind) for kind in alternative.cases)
                    yield from (_Place(eyes, kind, table, rights, alternative) for kind in kinds if kind)


def _has_key(eyes: Eyes, table: str) -> bool:
    """What is planted there can be named and removed again."""
    info = eyes.description.find_table(table)
    return info is not None and len(info.primary_key) == 1


def _plant(shop: Shop, place: _Place) -> tuple[Guest, Row, str]:
    """A synthetic row with the subject it is about; gives (guest, row, about)."""
    guest = new_guest()
    store, subject = place.eyes.map.name, place.kind.subject
    fixed = {c: str(v) for c, v in fitting(place.table, place.alternative).items()}
    if subject != place.table.name:
        shop.plant_in(Intake("case", store, {subject: {}}, "", {}), guest)
    kept = {place.kind.table: {place.kind.state: place.kind.open[0]}} if place.kind.table else {}
    shop.plant_in(Intake("case", store, {**kept, place.table.name: fixed}, "", {}), guest)
    info = place.eyes.description.find_table(place.table.name)
    assert info is not None  # a place has a key
    row = Row(place.table.name, {info.primary_key[0]: guest.find_key(place.table.name)})
    return guest, row, f"{store}:{subject}:{guest.find_key(subject)}"


def _sees(place: _Place, row: Row) -> bool:
    with place.eyes.open_probe() as connection:
        return sees(connection, place.rights, row)


def _opens_and_closes(shop: Shop, office: CaseOffice) -> Iterator[Saw]:
    wrong: list[str] = []
    tried = 0
    for place in _places(shop):
        guest, row, about = _plant(shop, place)
        words = f"`{place.rights.pair}` sees a row of {place.table.name}"
        if place.kind.table:
            wrong += _by_the_program(shop, place, guest, row, about, words)
        else:
            wrong += _by_avow(shop, office, place, row, about, words)
        tried += 1
    if not tried:
        raise CannotTell("no sentence of the policy opens anything with a case")
    yield judged(
        "opens-and-closes", wrong, f"in {tried} places rows were seen while a case was open, and never otherwise"
    )


def _by_the_program(shop: Shop, place: _Place, guest: Guest, row: Row, about: str, words: str) -> Iterator[str]:
    """The program of the company opened the case with its own row; it ends it there, as the pair that may write it."""
    if not _sees(place, row):
        yield f"`{place.rights.pair}` does not see a row of {place.table.name} although the program opened a case"
    writer = next((r for r in place.eyes.rights if r.role and _writes(r, place.kind)), None)
    if writer is None:
        raise CannotTell(f"no pair may end a case in {place.kind.table}")
    key = about.rpartition(":")[2]
    if (ended := _set_state(place, writer, key, "decided")) != 1:
        yield f"`{writer.pair}` ended {ended} of its cases, and not the one"
    if _sees(place, row):
        yield f"{words} after its case was ended"
    yield from _insert_refused(place, row)
    if _set_state(place, writer, key, place.kind.open[0]) != 1 or not _stands_open(place, key):
        raise CannotTell("the ended case could not be set open again: whether that revives it was not tried")
    if _sees(place, row):
        yield f"{words} whose ended case was set open again"
    shop.plant_in(
        Intake("case", place.eyes.map.name, {place.kind.table: {place.kind.state: place.kind.open[0]}}, "", {}), guest
    )
    if not _sees(place, row):  # otherwise the two checks before would hold for any reason whatever
        yield f"`{place.rights.pair}` does not see a row of {place.table.name} although a new case is open"


def _set_state(place: _Place, writer: PairRights, key: str, state: str) -> int:
    """As the pair that may write it; gives how many cases that changed."""
    home, _, name = place.kind.table.rpartition(".")
    change = sql.SQL("UPDATE {} SET {} = %s WHERE {}::text = %s").format(
        sql.Identifier(home, name), sql.Identifier(place.kind.state), sql.Identifier(place.kind.column)
    )
    with place.eyes.open_plant() as connection, connection.transaction():
        connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(writer.role)))
        return connection.execute(change, (state, key)).rowcount


def _stands_open(place: _Place, key: str) -> bool:
    """Whether the program's own row says that the case is open, as no pair sees it."""
    home, _, name = place.kind.table.rpartition(".")
    query = sql.SQL("SELECT {}::text FROM {} WHERE {}::text = %s").format(
        sql.Identifier(place.kind.state), sql.Identifier(home, name), sql.Identifier(place.kind.column)
    )
    with place.eyes.open_plant() as connection:
        return connection.execute(query, (key,)).fetchall() == [(place.kind.open[0],)]


def _insert_refused(place: _Place, row: Row) -> Iterator[str]:
    """A second row about the same, as the pair: refused while no case is open."""
    copied = [c.name for c in place.table.columns if c.name in place.rights.tables[place.table.name].write or c.link]
    key = next(iter(row.key))
    names = sql.SQL(", ").join(sql.Identifier(c) for c in copied if c != key)
    home, _, name = place.table.name.rpartition(".")
    with place.eyes.open_plant() as connection, connection.transaction(force_rollback=True):
        found = connection.execute(
            sql.SQL("SELECT {} FROM {} WHERE {} = %s").format(names, sql.Identifier(home, name), sql.Identifier(key)),
            tuple(row.key.values()),
        ).fetchone()
        values = sql.SQL(", ").join([sql.Placeholder()] * len(found or ()))
        connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(place.rights.role)))
        insert = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(sql.Identifier(home, name), names, values)
        try:
            connection.execute(insert, found)
        except psycopg.errors.InsufficientPrivilege:
            return
    yield f"`{place.rights.pair}` added a row to {place.table.name} without an open case"


def _writes(rights: PairRights, kind: CaseKind) -> bool:
    granted = rights.tables.get(kind.table)
    return granted is not None and kind.state in granted.write


def _by_avow(shop: Shop, office: CaseOffice, place: _Place, row: Row, about: str, words: str) -> Iterator[str]:
    if _sees(place, row):
        yield f"{words} without any case"
    case = office.ask(place.kind.kind, about, FIRST)
    office.approve(case, SECOND)
    office.lease_for(case, timedelta(milliseconds=400))
    if not _sees(place, row):
        yield f"`{place.rights.pair}` does not see a row of {place.table.name} although a case is open"
    shop.sleep(0.5)
    if _sees(place, row):
        yield f"{words} after its time, with nobody there to renew it"
    office.effect(case)
    if not _sees(place, row):  # otherwise the checks that follow would hold for any reason whatever
        yield f"`{place.rights.pair}` does not see a row of {place.table.name} although its case was renewed"
    if refused := office.close(case, FOUND):
        yield f"the case could not be closed: {refused}"
    office.effect(case)
    if _sees(place, row):
        yield f"{words} after its case was closed"
    if office.revive(case):
        yield "the store opened an ended case again"
    if _sees(place, row):
        yield f"{words} whose closed case was leased again"


def _approved(shop: Shop, office: CaseOffice) -> Iterator[Saw]:
    _, about = _someone(shop)
    case = office.ask("legal_disclosure", about, FIRST)
    wrong = [] if office.approve(case, FIRST) else ["whoever asked for the case approved it"]
    wrong += [] if office.approve_behind(case, FIRST) else ["plain SQL let the requester approve"]
    wrong += [] if office.approve_behind(case, "") else ["plain SQL opened the case without any approver"]
    refused = office.approve(case, SECOND)
    wrong += [f"another person could not approve it: {refused}"] if refused else []
    yield judged("approver", wrong, "its requester could not approve it, at the desk or by SQL; somebody else could")
    now, far = shop.now(), shop.now() + timedelta(days=400)
    wrong = [] if office.state_at(case, now) == "open" else ["approved, it is not open"]
    wrong += [] if office.state_at(case, far) == "expired" else ["it stays open for more than a year"]
    yield judged("ends", wrong, "open now, it counts as expired after its last day, with nothing running")


def _worked(shop: Shop, office: CaseOffice) -> Iterator[Saw]:
    _, about = _someone(shop)
    case = office.ask("abuse", about, FIRST)
    wrong = [] if office.state_at(case, shop.now()) == "open" else ["a report opened no case"]
    wrong += [] if office.close(case, " ") else ["it was closed without a finding"]
    wrong += [] if office.close_behind(case, "") else ["plain SQL closed it without a finding"]
    days = timedelta(days=office.unworked_days())
    early, late = shop.now() + days - timedelta(minutes=5), shop.now() + days + timedelta(minutes=5)
    aged = [] if office.is_unworked(case, late) else ["nobody worked on it, and it does not count as left lying"]
    aged += ["it counts as left lying too early"] if office.is_unworked(case, early) else []
    wrong += ["with a finding it could not be closed"] if office.close(case, FOUND) else []
    aged += ["closed, it still counts as left lying"] if office.is_unworked(case, late) else []
    yield judged(
        "finding", wrong, "a report opened a case, which could not be closed without a finding, by SQL neither"
    )
    if not days:
        raise CannotTell("nobody has said after how many days an unworked case is too old: numbers.abuse_unworked")
    yield judged("ages", aged, f"left alone it turns this verdict to broken after {days.days} days")


def _police(shop: Shop, office: CaseOffice) -> Iterator[Saw]:
    place = next((p for p in _places(shop) if p.kind.kind == "legal_disclosure"), None)
    if place is None:
        raise CannotTell("no sentence of the policy lets an authority see anything in a legal disclosure")
    guest, row, about = _plant(shop, place)
    stranger, other_row, other = _plant(shop, place)
    wrong = ["without a case its rows can be read with the rights of the police"] if _sees(place, row) else []
    abuse, case = office.ask("abuse", about, FIRST), office.ask("legal_disclosure", about, FIRST)
    for tried, words in ((abuse, "an abuse case"), (case, "a case that nobody approved")):
        wrong += [] if office.disclose(tried)[0] else [f"data went to the police out of {words}"]
        wrong += [] if office.disclose_behind(tried) else [f"SQL recorded a disclosure out of {words}"]
    office.approve(case, SECOND)
    wrong += [] if office.disclose_elsewhere(case) else ["data went to an authority that no register places"]
    refused, file = office.disclose(case)
    wrong += [f"out of an approved case it was refused: {refused}"] if refused else []
    if not refused:
        wrong += _file_faults(place, file, row, other_row)
        tables = json.loads(file)["rows"].keys()
        wrong += _register_faults(
            office, case, _whose(place, guest, about, tables), _whose(place, stranger, other, tables)
        )
    wrong += (
        [] if office.recorded(case) == [(CLAUSE, *office.terms())] else ["the clause and its terms are not recorded"]
    )
    office.close(case, FOUND)
    wrong += [] if office.disclose(case)[0] else ["data went to the police out of a closed case"]
    wrong += ["after the case its rows can still be read"] if _after(office, case, place, row) else []
    good = (
        "refused without an approved open case; with one only its scope went out, with clause and version of the terms, and"
        " exactly those whose data it was find it in their register"
    )
    yield judged("police", wrong, good)


def _after(office: CaseOffice, case: UUID, place: _Place, row: Row) -> bool:
    office.effect(case)
    return _sees(place, row)


def _file_faults(place: _Place, file: bytes, row: Row, other: Row) -> Iterator[str]:
    tables: dict[str, list[dict[str, Any]]] = json.loads(file)["rows"]
    key = next(iter(row.key))
    keys = {str(line.get(key)) for line in tables.get(place.table.name, [])}
    if str(row.key[key]) not in keys:
        yield "the row that the case is about is not in the file"
    if str(other.key[key]) in keys:
        yield "a row of somebody else is in the file"


def _whose(place: _Place, guest: Guest, about: str, tables: Container[str]) -> set[tuple[str, str, str]]:
    """(store, table, key) of whom a case is about, and of the people of every row of these tables that was planted with it."""
    store, table, key = about.split(":", 2)
    found = {(store, table, key)}
    with place.eyes.open_plant() as connection:
        for _, name, planted in (one for one in guest.keys if one[1] in tables):
            mapped, info = place.eyes.map.find_table(name), place.eyes.description.find_table(name)
            assert mapped is not None  # planted there, and so it is mapped and has one key column
            assert info is not None
            row = Row(name, {info.primary_key[0]: planted})
            found |= {(store, *person) for person in people_of(connection, place.eyes.map, mapped, row)}
    return found


def _register_faults(
    office: CaseOffice, case: UUID, whose: set[tuple[str, str, str]], others: set[tuple[str, str, str]]
) -> Iterator[str]:
    if ("ready", "obligation", len(whose)) not in office.register(case):
        yield f"the register of disclosures has no line of it about the {len(whose)} whose data it was"
    found, lines = office.registered(case, [*whose, *others])
    if whose - found:
        yield f"{len(whose - found)} of {len(whose)} whose rows went do not find it in their register"
    if found & (others - whose) or lines > len(whose):
        yield "somebody whose rows did not go stands in the register for it"


def _someone(shop: Shop) -> tuple[Guest, str]:
    """A synthetic subject for a case that opens nothing here."""
    place = next(_places(shop), None)
    if place is None:
        raise CannotTell("no sentence of the policy opens anything with a case")
    guest, store = new_guest(), place.eyes.map.name
    shop.plant_in(Intake("case", store, {place.kind.subject: {}}, "", {}), guest)
    return guest, f"{store}:{place.kind.subject}:{guest.find_key(place.kind.subject)}"


def _forget_leases(shop: Shop) -> None:
    """What was opened about synthetic subjects leaves the stores with them."""
    for eyes in shop.eyes.values():
        subjects = {case.subject for case in eyes.map.cases}
        planted = [
            (row.table_name, row.key_value) for row in shop.planters[eyes.map.name].journal.canaries(eyes.map.name)
        ]
        with eyes.open_plant() as connection:
            for table, key in planted:
                if table in subjects:
                    connection.execute(
                        "DELETE FROM avow.case_open WHERE subject_table = %s AND subject_key = %s", (table, key)
                    )


visit_opening = _visit(_opens_and_closes)
visit_approving = _visit(_approved)
visit_working = _visit(_worked)
visit_police = _visit(_police)
