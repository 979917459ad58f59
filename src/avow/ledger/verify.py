"""A separate small program: recomputes the whole ledger from its rows and names every row that does not fit.

Promises that a change to any column of log, block, node, tree or head, a missing, swapped or added row, and a signature by
another key is found; the first block, node or head concerned is named. Trusts the public keys it is handed, nothing else.
Refuses to call a ledger whole when no head from outside says how long it was: "truncation cannot be excluded".
Imports nothing of avow but this folder and the errors, writes nothing, and reads in one read-only snapshot.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from avow.errors import AvowError, Collector, Diagnostic, LedgerError, Place
from avow.ledger.block import FORMAT, BadBlock, Header, leaves_root, read_header, read_leaf, read_leaves
from avow.ledger.heads import Head, load_heads
from avow.ledger.keys import load_public_key
from avow.ledger.tree import Frontier, leaf_hash

_SO = "what the ledger says of that time is not proof any more"
_MOST_FINDINGS = 100


@dataclass
class Verification:
    """`findings` empty: consistent. `excluded_before` is the size up to which an outside head excludes truncation."""

    findings: list[Diagnostic] = field(default_factory=list)
    blocks: int = 0
    entries: int = 0
    heads: int = 0
    outside: Head | None = None

    @property
    def holds(self) -> bool:
        return not self.findings

    def summary(self) -> str:
        """One sentence, without rounding up."""
        counted = f"{self.blocks} blocks, {self.entries} entries, {self.heads} signed heads"
        if not self.holds:
            return f"not consistent ({counted}): {len(self.findings)} findings"
        if self.outside is None:
            return f"consistent, but truncation cannot be excluded ({counted}): no head from outside was given"
        when = datetime.fromtimestamp(self.outside.at / 1e6, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        later = self.blocks - self.outside.size
        tail = f"; for {later} later blocks truncation cannot be excluded" if later else ""
        return f"consistent and whole up to block {self.outside.size - 1}, as signed {when} ({counted}){tail}"


def verify_ledger(dsn: str, keys: Sequence[Ed25519PublicKey], outside: Sequence[Head] | None = None) -> Verification:
    """Reads everything. `outside` are heads that were kept elsewhere; None if there are none. Raises psycopg.Error."""
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        return _Verifier(conn, keys, outside).run()


class _Verifier:
    def __init__(
        self,
        conn: psycopg.Connection[tuple[Any, ...]],
        keys: Sequence[Ed25519PublicKey],
        outside: Sequence[Head] | None,
    ) -> None:
        self.conn, self.keys, self.outside = conn, keys, outside
        self.found = Collector()
        self.done = Verification()
        self.frontier = Frontier()
        self.log = b""

    def run(self) -> Verification:
        self.log = self._check_log()
        heads = self._check_signatures()
        roots = self._check_blocks({head.size for head in heads})
        self._check_tree()
        for head in heads:
            self._check_head(head, roots)
        self.done.findings = self.found.found[:_MOST_FINDINGS]
        self.done.blocks, self.done.heads = self.frontier.size, len(heads)
        return self.done

    def _rows(self, query: str, name: str) -> Iterator[tuple[Any, ...]]:
        with self.conn.cursor(name=name) as cursor:
            cursor.itersize = 200
            cursor.execute(query.encode())
            yield from cursor

    def _check_log(self) -> bytes:
        rows = self.conn.execute("SELECT id, format FROM ledger.log").fetchall()
        if len(rows) != 1 or rows[0][1] != FORMAT:
            self._add("ledger.log-changed", "log", "the row that says which ledger this is was changed or is missing")
        return rows[0][0] if rows and isinstance(rows[0][0], bytes) else b""

    def _check_signatures(self) -> list[Head]:
        """All heads of the database and from outside; those that no trusted key signed are named and left out."""
        rows = self.conn.execute("SELECT size, at, root, signature FROM ledger.head ORDER BY size, at")
        stored = [Head(row[0], row[1], self.log, row[2], row[3]) for row in rows.fetchall()]
        good = []
        for head in stored:
            if head.verifies(self.keys):
                good.append(head)
            else:
                self._add(
                    "ledger.head-changed",
                    f"head {head.size}",
                    f"the signature of the head over {head.size} blocks is not by a trusted key for this head",
                )
        return good + self._check_outside(set(good))

    def _check_outside(self, stored: set[Head]) -> list[Head]:
        good = []
        for head in self.outside or ():
            if not head.verifies(self.keys):
                cause = f"the outside head over {head.size} blocks is not signed by a trusted key"
                self._add("ledger.head-changed", f"outside head {head.size}", cause)
            elif head.log != self.log:
                cause = f"the outside head over {head.size} blocks is signed for another ledger than these rows"
                self._add("ledger.log-changed", f"outside head {head.size}", cause)
            else:
                if head not in stored:
                    cause = f"the head over {head.size} blocks was exported, but its row is missing or changed"
                    self._add("ledger.head-missing", f"head {head.size}", cause)
                good.append(head)
        self.done.outside = max(good, default=None)
        return good

    def _check_blocks(self, sizes: set[int]) -> dict[int, bytes]:
        """Walks blocks and nodes side by side; gives the recomputed root at each of `sizes`."""
        nodes = _NodeWalk(self._rows(_sql("walk_nodes"), "nodes"))
        roots = {0: self.frontier.root()}
        query = "SELECT number, header, body FROM ledger.block ORDER BY number"
        for number, header, body in self._rows(query, "blocks"):
            self._check_block(number, header, body)
            size = self.frontier.size
            for level, index, hash_ in self.frontier.append(leaf_hash(header)):
                if not nodes.take(level, index, hash_):
                    cause = f"the stored hash of subtree {level}/{index} is not that of the blocks below it"
                    self._add("ledger.node-changed", f"block {size}, node {level}/{index}", cause)
            if size + 1 in sizes:
                roots[size + 1] = self.frontier.root()
        for level, index in nodes.rest():
            cause = f"there is a hash of subtree {level}/{index}, but not the blocks below it"
            self._add("ledger.node-changed", f"node {level}/{index}", cause)
        return roots

    def _check_block(self, number: int, header: bytes, body: bytes) -> None:
        expected, place = self.frontier.size, f"block {number}"
        if number != expected:
            cause = f"block {expected} is missing: block {number} stands in its place"
            self._add("ledger.block-missing", f"block {expected}", cause)
        try:
            found = read_header(header)
            self._check_header(number, found)
            if sha256(body).digest() != found.body_digest:
                raise BadBlock("the body is not the one that the header binds")
            self._check_entries(found, body)
        except (BadBlock, AvowError) as error:
            cause = str(error) if isinstance(error, BadBlock) else "a name of the body is not a name"
            self._add("ledger.block-changed", place, f"block {number} was changed: {cause}")

    def _check_header(self, number: int, header: Header) -> None:
        if header.number != number:
            raise BadBlock(f"its header is that of block {header.number}")
        if header.log != self.log:
            raise BadBlock("its header is that of another ledger")
        if header.before != self.frontier.root():
            raise BadBlock(f"it does not continue the blocks before it (block {max(number - 1, 0)} or an earlier one)")

    def _check_entries(self, header: Header, body: bytes) -> None:
        names, leaves, count = read_leaves(body)
        if count != header.count or leaves_root(leaves) != header.root:
            raise BadBlock("its entries are not those that the header binds")
        for leaf in leaves:
            read_leaf(names, leaf)
        self.done.entries += count

    def _check_tree(self) -> None:
        rows = self.conn.execute("SELECT size, root, peaks FROM ledger.tree").fetchall()
        size, root, peaks = rows[0] if len(rows) == 1 else (-1, b"", b"")
        if size != self.frontier.size:
            cause = f"the tree's row counts {size} blocks, there are {self.frontier.size}"
            self._add("ledger.tree-changed", f"tree, block {min(size, self.frontier.size)}", cause)
        elif (root, peaks) != (self.frontier.root(), b"".join(self.frontier.peaks)):
            self._add("ledger.tree-changed", "tree", "the tree's row does not hold the root or peaks of the blocks")

    def _check_head(self, head: Head, roots: dict[int, bytes]) -> None:
        if head.size > self.frontier.size:
            cause = f"{head.size} blocks were signed, {self.frontier.size} are there"
            self._add("ledger.truncated", f"head {head.size}", f"the end was cut off: {cause}")
        elif roots.get(head.size) != head.root:
            cause = f"the first {head.size} blocks are not those that were signed"
            self._add("ledger.head-not-reached", f"head {head.size}", cause)

    def _add(self, code: str, place: str, cause: str) -> None:
        where = Place(f"ledger {place}")
        help = "restore the ledger's rows from before the change and ask who could write to them"
        self.found.add(code, where, cause, help, _SO)


class _NodeWalk:
    """The stored nodes, in the order of appending, compared with those that are recomputed."""

    def __init__(self, rows: Iterator[tuple[Any, ...]]) -> None:
        self._rows = rows
        self._next = next(rows, None)

    def take(self, level: int, index: int, hash_: bytes) -> bool:
        """False if the stored node is missing or another. Stored nodes that come before it are none of the tree's."""
        place = ((index + 1) << level, level)
        strays = False
        while self._next is not None and self._order(self._next) < place:
            strays, self._next = True, next(self._rows, None)
        if self._next is None or self._order(self._next) != place:
            return False
        stored, self._next = self._next, next(self._rows, None)
        return stored[2] == hash_ and not strays

    def rest(self) -> Iterable[tuple[int, int]]:
        while self._next is not None:
            level, index, _ = self._next
            yield level, index
            self._next = next(self._rows, None)

    @staticmethod
    def _order(row: tuple[Any, ...]) -> tuple[int, int]:
        level, index, _ = row
        return ((index + 1) << level if level >= 0 else -1, level)


def _sql(name: str) -> str:
    return files("avow.ledger").joinpath(f"sql/{name}.sql").read_text(encoding="utf-8")


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="avow-ledger-verify", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--dsn", required=True, help="the ledger's database; - reads it from standard input")
    parser.add_argument("--key", action="append", type=Path, help="a trusted public key file; may be repeated")
    parser.add_argument("--heads", type=Path, help="the heads that were exported, kept outside the database")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit 0: consistent; 1: not; 2: cannot be verified. Prints one line, then the findings."""
    options = build_parser().parse_args(arguments)
    try:
        done = verify_from_files(
            sys.stdin.readline().strip() if options.dsn == "-" else options.dsn,
            options.key or [Path(".avow/ledger.pub")],
            options.heads,
        )
    except AvowError as error:
        print(error, file=sys.stderr)
        return 2
    print(done.summary())
    for finding in done.findings:
        print(f"\n{finding}")
    return 0 if done.holds else 1


def verify_from_files(dsn: str, keys: Sequence[Path], heads: Path | None) -> Verification:
    """As the command does it. Raises LedgerError when the keys, the heads or the database cannot be read."""
    trusted = [load_public_key(path) for path in keys]
    outside = None if heads is None else load_heads(heads)
    try:
        return verify_ledger(dsn, trusted, outside)
    except psycopg.Error as error:
        diagnostic = Diagnostic(
            Place("ledger"),
            "ledger.cannot-verify",
            f"the ledger's rows cannot be read (SQL state {error.sqlstate or 'none'})",
            "name the database with --dsn and a login that may read schema `ledger`",
            "nothing is known about the ledger",
        )
        raise LedgerError(diagnostic) from error


if __name__ == "__main__":
    sys.exit(main())
