"""Who may let a request go on, and how far its stores are.

Promises: where a company wants somebody to agree, nobody does who asked, entered the request or wrote down what is to be corrected;
where it wants two, two different people have; what is changed after an approval voids it. Refuses an approval of one's own
request (`rights.own-request`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from avow.control import cases, rights
from avow.control.cases import DecisionRow, StepRow
from avow.control.rights import RequestRow
from avow.control.session import Session
from avow.duties.rights.model import DONE, EXPORTS, HANDS, WORKING, Actor, StoreProgress
from avow.duties.rights.moves import move_one, refuse
from avow.duties.rights.rules import Office, Rules

RELEASE = "release"  # the item under which a request as a whole is approved
WRITTEN = "corrections"  # the item under which it stands who of the staff wrote down what is to be corrected
_ORDER = ("find", "mark", "change", "erase", "verify", "read", "export", "tell")


def count_needed(rules: Rules, kind: str) -> int:
    """How many of the staff must agree; 0 where nobody has to."""
    return rules.approvals.get(kind, 0)


def list_approvers(decisions: Iterable[DecisionRow]) -> tuple[str, ...]:
    """Different people who agreed to the request as a whole."""
    agreed = (d.actor_ref for d in decisions if d.item == RELEASE and d.decision == "approve")
    return tuple(dict.fromkeys(agreed))


def list_writers(decisions: Iterable[DecisionRow]) -> frozenset[str]:
    """Who of the staff wrote down what is to be corrected."""
    return frozenset(d.actor_ref for d in decisions if d.item == WRITTEN)


def check_approver(row: RequestRow, staff: Actor, decisions: Sequence[DecisionRow]) -> None:
    """Raises RightsError when this person may not be the one who agrees."""
    if staff.kind != "staff" or not staff.ref:
        raise refuse("rights.not-staff", "only a member of staff with an account may agree", "sign in to the console")
    if staff.ref in (row.opened_by, row.account):
        raise refuse(
            "rights.own-request",
            "whoever asked for something, or entered it, does not agree to it as well",
            "ask a colleague",
        )
    if staff.ref in list_approvers(decisions):
        raise refuse(
            "rights.approved-before", "this member of staff has agreed already", "a second person has to agree"
        )


def find_reason(decisions: Iterable[DecisionRow]) -> str:
    """Why whoever agreed to the request as a whole did so although something is missing; "" none was given."""
    return next((d.reason for d in decisions if d.item == RELEASE and d.decision == "approve" and d.reason), "")


def record_approval(session: Session, row: RequestRow, staff: Actor, rules: Rules, reason: str = "") -> bool:
    """Notes an approval; True when there are enough. Raises RightsError."""
    decisions = cases.get_decisions(session, row.id)
    check_approver(row, staff, decisions)
    if count_needed(rules, row.kind) and staff.ref in list_writers(decisions):
        raise refuse(
            "rights.own-request", "whoever wrote down the corrections does not agree to them as well", "ask a colleague"
        )
    cases.record_decision(session, row.id, RELEASE, "approve", reason, staff.ref)
    return len(list_approvers(cases.get_decisions(session, row.id))) >= max(1, count_needed(rules, row.kind))


def summarise_stores(steps: Sequence[StepRow]) -> list[StoreProgress]:
    """One line per store: what failed or is under way, else the last thing that was done."""
    found: dict[str, StepRow] = {}
    shown_steps = [step for step in steps if step.step != "preview"]
    for step in sorted(shown_steps, key=lambda s: (s.store, _ORDER.index(s.step) if s.step in _ORDER else 99)):
        shown = found.get(step.store)
        if shown is None or shown.state == "done" or (step.state == "failed" and shown.state != "failed"):
            found[step.store] = step
    return [StoreProgress(s.store, s.covered, s.state, s.attempts, s.error, s.cause, s.counts) for s in found.values()]


def plan_answer_again(session: Session, row: RequestRow, office: Office, actor: Actor) -> None:
    """An answer is made once more, from what is held now: while people still work on it by hand, and for `answer_days` after it was
    first done, however often. Raises RightsError when it is too late, or this was no request for data."""
    done = rights.find_first_done(session, row.id)
    is_late = done is not None and session.now > done + timedelta(days=office.rules.answer_days)
    if row.kind not in EXPORTS or row.state not in (DONE, HANDS) or is_late:
        raise refuse(
            "rights.no-answer-again",
            "there is no answer that could be made again, or its time is over",
            "ask anew: it costs nothing to send the same request again",
        )
    move_one(session, row.id, WORKING, "answer asked again", actor, from_states=[DONE, HANDS])
    cases.record_steps_again(session, [row.id], ["find", "read"])
    office.wake(session)
