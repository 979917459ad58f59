"""Workers: what moves requests on, step by step, each step one transaction of the control database.

Promises: a step may be killed at any point and done again: locks are skipped by rivals, effects carry markers in the store's own
transaction, and what is posted commits with the move. A store that does not answer holds up its own steps alone. Refuses to run a
step for a store without its duty credential: the case shows the cause.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from uuid import UUID

import psycopg
from psycopg_pool import ConnectionPool

from avow.app.choices import Choosing
from avow.control import cases, choices, people, tasks
from avow.control.session import Session
from avow.duties.choices import spreading
from avow.duties.rights import (
    answering,
    changing,
    comparing,
    erasing,
    finishing,
    holding,
    marking,
    replaying,
    searching,
    waiting,
)
from avow.duties.rights.holding import Count
from avow.duties.rights.model import CLARIFYING, FEE, FINDING, HANDS, IDENTITY, OBJECTED, REVIEW, WAITING, WORKING
from avow.duties.rights.ports import Build, Certify, FindOwners, FindTold
from avow.duties.rights.rules import Office
from avow.duties.rights.stores import BATCH, OpenStore, explain
from avow.errors import StoreError
from avow.sealing import CompanyKeys
from avow.stores.duty import DutyStore, StoreSpec, Suppression

OpenDuty = Callable[[StoreSpec], DutyStore]
Step = Callable[[], int]
LIST_BATCH = 1_000  # digests in one transaction of a store
PEOPLE = 10_000  # looked at in one go: whether a store lacks their state
_STORE_STEPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("find", ()),
    ("preview", ("find",)),
    ("mark", ("find",)),
    ("change", ("find",)),
    ("erase", ("find",)),
    ("verify", ("find", "erase", "change")),
)

ALWAYS = ""
# Name of a step -> states of requests that it looks at; begun part of a name -> the step of a store that it does. Any other step
# looks for itself.
_BY_STATE: dict[str, tuple[str, ...]] = {
    "begin search": (FINDING,),
    "settle": (FINDING,),
    "end waits": (WAITING,),
    "answer": (WORKING,),
    "finish": (WORKING,),
    "finish by hand": (HANDS,),
    "lapse": (IDENTITY, CLARIFYING, FEE),
}
_BY_STEP = {
    "find": "find",
    "preview": "preview",
    "mark": "mark",
    "note old values": "change",
    "change": "change",
    "verify changes": "verify",
    "erase": "erase",
    "verify": "verify",
}


def plan_cards(spec: StoreSpec) -> StoreSpec:
    """The same store with nothing but the tables of people and organisations, without their texts: quick to look into."""
    return replace(
        spec,
        tables=tuple(
            replace(table, columns=tuple(c for c in table.columns if c.kind not in ("text", "json")))
            for table in spec.tables
            if table.key
        ),
    )


class DutyStores:
    """Opens governed stores once and keeps them until `close`; one that failed is opened again with the next use."""

    def __init__(self, specs: tuple[StoreSpec, ...], open_duty: OpenDuty) -> None:
        self._specs = {spec.name: spec for spec in specs}
        self._open_duty = open_duty
        self._opened: dict[str, OpenStore] = {}
        self._looked: set[str] = set()  # stores of which this connection was compared with the one that was erased in

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._specs)

    @contextmanager
    def open(self, name: str) -> Iterator[OpenStore]:
        """Raises StoreError when the store does not answer."""
        if name not in self._opened:
            spec = self._specs[name]
            duty = self._open_duty(spec)
            self._opened[name] = OpenStore(name, spec, duty, self._open_duty(plan_cards(spec)))
        try:
            yield self._opened[name]
        except StoreError:
            self._close(name)
            raise
        except answering.StoreFailed as failed:  # an answer was read from several
            if failed.store == name:
                self._close(name)
            raise

    def is_fresh(self, name: str) -> bool:
        """Whether the store was opened, or opened again, since this was asked last: a restored copy is met that way."""
        fresh = name not in self._looked
        self._looked.add(name)
        return fresh

    def forget(self, name: str) -> None:
        """The connection broke: the next use opens a new one."""
        self._close(name)

    def _close(self, name: str) -> None:
        store = self._opened.pop(name, None)
        self._looked.discard(name)
        if store is not None:
            store.duty.close()
            store.cards.close()

    def close(self) -> None:
        for name in tuple(self._opened):
            self._close(name)


def find_nobody(session: Session, owner: str, department: str) -> tuple[str, ...]:
    """Of a company without a console: nobody of the staff is reached by mail."""
    return ()


@dataclass(frozen=True)
class Working:
    """One worker's hands. `now` gives UTC; `new_id` fresh ids. Not for several threads at once."""

    pool: ConnectionPool
    company: str
    keys: CompanyKeys
    office: Office
    stores: DutyStores
    build: Build
    count: Count
    certify: Certify
    find_told: FindTold
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]
    choosing: Choosing | None = None
    find_owners: FindOwners = find_nobody

    @contextmanager
    def session(self) -> Iterator[Session]:
        with self.pool.connection() as connection, connection.transaction():
            yield Session(connection, self.company, self.keys, self.now(), self.new_id)

    def steps(self) -> list[tuple[str, Step]]:
        """(name, step) in the order of a request's life; a step gives how many requests it moved or worked on."""
        listed: list[tuple[str, Step]] = [
            *((f"replay {name}", partial(self._replay_if_restored, name)) for name in self.stores.names),
            ("compare facts", partial(self._run, comparing.compare_offered, self.stores)),
            ("begin search", partial(self._run, searching.begin_search)),
            *self._in_stores("find", searching.search_store),
            ("settle", partial(self._run, searching.settle_found)),
            *self._in_stores("preview", erasing.preview_store),
            ("end waits", partial(self._run, waiting.end_waits)),
            *self._in_stores("mark", marking.mark_store),
            *self._in_stores("note old values", changing.note_old_values),
            *self._in_stores("change", changing.change_store),
            *self._in_stores("verify changes", changing.verify_changes),
            *self._in_stores("erase", erasing.erase_store),
            *self._in_stores("verify", erasing.verify_store),
            ("answer", partial(self._run, answering.answer_next, self.stores, self.build)),
            ("count", partial(self._run, holding.count_asked, self.stores, self.count)),
            ("finish", partial(self._run, finishing.finish_worked, self.certify, self.find_told)),
            ("finish by hand", partial(self._run, finishing.finish_by_hand, self.certify)),
            ("lapse", partial(self._run, waiting.lapse)),
            ("expire", partial(self._run, waiting.expire)),
            ("remind", partial(self._run, waiting.remind, self.find_owners)),
        ]
        asking = self.choosing.asking if self.choosing else ()
        listed += [(f"take answers {name}", partial(self.take_answers, name)) for name in asking]
        listed += [("spread choices", self.spread_choices)]
        listed += [(f"spread {name}", partial(self._spread, name)) for name in self.stores.names]
        return listed

    def take_answers(self, name: str) -> int:
        """What a store wrote down of people's answers comes on record first, and is settled in the store afterwards."""
        if self.choosing is None:
            return 0
        try:
            with self._turn(), self.stores.open(name) as store:
                answers = store.duty.read_answers(BATCH)
                if not answers:
                    return 0
                with self.session() as session:
                    spreading.take_answers(session, name, answers, self.choosing.wording, self.office.wake)
                store.duty.settle_answers(self.keys.suppression_secret, [one.number for one in answers])
                return len(answers)
        except StoreError:
            return 0  # they wait in the store; the standing of the duty tells since when

    def spread_choices(self) -> int:
        """Answers go to every list, and get their receipts."""
        if self.choosing is None:
            return 0
        with self.session() as session:
            if not choices.count_waiting(session)[0]:
                return 0
        try:
            with ExitStack() as stack:
                opened = [stack.enter_context(self.stores.open(name)) for name in self.stores.names]
                with self._turn(), self.session() as session:
                    return spreading.spread(session, opened, self.choosing.receipts)
        except StoreError:
            return 0  # they wait, and are counted

    @contextmanager
    def _turn(self) -> Iterator[None]:
        with self.session() as session:
            choices.take_turn(session)
            yield

    def _run(self, step: Callable[..., int], *more: object) -> int:
        with self.session() as session:
            return step(session, self.office, *more)

    def _in_stores(self, name: str, step: Callable[[Session, Office, OpenStore], int]) -> list[tuple[str, Step]]:
        return [(f"{name} {store}", partial(self._in_store, store, step)) for store in self.stores.names]

    def _in_store(self, name: str, step: Callable[[Session, Office, OpenStore], int]) -> int:
        """A step in a store. A store that cannot be opened fails every step that waits for it, and nothing else."""
        try:
            with self.stores.open(name) as store, self.session() as session:
                done = step(session, self.office, store)
                self._drop_broken(session, name)
                return done
        except StoreError as error:
            self._fail(name, error)
            return 0

    def _drop_broken(self, session: Session, name: str) -> None:
        if cases.is_unreachable(session, name):
            self.stores.forget(name)

    def _fail(self, name: str, error: StoreError) -> None:
        code, cause = explain(error)
        with self.session() as session:
            for step, before in _STORE_STEPS:
                states = (FINDING, REVIEW, WAITING, WORKING)
                ready = cases.list_ready_steps(session, name, step, states, before, BATCH)
                cases.record_steps_failed(session, name, step, ready, code, cause)

    def _replay_if_restored(self, name: str) -> int:
        """A store that is another one than people were erased in gets the list of erasures first of all."""
        if not self.stores.is_fresh(name):
            return 0
        with self.session() as session:
            if not tasks.has_replay(session, name):
                return 0
        try:
            return self.replay_erasures(name)
        except StoreError:
            self.stores.forget(name)  # tried again with the next connection
            return 0

    def _spread(self, name: str) -> int:
        with self.session() as session:
            if not people.has_unsettled(session):
                return 0
            if not people.has_lagging(session, name):
                people.record_settled(session, PEOPLE)
                return 0
        try:
            with self.stores.open(name) as store, self.session() as session:
                told = marking.spread_states(session, store)
                people.record_settled(session, PEOPLE)
                return told
        except StoreError:
            return 0  # it stays behind, says so where its state is shown, and is told with the next pass

    def run_pass(self) -> int:
        """Every step once that something waits for; gives how many requests were moved or worked on."""
        done, waits = 0, self._look()
        for name, step in self.steps():
            if waits.isdisjoint(self._met_by(name)):
                continue
            if moved := self._do(step):
                done, waits = done + moved, self._look()
        return done

    @staticmethod
    def _do(step: Step) -> int:
        """Where two workers stand in each other's way the server ends one's step: it is for the next pass."""
        try:
            return step()
        except psycopg.errors.DeadlockDetected:
            return 1

    def _look(self) -> frozenset[str]:
        """What waits now; a step that moved something may have made the next one due."""
        with self.session() as session:
            return cases.find_at_work(session) | {ALWAYS}

    def _met_by(self, name: str) -> tuple[str, ...]:
        """Of which of these the step can find something to do."""
        if name in _BY_STATE:
            return _BY_STATE[name]
        words, _, store = name.rpartition(" ")
        return (f"{_BY_STEP[words]} {store}",) if words in _BY_STEP else (ALWAYS,)

    def run_until_idle(self, most: int = 1_000) -> int:
        """Passes until nothing moves; gives how many there were."""
        for passes in range(1, most + 1):
            if not self.run_pass():
                return passes
        return most

    def replay_erasures(self, name: str, restored: str = "") -> int:
        """After a restore: erases again everybody on the list; gives how many people. Raises StoreError."""
        with self.stores.open(name) as store:
            with self.session() as session:
                run = replaying.plan_replay(session, store, restored)
            if not run:
                return 0
            with self.session() as session:
                again = replaying.apply_replay(session, store, run, restored)
        self.tell_list(name)  # an older copy lacks who said no since
        return again

    def tell_lists(self) -> int:
        """Every store is told the list; gives how many stores. One that is away does not keep the others from it. Raises StoreError
        with the first that was, so that whoever asked asks again."""
        away: list[StoreError] = []
        for name in self.stores.names:
            try:
                self.tell_list(name)
            except StoreError as error:
                self.stores.forget(name)
                away.append(error)
        if away:
            raise away[0]
        return len(self.stores.names)

    def tell_list(self, name: str) -> None:
        """Puts everybody who said no on the store's own list and hides its rows about them. What stands on the list stays."""
        with self.session() as session:
            listed = [
                (digest, mark) for _, digest, mark in people.list_suppressions(session) if mark.startswith(OBJECTED)
            ]
        run = f"list {self.new_id()}"
        for start in range(0, len(listed), LIST_BATCH):
            part = listed[start : start + LIST_BATCH]
            entries = {f"{digest.hex()} {mark}": Suppression((digest,), {mark: True}) for digest, mark in part}
            with self.stores.open(name) as store:
                spreading.tell_store(store, run, self.keys.suppression_secret, entries)

    def close(self) -> None:
        self.stores.close()
        self.pool.close()
