"""Finds entries in the ledger, newest first, and says of each whether its proof holds under a signed head.

Reads a bounded number of blocks for each page and says how far it looked. Writes nothing, makes no nonce, and refuses to call an
entry proven that no signed head covers: such an entry is only sealed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.resources import files
from typing import Any

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from avow.errors import Diagnostic, LedgerError, Place
from avow.ledger.block import GROUP, BadBlock, Header, read_entries, read_header, read_leaves
from avow.ledger.chain import Chain, unreachable
from avow.ledger.entry import Digest, Digester, Entry, Kind
from avow.ledger.heads import Head
from avow.ledger.reading import find_digests
from avow.ledger.recorder import open_chain
from avow.ledger.tree import inclusion_holds, leaf_hash

PROVEN, SEALED, UNREADABLE = "proven", "sealed", "unreadable"


@dataclass(frozen=True)
class Wanted:
    """What is looked for; "" and () mean any. `since` and `until` are microseconds since 1970 UTC (0: no bound)."""

    pair: str = ""
    kind: str = ""
    of: tuple[Digest, ...] = ()
    about_somebody: bool = False  # True: `of` decides, also when it is empty (a person that the ledger never met)
    since: int = 0
    until: int = 0

    def meets(self, entry: Entry) -> bool:
        return (
            (not self.pair or self.pair in entry.pair)
            and (not self.kind or entry.kind.name.lower() == self.kind)
            and (not self.about_somebody or entry.of in self.of)
            and entry.at >= self.since
            and (not self.until or entry.at < self.until)
        )


@dataclass(frozen=True)
class Found:
    """One entry with its place. `proof` is proven (a signed head covers it, and the path holds), sealed, or unreadable."""

    block: int
    index: int
    entry: Entry
    proof: str

    @property
    def actor_hex(self) -> str:
        """The first half of the actor's digest: enough to tell two apart."""
        return self.entry.actor.hex()[:16]

    @property
    def of_hex(self) -> str:
        return self.entry.of.hex()[:16]


@dataclass(frozen=True)
class Page:
    """`next_before` is the block before which the next page looks; 0: everything was looked at."""

    found: tuple[Found, ...] = ()
    blocks: int = 0
    next_before: int = 0
    signed_size: int = 0
    size: int = 0
    unreadable: tuple[int, ...] = field(default=())


def find_subject_digests(dsn: str, digester: Digester, subjects: Sequence[str]) -> tuple[Digest, ...]:
    """The digests under which the ledger may know these subjects; none for those that it never met or has forgotten."""
    try:
        with psycopg.connect(dsn, autocommit=True) as connection:
            return tuple(find_digests(connection, digester, subjects))
    except psycopg.Error as error:
        raise LedgerError(unreachable(error)) from error


def search_ledger(
    dsn: str, wanted: Wanted, key: Ed25519PublicKey | None, before: int = 0, blocks: int = 500, limit: int = 100
) -> Page:
    """One page of entries. `before` 0 begins with the newest block; reads at most `blocks` blocks. Raises LedgerError."""
    chain = open_chain(dsn)
    try:
        return _Search(chain, wanted, key).run(before, blocks, limit)
    except psycopg.Error as error:
        raise LedgerError(unreachable(error)) from error
    finally:
        chain.close()


class _Search:
    def __init__(self, chain: Chain, wanted: Wanted, key: Ed25519PublicKey | None) -> None:
        self.chain, self.wanted = chain, wanted
        self.head = self._newest_head(key)

    def _newest_head(self, key: Ed25519PublicKey | None) -> Head | None:
        row = self.chain.conn.execute(
            "SELECT size, at, root, signature FROM ledger.head ORDER BY size DESC, at DESC LIMIT 1"
        ).fetchone()
        if row is None or key is None:
            return None
        head = Head(row[0], row[1], self.chain.log, row[2], row[3])
        return head if head.verifies((key,)) else None

    def run(self, before: int, blocks: int, limit: int) -> Page:
        found: list[Found] = []
        bad: list[int] = []
        looked, last = 0, 0
        size = self.chain.size()
        for number, header, body in self._blocks(before or size, blocks):
            looked, last = looked + 1, number
            try:
                at = read_header(header).at
                found += self._of_block(number, header, body)
            except BadBlock:
                bad.append(number)
                continue
            # an entry is never younger than its block: older blocks hold nothing of the wanted time
            if len(found) >= limit or at < self.wanted.since:
                last = number if at >= self.wanted.since else 0
                break
        return Page(tuple(found), looked, last, self.head.size if self.head else 0, size, tuple(bad))

    def _blocks(self, before: int, blocks: int) -> Iterator[tuple[int, bytes, bytes]]:
        with self.chain.conn.transaction(), self.chain.conn.cursor(name="ledger_search") as cursor:
            cursor.itersize = 50
            cursor.execute(_statement(), {"before": before, "blocks": blocks})
            yield from cursor

    def _of_block(self, number: int, header: bytes, body: bytes) -> list[Found]:
        met = [(i, entry) for i, entry in enumerate(read_entries(body)) if self.wanted.meets(entry)]
        whole = bool(met) and self._body_fits(read_header(header), body)
        return [Found(number, i, entry, self._proof(number, i, whole)) for i, entry in reversed(met)]

    def _body_fits(self, header: Header, body: bytes) -> bool:
        return sha256(body).digest() == header.body_digest and read_leaves(body)[2] == header.count

    def _proof(self, number: int, index: int, whole: bool) -> str:
        if not whole:
            return UNREADABLE
        if self.head is None or number >= self.head.size:
            return SEALED
        return PROVEN if proof_holds(self.chain, number, index, self.head) else UNREADABLE


def proof_holds(chain: Chain, number: int, index: int, head: Head) -> bool:
    """True when the paths lead from the entry to its block and from the block to the signed root."""
    proof = chain.prove_entry(number, index, head.size)
    header = read_header(proof.header)
    in_block = inclusion_holds(sha256(proof.leaf).digest(), proof.number, proof.size, proof.path, header.root)
    at = proof.number * GROUP + proof.index == index
    return at and in_block and inclusion_holds(leaf_hash(proof.header), number, head.size, proof.block_path, head.root)


def _statement() -> bytes:
    return files("avow.ledger").joinpath("sql/search.sql").read_bytes()


def list_pairs(connection: psycopg.Connection[Any], blocks: int = 2000) -> tuple[str, ...]:
    """Every pair that uses in the newest `blocks` blocks name, sorted; what was refused is no use. None where there is no ledger.
    Raises LedgerError."""
    if connection.execute("SELECT to_regclass('ledger.block')").fetchone() == (None,):
        return ()
    found: set[str] = set()
    with connection.transaction(), connection.cursor(name="ledger_pairs") as cursor:
        cursor.itersize = 50
        cursor.execute(_statement(), {"before": 2**62, "blocks": blocks})
        for number, _, body in cursor:
            try:
                found |= {e.pair for e in read_entries(body) if e.pair and e.kind != Kind.REFUSED}
            except BadBlock as error:
                raise LedgerError(_unreadable(number)) from error
    return tuple(sorted(found))


def _unreadable(number: int) -> Diagnostic:
    return Diagnostic(
        Place(f"ledger block {number}"),
        "ledger.block-changed",
        f"block {number} is not what the ledger wrote",
        "run `avow ledger verify`, and find out who changed the ledger's tables",
        "nobody can say which uses were recorded there",
    )
