"""What a person has to do by hand: tasks with an owner, a date, a reminder and evidence; and the list of erasures to replay.

Promises: a task is asked for once; evidence is sealed; a task that is finished stays so. Refuses nothing about outcomes:
that is for `avow.duties.rights` to judge.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from avow.control.session import Session
from avow.sealing import Slot


@dataclass(frozen=True)
class TaskRow:
    """`state` is open, done or impossible. `found`: whether something about the person stands in the store; None: this task
    does not say."""

    id: UUID
    request: UUID
    reference: str
    kind: str
    store: str
    step: str
    owner: str
    state: str
    due_at: datetime
    reminded_at: datetime | None
    outcome: str
    done_by: str
    done_at: datetime | None
    found: bool | None = None


def record_tasks(session: Session, tasks: Sequence[tuple[UUID, str, str, str, datetime]]) -> None:
    """(request, store, step, owner, due)."""
    session.run(
        "cases",
        "add_tasks",
        ids=[session.new_id() for _ in tasks],
        requests=[t[0] for t in tasks],
        stores=[t[1] for t in tasks],
        steps=[t[2] for t in tasks],
        owners=[t[3] for t in tasks],
        due=[t[4] for t in tasks],
    )


def list_tasks(
    session: Session, state: str = "", owner: str = "", request: UUID | None = None, limit: int = 200
) -> list[TaskRow]:
    """By due date; "" and None filter nothing."""
    rows = session.run("cases", "tasks", state=state, owner=owner, request=request, limit=limit)
    return [TaskRow(*row) for row in rows]


def find_open_task(session: Session, task: UUID) -> tuple[UUID, str, str] | None:
    """(request, store, step) of a task that nobody else can end meanwhile; None when it is not open."""
    row = session.run("cases", "task_request", id=task).fetchone()
    return (row[0], row[2], row[3]) if row else None


def record_task_finished(
    session: Session, task: UUID, state: str, outcome: str, evidence: bytes, by: str, found: bool | None = None
) -> None:
    """Ends a task that is open; one that is not stays as it was."""
    row = session.run("cases", "task_request", id=task).fetchone()
    if row is None:
        return
    sealed = session.seal(row[1], Slot("task", "evidence_sealed", str(task)), evidence) if evidence else None
    session.run("cases", "finish_task", id=task, state=state, outcome=outcome, sealed=sealed, by=by, found=found)


def access_evidence(session: Session, task: UUID) -> bytes | None:
    """What was handed in; None when nothing was, or the request's key was dropped."""
    row = session.run("cases", "evidence_of", id=task).fetchone()
    if row is None or row[0] is None or not session.has(row[1]):
        return None
    return session.open_bytes(row[1], Slot("task", "evidence_sealed", str(task)), row[0])


def find_whose(session: Session, task: UUID) -> tuple[UUID, UUID | None] | None:
    """(request, subject) that a task is about; no subject while nobody knows whose the request is."""
    row = session.run("cases", "whose_task", id=task).fetchone()
    return (row[0], row[1]) if row else None


@dataclass(frozen=True)
class Reminder:
    """A task whose owner is to be reminded now."""

    task: UUID
    request: UUID
    store: str
    owner: str
    due_at: datetime
    synthetic: bool


def record_reminders(session: Session, days: Mapping[str, int], otherwise: int) -> list[Reminder]:
    """Tasks of which the owner is to be reminded now: due within the `days` of their store, or reminded that long ago."""
    rows = session.run(
        "cases", "tasks_to_remind", stores=list(days), days=list(days.values()), otherwise=otherwise
    ).fetchall()
    return [Reminder(*row) for row in rows]


def record_hand_steps_again(session: Session, requests: Sequence[UUID], steps: Sequence[str]) -> None:
    """What was done by hand is to be done once more."""
    session.run("cases", "reset_hand_steps", requests=list(requests), steps=list(steps))


def record_hand_step(session: Session, request: UUID, store: str, step: str, state: str, cause: str) -> None:
    session.run("cases", "close_hand_steps", request=request, store=store, step=step, state=state, cause=cause)


IDENTIFIER = "identifier:"  # in place of a table: an identifier by which rows that have no owner are found again


def record_replay(
    session: Session, store: str, system: str, rows: Sequence[tuple[UUID, str, str]], fades_at: datetime
) -> None:
    """(request, table or "identifier:<kind>", key): what is to be erased again from an old copy of the store."""
    requests = sorted({row[0] for row in rows})
    session.run("cases", "drop_replay", store=store, requests=requests)
    sealed = [session.keys.replay.seal_text(_replay_slot(store, row[1], row[0]), row[2]) for row in rows]
    session.run(
        "cases",
        "add_replay",
        store=store,
        system=system,
        requests=[row[0] for row in rows],
        tables=[row[1] for row in rows],
        sealed=sealed,
        fades_at=fades_at,
    )


def _replay_slot(store: str, table: str, request: UUID) -> Slot:
    return Slot("erasure_replay", "key_sealed", f"{request} {store} {table}")


def access_replay(session: Session, store: str) -> list[tuple[UUID, str, str]]:
    """(request, table or "identifier:<kind>", key) of all who must not come back in this store."""
    rows = session.run("cases", "replay_list", store=store).fetchall()
    return [
        (request, table, session.keys.replay.open_text(_replay_slot(store, table, request), bytes(sealed)))
        for request, table, sealed, _ in rows
    ]


def has_replay(session: Session, store: str) -> bool:
    """Whether anybody was erased in the store of whom a copy may come back."""
    row = session.run("cases", "any_replay", store=store).fetchone()
    return bool(row and row[0])


def list_known_systems(session: Session, store: str) -> set[str]:
    """Identities of the store on which the list holds already."""
    return {row[0] for row in session.run("cases", "replay_known", store=store)}


def record_replay_begun(session: Session, store: str, system: str, restored: str, run: str) -> tuple[str, bool]:
    """(the run under which this copy is worked on, finished before?)."""
    row = session.run("cases", "replay_begin", store=store, system=system, restored=restored, run=run).fetchone()
    assert row is not None  # the insert or the update gives the row back
    return str(row[0]), row[1] is not None


def record_replay_finished(session: Session, store: str, system: str, restored: str, people: int) -> None:
    session.run("cases", "replay_end", store=store, system=system, restored=restored, people=people)


def record_replay_faded(session: Session) -> int:
    """Forgets what no copy can bring back any more; gives how many."""
    return session.run("cases", "replay_faded").rowcount
