"""Tells every store what its people decided: objections, restrictions, withdrawals, the block before an erasure.

Promises: control knows first; a store follows in one transaction for many people, and is caught up later where it failed; what is
told is always the whole state of a person, so that an older message can never undo a newer one. Refuses to call a state
effective in a store that has not taken it.
Source: GDPR articles 7(3), 18, 21; architecture, "A person's state has one truth".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from avow.control import cases, people, rights
from avow.control.rights import RequestRow
from avow.control.session import Session
from avow.duties.rights.model import NOES, WAITING, WORKING
from avow.duties.rights.naming import list_reached
from avow.duties.rights.rules import Office, marks_of
from avow.duties.rights.stores import BATCH, OpenStore, access_people, explain, group_by_run, is_down
from avow.errors import StoreError
from avow.stores.duty import Person, SubjectKey, Suppression
from avow.stores.identifying import suppression_digests, suppression_needle

UNMARKED = "store.no-marks"  # nothing in this store would act on a mark
Marks = Mapping[str, tuple[Person, Mapping[str, bool]]]


def mark_store(session: Session, office: Office, store: OpenStore) -> int:
    """Marks the people of all requests that are ready for it in this store; gives how many requests."""
    ready = cases.list_ready_steps(session, store.name, "mark", (WAITING, WORKING), ("find",), BATCH)
    rows = rights.get_requests(session, ready)
    for run, together in group_by_run(rows).items():
        try_batch(session, store, "mark", together, lambda batch, run=run: _mark(session, store, run, batch))  # type: ignore[misc]
    return len(rows)


def _mark(session: Session, store: OpenStore, run: str, rows: Sequence[RequestRow]) -> None:
    persons = access_people(session, rows, store.name)
    subjects = {row.subject for row in rows if row.subject}
    states = people.get_states(session, subjects)
    versions = people.get_versions(session, subjects)
    marks: dict[str, tuple[Person, Mapping[str, bool]]] = {}
    for row in rows:
        held = dict(states.get(row.subject, {})) if row.subject else {}
        marks[f"{row.id}:mark"] = (persons[row.id], held | marks_of(row.kind, tuple(row.scope)))
    done = store.duty.set_marks(run, marks)
    _suppress(session, store, run, rows)
    counts = {row.id: dict(done[f"{row.id}:mark"].rows) for row in rows}
    cases.record_steps_done(session, store.name, "mark", counts)
    people.record_effects(session, store.name, versions)


def _suppress(session: Session, store: OpenStore, run: str, rows: Sequence[RequestRow]) -> None:
    """An objection holds for whoever comes into the store later under the same address: the store's own list says so."""
    wanted = [(row, marks_of(row.kind, tuple(row.scope))) for row in rows if row.kind in NOES]
    list_addresses(session, store, run, wanted)


def list_addresses(
    session: Session, store: OpenStore, run: str, wanted: Sequence[tuple[RequestRow, Mapping[str, bool]]]
) -> None:
    """Puts the addresses of the askers on the store's own list with these marks. Raises StoreError."""
    key = session.keys.suppression_secret
    entries = {}
    for row, marks in wanted:
        reached, code = list_reached(session, row), store.spec.calling_code
        digests = [d for one in reached for d in suppression_digests(key, one, code)]
        near = tuple(suppression_needle(one, code) for one in reached)
        entries[f"{row.id}:suppress"] = Suppression(tuple(digests), marks, near)
    if entries:
        store.duty.suppress(run, key, entries)


def try_batch(
    session: Session,
    store: OpenStore,
    step: str,
    rows: Sequence[RequestRow],
    work: Callable[[Sequence[RequestRow]], None],
) -> None:
    """Does a batch; where it fails, its halves, so that one bad row holds nobody else up. A store that is down is asked once."""
    try:
        with session.connection.transaction():
            work(rows)
    except StoreError as error:
        ids = [row.id for row in rows]
        code, cause = explain(error)
        if code == UNMARKED:
            cases.record_steps_uncovered(session, store.name, step, ids, code, cause)
        elif len(rows) == 1 or is_down(error):
            cases.record_steps_failed(session, store.name, step, ids, code, cause)
        else:
            half = len(rows) // 2
            try_batch(session, store, step, rows[:half], work)
            try_batch(session, store, step, rows[half:], work)


def spread_states(session: Session, store: OpenStore) -> int:
    """Tells a store about everybody whose state it does not have: changes without a request, rows that were found later, a
    store that was away. Gives how many people. Raises StoreError."""
    lagging = people.list_lagging(session, store.name, BATCH)
    if not lagging:
        return 0
    keys = people.access_keys(session, lagging)
    states = people.get_states(session, lagging)
    marks: dict[str, tuple[Person, Mapping[str, bool]]] = {}
    for subject, version in lagging.items():
        own = tuple(
            SubjectKey(k.table, k.key)
            for k in keys.get(subject, [])
            if k.store == store.name and _is_subject(store, k.table)
        )
        marks[f"{subject}:{version}"] = (Person(own), states.get(subject, {}))
    try:
        store.duty.set_marks("state", marks)
    except StoreError as error:
        if UNMARKED in error.codes:
            return 0  # never effective there, and shown so
        raise
    people.record_effects(session, store.name, lagging)
    return len(lagging)


def _is_subject(store: OpenStore, table: str) -> bool:
    """A key from before the map changed, of a table whose rows are nobody's now: one such would keep everybody else's state from
    the store, for it refuses the whole statement."""
    found = store.spec.find_table(table)
    return found is not None and bool(found.key)


def count_effective(session: Session, office: Office, subject: UUID) -> tuple[int, int]:
    """In how many of the stores that know the person their state is effective: (n, m)."""
    stores = {key.store for key in people.access_keys(session, [subject]).get(subject, [])}
    version = people.get_versions(session, [subject]).get(subject, 0)
    have = people.get_effects(session, subject)
    return sum(have.get(store, 0) >= version for store in stores), len(stores)
