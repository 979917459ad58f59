"""A block: up to 65,536 names and any number of entries, packed, compressed, and bound by one header.

The header is the tree's leaf. It binds the block's number, its ledger, the root over all blocks before it, the root over
its entries and the digest of its stored body, so that no byte of a row can change unseen.
Refuses to write anywhere: bytes in, bytes out. Raises BadBlock on anything it would not have written itself.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from avow.ledger.entry import Digest, Entry, Kind, check_name
from avow.ledger.tree import root_of

FORMAT = 1
# The first byte of a record is the leaf prefix of RFC 6962: the record's SHA-256 is its leaf hash.
_RECORD = struct.Struct(">BBQHHH16s16sI")
_SUBJECT = struct.calcsize(">BBQHHH16s")  # where a record's subject begins
_HEADER = struct.Struct(">BQ16sQI32s32s32s")
_LENGTH = struct.Struct(">II")
_LARGEST_BODY = 64 * 1024 * 1024


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


def pack_entries(entries: Sequence[Entry], salt: bytes) -> Packed:
    """`salt` (16 random bytes) makes every body unique, so that a writer finds its own block after a lost answer."""
    names = _Names()
    pack = _RECORD.pack
    records = [
        pack(0, kind, at, names[pair], names[tables], names[columns], actor, of, count)
        for kind, at, pair, tables, columns, actor, of, count in entries
    ]
    root = root_of([sha256(record).digest() for record in records])
    words = "\n".join(names).encode()
    rows = b"".join(records)
    # All first bytes, then all second bytes, and so on: compresses a quarter better, and faster.
    columns = [rows[i :: _RECORD.size] for i in range(_RECORD.size)]
    body = zlib.compress(b"".join([salt, _LENGTH.pack(len(words), len(records)), words, *columns]), 1)
    return Packed(body, sha256(body).digest(), root, len(records))


def read_header(data: bytes) -> Header:
    """Raises BadBlock."""
    if len(data) != _HEADER.size or data[0] != FORMAT:
        raise BadBlock("the header has another length or format")
    _, number, log, at, count, before, root, body_digest = _HEADER.unpack(data)
    return Header(number, log, at, count, before, root, body_digest)


def read_records(body: bytes) -> tuple[list[str], list[bytes]]:
    """The names and the packed entries of a stored body. Raises BadBlock."""
    data = _decompress(body)
    if len(data) < 16 + _LENGTH.size:
        raise BadBlock("the body is too short")
    words, count = _LENGTH.unpack_from(data, 16)
    start = 16 + _LENGTH.size + words
    if len(data) != start + count * _RECORD.size:
        raise BadBlock("the body has another length than it says")
    try:
        names = data[16 + _LENGTH.size : start].decode().split("\n")
    except UnicodeDecodeError:
        raise BadBlock("the names of the body are not text") from None
    rows = bytearray(len(data) - start)
    for i in range(_RECORD.size if count else 0):
        rows[i :: _RECORD.size] = data[start + i * count : start + (i + 1) * count]
    return names, [bytes(rows[i : i + _RECORD.size]) for i in range(0, len(rows), _RECORD.size)]


def _decompress(body: bytes) -> bytes:
    machine = zlib.decompressobj()
    try:
        data = machine.decompress(body, _LARGEST_BODY)
    except zlib.error:
        raise BadBlock("the body cannot be decompressed") from None
    if not machine.eof or machine.unused_data:
        raise BadBlock("the body does not end where it should")
    return data


def read_entry(names: Sequence[str], record: bytes) -> Entry:
    """Raises BadBlock when a kind or name number is unknown, or a name is none."""
    prefix, kind, at, pair, tables, columns, actor, of, count = _RECORD.unpack(record)
    if prefix or kind not in Kind.__members__.values() or max(pair, tables, columns) >= len(names):
        raise BadBlock("an entry has an unknown kind or name")
    pair_name, table_names, column_names = (check_name(names[i]) for i in (pair, tables, columns))
    return Entry(Kind(kind), at, pair_name, table_names, column_names, Digest(actor), Digest(of), count)


def read_entries(body: bytes) -> list[Entry]:
    """All entries of a stored body, in order. Raises BadBlock."""
    names, records = read_records(body)
    return [read_entry(names, record) for record in records]


def find_entries(body: bytes, subjects: Iterable[Digest]) -> list[Entry]:
    """The entries of a stored body that are about one of `subjects`, in order, without unpacking the others.

    Raises BadBlock."""
    data = _decompress(body)
    if len(data) < 16 + _LENGTH.size:
        raise BadBlock("the body is too short")
    words, count = _LENGTH.unpack_from(data, 16)
    start = 16 + _LENGTH.size + words
    if len(data) != start + count * _RECORD.size:
        raise BadBlock("the body has another length than it says")
    found = sorted({at for digest in subjects for at in _places(data, start, count, digest)})
    names = data[16 + _LENGTH.size : start].decode().split("\n") if found else []
    return [read_entry(names, data[start + at :: count][: _RECORD.size]) for at in found]


def _places(data: bytes, start: int, count: int, subject: Digest) -> Iterator[int]:
    """Which entries carry the digest: its first bytes stand together, then all its second bytes, and so on."""
    columns = [start + (_SUBJECT + i) * count for i in range(len(subject))]
    at = data.find(subject[:1], columns[0], columns[0] + count)
    while at >= 0:
        index = at - columns[0]
        if all(data[column + index] == byte for column, byte in zip(columns, subject, strict=True)):
            yield index
        at = data.find(subject[:1], at + 1, columns[0] + count)


def record_root(records: Sequence[bytes]) -> bytes:
    """The root over packed entries."""
    return root_of([sha256(record).digest() for record in records])
