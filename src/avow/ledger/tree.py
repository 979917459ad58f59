"""The Merkle tree of RFC 6962, section 2: roots, inclusion proofs, consistency proofs. Pure functions over bytes.

Promises that a proof made here is accepted by the checks here and by any other RFC 6962 verifier (SHA-256).
Refuses to know what a leaf means: it stores nothing, signs nothing and reads no clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256

EMPTY_ROOT = sha256(b"").digest()

GetNode = Callable[[int, int], bytes]
"""(level, index) -> hash of the complete subtree over leaves [index << level, (index + 1) << level)."""


def leaf_hash(data: bytes) -> bytes:
    """RFC 6962, 2.1: a leaf is hashed behind 0x00, so that no leaf can pass for a node."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """RFC 6962, 2.1: a node is hashed behind 0x01."""
    return sha256(b"\x01" + left + right).digest()


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf *hashes*. Level by level: an odd last node moves up, which gives the same tree as the RFC's split."""
    level = leaves
    while len(level) > 1:
        # The hash is spelled out here: a call per node would cost a quarter of sealing a block.
        above = [sha256(b"\x01" + a + b).digest() for a, b in zip(level[::2], level[1::2], strict=False)]
        if len(level) & 1:
            above.append(level[-1])
        level = above
    return level[0] if level else EMPTY_ROOT


class Frontier:
    """The peaks of a growing tree: all that appending needs. `size` leaves; at most log2(size) + 1 hashes."""

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        self.size = size
        self.peaks = list(peaks)
        if len(self.peaks) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} peaks, not {len(self.peaks)}")

    def append(self, leaf: bytes) -> list[tuple[int, int, bytes]]:
        """Adds a leaf hash; gives the subtrees that it completes as (level, index, hash), the leaf itself first."""
        index, level = self.size, 0
        made = [(0, index, leaf)]
        while index & 1:
            leaf = node_hash(self.peaks.pop(), leaf)
            index, level = index >> 1, level + 1
            made.append((level, index, leaf))
        self.peaks.append(leaf)
        self.size += 1
        return made

    def root(self) -> bytes:
        if not self.peaks:
            return EMPTY_ROOT
        *rest, found = self.peaks
        for peak in reversed(rest):
            found = node_hash(peak, found)
        return found


def _split(size: int) -> int:
    """The largest power of two smaller than `size` (size > 1)."""
    return 1 << ((size - 1).bit_length() - 1)


def range_root(get: GetNode, start: int, size: int) -> bytes:
    """The root over leaves [start, start + size); `start` is a multiple of the power of two that holds `size`."""
    if size == 0:
        return EMPTY_ROOT
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return get(level, start >> level)
    k = _split(size)
    return node_hash(range_root(get, start, k), range_root(get, start + k, size - k))


def inclusion_proof(get: GetNode, index: int, size: int) -> list[bytes]:
    """RFC 6962, 2.1.1: the path from leaf `index` to the root over `size` leaves. Raises ValueError out of range."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    return list(_path(get, index, 0, size))


def _path(get: GetNode, index: int, start: int, size: int) -> Iterator[bytes]:
    if size == 1:
        return
    k = _split(size)
    if index - start < k:
        yield from _path(get, index, start, k)
        yield range_root(get, start + k, size - k)
    else:
        yield from _path(get, index, start + k, size - k)
        yield range_root(get, start, k)


def consistency_proof(get: GetNode, old: int, new: int) -> list[bytes]:
    """RFC 6962, 2.1.2: that the tree of `old` leaves is the beginning of the tree of `new`. ValueError out of range."""
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {old} cannot be the beginning of a tree of {new}")
    return list(_subproof(get, old, 0, new, True)) if old else []


def _subproof(get: GetNode, old: int, start: int, size: int, whole: bool) -> Iterator[bytes]:
    if old == size:
        if not whole:
            yield range_root(get, start, size)
        return
    k = _split(size)
    if old <= k:
        yield from _subproof(get, old, start, k, whole)
        yield range_root(get, start + k, size - k)
    else:
        yield from _subproof(get, old - k, start + k, size - k, False)
        yield range_root(get, start, k)


def inclusion_holds(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """True if `proof` leads from the leaf hash at `index` to `root` (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    at, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node_hash(sibling, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


def consistency_holds(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """True if `proof` shows that `old_root` is the beginning of `new_root` (RFC 9162, 2.1.4.2)."""
    if old in (0, new):
        return not proof and (old_root == new_root if old == new else old_root == EMPTY_ROOT)
    if not 0 < old < new or not proof:
        return False
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    first = second = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            second = node_hash(second, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and first == old_root and second == new_root
