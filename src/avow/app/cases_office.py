"""The desk of cases for the mystery shopper: its own synthetic cases, and those alone.

Every act goes to the same desk as that of staff, or straight to Avow's own database as somebody with SQL would. Refuses cases that
are not synthetic, and leaves none of its own behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from avow.app.breach_office import ShopBreaches
from avow.app.breach_work import make_breach_work
from avow.app.desk import Desk
from avow.app.duty_cases import POLICE, CaseWork, case_work
from avow.app.project import Project
from avow.app.tried import code_of, refusal_behind
from avow.control import disclosures, duty_cases, vault
from avow.control.duty_cases import CLOSED, OPEN, DutyCase
from avow.duties.cases import KINDS, is_unworked
from avow.duties.disclosures import places_allowed
from avow.errors import AvowError, ControlError, Diagnostic, Place
from avow.policy import RecipientEntry
from avow.prove.shopper.visits_cases import CLAUSE
from avow.prove.synthetic import AUTHORITY

TERMS = "Avow Canary terms"
ORDER = "Avow Canary order"


@dataclass(frozen=True)
class ShopCases:
    """`desk` is the shopper's own desk: its sessions reach Avow's own records."""

    project: Project
    desk: Desk
    work: CaseWork
    room: ShopBreaches

    def ask(self, kind: str, about: str, by: str) -> UUID:
        given = {"clause": CLAUSE, "terms": TERMS, "ground": ORDER, "noticed": self.desk.now().isoformat()}
        facts = {name: given.get(name, "synthetic") for name in KINDS[kind].facts}
        return self.work.cases.ask(kind, facts, about, by, synthetic=True).id

    def approve(self, case: UUID, by: str) -> str:
        return code_of(lambda: self.work.cases.approve(self._own(case).id, by))

    def close(self, case: UUID, outcome: str) -> str:
        return code_of(lambda: self.work.cases.close(self._own(case).id, outcome, "shopper:first"))

    def approve_behind(self, case: UUID, by: str) -> str:
        return refusal_behind(
            self.desk, lambda session: duty_cases.record_approved(session, case, by, session.now + timedelta(days=1))
        )

    def close_behind(self, case: UUID, outcome: str) -> str:
        return refusal_behind(self.desk, lambda session: duty_cases.record_ended(session, case, CLOSED, outcome))

    def disclose_behind(self, case: UUID) -> str:
        recipient, terms = "authority.law_enforcement", ("none", "none")
        return refusal_behind(
            self.desk,
            lambda session: duty_cases.record_case_disclosure(
                session, case, "shopper:first", recipient, CLAUSE, terms, ["none"], 0, "none"
            ),
        )

    def disclose(self, case: UUID) -> tuple[str, bytes]:
        try:
            self.terms()
            self._order()
            return "", self.work.disclose(self._own(case).id, "shopper:first", AUTHORITY)[1]
        except AvowError as error:
            return error.codes[0], b""

    def recorded(self, case: UUID) -> list[tuple[str, str, str]]:
        return [(d.clause, d.terms_version, d.terms_sha256) for d in self.work.cases.disclosures(case)]

    def terms(self) -> tuple[str, str]:
        with self.desk.session() as session:
            found = vault.find_document_named(session, "terms", TERMS, session.now.date())
            if found is None:
                days = (date(2020, 1, 1), session.now.date())
                made = vault.record_document(
                    session, "terms", TERMS, "shopper", b"4.2 Nobody attacks anybody.", days, "shopper", synthetic=True
                )
                found = vault.find_document(session, made)
            assert found is not None  # put there now
            return found.name, found.sha256

    def _order(self) -> None:
        """The synthetic order that obliges lies in the vault."""
        with self.desk.session() as session:
            today = session.now.date()
            if vault.find_document_named(session, "order", ORDER, today) is None:
                days = (date(2020, 1, 1), today)
                vault.record_document(session, "order", ORDER, "shopper", b"an order", days, "shopper", synthetic=True)

    def register(self, case: UUID) -> list[tuple[str, str, int]]:
        with self.desk.session() as session:
            found = disclosures.list_disclosures(session, recipient=AUTHORITY, synthetic=True)
            return [(one.state, one.ground, one.people) for one in found if one.duty_case == case]

    def registered(self, case: UUID, people: Sequence[tuple[str, str, str]]) -> tuple[set[tuple[str, str, str]], int]:
        with self.desk.session() as session:
            found = disclosures.list_disclosures(session, recipient=AUTHORITY, synthetic=True)
            made = {one.id for one in found if one.duty_case == case}
            own = {p for p in people if any(given.disclosure in made for given in disclosures.list_given(session, [p]))}
            return own, sum(len(disclosures.list_subjects(session, id)) for id in made)

    def disclose_elsewhere(self, case: UUID) -> str:
        """To an authority in a place that the policy does not promise."""
        abroad = tuple(replace(entry, location="") for entry in (_authority(self.project),))
        work = case_work(self.project, self.desk.session, str(self.desk.pool.conninfo), abroad)
        return code_of(lambda: work.disclose(self._own(case).id, "shopper:first", AUTHORITY))

    def effect(self, case: UUID) -> None:
        self.work.effect(self._own(case))

    def lease_for(self, case: UUID, time: timedelta) -> None:
        own = self._own(case)
        self.work.stores.lease(replace(own, expires_at=self.desk.now() + time), self.desk.now())

    def revive(self, case: UUID) -> bool:
        forced = replace(self._own(case), state=OPEN, expires_at=self.desk.now() + timedelta(minutes=5))
        return self.work.stores.lease(forced, self.desk.now())

    def state_at(self, case: UUID, at: datetime) -> str:
        return self._at(case, at).state

    def is_unworked(self, case: UUID, at: datetime) -> bool:
        return is_unworked(self._at(case, at), self.work.cases.numbers, at)

    def unworked_days(self) -> int:
        return self.work.cases.numbers.unworked_days

    def _at(self, case: UUID, at: datetime) -> DutyCase:
        with self.desk.session() as session:
            found = duty_cases.find_case(replace(session, now=at), case)
            assert found is not None  # asked for by this run
            return found

    def _own(self, case: UUID) -> DutyCase:
        found = self.work.cases.get(case)
        if not found.synthetic:
            cause, help = "this case is a real one", "leave it to staff"
            raise ControlError(Diagnostic(Place("case"), "cases.not-synthetic", cause, help, "nothing was done"))
        return found

    def take_back(self) -> None:
        with self.desk.session() as session:
            lines = disclosures.list_disclosures(session, recipient=AUTHORITY, synthetic=True, limit=10_000)
            disclosures.forget_synthetic(session, [one.id for one in lines])
            duty_cases.forget_synthetic_cases(session)
            vault.forget_synthetic_documents(session)


def _authority(project: Project) -> RecipientEntry:
    """A synthetic authority, in a place that the policy promises, to whom everything may go that the policy gives one."""
    place = next(iter(sorted(places_allowed(project.version))), "world")
    return RecipientEntry(
        AUTHORITY, POLICE.recipient, "Avow Canary authority", place, (POLICE.purpose,), ("any.personal",)
    )


def make_cases_office(stack: ExitStack, project: Project, desk: Desk) -> ShopCases:
    """The office of one run."""
    register = (*project.register, _authority(project))
    dsn = str(desk.pool.conninfo)
    work = case_work(project, desk.session, dsn, register)
    room = ShopBreaches(desk, work.cases, make_breach_work(project, desk.session, dsn))
    return ShopCases(project, desk, work, room)
