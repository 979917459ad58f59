"""What happens by the clock alone: waits end, requests that nobody goes on with lapse, secrets and answers expire, owners are
reminded.

Promises: sets, not single requests; each is safe to run again at once. Refuses to end a wait early.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from avow.control import answers, cases, proofs, rights, task_files, tasks
from avow.control.session import Session
from avow.duties.rights.model import CLARIFYING, FEE, IDENTITY, LAPSED
from avow.duties.rights.moves import WORKER, move, record_event
from avow.duties.rights.ports import FindOwners, Mail
from avow.duties.rights.rules import Office
from avow.duties.rights.searching import begin_work
from avow.duties.rights.stores import BATCH

REMIND_DAYS = 7  # for what has no number of its own


def end_waits(session: Session, office: Office) -> int:
    """Requests whose wait is over begin their work together."""
    ready = rights.list_ready(session, "ready_waiting", BATCH)
    begin_work(session, office, rights.get_requests(session, ready), WORKER)
    return len(ready)


def lapse(session: Session, office: Office) -> int:
    """Requests whose asker did not answer for `lapse_days` end."""
    before = session.now - timedelta(days=office.rules.lapse_days)
    states = [IDENTITY, CLARIFYING, FEE]
    ready = rights.list_ready(session, "lapsed", BATCH, states=states, before=before)
    moved = move(session, ready, LAPSED, "nobody answered", WORKER)
    for step in ("facts", "document"):
        proofs.record_ended(session, moved, step)
    return len(moved)


def expire(session: Session, office: Office) -> int:
    """Facts, documents, answers, what was found by hand, and the list of erasures go when their time is over."""
    gone = proofs.record_stale_gone(session)
    gone += task_files.record_files_over(session, session.now - timedelta(days=office.rules.answer_days))
    return gone + answers.record_expired_gone(session) + tasks.record_replay_faded(session)


def remind(session: Session, office: Office, find_owners: FindOwners) -> int:
    """Owners of tasks that are due and of holds to be looked at again are written to, once per period, each with one mail that
    counts them and leads to the console; the timelines say so. Gives how many tasks and holds."""
    rules = office.rules
    due = tasks.record_reminders(session, {hand.name: hand.remind_days for hand in rules.hands}, REMIND_DAYS)
    holds = cases.record_hold_reminders(session, session.now - timedelta(days=REMIND_DAYS))
    for task in due:
        record_event(session, task.request, "task reminded", WORKER, {"owner": task.owner})
    for hold in holds:
        record_event(session, hold.request, "hold to be looked at", WORKER, {"hold": hold.id})
    departments = {hand.name: hand.department for hand in rules.hands}
    dates = [(t.owner, departments.get(t.store, ""), t.due_at.date(), t.synthetic) for t in due]
    _write_owners(session, office, find_owners, "tasks-due", dates, "/tasks/")
    _write_owners(
        session, office, find_owners, "holds-due", [(h.owner, "", h.review_on, h.synthetic) for h in holds], "/"
    )
    return len(due) + len(holds)


def _write_owners(
    session: Session,
    office: Office,
    find_owners: FindOwners,
    template: str,
    due: Sequence[tuple[str, str, date, bool]],
    page: str,
) -> None:
    """One mail for each address. `due`: (owner, department, day, synthetic)."""
    found: dict[tuple[str, bool], list[date]] = {}
    for owner, department, day, synthetic in due:
        for address in find_owners(session, owner, department):
            found.setdefault((address, synthetic), []).append(day)
    for (address, synthetic), days in sorted(found.items()):
        values = {"count": str(len(days)), "due": min(days).isoformat(), "link": f"{office.rules.console}{page}"}
        office.post(session, Mail(template, address, "en", values, None, synthetic))
