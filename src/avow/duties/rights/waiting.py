"""What happens by the clock alone: waits end, requests that nobody goes on with lapse, secrets and answers expire, owners are
reminded.

Promises: sets, not single requests; each is safe to run again at once. Refuses to end a wait early.
"""

from __future__ import annotations

from datetime import timedelta

from avow.control import answers, proofs, rights, task_files, tasks
from avow.control.session import Session
from avow.duties.rights.model import CLARIFYING, FEE, IDENTITY, LAPSED
from avow.duties.rights.moves import WORKER, move, record_event
from avow.duties.rights.rules import Office
from avow.duties.rights.searching import begin_work
from avow.duties.rights.stores import BATCH


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


def remind(session: Session, office: Office) -> int:
    """Owners of tasks that are due and of holds to be reviewed see it in the console, once per period; the timeline says so."""
    days = min((hand.remind_days for hand in office.rules.hands), default=7)
    reminded = tasks.record_reminders(session, days)
    for _, request, owner in reminded:
        record_event(session, request, "task reminded", WORKER, {"owner": owner})
    return len(reminded)
