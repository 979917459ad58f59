"""What an answer means for a person's state. Small and pure, but for `record`, which puts both on record together.

Promises: a no acts, whoever takes it down; a yes lifts a no only where the person said both the same way or says the yes in person;
an objection made in so many words is lifted by the person alone; an older answer never undoes a newer one; a yes from a file of
before lifts nothing. Refuses to read silence as anything.
Source: GDPR articles 4(11), 7(3), 21(3).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from uuid import UUID

from avow.control import choices, people
from avow.control.choices import GIVEN, Record, Said
from avow.control.session import Session
from avow.duties.rights.model import OBJECTED

CHANNELS = ("email", "phone", "post")
ORDER = "order "  # begins the method of an answer that a program of the company took down
IMPORTED = "import"  # the method of an answer that stood in a file of before
CONSENTED = "consented"


def objected(purpose: str) -> str:
    return f"{OBJECTED}:{purpose}"


def plan_marks(said: Said, earlier: Sequence[Record | Said], by_request: Set[str]) -> dict[str, bool]:
    """Mark -> held. `earlier`: what the person said before, oldest first; `by_request`: marks that stand as the person's request
    set them. An answer about one way of being written to changes no mark: gates ask for it by itself."""
    about = [
        one for one in earlier if (one.purpose, one.recipient) == (said.purpose, said.recipient) and not one.channel
    ]
    if said.channel or any(one.said_at > said.said_at for one in about):
        return {}
    if said.outcome == GIVEN:
        consented = {f"{CONSENTED}:{said.recipient or said.purpose}": True}
        if said.method == IMPORTED and not by_request.isdisjoint(consented):
            return {}  # a request ended the consent, and nothing tells that the file is newer
        return consented | ({objected(said.purpose): False} if may_lift(said, about, by_request) else {})
    if said.outcome in (choices.REFUSED, choices.WITHDRAWN):
        against = {} if said.recipient else {objected(said.purpose): True}
        return against | {f"{CONSENTED}:{said.recipient or said.purpose}": False}
    return {}


def may_lift(said: Said, about: Sequence[Record | Said], by_request: Set[str]) -> bool:
    """Whether a yes ends an earlier no."""
    if said.recipient or said.method == IMPORTED:
        return False
    if not said.method.startswith(ORDER):
        return True
    noes = [one for one in about if one.is_no]
    return objected(said.purpose) not in by_request and all(one.method.startswith(ORDER) for one in noes[-1:])


def record(session: Session, said: Sequence[Said], wake: Callable[[Session], None]) -> list[UUID]:
    """Answers and what they mean for the state of their people, in the caller's transaction; workers are woken to spread them, and
    to look for rows of those of whom none is known: a mark reaches no others. The people are locked before what they said
    earlier is read, so that two answers at once count in their order."""
    subjects = {one.subject for one in said}
    people.lock_subjects(session, subjects)
    earlier: dict[UUID, list[Record | Said]] = {
        s: [*found] for s, found in choices.list_records(session, subjects).items()
    }
    changes: dict[UUID, dict[str, bool]] = {}
    set_by_request = choices.list_set_by_request(session, subjects)
    for one in sorted(said, key=lambda s: s.said_at):
        before = earlier.setdefault(one.subject, [])
        changes.setdefault(one.subject, {}).update(plan_marks(one, before, set_by_request.get(one.subject, set())))
        before.append(one)
    fresh = choices.record_said(session, said)
    if fresh:
        people.record_states(session, {subject: marks for subject, marks in changes.items() if marks}, {})
        people.record_rows_asked(session, subjects)
        wake(session)
    return fresh


def reachable(records: Sequence[Record], state: dict[str, bool], purpose: str, channel: str) -> bool:
    """Whether a person may be written to for a purpose by a way, by what they said and by the state that stands."""
    if state.get(objected(purpose)):
        return False
    last = choices.newest(records).get((purpose, "", channel))
    return last is None or not last.is_no
