"""Erased people stay erased: after a restore they are erased again, and no import brings them back.

Promises: a store that is not the one on which people were erased (a restored copy has another identity, or carries the mark of a
restore) is worked through once, batch by batch, under one run that is durable before the first effect; a crash goes on where it
stopped. An import is screened by digests alone. Refuses to forget the list while a copy may still come back.
Source: architecture, "Erased people stay erased: a replay list is applied after every restore and screens every import".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from avow.control import people, tasks
from avow.control.session import Session
from avow.duties.rights.model import OBJECTED
from avow.duties.rights.stores import BATCH, OpenStore
from avow.stores.duty import Identifier, Person, SubjectKey

ERASED = "erased"  # the mark on the suppression list


def plan_replay(session: Session, store: OpenStore, restored: str = "") -> str:
    """The run under which the list is worked through in this store; "" where it holds already. `restored` is the mark that a
    restore left in the store, "" where there is none."""
    system = store.duty.system
    if not restored and system in tasks.list_known_systems(session, store.name):
        return ""
    if not tasks.access_replay(session, store.name):
        return ""
    run, finished = tasks.record_replay_begun(session, store.name, system, restored, f"replay {session.new_id()}")
    return "" if finished else run


def apply_replay(session: Session, store: OpenStore, run: str, restored: str = "") -> int:
    """Erases everybody on the list, and has everybody's state told to the store again; gives how many people were erased.
    To be called after the run was committed. Raises StoreError."""
    listed = _people_of(tasks.access_replay(session, store.name))
    requests = sorted(listed)
    for at in range(0, len(requests), BATCH):
        batch = {f"{request}:erase": listed[request] for request in requests[at : at + BATCH]}
        store.duty.erase(run, batch)
    people.record_effects_gone(session, store.name)  # a no of since then is not in the copy either
    tasks.record_replay_finished(session, store.name, store.duty.system, restored, len(requests))
    return len(requests)


def _people_of(listed: Sequence[tuple[UUID, str, str]]) -> dict[UUID, Person]:
    found: dict[UUID, Person] = {}
    for request, table, value in listed:
        person = found.get(request, Person())
        if table.startswith(tasks.IDENTIFIER):
            one = Identifier(table.removeprefix(tasks.IDENTIFIER), value)
            found[request] = Person(person.keys, (*person.identifiers, one))
        else:
            found[request] = Person((*person.keys, SubjectKey(table, value)), person.identifiers)
    return found


@dataclass(frozen=True)
class Screened:
    """What stands against one line of an import: nothing, marks of objections, or that the person was erased."""

    erased: bool
    objected: tuple[str, ...]

    @property
    def free(self) -> bool:
        return not self.erased and not self.objected


def screen_import(session: Session, lines: Sequence[Sequence[tuple[str, str]]]) -> list[Screened]:
    """One answer for each line of an import; a line is its (kind, value) pairs. Whatever stands against one stands against it."""
    flat = [(number, pair) for number, line in enumerate(lines) for pair in line if pair[1]]
    marks = people.find_suppressed(session, [pair for _, pair in flat])
    against: list[dict[str, None]] = [{} for _ in lines]
    for (number, _), found in zip(flat, marks, strict=True):
        against[number].update(dict.fromkeys(found))
    return [Screened(ERASED in each, tuple(mark for mark in each if mark != ERASED)) for each in against]


def list_reasons(one: Screened, purpose: str) -> tuple[str, ...]:
    """Why a value must not be used for `purpose`; an objection to a purpose covers those below it. "": for any purpose."""
    prefix = f"{OBJECTED}:"
    objected = [mark for mark in one.objected if covers(mark.removeprefix(prefix), purpose)]
    return (*((ERASED,) if one.erased else ()), *objected)


def covers(objected: str, purpose: str) -> bool:
    return not purpose or purpose == objected or purpose.startswith(f"{objected}.")
