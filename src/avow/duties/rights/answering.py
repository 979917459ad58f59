"""Answers requests for access and for a copy: reads every store, builds the files, keeps them sealed.

Promises: an answer is whole or it is not there; a store that fails is named and tried again, and nothing that was read before is
lost to it; the record of the export is durable before the answer may be seen. Where something about others was taken out, or a
part that the law asks for is missing, a person looks before it goes out. Refuses to keep what was read anywhere but in the
sealed answer.
Source: GDPR articles 12(3), 15, 20; EDPB guidelines 01/2022.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import timedelta

from avow.control import answers, cases, rights
from avow.control.answers import AnswerWriter, KeptAnswer
from avow.control.rights import RequestRow
from avow.control.session import Session
from avow.duties.rights import hands
from avow.duties.rights.approvals import RELEASE, count_needed, find_reason, list_approvers
from avow.duties.rights.model import REVIEW, WORKING
from avow.duties.rights.moves import WORKER, move, record_event
from avow.duties.rights.ports import Build, Deed, Made
from avow.duties.rights.rules import Office
from avow.duties.rights.stores import OpenStore, Stores, access_people, explain
from avow.errors import StoreError
from avow.stores.duty import Row


class StoreFailed(Exception):
    """One store did not let itself be read."""

    def __init__(self, store: str, error: StoreError) -> None:
        super().__init__(store)
        self.store, self.error = store, error


def answer_next(session: Session, office: Office, stores: Stores, build: Build) -> int:
    """Answers one request; 0 when none is ready. In the caller's transaction."""
    request = cases.find_ready_answer(session)
    if request is None:
        return 0
    row = rights.get_requests(session, [request])[0]
    try:
        with session.connection.transaction():
            _answer(session, office, stores, build, row)
    except StoreFailed as failed:
        cases.record_steps_failed(session, failed.store, "read", [row.id], *explain(failed.error))
    return 1


def _answer(session: Session, office: Office, stores: Stores, build: Build, row: RequestRow) -> None:
    expires = session.now + timedelta(days=office.rules.answer_days)
    before = answers.find_draft(session, row.id)
    writer = AnswerWriter(session, row.id, expires)
    with ExitStack() as stack:
        opened = [_open(stack, stores, name) for name in office.rules.stores]
        made = build(session, row, _read(session, row, opened), writer.write)
    decisions = cases.get_decisions(session, row.id)
    looked = list_approvers(decisions)
    by_hand = hands.list_results(session, [hand.name for hand in office.rules.hands], row.id)
    found_by_hand = hands.is_found(by_hand.values())
    with_files = found_by_hand and count_needed(office.rules, row.kind) and hands.list_answer_files(session, row.id)
    to_look_at = [
        *(["files to look at"] if with_files and not looked else []),
        *(["redactions to look at"] if made.masked and office.rules.look_at_masks and not looked else []),
        *(["answer not complete"] if made.missing and not _is_allowed(made, before, find_reason(decisions)) else []),
    ]
    release = not to_look_at
    writer.finish(made.files, made.score, release, made.missing)
    rights.record_columns(session, row.id, held=made.held or found_by_hand)
    for store in office.rules.stores:
        counts = {key.partition(" ")[2]: n for key, n in made.rows.items() if key.partition(" ")[0] == store}
        cases.record_steps_done(session, store, "read", {row.id: counts})
    if release:
        office.journal((_deed(row, made),))
        record_event(session, row.id, "answer made", WORKER, {"score": made.score, "masked": made.masked})
    else:
        cases.record_decisions_void(session, row.id, RELEASE)  # who agreed before has not seen this
        counts = {"masked": made.masked, "missing": len(made.missing), "score": made.score}
        move(session, [row.id], REVIEW, to_look_at[0], WORKER, counts, [WORKING])


def _is_allowed(made: Made, before: KeptAnswer | None, reason: str) -> bool:
    """Whether staff gave a reason to hand out an answer that lacks all this, and not only a part of it."""
    return bool(reason) and before is not None and set(made.missing) <= set(before.missing)


def _deed(row: RequestRow, made: Made) -> Deed:
    tables = tuple(sorted({key.partition(" ")[2] for key in made.rows}))
    return Deed("export", str(row.subject or row.id), f"right.{row.kind}", tables, sum(made.rows.values()))


def _open(stack: ExitStack, stores: Stores, name: str) -> OpenStore:
    try:
        return stack.enter_context(stores.open(name))
    except StoreError as error:
        raise StoreFailed(name, error) from error


def _read(session: Session, row: RequestRow, opened: Sequence[OpenStore]) -> Iterator[Row]:
    for store in opened:
        person = access_people(session, [row], store.name)[row.id]
        try:
            yield from store.duty.read(person)
        except StoreError as error:
            raise StoreFailed(store.name, error) from error
