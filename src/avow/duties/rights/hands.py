"""What a person does in stores that no machine reaches: look for somebody, take a copy, correct, erase, tell a recipient.

Promises: each is a task with an owner and a date, and ends with evidence; a store is looked through first, and what comes after it
is asked for only where something was found; what was found is attached, sealed, and goes into the answer. Refuses to end a copy
without a file (`rights.no-file`), and an outcome that the step does not have.
Source: GDPR articles 12(3), 15(3), 17, 19.
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from avow.control import cases, rights, task_files, tasks
from avow.control.cases import StepRow
from avow.control.rights import RequestRow
from avow.control.session import Session
from avow.control.task_files import TaskFile
from avow.control.tasks import TaskRow
from avow.duties.rights.approvals import RELEASE, count_needed
from avow.duties.rights.model import CONFIRMATION, EXPORTS, Actor
from avow.duties.rights.moves import access_wish, check_staff, get_locked, record_event, refuse
from avow.duties.rights.rules import Office

FIND, EXPORT, TELL = "find", "export", "tell"
# what is to be done where somebody was found
AFTER: Mapping[str, str] = {
    "access": EXPORT,
    "copy": EXPORT,
    "rectification": "change",
    "erasure": "erase",
    "restriction": "change",
    "objection": "change",
    "withdrawal": "change",
}
FOUND, NOTHING, ALL_DONE, IMPOSSIBLE = "found", "nothing", "done", "impossible"
LARGEST_FILE = 20 * 1024 * 1024  # bytes
MOST_FILES = 100
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,8}")
_RUNS = (
    "html",
    "xml",
    "svg",
    "javascript",
    "ecmascript",
)  # what a browser might run if it came from the privacy centre
_PLAIN = "application/octet-stream"

HandState = Literal["open", "found", "nothing", "impossible", "not copied"]


@dataclass(frozen=True)
class HandResult:
    """How far a store is that no machine reaches. `not copied`: something stands there, and no copy of it could be taken.
    `done_at` is None while somebody has still to look."""

    state: HandState
    done_at: datetime | None = None


def list_outcomes(step: str) -> tuple[str, ...]:
    """How a task of this step may end."""
    if step == FIND:
        return (FOUND, NOTHING, IMPOSSIBLE)
    return (ALL_DONE, IMPOSSIBLE) if step == TELL else (ALL_DONE, NOTHING, IMPOSSIBLE)


def say_nobody(step: str) -> str:
    """How a task ends whose person is nowhere: a synthetic one."""
    return NOTHING if NOTHING in list_outcomes(step) else ALL_DONE


def record_tasks(session: Session, office: Office, rows: Sequence[RequestRow], steps: Iterable[StepRow]) -> None:
    """A task for each step, with an owner and a date that is no later than the law's."""
    by_id = {row.id: row for row in rows}
    last = session.now + timedelta(days=office.rules.task_days)
    tasks.record_tasks(
        session,
        [
            (s.request, s.store, s.step, _owner(office, s.store), min(by_id[s.request].due_at, last))
            for s in steps
            if s.request in by_id
        ],
    )


def _owner(office: Office, store: str) -> str:
    hand = office.rules.find_hand(store)
    return hand.owner if hand else office.rules.officer


def attach_file(
    session: Session, office: Office, task: UUID, called: str, content: bytes, staff: Actor
) -> tuple[UUID, str]:
    """Puts a file to an open task; gives the request and the name that the file has in the answer. An approval that was given
    without it is void. Raises RightsError."""
    check_staff(staff)
    request, store, step = _get_open(session, task)
    if not content or len(content) > LARGEST_FILE:
        raise refuse("rights.bad-file", "the file is empty or above 20 MiB", "attach it in parts, as several files")
    if sum(1 for file in task_files.access_files(session, request) if file.task == task) >= MOST_FILES:
        raise refuse("rights.bad-file", f"a task holds {MOST_FILES} files", "put small ones together into one")
    ending = next(iter(_ENDING.findall(called[-9:])[-1:]), "").lower()
    name = task_files.record_file(
        session, task, store, called[-200:], ending, _media_type(f"x{ending}"), content, staff.ref
    )
    row = get_locked(session, request)
    if step == EXPORT and count_needed(office.rules, row.kind):
        cases.record_decisions_void(session, request, RELEASE)
    record_event(session, request, "file attached", staff, {"store": store, "step": step})
    return request, name


def _media_type(name: str) -> str:
    guessed = mimetypes.guess_type(name, strict=True)[0] or _PLAIN
    return _PLAIN if any(word in guessed for word in _RUNS) else guessed


def remove_file(session: Session, task: UUID, file: UUID, staff: Actor) -> None:
    """Takes a file away again. Raises RightsError `rights.no-such-task` when it is not there, or the task is closed."""
    check_staff(staff)
    request, store, step = _get_open(session, task)
    if not task_files.record_file_gone(session, task, file):
        raise refuse("rights.no-such-task", "this file is not there any more", "reload the task")
    record_event(session, request, "file taken away", staff, {"store": store, "step": step})


def _get_open(session: Session, task: UUID) -> tuple[UUID, str, str]:
    found = tasks.find_open_task(session, task)
    if found is None:
        raise refuse("rights.no-such-task", "this task does not exist or is closed", "reload the list")
    return found


def finish_task(
    session: Session, office: Office, task: UUID, outcome: str, note: str, evidence: bytes, staff: Actor
) -> None:
    """A task by hand ends: with evidence, and with words where it could not be done. Where somebody was found, the next task of
    the store is made in the same transaction. Raises RightsError."""
    check_staff(staff)
    request, store, step = _get_open(session, task)
    if outcome not in list_outcomes(step):
        raise refuse(
            "rights.bad-request",
            f"a task of this kind does not end as `{outcome}`",
            f"use one of: {', '.join(list_outcomes(step))}",
        )
    if not evidence or not note.strip():
        raise refuse(
            "rights.no-evidence", "a task ends with a note and evidence", "add what shows that it was done, or why not"
        )
    if step == EXPORT and outcome == ALL_DONE and not _has_file(session, request, store):
        raise refuse(
            "rights.no-file",
            "what was found is not attached",
            "attach every file that is about the person, or say that there is none or why no copy can be taken",
            "the answer would say that something is held, and not hold it",
        )
    state, cause = (IMPOSSIBLE, note[:200]) if outcome == IMPOSSIBLE else (ALL_DONE, "")
    found = {FOUND: True, NOTHING: False, ALL_DONE: None if step == TELL else True}.get(outcome)
    tasks.record_task_finished(session, task, state, note[:500], evidence, staff.ref, found)
    tasks.record_hand_step(session, request, store, step, "done", cause)
    record_event(session, request, f"task {outcome}", staff, {"store": store, "step": step})
    if found:
        rights.record_columns(session, request, held=True)
    if step == FIND and found:
        _go_on(session, office, request, store)
    office.wake(session)


def _has_file(session: Session, request: UUID, store: str) -> bool:
    return any(file.store == store and file.step == EXPORT for file in task_files.access_files(session, request))


def _go_on(session: Session, office: Office, request: UUID, store: str) -> None:
    """Somebody was found: what was asked for is to be done there. Who asks only whether anything is held has the answer."""
    row = get_locked(session, request)
    wish = access_wish(session, row)
    if row.kind not in AFTER or (row.kind in EXPORTS and wish and wish.scope == (CONFIRMATION,)):
        return
    step = AFTER[row.kind]
    cases.record_steps(session, [(request, store, step, "hand")])
    tasks.record_hand_step(session, request, store, step, "open_task", "")
    steps = [s for s in cases.get_steps(session, [request]) if (s.store, s.step) == (store, step)]
    record_tasks(session, office, [row], steps)


def list_results(session: Session, stores: Sequence[str], request: UUID) -> dict[str, HandResult]:
    """Store -> how far it is, for each of `stores`, which no machine reaches."""
    if not stores:
        return {}
    listed, steps = tasks.list_tasks(session, request=request), cases.get_steps(session, [request])
    waiting = {step.store for step in steps if step.covered == "hand" and step.state == "open_task"}
    return {name: result_of([t for t in listed if t.store == name], name in waiting) for name in stores}


def result_of(store_tasks: Sequence[TaskRow], waiting: bool) -> HandResult:
    """What the tasks of one store say together: the last one that says something counts."""
    ended = sorted((t for t in store_tasks if t.done_at), key=lambda t: (t.done_at, t.step != FIND))
    if waiting or not ended or len(ended) < len(store_tasks):
        return HandResult("open")
    last, says = ended[-1], [t.found for t in ended if t.found is not None]
    if not says:
        return HandResult("impossible", last.done_at)
    if last.state == IMPOSSIBLE and says[-1]:
        return HandResult("not copied" if last.step == EXPORT else "found", last.done_at)
    return HandResult("found" if says[-1] else "nothing", last.done_at)


def is_found(results: Iterable[HandResult]) -> bool:
    return any(result.state in ("found", "not copied") for result in results)


def list_answer_files(session: Session, request: UUID) -> tuple[TaskFile, ...]:
    """What goes into the answer: copies of what was found, and nothing that only shows that a task was done."""
    return tuple(file for file in task_files.access_files(session, request) if file.step == EXPORT)
