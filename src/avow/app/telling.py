"""Tells people of a new policy version: decides how, looks for everybody whose data was collected before it, and puts one mail for
each address into the outbox.

Promises: people, their mails and the outbox's messages are written in one transaction for each few hundred people, so that whoever
is killed goes on where they stopped and nobody is told twice; whoever came in after the version took effect is not looked for;
whoever was told holds a mark of it, so that each store admits what the version added; each look stands in the ledger. What holds
mails back (approval by a second person, the hourly cap) is the outbox's. Refuses a template that the company does not let go to
everybody, and stores that it cannot read: they are named.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg import sql

from avow.app.choices import get_terms
from avow.app.databases import control_dsn
from avow.app.disclosing import open_duty_store
from avow.app.notices import tell_difference_of
from avow.app.outgoing import SEND_JOB, make_outbox
from avow.app.project import Progress, Project, open_project
from avow.app.recording import open_project_ledger
from avow.app.rights import open_keys, prepare_control, wake_workers
from avow.compilers.duties import duty_spec, may_hold_address
from avow.control import people, telling
from avow.control.session import Session
from avow.control.telling import EXPIRED, Decision, Figures, Table
from avow.duties.notices.telling import (
    TEMPLATE,
    Facts,
    check_decision,
    find_fault,
    least_ways,
    leave_out,
    write_notice,
)
from avow.errors import AvowError, Diagnostic, Place
from avow.ledger import Kind, Ledger
from avow.outbox import Message, Outbox
from avow.policy import PolicyVersion
from avow.settings import Settings
from avow.work import defer

JOB = "tell_versions"
EVERY = "20 * * * * 0"
STEP = 500  # people in one transaction
SYNTHETIC = "@example.test"  # where the mystery shopper's people are reached: nobody


@dataclass(frozen=True)
class Audience:
    """A table of people with an address: how a store knows them and where they are written to."""

    store: str
    table: str
    key: str
    address: str


@dataclass(frozen=True)
class Planned:
    """What telling would do now: mails by table, people without one by reason; `unread` are stores that no machine reads."""

    mails: Mapping[str, int]
    left_out: Mapping[str, int]
    unread: tuple[str, ...]


def list_audiences(project: Project, version: PolicyVersion) -> tuple[Audience, ...]:
    """Every table of people in a store that can be read whose rows hold an e-mail address, and of whom the version speaks."""
    return tuple(_audiences(project, _spoken_of(version)))


def _spoken_of(version: PolicyVersion) -> frozenset[str]:
    """Kinds of people that the version names; none where it speaks of everybody alike."""
    named = {subject for promise in version.promises for subject in promise.subjects}
    return frozenset(named | {subject for rule in version.rules for subject in rule.subjects})


def _audiences(project: Project, named: frozenset[str]) -> Iterator[Audience]:
    covers = project.vocabulary.covers
    for store_map in project.datamap.stores:
        if store_map.kind != "postgresql":
            continue
        for table in duty_spec(store_map, project.vocabulary).tables:
            address = next((c.name for c in table.columns if c.identifies == "email"), "")
            spoken_of = not named or not table.subjects or any(covers(n, s) for n in named for s in table.subjects)
            if table.key and address and spoken_of and not table.copy_of:
                yield Audience(store_map.name, table.name, table.key, address)


def list_marks(project: Project, version: PolicyVersion) -> tuple[str, ...]:
    """What whoever was told of the version is marked with: every use and recipient of the data map that it newly allows."""
    told = tell_difference_of(project, version)
    if told is None or not told.must_tell:
        return ()
    wider = [rule for rule in version.rules if rule.kind == "permit" and rule.promise in told.wider]
    purposes = {*told.purposes, *(purpose for rule in wider for purpose in rule.purposes)}
    pairs = [pair for store in project.datamap.stores for pair in store.pairs]
    covers = project.vocabulary.covers
    terms = {pair.purpose for pair in pairs if any(covers(term, pair.purpose) for term in purposes)}
    terms |= {pair.recipient for pair in pairs if any(covers(term, pair.recipient) for term in told.recipients)}
    return tuple(sorted(f"told:{term}" for term in {*terms, *purposes, *told.recipients}))


def list_untold(project: Project, version: PolicyVersion) -> tuple[str, ...]:
    """Stores that are not read here and hold addresses of people of whom the version speaks: no record says who was told."""
    named, covers = _spoken_of(version), project.vocabulary.covers
    found = []
    for store_map in project.datamap.stores:
        spec = duty_spec(store_map, project.vocabulary)
        tables = [t for t in spec.tables if not t.copy_of and any(c.identifies == "email" for c in t.columns)]
        spoken_of = any(
            not named or not t.subjects or any(covers(n, s) for n in named for s in t.subjects) for t in tables
        )
        by_hand = spec.by_hand is not None and may_hold_address(spec.by_hand.data, project.vocabulary)
        if store_map.kind != "postgresql" and (spoken_of or by_hand):
            found.append(store_map.name)
    return tuple(found)


def list_unread(project: Project) -> tuple[str, ...]:
    """Stores of people that are not read here: whoever stands only there has to be told by hand."""
    return tuple(s.name for s in project.datamap.stores if s.kind != "postgresql")


@dataclass(frozen=True)
class Told:
    """How the telling of one version stands. `decided`: somebody did; otherwise the difference speaks. `fault` "" nothing.
    `unread`: stores whose people have to be told by mail and are not read here."""

    version: str
    decision: Decision
    decided: bool
    effective: date | None
    figures: Figures
    fault: str
    unread: tuple[str, ...] = ()


@dataclass(frozen=True)
class Teller:
    """`session` opens a transaction on Avow's own database; `open_store` reads a store with the duty credential."""

    project: Project
    outbox: Outbox
    ledger: Ledger
    session: Callable[[], AbstractContextManager[Session]]
    open_store: Callable[[str], AbstractContextManager[psycopg.Connection[Any]]]

    @property
    def settings(self) -> Settings:
        return self.project.settings

    def get_told(self, version: PolicyVersion) -> Told:
        with self.session() as session:
            return get_told(session, self.project, version)

    def decide(
        self,
        version: PolicyVersion,
        by: str,
        ways: Sequence[str] = (),
        ground: str = "",
        told_by: date | None = None,
    ) -> Decision:
        """Records how people are told; without `ways` as the difference asks for. Raises AvowError."""
        with self.session() as session:
            return decide(session, self.project, version, by, ways, ground, told_by)

    def plan(self, version: PolicyVersion) -> Planned:
        """What `tell` would do. Writes nothing."""
        mails, left_out, seen = dict[str, int](), dict[str, int](), set[bytes]()
        for audience in list_audiences(self.project, version):
            table = Table(version.version, audience.store, audience.table)
            for rows in self._read(audience, None):
                with self.session() as session:
                    for _, address, reason, _ in self._due(session, table, rows):
                        place = f"{audience.store}:{audience.table}"
                        if reason:
                            left_out[reason] = left_out.get(reason, 0) + 1
                        elif (form := session.keys.lookup.digest("email", address)) not in seen:
                            seen.add(form)
                            mails[place] = mails.get(place, 0) + 1
        return Planned(mails, left_out, list_unread(self.project))

    def tell(self, version: PolicyVersion, by: str, again: Sequence[str] = ()) -> Figures:
        """Goes on with telling people of a version that is told by mail; those who were found stay found. Mails whose time ran
        out are made anew, and those that ended for one of the codes `again`. Raises AvowError `notices.no-mail`,
        `notices.not-published`, `campaign.not-needed`."""
        with self.session() as session:
            decision = telling.find_decision(session, version.version)
            effective = telling.find_effective(session, version.version)
        if effective is None or decision is None:
            raise AvowError(
                _refusal(version, "notices.not-published", "was not published, so nobody can read it", "publish it")
            )
        if not decision.mails:
            cause, help = f"is told by {' and '.join(decision.ways)}", "decide otherwise with `--ways page,banner,mail`"
            raise AvowError(_refusal(version, "notices.no-mail", cause, help))
        facts = self._facts(version, effective)
        for audience in list_audiences(self.project, version):
            self._tell_table(
                Table(version.version, audience.store, audience.table), audience, facts, by, again, effective
            )
        self.mark(version)
        with self.session() as session:
            return telling.get_figures(session, version.version)

    def mark(self, version: PolicyVersion) -> int:
        """Whoever was told of the version holds the marks of what it added, from now on in each store; gives how many are new."""
        marks, count = list_marks(self.project, version), 0
        while marks:
            with self.session() as session:
                found = telling.list_unmarked(session, version.version, marks, STEP)
                people.record_states(session, {one: dict.fromkeys(marks, True) for one in found}, {})
                if not found:
                    break
                wake_workers(session)
                count += len(found)
        return count

    def tell_some(self, label: str, facts: Facts, places: Collection[tuple[str, str, str]], by: str) -> None:
        """The same for synthetic people in these places, under a label of their own that is no version."""
        for audience in list_audiences(self.project, self.project.version):
            keys = [key for store, table, key in places if (store, table) == (audience.store, audience.table)]
            if keys:
                table = Table(label, audience.store, audience.table, synthetic=True)
                self._tell_table(table, audience, facts, by, (), date.min, keys)

    def _facts(self, version: PolicyVersion, effective: date) -> Facts:
        told = tell_difference_of(self.project, version)
        link = f"{self.settings.centre.address.rstrip('/')}/policy/{version.version}/changes/"
        company = self.settings.title or self.settings.company
        return Facts(company, effective, version.reason, len(told.changes) if told else 0, link, version.language)

    def _tell_table(
        self,
        table: Table,
        audience: Audience,
        facts: Facts,
        by: str,
        again: Sequence[str],
        effective: date,
        keys: Sequence[str] | None = None,
    ) -> None:
        self._check_needed()
        with self.session() as session:
            closed = telling.is_closed(session, table)
            today = session.now.date()
        for rows in self._read(audience, keys):
            with self.session() as session:
                self._put(session, table, rows, facts, by, again, closed)
        with self.session() as session:
            telling.record_audience(session, table, closed=today >= effective)

    def _put(
        self,
        session: Session,
        table: Table,
        rows: Sequence[tuple[str, str]],
        facts: Facts,
        by: str,
        again: Sequence[str],
        closed: bool,
    ) -> None:
        """People of one step who are not on record yet, or are without a mail though nothing stands against it any more."""
        renewed = self._renew(session, table, rows, (EXPIRED, *again))
        due = self._due(session, table, rows, known_only=closed)
        reached = list(dict.fromkeys(address for _, address, reason, _ in due if not reason))
        held, new = telling.record_messages(session, table, reached) if reached else ({}, set())
        nobody = [(table.store, table.name, key) for key, _, reason, known in due if not reason and not known]
        if nobody and not table.synthetic:
            people.record_new_people(session, nobody, "was told of a version of the policy", synthetic=False)
        telling.record_people(session, table, [(k, None if why else held[a], why) for k, a, why, _ in due])
        mails = {id: address for address, id in held.items() if id in new}
        mails |= {id: address for address, id in renewed.items()}
        self._post(session, table, mails, facts, by)

    def _renew(
        self, session: Session, table: Table, rows: Sequence[tuple[str, str]], codes: Sequence[str]
    ) -> dict[str, UUID]:
        """Mails that ended, made anew where nothing stands against the person by now; the others are on record as left out."""
        ended = telling.find_ended(session, table, [address for _, address in rows], codes)
        if not ended:
            return {}
        judged = self._judge(session, table, [row for row in rows if row[1] in ended])
        telling.record_left_out(session, table, [(key, reason) for key, _, reason, _ in judged if reason])
        return telling.record_renewed(session, {address: ended[address] for _, address, why, _ in judged if not why})

    def _due(
        self, session: Session, table: Table, rows: Sequence[tuple[str, str]], known_only: bool = False
    ) -> list[tuple[str, str, str, bool]]:
        """(key, address, reason for no mail, whether Avow knows who it is) of those whom no mail goes to yet."""
        known = telling.find_known(session, table, [key for key, _ in rows])
        left = [
            row
            for number, row in enumerate(rows)
            if not known.get(number, False) and (number in known or not known_only)
        ]
        return self._judge(session, table, left)

    def _judge(
        self, session: Session, table: Table, rows: Sequence[tuple[str, str]]
    ) -> list[tuple[str, str, str, bool]]:
        """(key, address, reason for no mail, whether Avow knows who it is), as it stands now."""
        suppressed = people.find_suppressed(session, [("email", address) for _, address in rows])
        subjects = people.find_subjects_by_keys(session, [(table.store, table.name, key) for key, _ in rows])
        marks = people.get_states(session, {one for one in subjects if one})
        return [
            (key, address, leave_out(address, against, marks.get(subject, {}) if subject else {}), subject is not None)
            for (key, address), against, subject in zip(rows, suppressed, subjects, strict=True)
        ]

    def _post(self, session: Session, table: Table, mails: Mapping[UUID, str], facts: Facts, by: str) -> None:
        if not mails:
            return
        subject, text = write_notice(facts)
        batch = f"{telling.BATCH} {table.version} {session.now:%Y-%m-%d}"
        messages = [
            Message(id, TEMPLATE, address.strip(), subject, text, batch=batch, synthetic=table.synthetic)
            for id, address in mails.items()
        ]
        key = session.make_key()
        self.outbox.put(session.connection, messages, key, session.get_key(key), session.now, by)
        defer(session.connection, SEND_JOB, {}, key=SEND_JOB)

    def _read(self, audience: Audience, keys: Sequence[str] | None) -> Iterator[Sequence[tuple[str, str]]]:
        """Rows in steps, from one snapshot; without `keys` nobody synthetic is among them."""
        home, _, name = audience.table.rpartition(".")
        statement = sql.SQL("SELECT {key}::text, {address}::text FROM {table} WHERE {address} IS NOT NULL AND {which}")
        names = {"key": sql.Identifier(audience.key), "address": sql.Identifier(audience.address)}
        which = sql.SQL("{key}::text = ANY (%s)" if keys is not None else "lower({address}::text) NOT LIKE %s")
        asked = statement.format(**names, table=sql.Identifier(home, name), which=which.format(**names))
        count = 0
        with (
            self.open_store(audience.store) as connection,
            connection.transaction(),
            connection.cursor("told") as cursor,
        ):
            cursor.execute(asked, [list(keys) if keys is not None else f"%{SYNTHETIC}"])
            while rows := cursor.fetchmany(STEP):
                count += len(rows)
                yield [(row[0], row[1]) for row in rows]
        actor = self.ledger.digester.digest("actor", "avow")
        self.ledger.record_access(
            Kind.READ, "right.notice/subject", audience.table, audience.address, actor, rows=count, wait=True
        )

    def _check_needed(self) -> None:
        """A company that says which templates go to everybody has to name this one. Raises AvowError `campaign.not-needed`."""
        terms = get_terms(self.project)
        if terms is not None and TEMPLATE not in terms.transactional:
            raise AvowError(
                Diagnostic(
                    Place("choices.yaml"),
                    "campaign.not-needed",
                    f"the template `{TEMPLATE}` is not one that goes to everybody",
                    "put it on the list `transactional` of choices.yaml: people have to be told, whatever they said of marketing",
                    "nobody is told by mail",
                )
            )


def get_told(session: Session, project: Project, version: PolicyVersion) -> Told:
    """As it stands on record. Needs Avow's own database alone."""
    effective = telling.find_effective(session, version.version)
    found = telling.find_decision(session, version.version)
    decision = found or propose(project, version, effective or max(version.published, session.now.date()))
    figures = telling.get_figures(session, version.version)
    least = Decision(least_ways(tell_difference_of(project, version))[0], "", decision.told_by)
    judged = replace(decision, ways=(*decision.ways, *(w for w in least.ways if w not in decision.ways)))
    expected = [(one.store, one.table) for one in list_audiences(project, version)]
    fault = find_fault(judged, figures, effective, session.now.date(), expected)
    unread = list_untold(project, version) if judged.mails else ()
    return Told(version.version, decision, found is not None, effective, figures, fault, unread)


def propose(project: Project, version: PolicyVersion, effective: date) -> Decision:
    """What the difference asks for by itself."""
    ways, ground = least_ways(tell_difference_of(project, version))
    return Decision(ways, ground, effective)


def decide(
    session: Session,
    project: Project,
    version: PolicyVersion,
    by: str,
    ways: Sequence[str] = (),
    ground: str = "",
    told_by: date | None = None,
) -> Decision:
    """As `Teller.decide`, in the caller's transaction. Raises AvowError `notices.not-published` and those of `check_decision`."""
    effective = telling.find_effective(session, version.version)
    if effective is None:
        raise AvowError(_refusal(version, "notices.not-published", "was not published", "publish it first"))
    least, difference = propose(project, version, effective), tell_difference_of(project, version)
    latest = max(effective, session.now.date())
    latest = min(latest, telling.find_mailed_by(session, version.version) or latest)
    words = ground or ("" if ways else least.ground)
    checked = check_decision(difference, ways or least.ways, words, told_by or latest, latest, version.version)
    decision = Decision(checked, words, told_by or latest, by, session.now)
    telling.record_decision(session, version.version, decision)
    return decision


@contextmanager
def open_teller(project: Project, progress: Progress = lambda line: None) -> Iterator[Teller]:
    """For one command or one run of a worker. Raises StoreError `control.unreachable`."""
    settings = project.settings
    with ExitStack() as stack:
        dsn = stack.enter_context(control_dsn(settings, progress))
        prepare_control(dsn, settings.company)
        ledger = stack.enter_context(open_project_ledger(settings, dsn))
        connection = stack.enter_context(psycopg.connect(dsn, autocommit=True, application_name="avow telling"))
        keys = open_keys(settings)

        @contextmanager
        def session() -> Iterator[Session]:
            with connection.transaction():
                yield Session(connection, settings.company, keys, datetime.now(UTC), uuid4)

        yield Teller(project, make_outbox(settings), ledger, session, lambda name: open_duty_store(project, name))


def go_on_telling(folder: Path, environ: Mapping[str, str]) -> int:
    """What a worker does each hour: goes on with versions that people are being told of already; gives for how many it looked at
    people again. Where everybody was found and nothing has to be made anew it only marks those who were told since."""
    project = open_project(folder, environ)
    looked = 0
    with open_teller(project) as teller:
        with teller.session() as session:
            begun = set(telling.list_begun(session))
        for version in (one for one in project.versions if one.version in begun):
            with teller.session() as session:
                decision = telling.find_decision(session, version.version)
                again = _must_look(session, project, version)
            if decision and decision.mails and again:
                teller.tell(version, decision.by)
                looked += 1
            else:
                teller.mark(version)
    return looked


def _must_look(session: Session, project: Project, version: PolicyVersion) -> bool:
    audiences = telling.get_figures(session, version.version).audiences
    tables = {(one.store, one.table) for one in list_audiences(project, version)}
    all_found = all(audiences.get(table, False) for table in tables)
    return not all_found or telling.is_due_again(session, version.version)


def _refusal(version: PolicyVersion, code: str, cause: str, help: str) -> Diagnostic:
    place = Place(f"version `{version.version}`")
    return Diagnostic(place, code, f"version `{version.version}` {cause}", help, "nobody is told by mail")
