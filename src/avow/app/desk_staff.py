"""The desk's side of staff: a case with everything that a decision needs, and the decisions.

Every look at a case is recorded and shown to the person (date, purpose, role). Whether somebody may look or decide at all is for
the console to say by role; here only what no role may do is refused: to approve one's own request, or twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from avow.app.desk_asking import Counter
from avow.control import answers, cases, people, proofs, rights, task_files, tasks
from avow.control.answers import KeptAnswer, KeptFile
from avow.control.cases import DecisionRow, DueHold, HoldRow, MatchRow, MessageRow, StepRow
from avow.control.rights import RequestRow
from avow.control.session import Session
from avow.control.task_files import TaskFile
from avow.control.tasks import TaskRow
from avow.duties.rights import approvals, charging, correcting, deciding, finishing, hands, lifting, naming
from avow.duties.rights.changing import HELD_UP
from avow.duties.rights.deciding import Reason
from avow.duties.rights.model import LASTS_IN, LEFT_IN, Actor, Contact, Part, Request, Wish
from avow.duties.rights.moves import access_contact, access_wish, as_request, get_locked
from avow.duties.rights.naming import Named

REQUEST = "right.request"  # the purpose of a look at a case


@dataclass(frozen=True)
class Preview:
    """What an erasure would do in one store: (table, action, rows), and why what stays stays."""

    store: str
    planned: tuple[tuple[str, str, int], ...]
    grounds: tuple[str, ...]


@dataclass(frozen=True)
class Residual:
    """A column in which an address, a number or an old value still stands, in so many rows; `lasting`: in what may not be
    corrected."""

    store: str
    table: str
    column: str
    rows: int
    lasting: bool = False


@dataclass(frozen=True)
class Case:
    """Everything about one request that staff decides by. `matches` carry what stands in their rows while undecided; `draft`
    is the answer exactly as the person would get it; `approved_by` of `approvals_needed` have agreed."""

    request: Request
    contact: Contact | None
    wish: Wish | None
    steps: tuple[StepRow, ...]
    matches: tuple[MatchRow, ...]
    previews: tuple[Preview, ...]
    holds: tuple[HoldRow, ...]
    decisions: tuple[DecisionRow, ...]
    masks: Mapping[tuple[str, str, str, str], str]
    tasks: tuple[TaskRow, ...]
    messages: tuple[MessageRow, ...]
    reasons: tuple[Reason, ...]
    draft: KeptAnswer | None
    draft_files: tuple[KeptFile, ...]
    approvals_needed: int
    approved_by: tuple[str, ...]
    held: bool | None
    fee_paid: bool
    named: tuple[Named, ...] = ()  # what the asker named without showing that it is theirs


class Staff:
    """The methods for people who work on requests."""

    def case(
        self: Counter,
        request_id: UUID,
        staff: Actor,
        role: str,
        purpose: str = REQUEST,
        departments: Sequence[str] = (),
    ) -> Case:
        """Everything about a request. Recorded as a look. Raises RightsError `rights.no-such-request`."""
        with self.session() as session:
            row = get_locked(session, request_id)
            cases.record_look(session, row.subject, request_id, staff.ref, role, purpose, "case", departments)
            steps = cases.get_steps(session, [request_id])
            decisions = cases.get_decisions(session, request_id)
            draft = answers.find_draft(session, request_id)
            readable = session.has(row.key_id)
            matches = cases.access_matches(session, [request_id], cards=True).get(request_id, [])
            _record_looks_at_others(session, row, matches, (staff.ref, role, purpose), departments)
            return Case(
                as_request(row, self.company),
                access_contact(session, row),
                access_wish(session, row),
                tuple(steps),
                tuple(matches),
                tuple(_preview(step) for step in steps if step.step == "preview" and step.state == "done"),
                tuple(cases.access_holds(session, [request_id], released=True).get(request_id, [])),
                tuple(decisions),
                cases.access_masks(session, request_id) if readable else {},
                tuple(tasks.list_tasks(session, request=request_id)),
                tuple(cases.access_messages(session, request_id, row.key_id)),
                deciding.list_reasons(session, self.office, request_id),
                draft,
                answers.list_files(session, draft.id) if draft else (),
                approvals.count_needed(self.office.rules, row.kind),
                approvals.list_approvers(decisions),
                row.held,
                row.fee_paid_at is not None,
                tuple(naming.list_named(session, row, steps, decisions)),
            )

    def read_draft(self: Counter, request_id: UUID, name: str, staff: Actor, role: str) -> bytes:
        """A file of the answer as the person would get it, up to its first MiB. Recorded as a look."""
        with self.session() as session:
            row = get_locked(session, request_id)
            cases.record_look(session, row.subject, request_id, staff.ref, role, REQUEST, f"answer {name}")
            draft = answers.find_draft(session, request_id)
            return (answers.access_chunk(session, draft, name, 0) or b"") if draft else b""

    def decide_match(
        self: Counter, request_id: UUID, store: str, table: str, key: str, same: bool, reason: str, staff: Actor
    ) -> None:
        """Whose a row is that an unshown identifier points at."""
        with self.session() as session:
            deciding.decide_match(session, request_id, store, table, key, same, reason, staff)

    def decide_named(self: Counter, request_id: UUID, number: int, same: bool, reason: str, staff: Actor) -> None:
        """Whether something that the asker named, such as a cookie, is theirs."""
        with self.session() as session:
            deciding.decide_named(session, self.office, request_id, number, same, reason, staff)

    def decide_mask(
        self: Counter, request_id: UUID, place: tuple[str, str, str, str], mask: bool, staff: Actor
    ) -> None:
        """Whether one value (store, table, row, column) is masked in the answer."""
        with self.session() as session:
            deciding.decide_mask(session, request_id, place, mask, staff)

    def decide_residual(
        self: Counter, request_id: UUID, store: str, table: str, column: str, verdict: str, reason: str, staff: Actor
    ) -> None:
        """Whose a value is that the search after an erasure or correction found: another_person or same_person; or that an old
        value stays in a record that may not be corrected (`stays`, with what the asker reads about it as the reason)."""
        with self.session() as session:
            place = (store, table, column)
            deciding.decide_residual(session, self.office, request_id, place, verdict, reason, staff)

    def set_hold(
        self: Counter,
        request_id: UUID,
        store: str,
        table: str,
        row: str,
        ground: str,
        owner: str,
        review_on: date,
        staff: Actor,
    ) -> int:
        """Keeps rows (`row` "" all of the table) back from an erasure. Gives the hold's id."""
        with self.session() as session:
            hold = HoldRow(0, request_id, store, table, row, ground, owner, review_on, None)
            return deciding.set_hold(session, request_id, hold, staff)

    def release_hold(self: Counter, hold_id: int, staff: Actor) -> UUID:
        """The ground is over: the erasure goes on. Gives the request."""
        with self.session() as session:
            return finishing.release_hold(session, self.office, hold_id, staff)

    def holds_to_review(self: Counter) -> list[DueHold]:
        """Every hold whose day has come, the oldest first."""
        with self.session() as session:
            return cases.list_holds_to_review(session)

    def approve(self: Counter, request_id: UUID, staff: Actor, reason: str = "", by_cli: bool = False) -> bool:
        """True when the request goes on, False while a second person has to agree. An answer that is not complete needs a
        reason. Raises RightsError, among them `answer.incomplete`."""
        with self.session() as session:
            session.by_cli = by_cli
            return deciding.approve(session, self.office, request_id, staff, reason)

    def reasons(self: Counter, request_id: UUID) -> tuple[Reason, ...]:
        """The grounds that the law of the case gives."""
        with self.session() as session:
            return deciding.list_reasons(session, self.office, request_id)

    def refuse(self: Counter, request_id: UUID, reason_code: str, staff: Actor, note: str = "") -> None:
        with self.session() as session:
            deciding.refuse_request(session, self.office, request_id, reason_code, note, staff)

    def refuse_part(
        self: Counter,
        request_id: UUID,
        part: Part,
        reason_code: str,
        letter: str,
        staff: Actor,
        review_on: date | None = None,
    ) -> None:
        """One part is not done, and the rest goes on. Raises LawError, RightsError."""
        with self.session() as session:
            deciding.refuse_part(session, self.office, request_id, part, reason_code, letter, staff, review_on)

    def write_correction(
        self: Counter, request_id: UUID, place: correcting.Place, value: str | None, staff: Actor
    ) -> None:
        """What the asker's words mean for one field; None takes it out again. Raises RightsError."""
        with self.session() as session:
            correcting.record_correction(session, self.office, request_id, place, value, staff)

    def residuals(self: Counter, request_id: UUID) -> tuple[Residual, ...]:
        """Where something is left that a search found after an erasure or a correction: places and counts, never values."""
        with self.session() as session:
            steps = cases.get_steps(session, [request_id])
        return tuple(
            Residual(step.store, *name.partition(" ")[2].rpartition(".")[::2], rows, name.startswith(LASTS_IN))
            for step in steps
            if step.step == "verify" and step.state in ("failed", HELD_UP)
            for name, rows in sorted(step.counts.items())
            if name.startswith((LEFT_IN, LASTS_IN))
        )

    def ask_fee(self: Counter, request_id: UUID, amount: Decimal, why: str, staff: Actor, letter: str = "") -> None:
        """The request is excessive, and `why`: it costs `amount` in the company's currency. Raises LawError, RightsError."""
        with self.session() as session:
            charging.ask_excessive_fee(session, self.office, request_id, amount, why, staff, letter)

    def waive_fee(self: Counter, request_id: UUID, staff: Actor) -> None:
        """No fee after all: the request goes on."""
        with self.session() as session:
            charging.waive_fee(session, self.office, request_id, staff)

    def extend(self: Counter, request_id: UUID, reason_code: str, staff: Actor) -> None:
        with self.session() as session:
            deciding.extend(session, self.office, request_id, reason_code, staff)

    def ask_clarification(self: Counter, request_id: UUID, text: str, staff: Actor) -> None:
        with self.session() as session:
            deciding.ask_clarification(session, self.office, request_id, text, staff)

    def ask_identity(self: Counter, request_id: UUID, rung: str, staff: Actor) -> None:
        """code, facts or document."""
        with self.session() as session:
            deciding.ask_identity(session, self.office, request_id, rung, staff)

    def has_document(self: Counter, request_id: UUID) -> bool:
        """Whether a document waits to be looked at. Shows nothing of it."""
        with self.session() as session:
            return proofs.has_document(session, request_id)

    def read_document(self: Counter, request_id: UUID, staff: Actor, role: str) -> bytes | None:
        """The document that was sent. Recorded as a look."""
        with self.session() as session:
            return deciding.access_document(session, request_id, role, staff)

    def decide_identity(self: Counter, request_id: UUID, rung: str, shown: bool, staff: Actor) -> None:
        """What staff made sure of (document, facts on the telephone); a document is deleted."""
        with self.session() as session:
            deciding.decide_identity(session, self.office, request_id, rung, shown, staff)

    def decide_jurisdiction(self: Counter, request_id: UUID, jurisdiction: str, staff: Actor) -> None:
        with self.session() as session:
            deciding.decide_jurisdiction(session, self.office, request_id, jurisdiction, staff)

    def forward(self: Counter, request_id: UUID, controller: str, staff: Actor, letter: str = "") -> None:
        """The data is a customer's: that customer decides."""
        with self.session() as session:
            deciding.forward_request(session, self.office, request_id, controller, staff, letter)

    def close_with_words(self: Counter, request_id: UUID, outcome: str, answer: str, notes: str, staff: Actor) -> None:
        """Ends a complaint or a question."""
        with self.session() as session:
            deciding.close_with_words(session, self.office, request_id, outcome, answer, notes, staff)

    def assign(self: Counter, request_id: UUID, owner: str, staff: Actor) -> None:
        with self.session() as session:
            deciding.assign(session, request_id, owner, staff)

    def reopen(self: Counter, request_id: UUID, reason: str, staff: Actor) -> None:
        with self.session() as session:
            deciding.reopen(session, self.office, request_id, reason, staff)

    def lift_restriction(self: Counter, request_id: UUID, reason: str, staff: Actor) -> None:
        """The ground of a block is over: the person is told, then every store. Raises RightsError `rights.not-restricted`."""
        with self.session() as session:
            lifting.lift_restriction(session, self.office, request_id, reason, staff)

    def search_again(self: Counter, request_id: UUID, staff: Actor) -> None:
        with self.session() as session:
            deciding.plan_search_again(session, self.office, request_id, staff)

    def retry(self: Counter, request_id: UUID, store: str, staff: Actor) -> tuple[str, ...]:
        """Failed steps of one store are tried at once; gives which."""
        with self.session() as session:
            return deciding.retry(session, self.office, request_id, store, staff)

    def tasks(self: Counter, state: str = "open", owner: str = "", request_id: UUID | None = None) -> list[TaskRow]:
        """Tasks by hand, by due date; `state` "" for all."""
        with self.session() as session:
            return tasks.list_tasks(session, state, owner, request_id)

    def instructions(self: Counter, store: str, step: str) -> str:
        """How a task of this store is done, in the company's words."""
        hand = self.office.rules.find_hand(store)
        return hand.instructions.get(step, "") if hand else ""

    def finish_task(self: Counter, task_id: UUID, outcome: str, note: str, evidence: bytes, staff: Actor) -> None:
        """With evidence, and an outcome that its step has (`hands.list_outcomes`). Raises RightsError."""
        with self.session() as session:
            hands.finish_task(session, self.office, task_id, outcome, note, evidence, staff)

    def attach_file(self: Counter, task_id: UUID, called: str, content: bytes, staff: Actor) -> str:
        """Puts what was found by hand to an open task; gives the name that it has in the answer. Raises RightsError."""
        with self.session() as session:
            return hands.attach_file(session, self.office, task_id, called, content, staff)[1]

    def remove_file(self: Counter, task_id: UUID, file_id: UUID, staff: Actor) -> None:
        """Takes a file away again while the task is open. Raises RightsError."""
        with self.session() as session:
            hands.remove_file(session, task_id, file_id, staff)

    def task_files(self: Counter, request_id: UUID, task_id: UUID) -> tuple[TaskFile, ...]:
        """What was put to a task so far: names and sizes, not the content."""
        with self.session() as session:
            return tuple(f for f in task_files.access_files(session, request_id) if f.task == task_id)

    def read_evidence(
        self: Counter, task_id: UUID, staff: Actor, role: str, departments: Sequence[str] = ()
    ) -> bytes | None:
        """What was handed in with a task. Recorded as a look."""
        with self.session() as session:
            whose = tasks.find_whose(session, task_id)
            if whose is None:
                return None
            cases.record_look(session, whose[1], whose[0], staff.ref, role, REQUEST, "evidence of a task", departments)
            return tasks.access_evidence(session, task_id)

    def read_messages(self: Counter, request_id: UUID, reader: Actor, role: str) -> list[MessageRow]:
        """What the asker and staff wrote to each other, for a member of staff or a program. Recorded as a look. Raises RightsError
        `rights.no-such-request`."""
        with self.session() as session:
            row = get_locked(session, request_id)
            cases.record_look(session, row.subject, request_id, reader.ref, role, REQUEST, "messages")
            return [m for m in cases.access_messages(session, request_id, row.key_id) if m.direction != "note"]

    def record_search(self: Counter, request_id: UUID, staff: Actor, role: str) -> None:
        """Somebody reads what the record of uses holds about the person of a case."""
        with self.session() as session:
            row = get_locked(session, request_id)
            cases.record_look(session, row.subject, request_id, staff.ref, role, "right.review", "record of uses")

    def statistics(self: Counter) -> dict[str, Any]:
        """Counts by kind and state, median days to the end, refusals by reason; the shopper's left out."""
        with self.session() as session:
            rows, refusals = rights.get_statistics(session)
        counts: dict[str, dict[str, int]] = {}
        days: dict[str, float] = {}
        for kind, state, count, median in rows:
            counts.setdefault(kind, {})[state] = count
            if state == "done" and median is not None:
                days[kind] = round(float(median), 2)
        return {"counts": counts, "median_days": days, "refusals": refusals}

    def next_time(self: Counter) -> datetime | None:
        """When the clock alone will move something next."""
        with self.session() as session:
            return cases.find_next_time(session)


def _record_looks_at_others(
    session: Session, row: RequestRow, matches: Sequence[MatchRow], by: tuple[str, str, str], departments: Sequence[str]
) -> None:
    """A row whose owner somebody has to decide may be another person's: whoever is known to own it sees that it was looked at."""
    shown = [(match.store, match.table, match.key) for match in matches if match.card]
    owners = {owner for owner in people.find_subjects_by_keys(session, shown) if owner and owner != row.subject}
    for owner in sorted(owners):
        cases.record_look(session, owner, row.id, *by, "a row to be decided", departments)


def _preview(step: StepRow) -> Preview:
    planned = []
    for name, number in step.counts.items():
        table, _, action = name.partition(" ")
        planned.append((table, action, number))
    return Preview(step.store, tuple(planned), tuple(step.searched))
