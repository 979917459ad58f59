"""Cases at the desk: ask, approve, work, close, hand over. Web and command line call only this.

Promises: each act is one transaction of Avow's own records with a line in the case's history; what a case opens in a store is
opened and ended by whoever holds the stores, and ends by itself within an hour without anybody. Refuses a disclosure that is not
out of an approved open case under terms that lie in the vault, and that the one gate of disclosures does not let go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

import psycopg

from avow.app.breaches import BREACH, Laws, check_past, check_told, read_laws, record_opened
from avow.app.case_sheets import write_sheet
from avow.app.case_stores import LEASE, CaseStores, open_case_stores
from avow.app.disclosing import CaseScope, CaseSheet, Disclosing, Wanted
from avow.app.disclosures import make_disclosing
from avow.app.project import Progress, Project, open_project
from avow.app.recording import open_project_ledger
from avow.app.rights import open_sessions
from avow.control import duty_cases, vault
from avow.control.disclosures import Disclosure
from avow.control.duty_cases import CLOSED, REFUSED, CaseDisclosure, CaseEvent, DutyCase
from avow.control.session import Session
from avow.datamap.model import Pair
from avow.duties.breaches import read_moment
from avow.duties.cases import KINDS, Numbers, check_approval, check_end, check_new, get_kind, is_unworked, plan_end
from avow.duties.cases.rules import check_open
from avow.errors import ControlError, Diagnostic, Place, StoreError
from avow.policy import RecipientEntry
from avow.settings import Settings
from avow.work import defer

OpenSession = Callable[[], AbstractContextManager[Session]]
OpenGate = Callable[[], AbstractContextManager[Disclosing]]
RENEW_JOB = "renew_cases"
POLICE_CASE = "legal_disclosure"
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
        known = self.listed(with_synthetic=True, limit=None)
        return next((c for c in known if c.reference == reference.strip()), None)

    def listed(
        self,
        kind: str = "",
        going: bool = False,
        with_synthetic: bool = False,
        limit: int | None = 200,
        offset: int = 0,
    ) -> list[DutyCase]:
        """Those that have not ended first; `limit` None: every one."""
        with self.session() as session:
            return duty_cases.list_cases(session, kind, going, limit, with_synthetic, offset)

    def unworked(self) -> list[DutyCase]:
        """Cases that lie without anybody having done anything about them, after the company's own number of days."""
        with self.session() as session:
            going = duty_cases.list_cases(session, going=True, limit=None)  # the oldest of all lie the longest
            return [c for c in going if is_unworked(c, self.numbers, session.now)]

    def history(self, case: UUID) -> list[CaseEvent]:
        with self.session() as session:
            return duty_cases.access_events(session, case)

    def disclosures(self, case: UUID) -> list[CaseDisclosure]:
        with self.session() as session:
            return duty_cases.list_case_disclosures(session, case)


@dataclass(frozen=True)
class Renewed:
    """How many leases are open, and which stores did not answer twice: what they have open ends there within an hour."""

    leased: int
    silent: tuple[str, ...] = ()

    def check(self) -> None:
        """Raises StoreError `cases.store-silent`."""
        if self.silent:
            names = ", ".join(f"`{name}`" for name in self.silent)
            raise StoreError(
                Diagnostic(
                    Place("cases"),
                    "cases.store-silent",
                    f"cases could be neither renewed nor ended in {names}",
                    "start the store, or correct the duty credential; the next pass goes on",
                    "what is open there ends by itself within an hour; the other stores are up to date",
                )
            )


@dataclass(frozen=True)
class CaseWork:
    """What needs a store: leases, and handing data over. For workers and the command line, never for the web. `gate` opens the gate
    of disclosures, which is the only way out."""

    cases: Cases
    stores: CaseStores
    gate: OpenGate

    def renew(self) -> Renewed:
        """Renews every lease of open cases and ends those of cases that ended lately. A store that does not answer stops no
        other: it is tried once more by itself, and named."""
        with self.cases.session() as session:
            duty_cases.seal_clear_outcomes(session)
            kinds = [kind.name for kind in KINDS.values() if kind.opens]
            found = duty_cases.list_effective(session, kinds, session.now - 2 * LEASE)
        by_store: dict[str, list[DutyCase]] = {}
        for case in found:
            by_store.setdefault(case.scope.get("store", ""), []).append(case)
        leased, silent = self._renew(by_store)
        again, still = self._renew({name: by_store[name] for name in silent})
        return Renewed(leased + again, tuple(still))

    def _renew(self, by_store: Mapping[str, list[DutyCase]]) -> tuple[int, list[str]]:
        """(leases that are open, stores that did not answer)."""
        leased, silent = 0, []
        for name, found in by_store.items():
            try:
                leased += sum(self.effect(case) for case in found)
            except (StoreError, psycopg.Error):
                silent.append(name)
        return leased, silent

    def effect(self, case: DutyCase) -> bool:
        """Brings the store to what the case says now; True when the store has it open."""
        with self.cases.session() as session:
            now = session.now
        if case.going:
            return self.stores.lease(case, now)
        self.stores.end(case)
        return False

    def disclose(self, case: UUID, by: str, recipient: str) -> tuple[CaseDisclosure, bytes]:
        """The file for the authority, through the gate of disclosures: read with the authority's own rights in the scope of the
        case alone, in the register of everybody whose data is in it, with the line that names the clause. `recipient` is the
        authority's id in recipients.yaml.

        Raises ControlError `cases.not-open`, `cases.not-a-disclosure`, `cases.no-terms`, `cases.nothing-there`,
        `cases.gate-refused`; StoreError `store.rows-not-found`."""
        found = self.cases.get(case)
        check_open(found)
        if found.kind != POLICE_CASE:
            cause, help = (
                f"this is a case of kind {found.kind}",
                "data goes to an authority out of a legal disclosure alone",
            )
            _refuse(found, "cases.not-a-disclosure", cause, help)
        self.effect(found)
        with self.cases.session() as session:
            terms = _terms_of(session, found)
        files: list[bytes] = []
        lines: list[UUID] = []

        def read(reference: str) -> CaseSheet:
            sheet = write_sheet(found, self.stores.read_for(found, POLICE), reference)
            files.append(sheet.file)
            return sheet

        def alongside(session: Session, made: Disclosure) -> None:
            lines.append(
                duty_cases.record_case_disclosure(
                    session,
                    case,
                    by,
                    made.kind,
                    found.facts["clause"],
                    (terms.name, terms.sha256),
                    [name.partition(":")[2] for name in made.columns],
                    made.rows,
                    made.sha256,
                )
            )
            duty_cases.record_event(session, case, by, "disclosed")

        scope = CaseScope(found.kind, POLICE, read, alongside)
        with self.gate() as gate:
            made = gate.disclose(_wanted(found, recipient, by, scope))
        if made.codes == ("disclosure.nobody-seen",):
            _refuse(
                found,
                "cases.nothing-there",
                "the scope of the case holds nothing that may be handed over",
                "check its scope",
            )
        if made.codes:
            cause = f"the gate of disclosures let nothing out: {', '.join(f'`{code}`' for code in made.codes)}"
            _refuse(
                found,
                "cases.gate-refused",
                cause,
                "each code has a page in docs/errors; the attempt is in the register",
            )
        with self.cases.session() as session:
            line = next(d for d in duty_cases.list_case_disclosures(session, case) if d.id == lines[-1])
        return line, files[-1]


def _wanted(case: DutyCase, recipient: str, by: str, scope: CaseScope) -> Wanted:
    row = (case.scope["store"], case.scope["table"], case.scope["key"])
    return Wanted(
        recipient, POLICE.purpose, "obligation", "file", (row,), by, case=case.id, synthetic=case.synthetic, scope=scope
    )


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
    folder: Path, environ: Mapping[str, str], progress: Progress = lambda line: None, by_cli: bool = False
) -> Iterator[CaseWork]:
    """The desk of cases with its stores and the gate, for one command (`by_cli`) or one pass of a worker."""
    project = open_project(folder, environ)
    with open_sessions(project.settings, progress, by_cli) as (dsn, session):
        yield case_work(project, session, dsn)


def case_work(project: Project, session: OpenSession, dsn: str, register: tuple[RecipientEntry, ...] = ()) -> CaseWork:
    """Wires the desk of cases to the stores and the gate of a project; `register` () is the one on disk."""

    @contextmanager
    def gate() -> Iterator[Disclosing]:
        with open_project_ledger(project.settings, dsn) as ledger:
            yield replace(make_disclosing(project, session, ledger), register=register)

    cases = Cases(session, numbers_of(project.settings), read_laws(project.settings))
    return CaseWork(cases, open_case_stores(project), gate)
