"""Corrects values in every store, with the old value gone from all of them.

Promises: what stood there before is noted, sealed, before anything is changed; every copy of the old value that belongs to the
same person gets the new one, and a strong value also inside texts and JSON; afterwards the person's rows are read again and strong
values are searched for everywhere. What no correction may reach (kept by a ground, or a record of what was done) waits for a person
of the staff to say that it stays, and why. Values of other people are never touched. Refuses a row that is not the person's.
Source: GDPR articles 16 and 19.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from avow.control import cases, people, rights
from avow.control.cases import DecisionRow
from avow.control.rights import RequestRow
from avow.control.session import Session
from avow.duties.rights.marking import try_batch
from avow.duties.rights.model import LASTS_IN, LEFT_IN, OTHER, REVIEW, WORKING, Actor, Part, WishedChange
from avow.duties.rights.moves import WORKER, access_wish, move
from avow.duties.rights.rules import Office
from avow.duties.rights.stores import OpenStore, access_people, explain
from avow.errors import Diagnostic, Place, StoreError
from avow.sealing import normalise
from avow.stores.duty import Change, ColumnSpec, Identifier, Person, StoreSpec, Swap

OLD_LEFT = "rights.old-value-left"
STRONG = ("email", "phone", "customer_number", "cookie")
HELD_UP = "held"  # the state of a search whose finds wait for a decision, and are no failure
STAYS = "stays"  # the decision that an old value stands on, where it says what was done then


@dataclass(frozen=True)
class Correction:
    """One correction: where it was asked for, what stood there, what shall stand there. `kind` is what identifies, or the
    category, by which copies of the value are told."""

    store: str
    table: str
    row: str
    column: str
    old: str
    new: str
    kind: str


def note_old_values(session: Session, office: Office, store: OpenStore) -> int:
    """Notes what stands now where corrections were asked for in this store; committed before anything is changed there."""
    ready = cases.list_ready_steps(session, store.name, "change", (WORKING,), ("find",), 100)
    noted = 0
    for row in rights.get_requests(session, ready):
        if store.name not in cases.access_details(session, row.id, row.key_id, "change"):
            try:
                text = json.dumps([vars(c) for c in _read_corrections(session, store, row)])
            except StoreError as error:
                cases.record_steps_failed(session, store.name, "change", [row.id], *explain(error))
                continue
            cases.record_detail(session, row.id, row.key_id, store.name, "change", text)
            noted += 1
    return noted


def _read_corrections(session: Session, store: OpenStore, row: RequestRow) -> list[Correction]:
    wanted = {(t, r, c): new for s, t, r, c, new in access_changes(session, row) if s == store.name}
    found: list[Correction] = []
    if not wanted:
        return found
    for held in store.duty.read(access_people(session, [row], store.name)[row.id]):
        for (table, number, column), new in wanted.items():
            if held.table == table and held.row == number and column in held.values:
                kind = _kind_of(store.spec, table, column)
                found.append(Correction(store.name, table, number, column, held.values[column] or "", new, kind))
    missing = set(wanted) - {(c.table, c.row, c.column) for c in found}
    if missing:
        table, _, column = sorted(missing)[0]
        raise StoreError(_not_theirs(store.name, table, column))
    return found


def access_changes(session: Session, row: RequestRow) -> list[WishedChange]:
    """What is asked for, without the parts that were refused."""
    wish = access_wish(session, row)
    return list_left(wish.changes if wish else (), cases.get_decisions(session, row.id))


def list_left(changes: Iterable[WishedChange], decisions: Iterable[DecisionRow]) -> list[WishedChange]:
    """Those that were not refused."""
    refused = list_refused(decisions)
    return [change for change in changes if str(change_part(change)) not in refused]


def list_refused(decisions: Iterable[DecisionRow]) -> frozenset[str]:
    """The parts of a request that were refused, by their names."""
    return frozenset(one.item.removeprefix("part ") for one in decisions if one.decision == "refused")


def change_part(change: WishedChange) -> Part:
    """The part of a request that this is."""
    store, table, _row, column, _new = change
    return Part(store, table, column)


def _not_theirs(store: str, table: str, column: str) -> Diagnostic:
    return Diagnostic(
        Place(f"store `{store}`"),
        "store.not-this-person",
        f"a row of `{table}` that was to be corrected in `{column}` is not about this person any more",
        "look at the case: take the correction out, or name the row as it stands now",
        "nothing of this correction was done in this store",
    )


def _kind_of(spec: StoreSpec, table: str, column: str) -> str:
    said = _column(spec, table, column)
    return (said.identifies or next(iter(said.categories), "")) if said else ""


def _column(spec: StoreSpec, table: str, column: str) -> ColumnSpec | None:
    found = spec.find_table(table)
    return next((c for c in found.columns if c.name == column), None) if found else None


def change_store(session: Session, office: Office, store: OpenStore) -> int:
    """Corrects in one store what was asked for there, and every copy of what was asked for anywhere; gives how many requests."""
    ready = cases.list_ready_steps(session, store.name, "change", (WORKING,), ("find",), 100)
    rows = [row for row in rights.get_requests(session, ready) if _is_noted_everywhere(session, office, row)]
    for row in rows:
        try_batch(session, store, "change", [row], lambda batch: _change(session, store, batch[0]))
    return len(rows)


def _is_noted_everywhere(session: Session, office: Office, row: RequestRow) -> bool:
    """Copies in this store can only be told once the old values of the stores that were named are known."""
    named = {change[0] for change in access_changes(session, row)}
    return named <= cases.access_details(session, row.id, row.key_id, "change").keys()


def _change(session: Session, store: OpenStore, row: RequestRow) -> None:
    person = access_people(session, [row], store.name)[row.id]
    corrections = access_corrections(session, row)
    changes = [Change(c.table, c.row, c.column, c.new) for c in corrections if c.store == store.name]
    changes += _copies(store, person, [c for c in corrections if c.store != store.name])
    swaps = [_swap(c) for c in corrections if c.store != store.name and c.kind in STRONG and c.old]
    counts: dict[str, int] = {}
    if changes or swaps:
        done = store.duty.change(row.step_run, f"{row.id}:change", person, changes, swaps)
        counts = dict(done.rows)
        if row.subject and any(is_reach(one.kind) for one in corrections):
            people.record_reach_changed(session, row.subject, session.now)
    cases.record_steps_done(session, store.name, "change", {row.id: counts})


def is_reach(kind: str) -> bool:
    """By what is corrected somebody is reached: whoever asks for data next may be somebody who put their own address there."""
    return kind in ("email", "phone") or kind.startswith("contact.")


def access_corrections(session: Session, row: RequestRow) -> list[Correction]:
    """All corrections of a request with what stood there before."""
    details = cases.access_details(session, row.id, row.key_id, "change")
    return [Correction(**values) for text in details.values() for values in json.loads(text)]


def _copies(store: OpenStore, person: Person, corrections: Sequence[Correction]) -> list[Change]:
    """Where another store's old value stands in this person's rows here, in a column of the same kind; strong ones are swapped."""
    found: list[Change] = []
    corrections = [one for one in corrections if one.kind not in STRONG]
    rewritable = {table.name for table in store.spec.tables if table.rewritable}
    for row in store.duty.read(person) if corrections else ():
        if row.table not in rewritable:
            continue
        for column, value in row.values.items():
            kind = _kind_of(store.spec, row.table, column)
            for one in corrections:
                if value and one.old and kind == one.kind and is_same(kind, value, one.old):
                    found.append(Change(row.table, row.row, column, one.new))
    return found


def _swap(one: Correction) -> Swap:
    return Swap(Identifier(one.kind, one.old), one.new)


def is_same(kind: str, left: str, right: str) -> bool:
    """The same value, however it is written."""
    if kind in STRONG:
        return normalise(kind, left) == normalise(kind, right)
    return " ".join(left.casefold().split()) == " ".join(right.casefold().split())


def verify_changes(session: Session, office: Office, store: OpenStore) -> int:
    """Reads the person again and searches for strong old values; gives how many requests were looked at."""
    ready = cases.list_ready_steps(session, store.name, "verify", (WORKING,), ("find", "change"), 100)
    rows = [row for row in rights.get_requests(session, ready) if row.kind == "rectification"]
    for row in rows:
        try_batch(session, store, "verify", [row], lambda batch: _verify(session, store, batch[0]))
    return len(rows)


def _verify(session: Session, store: OpenStore, row: RequestRow) -> None:
    person = access_people(session, [row], store.name)[row.id]
    corrections = [c for c in access_corrections(session, row) if c.old and not is_same(c.kind, c.old, c.new)]
    places = {
        f"{held.table}.{column}"
        for held in store.duty.read(person)
        for column, value in held.values.items()
        for one in corrections
        if value and _kind_of(store.spec, held.table, column) == one.kind and is_same(one.kind, value, one.old)
    }
    strong = [c.old for c in corrections if c.kind in STRONG]
    hits = store.duty.search({str(row.id): strong}) if strong else ()
    places |= {f"{hit.table}.{hit.column}" for hit in hits}
    _note_places(session, store, row, places)


def _note_places(session: Session, store: OpenStore, row: RequestRow, places: set[str]) -> None:
    """What was found fails the search where it should be gone, and waits for a decision where nothing may be corrected."""
    verdicts = _list_verdicts(session, row.id, store.name)
    left = {place for place in places if verdicts.get(place) != OTHER and verdicts.get(place) != STAYS}
    lasting = {place for place in left if _lasts(store.spec, place)}
    counts = {f"{LASTS_IN if place in lasting else LEFT_IN}{place}": 1 for place in left}
    counts |= {f"other person {place}": 1 for place in places if verdicts.get(place) == OTHER}
    counts |= {f"{STAYS} {place}": 1 for place in places if verdicts.get(place) == STAYS}
    if left - lasting:
        where = ", ".join(sorted(left - lasting)[:5])
        cause = f"the old value still stands in {where}"
        cases.record_steps_failed(session, store.name, "verify", [row.id], OLD_LEFT, cause, counts)
    else:
        state = HELD_UP if lasting else "done"
        cases.record_steps_done(session, store.name, "verify", {row.id: counts}, state=state)


def _lasts(spec: StoreSpec, place: str) -> bool:
    table = spec.find_table(place.rpartition(".")[0])
    return table is not None and not table.rewritable


def _list_verdicts(session: Session, request: UUID, store: str) -> dict[str, str]:
    """Place -> what a person said of the old value there last: somebody else's, the same person's, or that it stays."""
    prefix = f"residual {store} "
    return {
        d.item.removeprefix(prefix): d.decision
        for d in cases.get_decisions(session, request)
        if d.item.startswith(prefix)
    }


# -- what stays, by a decision --------------------------------------------------------------------------------------------


def hand_to_staff(session: Session, rows: Sequence[RequestRow]) -> list[UUID]:
    """Moves those to review of whom an old value stands where nothing may be corrected; gives which."""
    held = {
        s.request for s in cases.get_steps(session, [r.id for r in rows]) if (s.step, s.state) == ("verify", HELD_UP)
    }
    return move(session, [*held], REVIEW, "what may not be corrected is to be looked at", WORKER, from_states=[WORKING])


def list_lasting(session: Session, request: UUID) -> set[tuple[str, str]]:
    """(store, table.column) where an old value was found in what may not be corrected."""
    return {
        (step.store, name.removeprefix(LASTS_IN))
        for step in cases.get_steps(session, [request])
        if step.step == "verify"
        for name in step.counts
        if name.startswith(LASTS_IN)
    }


def is_held_up(session: Session, request: UUID) -> bool:
    """Whether somebody has to say of an old value that it stays."""
    return any((step.step, step.state) == ("verify", HELD_UP) for step in cases.get_steps(session, [request]))


def search_again_when_judged(session: Session, row: RequestRow, staff: Actor) -> bool:
    """Once every place was judged the stores are searched again, and the request goes on; True when it does."""
    if row.state != REVIEW or not is_held_up(session, row.id):
        return False
    stores = {store for store, _ in list_lasting(session, row.id)}
    judged = {(store, place) for store in stores for place in _list_verdicts(session, row.id, store)}
    if list_lasting(session, row.id) - judged:
        return False
    cases.record_steps_again(session, [row.id], ["verify"])
    move(session, [row.id], WORKING, "what stays was decided", staff, from_states=[REVIEW])
    return True


def has_staying(decisions: Iterable[DecisionRow]) -> bool:
    """Whether somebody said of an old value that it stays."""
    return any(d.item.startswith("residual ") and d.decision == STAYS for d in decisions)
