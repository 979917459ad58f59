"""Erases many people at once in one store, then looks whether anything of them is left.

Promises: the run is durable before the effect, the store's own markers tell which item was done, holds and kept rows stay; only
when no strong identifier stands in any column of any table, save where something is kept, held or was judged to be somebody
else's, is a store called done. What is erased is on the replay list in the transaction that says so.
Source: GDPR articles 17, 17(3); architecture, "Erasure and retention are set-based".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from avow.control import cases, retention, rights, tasks
from avow.control.cases import HoldRow
from avow.control.rights import RequestRow
from avow.control.session import Session
from avow.duties.rights.marking import UNMARKED, list_addresses, try_batch
from avow.duties.rights.model import FINDING, LEFT_IN, REVIEW, WAITING, WORKING
from avow.duties.rights.rules import Office, marks_of
from avow.duties.rights.stores import BATCH, OpenStore, access_people, group_by_run, strong_of
from avow.errors import StoreError
from avow.stores.duty import Done, Hold, Person, Residual

LEFT = "rights.still-there"
LOOKS = 3  # how often what is left is erased again before a person has to look
KEPT = "kept "  # a count of rows that stay, by table
LEGAL_HOLD = "legal hold"  # the ground of what stays because a duty of law or a claim keeps all of a person


def erase_store(session: Session, office: Office, store: OpenStore) -> int:
    """Erases the people of every request that is ready in this store; gives how many requests."""
    ready = cases.list_ready_steps(session, store.name, "erase", (WORKING,), ("find",), BATCH)
    rows = rights.get_requests(session, ready)
    for run, together in group_by_run(rows).items():
        try_batch(session, store, "erase", together, _Erasure(session, office, store, run))
    return len(rows)


class _Erasure:
    """One batch of one run."""

    def __init__(self, session: Session, office: Office, store: OpenStore, run: str) -> None:
        self._session, self._office, self._store, self._run = session, office, store, run

    def __call__(self, rows: Sequence[RequestRow]) -> None:
        session, store = self._session, self._store
        persons = access_people(session, rows, store.name)
        holds = access_store_holds(session, rows, store, persons)
        items = {f"{row.id}:erase": persons[row.id] for row in rows}
        done = store.duty.erase(self._run, items, {f"{request}:erase": held for request, held in holds.items()})
        held = self._note_legal_holds(rows, persons)
        self._note_replay([row for row in rows if row.id not in held], persons)
        self._keep_out(rows)
        counts = {row.id: _counts(done[f"{row.id}:erase"], holds.get(row.id, ())) for row in rows}
        cases.record_steps_done(session, store.name, "erase", counts)

    def _note_legal_holds(self, rows: Sequence[RequestRow], persons: Mapping[UUID, Person]) -> set[UUID]:
        """A legal hold that kept somebody stands in the case from now on: the request ends in part, nobody is told that anything
        was erased, and on the day of its end the officer is asked to look. Gives the requests."""
        session, store = self._session, self._store
        known = {row.id: cases.access_holds(session, [row.id]).get(row.id, []) for row in rows}
        held = set()
        for row in rows:
            keys = [(key.table, key.key) for key in persons[row.id].keys]
            for (table, _), until in retention.find_held_until(session, store.name, keys).items():
                held.add(row.id)
                if not any(
                    (one.store, one.table, one.ground) == (store.name, table, LEGAL_HOLD) for one in known[row.id]
                ):
                    owner = self._office.rules.officer
                    hold = HoldRow(0, row.id, store.name, table, "", LEGAL_HOLD, owner, until.date(), None)
                    cases.record_hold(session, row.id, row.key_id, hold)
        return held

    def _keep_out(self, rows: Sequence[RequestRow]) -> None:
        """Who was erased and comes in again by a list is written to by nobody: the store's own list says so."""
        marks = marks_of("objection", self._office.rules.purposes)
        try:
            with self._session.connection.transaction():
                list_addresses(self._session, self._store, self._run, [(row, marks) for row in rows])
        except StoreError as error:
            if UNMARKED not in error.codes:  # a store that acts on no mark: imports are screened by control's list
                raise

    def _note_replay(self, rows: Sequence[RequestRow], persons: Mapping[UUID, Person]) -> None:
        fades = self._session.now + timedelta(days=self._office.rules.fade_days)
        lines = [(row.id, key.table, key.key) for row in rows for key in persons[row.id].keys]
        lines += [(row.id, f"{tasks.IDENTIFIER}{i.kind}", i.value) for row in rows for i in strong_of(persons[row.id])]
        tasks.record_replay(self._session, self._store.name, self._store.duty.system, lines, fades)


def access_store_holds(
    session: Session, rows: Sequence[RequestRow], store: OpenStore, persons: Mapping[UUID, Person]
) -> dict[UUID, list[Hold]]:
    """Request -> what must stay in this store: what staff held in the case, and all of a person under a legal hold."""
    held = cases.access_holds(session, [row.id for row in rows])
    found = {
        request: [Hold(hold.table, hold.row, hold.ground) for hold in holds if hold.store == store.name]
        for request, holds in held.items()
    }
    keys = {(key.table, key.key): request for request, person in persons.items() for key in person.keys}
    for request in {keys[key] for key in retention.find_held(session, store.name, list(keys))}:
        found.setdefault(request, []).extend(Hold(table.name, "", LEGAL_HOLD) for table in store.spec.tables)
    return found


def _counts(done: Done, holds: Sequence[Hold]) -> dict[str, int]:
    counts = dict(done.rows)
    for hold in holds:
        counts[f"held {hold.table}"] = counts.get(f"held {hold.table}", 0) + 1
    return counts


def verify_store(session: Session, office: Office, store: OpenStore) -> int:
    """Reads the erased people again and searches every column for what they were known by; gives how many requests."""
    ready = cases.list_ready_steps(session, store.name, "verify", (WORKING,), ("find", "erase", "change"), BATCH)
    rows = [row for row in rights.get_requests(session, ready) if row.kind == "erasure"]
    if rows:
        try_batch(session, store, "verify", rows, lambda batch: _verify(session, store, batch))
    return len(rows)


def _verify(session: Session, store: OpenStore, rows: Sequence[RequestRow]) -> None:
    persons = access_people(session, rows, store.name)
    needles = {str(row.id): [i.value for i in strong_of(persons[row.id])] for row in rows}
    found: dict[str, list[Residual]] = {}
    for residual in store.duty.search({item: values for item, values in needles.items() if values}):
        found.setdefault(residual.item, []).append(residual)
    allowed = _list_allowed(session, store, rows, persons)
    clean: dict[UUID, dict[str, int]] = {}
    again: list[RequestRow] = []
    for row in rows:
        residuals = found.get(str(row.id), [])
        left = [
            r for r in residuals if (r.table, r.column) not in allowed[row.id] and (r.table, "") not in allowed[row.id]
        ]
        if left:
            again.append(row)
            _note_left(session, store, row, left)
        else:
            clean[row.id] = {f"{KEPT}{r.table}.{r.column}": r.rows for r in residuals}
    cases.record_steps_done(session, store.name, "verify", clean)
    _erase_again(session, store, again)


def _list_allowed(
    session: Session, store: OpenStore, rows: Sequence[RequestRow], persons: Mapping[UUID, Person]
) -> dict[UUID, set[tuple[str, str]]]:
    """(table, column) where something may still stand: kept by law, held, or somebody else's by a person's judgement."""
    holds = access_store_holds(session, rows, store, persons)
    kept = {(table.name, "") for table in store.spec.tables if table.erasure == "keep"}
    allowed = {}
    for row in rows:
        mine = set(kept) | {(hold.table, "") for hold in holds.get(row.id, ())}
        for decision in cases.get_decisions(session, row.id):
            kind, _, rest = decision.item.partition(" ")
            where, _, place = rest.partition(" ")
            if kind == "residual" and where == store.name and decision.decision == "another_person":
                table, _, column = place.rpartition(".")
                mine.add((table, column))
        allowed[row.id] = mine
    return allowed


def _note_left(session: Session, store: OpenStore, row: RequestRow, left: Sequence[Residual]) -> None:
    where = ", ".join(f"{r.table}.{r.column} ({r.rows})" for r in left[:5])
    cause = f"an address or number of the person still stands in {where}"
    counts = {f"{LEFT_IN}{r.table}.{r.column}": r.rows for r in left}
    cases.record_steps_failed(session, store.name, "verify", [row.id], LEFT, cause, counts)


def _erase_again(session: Session, store: OpenStore, rows: Sequence[RequestRow]) -> None:
    """Rows that came in meanwhile go with the next pass, under a run of their own; what stays after several waits for a person
    to say whose it is."""
    looked = {
        step.request: step.attempts
        for step in cases.get_steps(session, [row.id for row in rows])
        if step.store == store.name and step.step == "verify"
    }
    once_more = [row.id for row in rows if looked.get(row.id, 0) < LOOKS]
    if once_more:
        rights.record_run(session, once_more, str(session.new_id()))
        cases.record_erase_again(session, once_more, store.name)


def access_preview(session: Session, row: RequestRow, store: OpenStore) -> list[tuple[str, str, int, str]]:
    """(table, action, rows, ground): what erasing would do in this store. Touches nothing. Raises StoreError."""
    person = access_people(session, [row], store.name)[row.id]
    holds = access_store_holds(session, [row], store, {row.id: person}).get(row.id, [])
    return [(p.table, p.action, p.rows, p.ground) for p in store.duty.plan_erasure(person, holds)]


def preview_store(session: Session, office: Office, store: OpenStore) -> int:
    """What erasing would do in one store, for the person and for staff to see before it happens; gives how many requests."""
    states = (FINDING, REVIEW, WAITING)
    ready = cases.list_ready_steps(session, store.name, "preview", states, ("find",), 100)
    rows = rights.get_requests(session, ready)
    for row in rows:
        try_batch(session, store, "preview", [row], lambda batch: _preview(session, store, batch[0]))
    return len(rows)


def _preview(session: Session, store: OpenStore, row: RequestRow) -> None:
    planned = access_preview(session, row, store)
    counts = {f"{table} {action}": number for table, action, number, _ in planned if number}
    grounds = [f"{table}: {ground}" for table, _, _, ground in planned if ground]
    cases.record_steps_done(session, store.name, "preview", {row.id: counts}, grounds)
