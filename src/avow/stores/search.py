"""Searches marker values in everything that Avow keeps: every table of its own database, logs, reports, the project folder.

Promises to look at every column of every table as text, into compressed and archived bytes (the ledger's blocks among them),
and for each marker in the spellings that programs turn text into: other case, escapes of JSON and URLs, hexadecimal, base64.
Refuses to read a governed store (that is a store's own search), and says what it could not read instead of leaving it out.
Hits name table, column and row, or file and byte, and the marker by its number: a marker may stand for a person.
"""

from __future__ import annotations

import base64
import gzip
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import psycopg
from psycopg import sql

SHORTEST = 6
_PART = 8 * 1024 * 1024
_DEEPEST = 4


@dataclass(frozen=True, order=True)
class Hit:
    """`where` is "table schema.name.column row (page,line)" or a file's path with the byte; `marker` counts from 0;
    `readable` False: nothing was found, but this could not be looked into."""

    where: str
    marker: int
    readable: bool = True


def search_markers(dsn: str, folders: Sequence[Path], markers: Sequence[str]) -> tuple[Hit, ...]:
    """Every place where a marker stands, sorted. `dsn` "" searches folders only. Raises ValueError for a marker of fewer
    than 6 characters (it would be found by chance), psycopg.Error when the database cannot be read."""
    if any(len(marker) < SHORTEST for marker in markers):
        raise ValueError(f"a marker has at least {SHORTEST} characters")
    needle = _Needle(markers)
    found = set(_search_database(dsn, needle)) if dsn else set()
    for folder in folders:
        found.update(_search_folder(folder, needle))
    return tuple(sorted(found))


class _Needle:
    """All spellings of all markers as one pattern over lower-cased bytes; base64 keeps its case."""

    def __init__(self, markers: Sequence[str]) -> None:
        self._number: dict[bytes, int] = {}
        self._exact: dict[bytes, int] = {}
        for number, marker in enumerate(markers):
            for spelling in _spell(marker):
                self._number.setdefault(spelling.lower(), number)
            for spelling in _base64(marker.encode()):
                self._exact.setdefault(spelling, number)
        self.longest = max(map(len, (*self._number, *self._exact)), default=1)
        self._pattern = _pattern(self._number)
        self._exact_pattern = _pattern(self._exact)

    def find(self, data: bytes) -> Iterator[tuple[int, int]]:
        """(marker, byte) for each place."""
        for match in self._pattern.finditer(data.lower()):
            yield self._number[match.group()], match.start()
        for match in self._exact_pattern.finditer(data):
            yield self._exact[match.group()], match.start()


def _pattern(spellings: Iterable[bytes]) -> re.Pattern[bytes]:
    """The longest of them that stands at a place. Common beginnings stand once: a place is left at the first wrong byte, however
    many thousand spellings there are."""
    found = sorted(spellings)
    return re.compile(_branch(found, 0) if found else b"(?!)", re.DOTALL)


def _branch(spellings: Sequence[bytes], at: int) -> bytes:
    """What may follow the first `at` bytes, which all of them share; sorted."""
    first, last = spellings[0], spellings[-1]
    shared = next((place for place, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    head, rest = re.escape(first[at:shared]), [s for s in spellings if len(s) > shared]
    if not rest:
        return head
    ways = (_branch(list(group), shared) for _, group in groupby(rest, key=lambda s: s[shared]))
    tail = b"(?:" + b"|".join(ways) + b")"
    return head + tail + (b"?" if len(rest) < len(spellings) else b"")


def _spell(marker: str) -> set[bytes]:
    texts = {marker, json.dumps(marker)[1:-1], quote(marker, safe=""), quote(marker), quote_plus(marker)}
    raw = marker.encode()
    return {t.encode() for t in texts} | {raw.hex().encode(), marker.encode("utf-16-le"), marker.encode("utf-16-be")}


def _base64(raw: bytes) -> Iterator[bytes]:
    """The part of the base64 text that does not depend on what stands before and after, at each of three offsets."""
    for offset in range(3):
        text = base64.b64encode(b"\0" * offset + raw)
        skip = (0, 2, 3)[offset]
        whole = text[skip : len(text) - (4 if (offset + len(raw)) % 3 else 0)]
        if len(whole) >= 2 * SHORTEST // 2:
            yield whole
            yield whole.replace(b"+", b"-").replace(b"/", b"_")


def search_bytes(data: bytes, markers: Sequence[str]) -> tuple[int, ...]:
    """The numbers of the markers that stand in `data`, also inside compressed parts of it."""
    needle = _Needle(markers)
    return tuple(sorted({number for layer, _ in _layers(data) for number, _ in needle.find(layer)}))


def _layers(data: bytes, depth: int = 0) -> Iterator[tuple[bytes, bool]]:
    """The bytes and whatever can be unpacked from them, with whether all could be read."""
    yield data, True
    if depth == _DEEPEST:
        return
    for inner, whole in _unpack(data):
        if not whole:
            yield b"", False
        yield from _layers(inner, depth + 1)


def _unpack(data: bytes) -> Iterator[tuple[bytes, bool]]:
    try:
        if data[:2] == b"\x1f\x8b":
            yield gzip.decompress(data), True
        elif data[:4] == b"PK\x03\x04":
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                for name in archive.namelist():
                    yield name.encode() + b"\0" + archive.read(name), True
        elif _looks_like_zlib(data):
            yield zlib.decompressobj().decompress(data), True
    except (OSError, EOFError, RuntimeError, zlib.error, zipfile.BadZipFile):
        # Text that happens to begin like zlib is no archive; a broken gzip or zip file is one that was not searched.
        if data[:1] != b"\x78":
            yield b"", False


def _looks_like_zlib(data: bytes) -> bool:
    """RFC 1950: method 8, and the first two bytes are a multiple of 31."""
    return data[:1] == b"\x78" and int.from_bytes(data[:2], "big") % 31 == 0


def _search_database(dsn: str, needle: _Needle) -> Iterator[Hit]:
    with psycopg.connect(dsn) as conn:
        conn.read_only = True
        tables: dict[tuple[str, str], dict[str, bool]] = {}
        for schema, table, column, binary in conn.execute(_read_sql("search_columns")).fetchall():
            tables.setdefault((schema, table), {})[column] = binary
        for table, columns in tables.items():
            yield from _search_table(conn, table, columns, needle)


def _search_table(
    conn: psycopg.Connection[Any], table: tuple[str, str], columns: dict[str, bool], needle: _Needle
) -> Iterator[Hit]:
    parts = [
        sql.Identifier(name) if binary else sql.SQL("{}::text").format(sql.Identifier(name))
        for name, binary in columns.items()
    ]
    query = sql.SQL("SELECT ctid::text, {} FROM ONLY {}").format(sql.SQL(", ").join(parts), sql.Identifier(*table))
    with conn.cursor(name="search", binary=True) as cursor:
        for row in cursor.execute(query):
            for name, value in zip(columns, row[1:], strict=True):
                if value is not None:
                    yield from _search_value(f"table {'.'.join(table)}.{name} row {row[0]}", value, needle)


def _search_value(where: str, value: str | bytes, needle: _Needle) -> Iterator[Hit]:
    data = value.encode() if isinstance(value, str) else bytes(value)
    for layer, whole in _layers(data):
        if not whole:
            yield Hit(where, -1, readable=False)
        yield from (Hit(where, number) for number, _ in needle.find(layer))


def _search_folder(folder: Path, needle: _Needle) -> Iterator[Hit]:
    paths = [folder] if folder.is_file() else sorted(folder.rglob("*"))
    for path in paths:
        yield from (Hit(f"name of {path}", number) for number, _ in needle.find(path.name.encode()))
        if path.is_file() and not path.is_symlink():
            try:
                yield from _search_file(path, needle)
            except OSError:
                yield Hit(str(path), -1, readable=False)


def _search_file(path: Path, needle: _Needle) -> Iterator[Hit]:
    """In parts that overlap by the longest spelling, so that a large log never stands in memory."""
    with path.open("rb") as file:
        head = file.read(4)
        file.seek(0)
        if head[:2] == b"\x1f\x8b" or head == b"PK\x03\x04" or _looks_like_zlib(head):
            yield from _search_value(str(path), file.read(), needle)
            return
        start, tail = 0, b""
        while part := file.read(_PART):
            data = tail + part
            yield from (Hit(f"{path} byte {start + at}", number) for number, at in needle.find(data))
            tail = data[len(data) - min(needle.longest, len(data)) :]
            start += len(data) - len(tail)


def _read_sql(name: str) -> bytes:
    return files("avow.stores").joinpath(f"sql/{name}.sql").read_bytes()
