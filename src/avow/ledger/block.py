"""A block: up to 65,536 names and any number of entries, packed, compressed, and bound by one header.

The header is the tree's leaf. It binds the block's number, its ledger, the root over all blocks before it, the root over
its entries and the digest of its stored body, so that no byte of a row can change unseen. Entries are hashed in groups of
eight: whoever is shown the proof of one sees the seven beside it, which hold names and keyed digests like itself.
Refuses to write anywhere: bytes in, bytes out. Raises BadBlock on anything it would not have written itself.
"""

from __future__ import annotations

import struct
import sys
import zlib
from array import array
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import repeat
from operator import add

from avow.ledger.entry import DIGEST_SIZE, UNKNOWN_COUNT, Digest, Entry, Kind, Line, Shape, check_name
from avow.ledger.tree import root_of

FORMAT = 2
GROUP = 8
LARGEST_BLOCK = 65_535
# What entries have in common with others (kind, numbers of pair, tables and columns in the names, actor, subject), then what
# each has of its own: microseconds since 1970 and a number of rows.
_SHAPE = struct.Struct(">BHHH16s")
_SHARED = struct.Struct(">BHHH16s16s")
_TIME = struct.Struct(">Q")
_ROWS = struct.Struct(">I")
_HEADER = struct.Struct(">BQ16sQI32s32s32s")
_SIZES = struct.Struct(">IIII")  # of the names in bytes, of lines, of entries, of the compressed part in bytes
_NAMED = _SHAPE.size  # of a line, without the digest of its subject
_LARGEST_BODY = 64 * 1024 * 1024
_LITTLE = sys.byteorder == "little"


Columns = tuple[Sequence[Line], Sequence[int], Sequence[int]]
"""Entries on their way into a block: their lines, nanoseconds since 1970, rows (-1: nobody knows how many)."""


class BadBlock(ValueError):
    """These bytes are not a block as this module writes it; the text says what is wrong, and holds no value."""


@dataclass(frozen=True)
class Packed:
    """A block that still lacks its place in the tree. `body` is what is stored; `root` is over the entries."""

    body: bytes
    body_digest: bytes
    root: bytes
    count: int


@dataclass(frozen=True)
class Header:
    """`at` is when the block was sealed (microseconds since 1970 UTC); `before` the root over blocks [0, number)."""

    number: int
    log: bytes
    at: int
    count: int
    before: bytes
    root: bytes
    body_digest: bytes

    def pack(self) -> bytes:
        return _HEADER.pack(
            FORMAT, self.number, self.log, self.at, self.count, self.before, self.root, self.body_digest
        )


class _Names(dict[str, int]):
    """Numbers names in the order in which they are first asked for."""

    def __missing__(self, name: str) -> int:
        self[name] = number = len(self)
        return number


class _Shapes(dict[Shape, bytes]):
    """Packs each shape once, since most lines share theirs with others; `names` are all that they use."""

    def __init__(self) -> None:
        self.names = _Names()

    def __missing__(self, one: Shape) -> bytes:
        names = self.names
        self[one] = packed = _SHAPE.pack(one.kind, names[one.pair], names[one.tables], names[one.columns], one.actor)
        return packed


def as_columns(entries: Iterable[Entry]) -> Columns:
    """Entries as they go into a block."""
    shapes: dict[tuple[int, str, str, str, Digest], Shape] = {}
    lines: dict[tuple[Shape, Digest], Line] = {}
    of_entries = []
    held = list(entries)
    for one in held:
        key = (int(one.kind), one.pair, one.tables, one.columns, one.actor)
        shape = shapes.get(key) or shapes.setdefault(key, Shape(*key))
        of_entries.append(lines.setdefault((shape, one.of), Line(shape, one.of)))
    return of_entries, [one.at * 1000 for one in held], [one.rows for one in held]


def pack_columns(columns: Columns, salt: bytes) -> Packed:
    """`salt` (16 random bytes) makes every body unique, so that a writer finds its own block after a lost answer. Whatever
    is done for each entry is done for all at once: 1,000 of them in a loop would cost twice as much."""
    of_entries, times, rows = columns
    lines = dict.fromkeys(of_entries)
    shapes = _Shapes()
    named, digests = [shapes[one.shape] for one in lines], [one.of for one in lines]
    packed, numbers = list(map(add, named, digests)), _number(lines, of_entries)
    each = _Columns(b"".join([packed[n] for n in numbers]), _micros(times), _counts(rows))
    words = "\n".join(shapes.names).encode()
    turned = _turned(_big_endian(array("H", numbers)), 2), _turned(each.times, 8), _turned(each.rows, 4)
    small = zlib.compress(b"".join([words, *named, *turned]), 1)
    # Digests of subjects look random: trying to compress them would cost more than everything else, for nothing.
    sizes = _SIZES.pack(len(words), len(lines), len(times), len(small))
    body = b"".join([salt, sizes, small, *digests])
    return Packed(body, sha256(body).digest(), leaves_root(each.leaves()), len(times))


def _number(lines: Collection[Line], of_entries: Sequence[Line]) -> list[int]:
    """Which of `lines` each entry has."""
    if len(lines) == len(of_entries):
        return list(range(len(lines)))
    numbers = dict(zip(lines, range(len(lines)), strict=True))
    return [numbers[one] for one in of_entries]


def _micros(times: Sequence[int]) -> bytes:
    """Divided here: whoever records has less to do."""
    return _big_endian(array("Q", [at // 1000 for at in times]))


def _counts(rows: Sequence[int]) -> bytes:
    try:
        return _big_endian(array("I", rows))
    except OverflowError:
        return _big_endian(array("I", [UNKNOWN_COUNT if n < 0 else n for n in rows]))


def _big_endian(numbers: array[int]) -> bytes:
    if _LITTLE:
        numbers.byteswap()
    return numbers.tobytes()


def _turned(data: bytes, width: int) -> bytes:
    """All first bytes, then all second bytes, and so on: numbers that are near each other compress better so."""
    return b"".join([data[i::width] for i in range(width)])


def _turned_back(data: bytes, width: int) -> bytes:
    count, rows = len(data) // width, bytearray(len(data))
    for i in range(width):
        rows[i::width] = data[i * count : (i + 1) * count]
    return bytes(rows)


@dataclass(frozen=True)
class _Columns:
    """The entries of a block, column by column, each with a fixed width."""

    shared: bytes
    times: bytes
    rows: bytes

    def leaves(self) -> list[bytes]:
        """What is hashed: 0x00 (the leaf prefix of RFC 6962), then the columns of up to `GROUP` entries one after another."""
        s, t, r = _groups(self.shared, _SHARED.size), _groups(self.times, 8), _groups(self.rows, 4)
        return list(map(b"".join, zip(repeat(b"\0"), s, t, r, strict=False)))


def _groups(column: bytes, width: int) -> list[bytes]:
    """A column, cut behind every `GROUP` entries: by one call, since a slice for each group costs three times as much."""
    size = GROUP * width
    whole, rest = divmod(len(column), size)
    groups = list(struct.unpack_from(f"{size}s" * whole, column))
    return [*groups, column[-rest:]] if rest else groups


def read_header(data: bytes) -> Header:
    """Raises BadBlock."""
    if len(data) != _HEADER.size or data[0] != FORMAT:
        raise BadBlock("the header has another length or format")
    _, number, log, at, count, before, root, body_digest = _HEADER.unpack(data)
    return Header(number, log, at, count, before, root, body_digest)


@dataclass(frozen=True)
class _Body:
    """A stored body taken apart, nothing of it read: `lines` are packed, `of_entries` are their numbers in entries' order."""

    names: list[str]
    lines: list[bytes]
    of_entries: tuple[int, ...]
    times: bytes
    rows: bytes


def _split_body(body: bytes) -> tuple[list[int], bytes, bytes]:
    """The sizes that a body says it has, its compressed part, and the digests of its lines' subjects. Raises BadBlock."""
    start = 16 + _SIZES.size
    if len(body) < start:
        raise BadBlock("the body is too short")
    words, lines, count, small = _SIZES.unpack_from(body, 16)
    digests = body[start + small :]
    if len(digests) != lines * DIGEST_SIZE:
        raise BadBlock("the body has another length than it says")
    return [words, lines * _NAMED, count * 2, count * 8, count * 4], body[start : start + small], digests


def _read_body(sizes: Sequence[int], small: bytes, digests: bytes) -> _Body:
    data = _decompress(small)
    if len(data) != sum(sizes):
        raise BadBlock("the body has another length than it says")
    words, named, numbered, times, rows = _cut(data, sizes)
    try:
        names = words.decode().split("\n")
    except UnicodeDecodeError:
        raise BadBlock("the names of the body are not text") from None
    lines = [one + of for one, of in zip(_parts(named, _NAMED), _parts(digests, DIGEST_SIZE), strict=True)]
    numbers = tuple(n for (n,) in struct.iter_unpack(">H", _turned_back(numbered, 2)))
    if max(numbers, default=-1) >= len(lines):
        raise BadBlock("an entry has a line that is not there")
    return _Body(names, lines, numbers, _turned_back(times, 8), _turned_back(rows, 4))


def _parts(data: bytes, width: int) -> list[bytes]:
    return [data[i : i + width] for i in range(0, len(data), width)]


def read_leaves(body: bytes) -> tuple[list[str], list[bytes], int]:
    """The names, the leaves and the number of entries of a stored body. Raises BadBlock."""
    read = _read_body(*_split_body(body))
    each = _Columns(b"".join(map(read.lines.__getitem__, read.of_entries)), read.times, read.rows)
    return read.names, each.leaves(), len(read.of_entries)


def _cut(data: bytes, sizes: Iterable[int]) -> Iterator[bytes]:
    start = 0
    for size in sizes:
        yield data[start : start + size]
        start += size


def _decompress(data: bytes) -> bytes:
    machine = zlib.decompressobj()
    try:
        found = machine.decompress(data, _LARGEST_BODY)
    except zlib.error:
        raise BadBlock("the body cannot be decompressed") from None
    if not machine.eof or machine.unused_data:
        raise BadBlock("the body does not end where it should")
    return found


def read_leaf(names: Sequence[str], leaf: bytes) -> list[Entry]:
    """The entries of a leaf. Raises BadBlock when a kind or name number is unknown, or a name is none."""
    count = len(leaf) // (_SHARED.size + _TIME.size + _ROWS.size)
    sizes = [1, count * _SHARED.size, count * 8, count * 4]
    if sum(sizes) != len(leaf) or leaf[:1] != b"\0":
        raise BadBlock("a group of entries has another length or prefix")
    _, shared, times, rows = _cut(leaf, sizes)
    each = zip(_SHARED.iter_unpack(shared), _TIME.iter_unpack(times), _ROWS.iter_unpack(rows), strict=True)
    return [_entry(names, line, at, number) for line, (at,), (number,) in each]


def _entry(names: Sequence[str], line: tuple[int, int, int, int, bytes, bytes], at: int, rows: int) -> Entry:
    kind, pair, tables, columns, actor, of = line
    if kind not in Kind.__members__.values() or max(pair, tables, columns) >= len(names):
        raise BadBlock("an entry has an unknown kind or name")
    pair_name, table_names, column_names = (check_name(names[i]) for i in (pair, tables, columns))
    return Entry(Kind(kind), at, pair_name, table_names, column_names, Digest(actor), Digest(of), rows)


def read_entries(body: bytes) -> list[Entry]:
    """All entries of a stored body, in order. Raises BadBlock."""
    names, leaves, _ = read_leaves(body)
    return [entry for leaf in leaves for entry in read_leaf(names, leaf)]


def find_entries(body: bytes, subjects: Iterable[Digest]) -> list[Entry]:
    """The entries of a stored body that are about one of `subjects`, in order, without unpacking the others. Raises BadBlock.

    A body whose digests have none of `subjects` is not even decompressed: whether it is whole, its header's digest says."""
    sizes, small, digests = _split_body(body)
    wanted = {number for digest in subjects for number in _places(digests, digest)}
    if not wanted:
        return []
    read = _read_body(sizes, small, digests)
    return [
        _entry(
            read.names,
            _SHARED.unpack(read.lines[line]),
            *_TIME.unpack_from(read.times, i * 8),
            *_ROWS.unpack_from(read.rows, i * 4),
        )
        for i, line in enumerate(read.of_entries)
        if line in wanted
    ]


def _places(digests: bytes, subject: Digest) -> Iterator[int]:
    """The numbers of the lines that carry the digest."""
    at = digests.find(subject)
    while at >= 0:
        if at % DIGEST_SIZE == 0:
            yield at // DIGEST_SIZE
        at = digests.find(subject, at + 1)


def leaves_root(leaves: Sequence[bytes]) -> bytes:
    """The root over the leaves of a block."""
    return root_of([sha256(leaf).digest() for leaf in leaves])
