"""Answers kept as files in sealed chunks, and signed certificates.

Promises: a chunk is at most 1 MiB and sealed under the answer's own key, so memory stays flat and a download can begin anywhere;
an answer that is replaced, expired or whose person is erased loses its key. Refuses to show an answer that was not released.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from avow.control.session import Session
from avow.sealing import Slot

CHUNK = 1024 * 1024


@dataclass(frozen=True)
class KeptAnswer:
    """Times are UTC. `score` counts the letters of GDPR art. 15(1) that it serves, 0 to 8; `missing` names what it lacks."""

    id: UUID
    key_id: UUID
    made_at: datetime
    released_at: datetime | None
    expires_at: datetime
    score: int
    opened_at: datetime | None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class KeptFile:
    name: str
    media_type: str
    size: int
    sha256: bytes


class AnswerWriter:
    """Takes chunks of files one after the other; a chunk goes to the database sealed and is forgotten here."""

    def __init__(self, session: Session, request: UUID, expires_at: datetime) -> None:
        self._session, self._request = session, request
        self.id, self.key_id = session.new_id(), session.make_key()
        self._pending: dict[str, bytearray] = {}
        self._numbers: dict[str, int] = {}
        session.run("answers", "add_answer", id=self.id, request=request, key_id=self.key_id, expires_at=expires_at)

    def write(self, name: str, content: bytes) -> None:
        """Appends to the file `name`. Chunks in the database all have the full size but the last."""
        if name not in self._pending:
            self._pending[name], self._numbers[name] = bytearray(), 0
            self._session.run("answers", "begin_file", answer=self.id, name=name)
        pending = self._pending[name]
        pending += content
        while len(pending) >= CHUNK:
            self._store(name, bytes(pending[:CHUNK]))
            del pending[:CHUNK]

    def _store(self, name: str, chunk: bytes) -> None:
        number = self._numbers[name]
        sealed = self._session.seal(self.key_id, _slot(self.id, name, number), chunk)
        self._session.run("answers", "add_chunk", answer=self.id, name=name, number=number, sealed=sealed)
        self._numbers[name] = number + 1

    def finish(self, files: Sequence[KeptFile], score: int, release: bool = True, missing: Sequence[str] = ()) -> None:
        """The answer is whole, and with `release` may be seen; an older one of the same request is dropped."""
        for name, pending in self._pending.items():
            if pending:
                self._store(name, bytes(pending))
                pending.clear()
        for file in files:
            self._session.run("answers", "add_file", answer=self.id, **vars(file))
        self._session.run("answers", "release_answer", id=self.id, score=score, release=release, missing=list(missing))
        gone = self._session.run("answers", "older_answers", request=self._request, id=self.id).fetchall()
        self._session.drop(row[0] for row in gone)


def _slot(answer: UUID, name: str, number: int) -> Slot:
    return Slot("answer_chunk", "sealed", f"{answer} {name} {number}")


def find_answer(session: Session, request: UUID) -> KeptAnswer | None:
    """The newest released one that has not expired."""
    row = session.run("answers", "newest", request=request).fetchone()
    return _kept(row) if row and row[4] > session.now else None


def find_draft(session: Session, request: UUID) -> KeptAnswer | None:
    """The newest one, released or not: what staff looks at before the asker does."""
    row = session.run("answers", "draft", request=request).fetchone()
    return _kept(row) if row and row[4] > session.now else None


def _kept(row: Sequence[Any]) -> KeptAnswer:
    return KeptAnswer(row[0], row[1], row[2], row[3], row[4], row[5], row[6], tuple(row[7]))


def list_files(session: Session, answer: UUID) -> tuple[KeptFile, ...]:
    rows = session.run("answers", "files", answer=answer)
    return tuple(KeptFile(name, media, size, bytes(digest)) for name, media, size, digest in rows)


def record_opened(session: Session, answer: UUID) -> None:
    """Notes the first opening."""
    session.run("answers", "opened", answer=answer)


def access_chunk(session: Session, answer: KeptAnswer, name: str, number: int) -> bytes | None:
    """Chunk `number` of a file; None past its end. Every chunk but the last has CHUNK bytes."""
    row = session.run("answers", "chunk", answer=answer.id, name=name, number=number).fetchone()
    return session.open_bytes(answer.key_id, _slot(answer.id, name, number), row[0]) if row else None


def record_expired_gone(session: Session) -> int:
    """Answers whose time is over lose files and keys; gives how many."""
    return session.drop(row[0] for row in session.run("answers", "expired_answers").fetchall())


def record_answers_gone(session: Session, subjects: Sequence[UUID]) -> None:
    """Every answer of people who are erased."""
    gone = session.run("answers", "answers_of_subject", subjects=list(subjects)).fetchall()
    session.drop(row[0] for row in gone)


def record_certificate(session: Session, request: UUID, document: Mapping[str, Any], signature: bytes) -> None:
    """The document holds ids, digests, counts and dates only."""
    session.run(
        "answers",
        "add_certificate",
        id=session.new_id(),
        request=request,
        document=json.dumps(document),
        signature=signature,
    )


def find_certificate(session: Session, request: UUID) -> tuple[dict[str, Any], bytes] | None:
    row = session.run("answers", "certificate", request=request).fetchone()
    return (row[0], bytes(row[1])) if row else None
