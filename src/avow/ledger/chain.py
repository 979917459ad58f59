"""The ledger's rows: blocks are appended, heads signed, proofs read. One connection, used by one thread at a time.

Promises that a block, its tree nodes and the new tree state stand in one transaction, that several processes append in turn
(by the lock of the tree's one row), and that no head is signed that does not continue the last one signed or exported.
Refuses to change or delete a row, and knows no key but the one it is handed to sign with.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import NamedTuple

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult

from avow.errors import Diagnostic, LedgerError, Place
from avow.ledger.block import FORMAT, GROUP, Header, Packed, read_leaves
from avow.ledger.heads import Head, sign_head
from avow.ledger.tree import (
    EMPTY_ROOT,
    Frontier,
    GetNode,
    consistency_holds,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_of,
)

LOCK = 0x41564F57  # "AVOW": two processes that create the ledger at once take turns
_LOCK = "SELECT pg_advisory_xact_lock(%s)"
# The lock of the one row makes writers take turns; a writer that finds the state that it left itself needs no look before.
_LOOK = "SELECT size, root, peaks FROM ledger.tree"
_STATE = f"{_LOOK} FOR UPDATE"
_TRIES = 4  # without the lock: whoever holds it keeps all others waiting for as long as it thinks


@cache
def _sql(name: str) -> str:
    return files("avow.ledger").joinpath(f"sql/{name}.sql").read_text(encoding="utf-8")


@dataclass(frozen=True)
class EntryProof:
    """That one entry stands in the ledger: it is number `index` of those in `leaf`; leaf `number` of `size` -> block (`path`)
    -> tree (`block_path`)."""

    leaf: bytes
    index: int
    number: int
    size: int
    path: tuple[bytes, ...]
    header: bytes
    block_path: tuple[bytes, ...]
    tree_size: int


def now() -> int:
    """Microseconds since 1970 UTC."""
    return time.time_ns() // 1000


def create_ledger(dsn: str) -> None:
    """Makes schema `ledger` in the database, or leaves it as it is. Raises LedgerError when that is not possible."""
    try:
        with psycopg.connect(dsn) as conn:
            conn.execute(_LOCK, [LOCK])
            conn.execute("SET LOCAL client_min_messages = warning")
            conn.execute(_sql("schema"))
            start = {"id": secrets.token_bytes(16), "format": FORMAT, "root": EMPTY_ROOT}
            conn.execute(_sql("start"), start)
    except psycopg.Error as error:
        raise LedgerError(unreachable(error)) from error


def split_peaks(size: int, peaks: bytes) -> Frontier:
    """Raises ValueError."""
    return Frontier(size, [peaks[i : i + 32] for i in range(0, len(peaks), 32)])


class _State(NamedTuple):
    """The tree's one row."""

    size: int
    root: bytes
    peaks: bytes


class Chain:
    """Appends and reads. Raises psycopg.Error as it comes: the queue above decides whether to try again."""

    def __init__(self, dsn: str) -> None:
        self.conn = psycopg.connect(dsn, autocommit=True, prepare_threshold=0, application_name="avow-ledger")
        self.conn.execute("SET synchronous_commit = on")
        self.cursor = self.conn.cursor()  # kept: a new one for each statement costs as much as sending it
        try:
            row = self.conn.execute("SELECT id, format FROM ledger.log").fetchone()
        except (psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege):
            self.conn.close()
            raise LedgerError(_not_created()) from None
        if row is None or row[1] != FORMAT:
            self.conn.close()
            raise LedgerError(_not_created())
        self.log: bytes = row[0]
        self._prepared = False
        self._left: _State | None = None  # how this writer left the tree: most often it is still so

    def close(self) -> None:
        self.conn.close()

    def append(self, *blocks: Packed) -> int:
        """The number of the first of the new blocks, which follow each other and are durable when this returns."""
        state, tries = self._left, _TRIES
        while tries:
            number = None if state is None else self._insert(state, blocks)
            if number is not None:
                return number
            state, tries = self._read_state(_LOOK), tries - 1  # the first time, or somebody else wrote in between
        with self.conn.transaction():  # others wrote again and again: now nobody can
            number = self._insert(self._read_state(_STATE), blocks)
        assert number is not None
        return number

    def _read_state(self, query: str) -> _State:
        row = self.cursor.execute(query.encode()).fetchone()
        assert row is not None
        return _State(*row)

    def _insert(self, state: _State, blocks: Sequence[Packed]) -> int | None:
        """The number of the first block, or None where the tree is not in `state` any more: then nothing was done."""
        self._left = None
        frontier = split_peaks(state.size, state.peaks)
        first, at = frontier.size, now()
        headers, root = [], state.root
        made: list[tuple[int, int, bytes]] = []
        for number, one in enumerate(blocks, first):
            headers.append(Header(number, self.log, at, one.count, root, one.root, one.body_digest).pack())
            made += frontier.append(leaf_hash(headers[-1]))
            root = frontier.root()
        after = _State(frontier.size, root, b"".join(frontier.peaks))
        levels, indexes, hashes = zip(*made, strict=True)
        lengths = [len(one.body) for one in blocks]
        rows: list[int | bytes | Sequence[int]] = [
            b"".join(headers),
            len(headers[0]),
            b"".join(one.body for one in blocks),
        ]
        rows += [lengths, levels, indexes, b"".join(hashes)]
        if not self._run_append([*after, state.size, state.root, *rows]):
            return None
        self._left = after
        return first

    def _run_append(self, values: Sequence[int | bytes | Sequence[int]]) -> bool:
        """Whether the tree was in the expected state. By libpq itself: a cursor's way of finding out how to send what costs
        more than the statement. Raises psycopg.Error."""
        server = self.conn.pgconn
        if not self._prepared:
            _check(server.prepare(b"avow_append", _sql("append").encode()), ExecStatus.COMMAND_OK)
            self._prepared = True
        texts = [v if isinstance(v, bytes) else str(v).encode() if isinstance(v, int) else _array(v) for v in values]
        result = server.exec_prepared(b"avow_append", texts, [isinstance(v, bytes) for v in values])
        _check(result, ExecStatus.TUPLES_OK)
        return result.ntuples == 1

    def find_block(self, body_digest: bytes, since: int) -> int | None:
        """The number of the block at or after `since` that stores this body: was the lost commit one after all?"""
        rows = self.conn.execute(
            "SELECT number FROM ledger.block WHERE number >= %s AND sha256(body) = %s", (since, body_digest)
        ).fetchone()
        return None if rows is None else int(rows[0])

    def size(self) -> int:
        row = self.conn.execute("SELECT size FROM ledger.tree").fetchone()
        assert row is not None
        return int(row[0])

    def sign(self, key: Ed25519PrivateKey, exported: Head | None) -> Head:
        """Signs the tree as it is. `exported` is the last head outside. Raises LedgerError if the tree does not
        continue it, or the last head in the database."""
        with self.conn.transaction():
            size, root, _ = self._read_state(_STATE)
            for last in filter(None, dict.fromkeys((exported, self._find_last_head()))):  # mostly one and the same
                self._check_continues(last, size, root)
            head = sign_head(key, size, now(), self.log, root)
            self.conn.execute("INSERT INTO ledger.head VALUES (%s, %s, %s, %s)", (size, head.at, root, head.signature))
        return head

    def _find_last_head(self) -> Head | None:
        row = self.conn.execute(
            "SELECT size, at, root, signature FROM ledger.head ORDER BY size DESC, at DESC LIMIT 1"
        ).fetchone()
        return None if row is None else Head(row[0], row[1], self.log, row[2], row[3])

    def _check_continues(self, last: Head, size: int, root: bytes) -> None:
        if last.log == self.log and last.size <= size:
            proof = self._prove(lambda get: consistency_proof(get, last.size, size))
            if consistency_holds(last.size, size, last.root, root, proof):
                return
        raise LedgerError(_forked(last.size, size))

    def prove_consistency(self, old: int, new: int) -> list[bytes]:
        """RFC 6962 consistency proof between two sizes. Raises ValueError out of range."""
        if new > self.size():
            raise ValueError(f"the ledger has fewer than {new} blocks")
        return self._prove(lambda get: consistency_proof(get, old, new))

    def prove_entry(self, number: int, index: int, tree_size: int) -> EntryProof:
        """That entry `index` of block `number` is in the tree of `tree_size`. Raises ValueError out of range."""
        row = self.conn.execute("SELECT header, body FROM ledger.block WHERE number = %s", [number]).fetchone()
        if row is None or tree_size > self.size():
            raise ValueError("there is no such block or tree")
        _, leaves, count = read_leaves(row[1])
        if not 0 <= index < count:
            raise ValueError(f"the block has {count} entries")

        def get(level: int, at: int) -> bytes:
            part = leaves[at << level : (at + 1) << level]
            return root_of([sha256(leaf).digest() for leaf in part])

        at, inside = divmod(index, GROUP)
        path = inclusion_proof(get, at, len(leaves))
        block_path = self._prove(lambda node: inclusion_proof(node, number, tree_size))
        return EntryProof(leaves[at], inside, at, len(leaves), tuple(path), row[0], tuple(block_path), tree_size)

    def _prove(self, make: Callable[[GetNode], list[bytes]]) -> list[bytes]:
        """Runs `make` twice: first to learn which nodes it asks for, then with those, fetched in one query."""
        wanted: set[tuple[int, int]] = set()

        def note(level: int, index: int) -> bytes:
            wanted.add((level, index))
            return b""

        make(note)
        rows = self.conn.execute(
            "SELECT n.level, n.index, n.hash FROM ledger.node n"
            " JOIN unnest(%s::smallint[], %s::bigint[]) AS w(level, index) USING (level, index)",
            ([level for level, _ in wanted], [index for _, index in wanted]),
        ).fetchall()
        nodes = {(level, index): hash_ for level, index, hash_ in rows}
        return make(lambda level, index: nodes.get((level, index), b""))

    def get_nonce(self, reference: bytes) -> bytes:
        """The subject's nonce, made at first use."""
        parameters = {"reference": reference, "nonce": secrets.token_bytes(32)}
        while True:
            row = self.conn.execute(_sql("nonce"), parameters).fetchone()
            if row is not None:  # none: another writer's row became visible only after this snapshot
                return bytes(row[0])

    def drop_nonce(self, reference: bytes) -> bool:
        """Makes the subject's digests unreadable for good. False if there was none."""
        done = self.conn.execute("DELETE FROM ledger.subject_nonce WHERE reference = %s", [reference])
        return done.rowcount > 0


def _array(numbers: Sequence[int]) -> bytes:
    return f"{{{','.join(map(str, numbers))}}}".encode()


def _check(result: PGresult, wanted: ExecStatus) -> None:
    if result.status != wanted:
        raise psycopg.errors.error_from_result(result)


def unreachable(error: psycopg.Error) -> Diagnostic:
    """`error` is named by its SQL state only: its text may quote what was sent."""
    return Diagnostic(
        Place("ledger"),
        "ledger.unreachable",
        f"the ledger's database cannot be reached or refused (SQL state {error.sqlstate or 'none'})",
        "start the database or mend AVOW_CONTROL_DSN; its log has the server's own words",
        "nothing is recorded until then; accesses that must not be lost are refused",
    )


def _not_created() -> Diagnostic:
    return Diagnostic(
        Place("ledger"),
        "ledger.not-created",
        "the database has no ledger that this version of avow can write, or this login may not use it",
        "create it as the control database's owner, or grant this login the schema `ledger`",
        "nothing is recorded",
    )


def _forked(signed: int, size: int) -> Diagnostic:
    return Diagnostic(
        Place("ledger"),
        "ledger.forked",
        f"the ledger of {size} blocks does not continue the signed head over {signed} blocks",
        "run `avow ledger verify` with the exported heads; restore the ledger from before the change",
        "no further head is signed: a signature would give a changed past a good name",
    )
