"""Cases at the desk: ask, approve, work, close, hand over. Web and command line call only this.

Promises: each act is one transaction of Avow's own records with a line in the case's history; what a case opens in a store is
opened and ended by whoever holds the stores, and ends by itself within an hour without anybody. Refuses a disclosure that is not
out of an approved open case under terms that lie in the vault.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

from avow.app.breaches import BREACH, Laws, check_past, check_told, read_laws, record_opened
from avow.app.case_stores import CaseStores, fields_of, open_case_stores
from avow.app.databases import control_dsn
from avow.app.project import Progress, Project, open_project
from avow.app.recording import open_project_ledger
from avow.app.rights import open_keys, open_pool, prepare_control
from avow.control import duty_cases, vault
from avow.control.duty_cases import CLOSED, REFUSED, CaseDisclosure, CaseEvent, DutyCase
from avow.control.session import Session
from avow.datamap.model import Pair
from avow.duties.breaches import read_moment
from avow.duties.cases import KINDS, Numbers, check_approval, check_end, check_new, get_kind, is_unworked, plan_end
from avow.duties.cases.rules import check_open
from avow.errors import ControlError, Diagnostic, Place
from avow.ledger import Kind
from avow.settings import Settings
from avow.work import defer

OpenSession = Callable[[], AbstractContextManager[Session]]
Record = Callable[[Pair, tuple[str, ...], str, int], None]  # pair, tables, subject's name in the ledger, rows
RENEW_JOB = "renew_cases"
POLICE = Pair("legal.comply", "authority.law_enforcement")


@dataclass(frozen=True)
class Cases:
    """The desk of cases. `session` opens one transaction of Avow's own records."""

    session: OpenSession
    numbers: Numbers = Numbers()
    laws: Laws = Laws((), 0)  # by which a breach is told

    def ask(
        self, kind: str, facts: Mapping[str, str], about: str, by: str, days: int = 0, synthetic: bool = False
    ) -> DutyCase:
        """A new case; one whose kind needs no approver is open at once. `about` is store:schema.table:key, "" for nobody.
        Raises ControlError with every fact that is missing."""
        rule = get_kind(kind)
        check_new(rule, facts, about)
        aware_at = read_moment(facts["noticed"]) if kind == BREACH else None
        with self.session() as session:
            check_past(aware_at, session.now)
            ends = plan_end(rule, session.now, days)
            made = duty_cases.record_case(
                session, kind, by, facts, scope_of(about), ends, not rule.approved, synthetic=synthetic
            )
            duty_cases.record_event(session, made, by, "asked" if rule.approved else "opened")
            if aware_at is not None:
                record_opened(session, made, aware_at, facts["what"])
            _wake(session)
            return _get(session, made)

    def approve(self, case: UUID, by: str) -> DutyCase:
        """Opens it. Raises ControlError `cases.own-case`, `cases.not-waiting`."""
        with self.session() as session:
            found = _get(session, case)
            check_approval(found, by)
            duty_cases.record_approved(session, case, by, found.expires_at)
            duty_cases.record_event(session, case, by, "approved")
            _wake(session)
            return _get(session, case)

    def refuse(self, case: UUID, reason: str, by: str) -> DutyCase:
        return self._end(case, reason, by, REFUSED)

    def close(self, case: UUID, outcome: str, by: str) -> DutyCase:
        """Raises ControlError `cases.no-finding`, `cases.has-ended`."""
        return self._end(case, outcome, by, CLOSED)

    def _end(self, case: UUID, outcome: str, by: str, state: str) -> DutyCase:
        with self.session() as session:
            found = _get(session, case)
            check_end(found, outcome)
            if found.kind == BREACH:
                check_told(session, case, self.laws)
            duty_cases.record_event(session, case, by, state)
            duty_cases.record_ended(session, case, state, outcome.strip())
            _wake(session)
            return _get(session, case)

    def take(self, case: UUID, owner: str) -> DutyCase:
        """Somebody works on it from now on."""
        with self.session() as session:
            _get(session, case)
            duty_cases.record_owner(session, case, owner)
            duty_cases.record_event(session, case, owner, "taken")
            return _get(session, case)

    def note(self, case: UUID, text: str, by: str) -> None:
        """A line of the history; it counts as work on the case."""
        with self.session() as session:
            _get(session, case)
            duty_cases.record_event(session, case, by, "noted", text)

    def get(self, case: UUID) -> DutyCase:
        """Raises ControlError `cases.no-such-case`."""
        with self.session() as session:
            return _get(session, case)

    def find_by_reference(self, reference: str) -> DutyCase | None:
        return next((c for c in self.listed(with_synthetic=True) if c.reference == reference.strip()), None)

    def listed(self, kind: str = "", going: bool = False, with_synthetic: bool = False) -> list[DutyCase]:
        with self.session() as session:
            return duty_cases.list_cases(session, kind, going, with_synthetic=with_synthetic)

    def unworked(self) -> list[DutyCase]:
        """Cases that lie without anybody having done anything about them, after the company's own number of days."""
        with self.session() as session:
            going = duty_cases.list_cases(session, going=True)
            return [c for c in going if is_unworked(c, self.numbers, session.now)]

    def history(self, case: UUID) -> list[CaseEvent]:
        with self.session() as session:
            return duty_cases.access_events(session, case)

    def disclosures(self, case: UUID) -> list[CaseDisclosure]:
        with self.session() as session:
            return duty_cases.list_case_disclosures(session, case)


@dataclass(frozen=True)
class CaseWork:
    """What needs a store: leases, and handing data over. For workers and the command line, never for the web."""

    cases: Cases
    stores: CaseStores
    record: Record

    def renew(self) -> int:
        """Renews every lease of open cases and ends those of cases that ended; gives how many are open."""
        leased = 0
        for case in self.cases.listed():
            if KINDS[case.kind].opens:
                leased += self.effect(case)
        return leased

    def effect(self, case: DutyCase) -> bool:
        """Brings the store to what the case says now; True when the store has it open."""
        with self.cases.session() as session:
            now = session.now
        if case.going:
            return self.stores.lease(case, now)
        self.stores.end(case)
        return False

    def disclose(self, case: UUID, by: str) -> tuple[CaseDisclosure, bytes]:
        """The file for the police, read with their own rights in the scope of the case alone, with the line that records it.
        Raises ControlError `cases.not-open`, `cases.no-terms`, `cases.nothing-there`."""
        found = self.cases.get(case)
        check_open(found)
        self.effect(found)
        rows = self.stores.read_for(found, POLICE)
        if not rows:
            _refuse(
                found,
                "cases.nothing-there",
                "the scope of the case holds nothing that may be handed over",
                "check its scope",
            )
        file = json.dumps(
            {"case": found.reference, "authority": found.facts["authority"], "rows": rows}, indent=1
        ).encode()
        count = sum(len(each) for each in rows.values())
        with self.cases.session() as session:
            terms = _terms_of(session, found)
            line = duty_cases.record_case_disclosure(
                session,
                case,
                by,
                POLICE.recipient,
                found.facts["clause"],
                (terms.name, terms.sha256),
                fields_of(rows),
                count,
                hashlib.sha256(file).hexdigest(),
            )
            duty_cases.record_event(session, case, by, "disclosed")
            made = next(d for d in duty_cases.list_case_disclosures(session, case) if d.id == line)
        self.record(POLICE, tuple(rows), f"{found.scope['table']}:{found.scope['key']}", count)
        return made, file


def _wake(session: Session) -> None:
    """A worker brings the stores to it at once; without one a lease ends by itself."""
    defer(session.connection, RENEW_JOB, {}, key=RENEW_JOB)


def scope_of(about: str) -> dict[str, str]:
    """store:schema.table:key in parts; {} for nobody."""
    store, _, rest = about.partition(":")
    table, _, key = rest.partition(":")
    return {"store": store, "table": table, "key": key} if about else {}


def _terms_of(session: Session, case: DutyCase) -> vault.Document:
    found = vault.find_document_named(session, "terms", case.facts["terms"], session.now.date())
    if found is None:
        _refuse(
            case,
            "cases.no-terms",
            f"the vault holds no terms named `{case.facts['terms']}` that are in force",
            "put that version of the terms into the vault: `avow vault put`",
        )
    assert found is not None  # refused otherwise
    return found


def _get(session: Session, case: UUID) -> DutyCase:
    found = duty_cases.find_case_locked(session, case)
    if found is None:
        raise ControlError(
            Diagnostic(
                Place("case"),
                "cases.no-such-case",
                "there is no such case",
                "see `avow case list --all`",
                "nothing was recorded",
            )
        )
    return found


def _refuse(case: DutyCase, code: str, cause: str, help: str) -> None:
    raise ControlError(Diagnostic(Place(case.reference), code, cause, help, "nothing left the house"))


def numbers_of(settings: Settings) -> Numbers:
    """What the company's vague words about cases mean."""
    said = settings.find_number("abuse_unworked")
    return Numbers(said.days if said else 0)


@contextmanager
def open_case_work(
    folder: Path, environ: Mapping[str, str], progress: Progress = lambda line: None
) -> Iterator[CaseWork]:
    """The desk of cases with its stores and the ledger, for one command or one pass of a worker."""
    project = open_project(folder, environ)
    settings = project.settings
    with control_dsn(settings, progress) as dsn:
        prepare_control(dsn, settings.company)
        keys = open_keys(settings)
        with open_pool(dsn, 2) as pool:

            @contextmanager
            def session() -> Iterator[Session]:
                with pool.connection() as connection, connection.transaction():
                    yield Session(connection, settings.company, keys, datetime.now(UTC), uuid4)

            yield case_work(project, session, dsn)


def case_work(project: Project, session: OpenSession, dsn: str) -> CaseWork:
    """Wires the desk of cases to the stores and the ledger of a project."""

    def record(pair: Pair, tables: tuple[str, ...], subject: str, rows: int) -> None:
        with open_project_ledger(project.settings, dsn) as ledger:
            actor = ledger.digester.digest("actor", "avow")
            ledger.record_access(
                Kind.DISCLOSE, str(pair), ",".join(tables), "", actor, ledger.subject_digest(subject), rows, wait=True
            )

    return CaseWork(
        Cases(session, numbers_of(project.settings), read_laws(project.settings)), open_case_stores(project), record
    )
