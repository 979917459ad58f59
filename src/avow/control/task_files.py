"""Files that somebody found by hand for a request: sealed, put to a task, read into the answer.

Promises: each file is sealed under a key of its own, in chunks of at most 1 MiB, and what it was called is sealed with it; the key
goes with the file, so that no copy of the database opens it any more. Refuses to take a file away from a task that is closed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from avow.control.answers import CHUNK
from avow.control.session import Session
from avow.sealing import Slot


@dataclass(frozen=True)
class TaskFile:
    """`name` is what an answer calls it; `called` what it was called where it lay; `size` in bytes."""

    id: UUID
    task: UUID
    store: str
    step: str
    key_id: UUID
    name: str
    called: str
    media_type: str
    size: int
    sha256: bytes
    put_at: datetime


def record_file(
    session: Session, task: UUID, store: str, called: str, ending: str, media_type: str, content: bytes, by: str
) -> str:
    """Keeps a file; gives the name under which it goes into the answer. `ending` is "" or like ".eml"."""
    row = session.run("task_files", "next_number", task=task).fetchone()
    assert row is not None  # an aggregate
    file, key, name = session.new_id(), session.make_key(), f"{store}-{row[0]}{ending}"
    session.run(
        "task_files",
        "add_file",
        id=file,
        task=task,
        key_id=key,
        number=row[0],
        name=name,
        called=session.seal(key, _called(file), called),
        media_type=media_type,
        size=len(content),
        sha256=sha256(content).digest(),
        by=by,
    )
    for number, start in enumerate(range(0, len(content), CHUNK)):
        sealed = session.seal(key, _chunk(file, number), content[start : start + CHUNK])
        session.run("task_files", "add_chunk", file=file, number=number, sealed=sealed)
    return name


def access_files(session: Session, request: UUID) -> tuple[TaskFile, ...]:
    """Every file of a request, by store and number; those whose key is gone left out."""
    rows = session.run("task_files", "files_of_request", request=request).fetchall()
    session.load(row[4] for row in rows)
    return tuple(
        TaskFile(
            id,
            task,
            store,
            step,
            key,
            name,
            session.open(key, _called(id), called),
            media_type,
            size,
            bytes(digest),
            at,
        )
        for id, task, store, step, key, _, name, called, media_type, size, digest, at in rows
        if session.has(key)
    )


def read_file(session: Session, file: TaskFile) -> Iterator[bytes]:
    """Its content, a chunk at a time."""
    number = 0
    while row := session.run("task_files", "chunk", file=file.id, number=number).fetchone():
        yield session.open_bytes(file.key_id, _chunk(file.id, number), row[0])
        number += 1


def record_file_gone(session: Session, task: UUID, file: UUID) -> bool:
    """Takes a file away again while its task is open; False when it is not there, or the task is closed."""
    gone = session.run("task_files", "drop_file", task=task, id=file).fetchall()
    session.drop(row[0] for row in gone)
    return bool(gone)


def record_files_over(session: Session, before: datetime) -> int:
    """Files of requests that ended before then; gives how many."""
    return session.drop(row[0] for row in session.run("task_files", "files_over", before=before).fetchall())


def record_files_gone(session: Session, subjects: Sequence[UUID]) -> None:
    """Every file about people who are erased."""
    gone = session.run("task_files", "files_of_subjects", subjects=list(subjects)).fetchall()
    session.drop(row[0] for row in gone)


def _called(file: UUID) -> Slot:
    return Slot("task_file", "called_sealed", str(file))


def _chunk(file: UUID, number: int) -> Slot:
    return Slot("task_chunk", "sealed", f"{file} {number}")
