"""The door for everyone who records: a queue per process, sealed into blocks by a thread of its own.

Promises: `record` returns without waiting for a disk; an entry is durable within about `every` seconds while the database
answers; `record_and_wait` returns only when its block is durable; entries keep their order; after a lost answer a block is
found again, never written twice. A kill -9 loses entries that were not sealed, and no half block.
Refuses to drop entries silently: a full queue raises `ledger.queue-full`.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import secrets
import threading
import time
import weakref
from collections import OrderedDict, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from itertools import compress
from pathlib import Path
from time import time_ns
from typing import Any

import psycopg

from avow.errors import Diagnostic, LedgerError, Place
from avow.ledger.block import Packed, pack_columns
from avow.ledger.chain import Chain, now, unreachable
from avow.ledger.entry import NOBODY, UNKNOWN_COUNT, Digest, Digester, Entry, Kind, Line, Shape, check_entry
from avow.ledger.heads import Head, export_head, find_last_head
from avow.ledger.keys import load_digester, load_key

BLOCK = 1000
TURN = 8  # blocks in one transaction: where entries come fast, they wait for one disk together
LARGEST_QUEUE = 1_000_000
_WIDTH = 4  # places in the queue for an entry
_PLENTY = _WIDTH * TURN * BLOCK // 2  # no need to wait for more
_MOST_SHAPES = 10_000
_alive: weakref.WeakSet[Ledger] = weakref.WeakSet()
_kept: list[object] = []  # a child must not close its parent's connections: kept from the collector


@dataclass(frozen=True)
class Receipt:
    """Where an entry stands: block `number`, entry `index` in it."""

    number: int
    index: int


Queue = deque[Any]
"""For each entry its line (None: nothing to write, only somebody who waits), nanoseconds since 1970, rows, and who waits (mostly
None), one behind the other: no tuple is made that one thread fills and another one frees. Whoever puts in an entry does so in
one step of the interpreter (`extend`), so that no lock is needed and the length is always that of whole entries."""


class Ledger:
    """One process's way into the ledger. Safe for threads; a forked child starts with a queue of its own."""

    def __init__(
        self,
        dsn: str,
        key: Path | None = None,
        heads: Path | None = None,
        digest_key: Path | None = None,
        every: float = 0.05,
        head_every: float = 1.0,
    ) -> None:
        self._dsn, self._key, self._heads = dsn, load_key(key) if key else None, heads
        self._digester = load_digester(digest_key) if digest_key else None
        self._every, self._head_every = every, head_every
        self._exported = _last_exported(heads)
        self._nonces: OrderedDict[str, bytes] = OrderedDict()
        self._shapes: dict[tuple[object, ...], Shape] = {}  # of entries that need no second look
        self._start_empty()
        self._connected()
        _alive.add(self)
        if key:
            self._start_thread()
        atexit.register(self.close)

    def _start_empty(self) -> None:
        self._queue: Queue = deque()
        self._wake = threading.Event()
        self._lock = threading.RLock()
        self._thread: threading.Thread | None = None
        self._chain: Chain | None = None
        self._idle = True
        self._flowing = False  # the thread is awake and will look again: appending is all there is to do
        self._busy = False
        self._hurry = False  # somebody waits: seal at once, with whoever else is there
        self._closing = False
        self._give_up = 0.0
        self._in_hand = 0  # taken from the queue, not written yet
        self._sealed = 0
        self._failure: LedgerError | None = None
        self._signed_size = self._exported.size if self._exported else -1
        self._next_head = 0.0

    def start_in_child(self) -> None:
        """After a fork: the parent keeps its queue, thread and connection; the child gets its own at first use."""
        _kept.append((self._chain, self._queue, self._thread))
        self._start_empty()

    @property
    def digester(self) -> Digester:
        """Raises LedgerError when the ledger was opened without a digest key."""
        if self._digester is None:
            raise LedgerError(_no_digester())
        return self._digester

    def subject_digest(self, subject: str) -> Digest:
        """The digest of a data subject, under the key of this subject (made at first use)."""
        digester = self.digester
        nonce = self._nonces.get(subject)
        if nonce is None:
            with self._lock:
                nonce = self._nonces[subject] = self._connected().get_nonce(digester.reference(subject))
                if len(self._nonces) > 10_000:
                    self._nonces.popitem(last=False)
        return digester.subject_digest(subject, nonce)

    def drop_subject_key(self, subject: str) -> bool:
        """At erasure: from now on nobody can tell which entries are about this person. False if there was no key.
        Other processes forget it when they end or have met 10,000 other people."""
        with self._lock:
            self._nonces.pop(subject, None)
            return self._connected().drop_nonce(self.digester.reference(subject))

    def record(self, entry: Entry) -> None:
        """Queues one entry. Raises LedgerError when it is not an entry, or the queue is full or closed."""
        self._put(self._line(entry), entry.at * 1000, entry.rows, None)

    def check_line(self, kind: Kind, pair: str, tables: str, columns: str, actor: Digest, of: Digest) -> Line:
        """What is the same for many entries, looked at once: for `record_line`. Raises LedgerError."""
        return self._line(Entry(kind, 0, pair, tables, columns, actor, of, 0))

    def record_line(self, line: Line, rows: int) -> None:
        """Queues an entry that happens now; `rows` -1: nobody knows how many. Raises LedgerError when the queue is full or
        closed."""
        queue = self._queue
        if self._flowing and len(queue) < _PLENTY:
            queue.extend((line, time_ns(), rows, None))
        else:
            self._put(line, time_ns(), rows, None)

    def record_and_wait(self, entry: Entry, seconds: float = 10.0) -> Receipt:
        """Queues one entry and waits until its block is durable. Raises LedgerError `ledger.not-durable` after
        `seconds`: then the access must not go on."""
        waiting: Future[Receipt] = Future()
        self._put(self._line(entry), entry.at * 1000, entry.rows, waiting)
        try:
            return waiting.result(seconds)
        except FutureTimeout:
            raise LedgerError(_not_durable(seconds)) from self._failure

    def record_access(
        self,
        kind: Kind,
        pair: str,
        tables: str,
        columns: str,
        actor: Digest,
        of: Digest = NOBODY,
        rows: int = 1,
        wait: bool = False,
    ) -> Receipt | None:
        """An access that happens now. With `wait` it is durable when this returns."""
        entry = Entry(kind, now(), pair, tables, columns, actor, of, rows)
        if wait:
            return self.record_and_wait(entry)
        self.record(entry)
        return None

    def _line(self, entry: Entry) -> Line:
        kind, _, pair, tables, columns, actor, of, rows = entry
        key = kind, pair, tables, columns, actor
        shape = self._shapes.get(key)
        if shape is None or type(actor) is not Digest or type(of) is not Digest or not 0 <= rows <= UNKNOWN_COUNT:
            check_entry(entry)
            if len(self._shapes) >= _MOST_SHAPES:
                self._shapes.clear()
            shape = self._shapes[key] = Shape(int(kind), pair, tables, columns, actor)
        return Line(shape, of)

    def _put(self, line: Line | None, at: int, rows: int, waiting: Future[Receipt] | None) -> None:
        if self._closing:
            raise LedgerError(_closed())
        if len(self._queue) >= _WIDTH * LARGEST_QUEUE:
            raise LedgerError(_queue_full()) from self._failure
        self._queue.extend((line, at, rows, waiting))
        if self._thread is None:
            self._start_thread()
        if waiting is not None:
            self._hurry = True
        if self._hurry or self._idle or len(self._queue) >= _PLENTY:
            self._wake.set()

    def _start_thread(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="avow-ledger", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            if not self._queue:
                self._idle, self._flowing = True, False
                if not self._queue:  # asked again: an entry may have come before `_idle` was seen
                    self._wake.wait(self._head_every if self._key else None)
                self._idle, self._flowing = False, not self._closing
            if not (self._closing or self._hurry) and 0 < len(self._queue) < _PLENTY:
                self._wake.clear()
                self._wake.wait(self._every)
            self._wake.clear()
            if self._queue:
                self._seal()
            self._sign_if_due()
            if self._closing and not self._queue:
                return

    def _seal(self) -> None:
        self._busy, self._hurry = True, False
        take = self._queue.popleft
        self._write([take() for _ in range(min(_WIDTH * TURN * BLOCK, len(self._queue)))])
        self._busy = False

    def _write(self, taken: list[Any]) -> None:
        lines, times, rows, waiting = (taken[i::_WIDTH] for i in range(_WIDTH))
        entries = [lines, times, rows]
        if None in lines:
            wanted = [line is not None for line in lines]
            entries = [list(compress(column, wanted)) for column in entries]
        self._in_hand = len(entries[0])
        number = self._append(list(_packed(*entries))) if self._in_hand else 0
        if number is None:
            return
        self._in_hand = 0
        if any(waiting):
            _tell(number, lines, waiting)

    def _append(self, packed: list[Packed]) -> int | None:
        """The number of the first block once all are durable; None when the ledger is closed before they are."""
        since: int | None = None
        while True:
            try:
                with self._lock:
                    chain = self._connected()
                    number = None if since is None else chain.find_block(packed[0].body_digest, since)
                    since = self._sealed
                    number = chain.append(*packed) if number is None else number
                break
            except (psycopg.Error, LedgerError) as error:
                self._note_failure(error)
                if self._closing and time.monotonic() > self._give_up:
                    return None
                time.sleep(0.1)
        self._sealed, self._failure = number + len(packed), None
        return number

    def _note_failure(self, error: psycopg.Error | LedgerError) -> None:
        self._failure = error if isinstance(error, LedgerError) else LedgerError(unreachable(error))
        with self._lock:
            if self._chain is not None:
                self._chain.close()
                self._chain = None

    def _connected(self) -> Chain:
        if self._chain is None:
            self._chain = open_chain(self._dsn)
        return self._chain

    def _sign_if_due(self) -> None:
        if self._key is None or time.monotonic() < self._next_head:
            return
        self._next_head = time.monotonic() + self._head_every
        try:
            with self._lock:
                if self._connected().size() != self._signed_size:
                    self.sign_head()
        except LedgerError as error:
            self._failure = error
        except psycopg.Error as error:
            self._note_failure(error)

    @property
    def failure(self) -> LedgerError | None:
        """What keeps the sealing thread from its work now; None while all is well."""
        return self._failure

    def sign_head(self) -> Head:
        """Signs the tree as it is now, stores the head and exports it. Raises LedgerError, also when the tree does not
        continue the last head (`ledger.forked`)."""
        if self._key is None:
            raise LedgerError(_no_signing_key())
        with self._lock:
            self._exported = _last_exported(self._heads) or self._exported
            head = self._connected().sign(self._key, self._exported)
            if self._heads is not None:
                export_head(self._heads, head)
            self._exported, self._signed_size = head, head.size
        return head

    def flush(self, seconds: float = 10.0) -> None:
        """Waits until everything queued so far is durable, without adding an entry. Raises LedgerError."""
        if not self._queue and not self._busy:  # in this order: the thread is busy before it takes from the queue
            return
        waiting: Future[Receipt] = Future()
        self._put(None, 0, 0, waiting)
        try:
            waiting.result(seconds)
        except FutureTimeout:
            raise LedgerError(_not_durable(seconds)) from self._failure

    def close(self, seconds: float = 10.0) -> None:
        """Seals what is queued, signs a last head if there is a key, and ends the thread. Raises LedgerError
        `ledger.not-durable` if the database did not take everything in time: then entries are lost."""
        self._give_up = time.monotonic() + seconds
        self._closing, self._flowing, self._next_head = True, False, 0.0
        self._wake.set()
        if self._thread is not None:
            self._thread.join(seconds)
        with contextlib.suppress(psycopg.Error), self._lock:
            if self._chain is not None:
                self._chain.close()
                self._chain = None
        atexit.unregister(self.close)
        lost, self._in_hand = self._in_hand + sum(line is not None for line in list(self._queue)[::_WIDTH]), 0
        self._queue.clear()
        if lost:
            raise LedgerError(_lost(lost, seconds)) from self._failure

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_ledger(dsn: str, key: Path | None = None, heads: Path | None = None, digest_key: Path | None = None) -> Ledger:
    """`key` signs heads, `heads` is the exported file; a process that only records needs neither. Raises LedgerError
    when the database cannot be reached, holds no ledger, or a key file cannot be used."""
    return Ledger(dsn, key, heads, digest_key)


def _packed(lines: Sequence[Line], times: Sequence[int], rows: Sequence[int]) -> Iterator[Packed]:
    for start in range(0, len(lines), BLOCK):
        part = slice(start, start + BLOCK)
        yield pack_columns((lines[part], times[part], rows[part]), secrets.token_bytes(16))


def _tell(number: int, lines: Sequence[Line | None], waiting: Sequence[Future[Receipt] | None]) -> None:
    """Everybody who waits, where their entry stands: the first of all is in block `number`."""
    index = 0
    for line, one in zip(lines, waiting, strict=True):
        if one is not None:
            one.set_result(Receipt(number + index // BLOCK, index % BLOCK))
        index += line is not None


def open_chain(dsn: str) -> Chain:
    """A connection of its own. Raises LedgerError."""
    try:
        return Chain(dsn)
    except psycopg.Error as error:
        raise LedgerError(unreachable(error)) from error


def _last_exported(heads: Path | None) -> Head | None:
    return None if heads is None else find_last_head(heads)


def _reset_after_fork() -> None:
    for ledger in list(_alive):
        ledger.start_in_child()


os.register_at_fork(after_in_child=_reset_after_fork)


def _diagnose(code: str, cause: str, help: str, so: str) -> Diagnostic:
    return Diagnostic(Place("ledger"), code, cause, help, so)


def _no_digester() -> Diagnostic:
    return _diagnose(
        "ledger.no-digest-key",
        "the ledger was opened without the company's digest key",
        "name the digest key file when the ledger is opened",
        "no person or query can be recorded, not even as a digest",
    )


def _no_signing_key() -> Diagnostic:
    return _diagnose(
        "ledger.no-signing-key",
        "the ledger was opened without its signing key",
        "name the key file (`ledger.key` in avow.toml) in the process that signs heads",
        "blocks are sealed, but no head says what they were",
    )


def _not_durable(seconds: float) -> Diagnostic:
    return _diagnose(
        "ledger.not-durable",
        f"the entry's block was not durable after {seconds:g} seconds",
        "look whether the ledger's database answers",
        "an access that may never be unlogged must not go on; the entry is still queued and may be written later",
    )


def _lost(count: int, seconds: float) -> Diagnostic:
    return _diagnose(
        "ledger.not-durable",
        f"the ledger was closed while its database did not answer: {count} entries were not written in {seconds:g} seconds",
        "look whether the ledger's database answers; close only when it does",
        "these accesses are not recorded: say so where accesses are accounted for",
    )


def _queue_full() -> Diagnostic:
    return _diagnose(
        "ledger.queue-full",
        f"{LARGEST_QUEUE} entries wait to be sealed",
        "look whether the ledger's database answers, then try again",
        "the access is not recorded; the caller decides whether it may go on",
    )


def _closed() -> Diagnostic:
    return _diagnose(
        "ledger.closed",
        "the ledger was closed in this process",
        "open it again before recording",
        "the access is not recorded",
    )
