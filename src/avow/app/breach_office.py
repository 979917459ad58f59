"""The breach room for the mystery shopper: its own synthetic breaches, and those alone.

Every act goes to the same room as that of staff, or straight to Avow's own database as somebody with SQL would. Refuses breaches
that are not synthetic, and leaves none of its own behind.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from avow.app.breach_work import TEMPLATE, BreachWork
from avow.app.desk import Desk
from avow.app.duty_cases import Cases
from avow.app.tried import code_of, refusal_behind
from avow.control import breaches, duty_cases
from avow.control.session import Session
from avow.duties.breaches.clocks import OVERDUE
from avow.errors import ControlError, Diagnostic, Place

WORDS = {
    "consequences": "None: the person is synthetic.",
    "measures": "The synthetic row goes again.",
    "advice": "Nothing has to be done.",
}


@dataclass(frozen=True)
class ShopBreaches:
    """`desk` is the shopper's own desk: its sessions reach Avow's own records."""

    desk: Desk
    cases: Cases
    breach_work: BreachWork

    def open(self, ago: timedelta) -> UUID:
        noticed = (self.desk.now() - ago).isoformat()
        facts = {"what": "A synthetic row was seen by nobody.", "noticed": noticed}
        return self.cases.ask("breach", facts, "", "shopper:first", synthetic=True).id

    def breached(self, case: UUID, row: tuple[str, str, str]) -> None:
        since = self.desk.now() - timedelta(hours=1)
        self.breach_work.room.add_extent(self._own(case), f"row:{':'.join(row)}", since, None, "shopper:first")
        self.breach_work.count(case)

    def affected(self, case: UUID) -> tuple[int, list[tuple[str, str, str]]]:
        with self.desk.session() as session:
            breach = breaches.find_breach(session, case)
            assert breach is not None  # opened by this run
            listed = [(one.store, one.table, one.key) for one in breaches.access_people(session, breach)]
        return self.breach_work.room.room(case).figures.people, listed

    def stands_in_the_clear(self, case: UUID, key: str) -> bool:
        with self.desk.session() as session:
            rows = session.connection.execute(
                "SELECT p.key_sealed FROM control.breach_person p WHERE p.duty_case = %s", (case,)
            ).fetchall()
        return any(key.encode() == bytes(row[0]) for row in rows)

    def ask_letter(self, case: UUID, by: str) -> UUID:
        self.breach_work.room.say(self._own(case), WORDS, by)
        return self.breach_work.room.ask_letter(case, by).id

    def approve(self, case: UUID, letter: UUID, by: str) -> str:
        return code_of(lambda: self.breach_work.room.approve_letter(self._own(case), letter, by))

    def approve_behind(self, case: UUID, letter: UUID, by: str) -> str:
        return refusal_behind(self.desk, lambda session: breaches.record_letter_approved(session, case, letter, by))

    def write_behind(self, case: UUID, letter: UUID) -> str:
        def write(session: Session) -> None:
            breach = breaches.find_breach(session, case)
            assert breach is not None  # opened by this run
            people = breaches.access_next_people(session, breach, 10)
            breaches.record_written(
                session, case, letter, people, [breaches.QUEUED] * len(people), [None] * len(people)
            )

        return refusal_behind(self.desk, write)

    def write(self, case: UUID, letter: UUID) -> None:
        self.breach_work.write(self._own(case), letter)

    def letters(self) -> int:
        with self.desk.session() as session:
            row = session.connection.execute(
                "SELECT count(*) FROM control.outbox WHERE company = %s AND synthetic AND template = %s",
                (session.company, TEMPLATE),
            ).fetchone()
        return int(row[0]) if row else 0

    def overdue(self, case: UUID, since_aware: timedelta) -> set[str]:
        room = self.breach_work.room
        with self.desk.session() as session:
            breach = breaches.find_breach(session, case)
            assert breach is not None  # opened by this run
            at = breach.aware_at + since_aware + timedelta(seconds=1)
            clocks = room.laws.clocks(breach, breaches.access_told(session, breach), at)
        return {clock.to for clock in clocks if clock.state == OVERDUE}

    def tell(self, case: UUID, to: str) -> None:
        self.breach_work.room.tell(
            self._own(case), to, "", self.desk.now(), "told by nobody: synthetic", "shopper:first"
        )

    def close(self, case: UUID) -> str:
        return code_of(lambda: self.cases.close(self._own(case), "closed by the shopper", "shopper:first"))

    def take_back_breaches(self) -> None:
        with self.desk.session() as session:
            session.connection.execute(
                "DELETE FROM control.outbox WHERE company = %s AND synthetic AND template = %s",
                (session.company, TEMPLATE),
            )
            duty_cases.forget_synthetic_cases(session)

    def _own(self, case: UUID) -> UUID:
        if not self.cases.get(case).synthetic:
            cause, help = "this case is a real one", "leave it to staff"
            raise ControlError(Diagnostic(Place("case"), "cases.not-synthetic", cause, help, "nothing was done"))
        return case
