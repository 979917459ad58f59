"""Takes in what governed stores wrote down, and spreads every answer: lists of addresses, receipts.

Promises: an answer is on record before the store is told that it was taken in, so that a death between the two repeats nothing and
loses nothing; a no reaches every list that later imports are screened against, and a file of before takes nobody
off one. Refuses to call an answer spread while a store that acts on marks did not take it: it waits, and is counted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from avow.control import choices, people
from avow.control.choices import UNANSWERED, Record, Said
from avow.control.session import Session
from avow.duties.choices.deciding import IMPORTED, ORDER, objected, record
from avow.duties.rights.stores import OpenStore
from avow.errors import StoreError
from avow.stores.duty import Answered, Identifier, SubjectKey, Suppression
from avow.stores.identifying import suppression_digests, suppression_needle

BATCH = 1_000
UNMARKED = "store.no-marks"
Receipt = Callable[[Record], tuple[Mapping[str, Any], bytes]]
_KINDS = ("email", "phone")
_Place = tuple[str, str, str]  # store, table, key


def take_answers(
    session: Session, store: str, answers: Sequence[Answered], wording: str, wake: Callable[[Session], None]
) -> int:
    """Puts what a store wrote down on record; gives how many were new. What stands there already is left alone."""
    subjects = _get_subjects(session, list(dict.fromkeys((store, one.key.table, one.key.key) for one in answers)))
    said = [
        Said(
            subjects[store, one.key.table, one.key.key],
            one.purpose,
            one.outcome,
            f"{ORDER}{one.channel}".strip(),
            one.at,
            explicit=one.outcome != UNANSWERED,
            wording=wording,
            store=store,
            store_seq=one.number,
        )
        for one in answers
    ]
    return len(record(session, said, wake))


def _get_subjects(session: Session, keys: Sequence[_Place]) -> dict[_Place, UUID]:
    """Whose each row is; whoever was not known is from now on."""
    known = people.find_subjects_by_keys(session, keys)
    new = [key for key, subject in zip(keys, known, strict=True) if subject is None]
    if not new:
        return {key: subject for key, subject in zip(keys, known, strict=True) if subject}
    planted = choices.list_planted(session, new)
    for synthetic in (True, False):
        if mine := [key for key in new if (key in planted) == synthetic]:
            people.record_new_people(session, mine, "answered a question", synthetic)
    known = people.find_subjects_by_keys(session, keys)  # somebody else may have bound a row in the same moment
    return {key: subject for key, subject in zip(keys, known, strict=True) if subject}


def spread(session: Session, stores: Sequence[OpenStore], receipt: Receipt) -> int:
    """Lists and receipts for answers that wait; gives how many. Raises StoreError for a store that is away."""
    waiting = choices.list_waiting(session, BATCH)
    if not waiting:
        return 0
    states = people.get_states(session, {one.subject for one in waiting})
    marks = {(one.subject, objected(one.purpose)) for one in waiting if not (one.channel or one.recipient)}
    lifting = {(one.subject, objected(one.purpose)) for one in waiting if one.method != IMPORTED}
    held = {(subject, mark): states.get(subject, {}).get(mark) for subject, mark in marks}
    told = {key: bool(is_held) for key, is_held in held.items() if is_held or (is_held is False and key in lifting)}
    _list(session, stores, told, waiting)
    choices.record_receipts(session, [(one.id, *receipt(one)) for one in waiting])
    choices.record_spread(session, [one.id for one in waiting])
    return len(waiting)


def _list(
    session: Session, stores: Sequence[OpenStore], held: Mapping[tuple[UUID, str], bool], waiting: Sequence[Record]
) -> None:
    subjects = {subject for subject, _ in held}
    identifiers = people.access_identifiers(session, subjects)
    keys = people.access_keys(session, subjects)
    run = f"choices {max(one.id for one in waiting)}"
    listed: list[tuple[str, str, str, UUID | None]] = []
    lifted: dict[str, list[tuple[str, str]]] = {}
    for (subject, mark), is_held in sorted(held.items(), key=str):
        mine = [(i.kind, i.value) for i in identifiers.get(subject, []) if i.kind in _KINDS]
        if is_held:
            listed += [(kind, value, mark, None) for kind, value in mine]
        else:
            lifted.setdefault(mark, []).extend(mine)
    for mark, values in lifted.items():
        choices.lift_suppressions(session, values, mark)
    people.record_suppressions(session, listed)
    for store in stores:
        entries = {
            f"{subject} {mark}": _suppression(session, store, identifiers.get(subject, []), {mark: is_held})
            for (subject, mark), is_held in held.items()
        }
        wanted = {item: one for item, one in entries.items() if one.digests}
        tell_store(store, run, session.keys.suppression_secret, wanted)
        for mark in dict.fromkeys(mark for (_, mark), is_held in held.items() if not is_held):
            back = [subject for (subject, other), is_held in held.items() if other == mark and not is_held]
            own = [SubjectKey(k.table, k.key) for s in back for k in keys.get(s, []) if k.store == store.name]
            if own:
                store.duty.unlist(own, mark)


def _suppression(
    session: Session, store: OpenStore, held: Sequence[people.HeldIdentifier], marks: Mapping[str, bool]
) -> Suppression:
    key, code = session.keys.suppression_secret, store.spec.calling_code
    listed = [Identifier(one.kind, one.value) for one in held if one.kind in _KINDS]
    digests = tuple(digest for one in listed for digest in suppression_digests(key, one, code))
    return Suppression(digests, marks, tuple(suppression_needle(one, code) for one in listed))


def tell_store(store: OpenStore, run: str, key: bytes, entries: Mapping[str, Suppression]) -> None:
    """Puts addresses on the store's own list. Raises StoreError, but not for a store in which nothing acts on marks."""
    if not entries:
        return
    try:
        store.duty.suppress(run, key, entries)
    except StoreError as error:
        if UNMARKED not in error.codes:
            raise  # a store in which nothing acts on marks has no list to put anything on
