"""Reads what the ledger holds about one person: the entries that carry the person's keyed digest.

Streams block by block; only matching entries are unpacked. A person whose key was dropped, or who was never recorded, has no
entries, and looking makes no key. Refuses to tell who acted: an entry's actor is a digest, and stays one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from importlib.resources import files
from typing import Any

import psycopg

from avow.errors import Diagnostic, LedgerError, Place
from avow.ledger.block import BadBlock, find_entries, read_entries, read_header
from avow.ledger.chain import unreachable
from avow.ledger.entry import Digest, Digester, Entry

_BATCH = 50  # blocks at a time: some megabytes


def find_uses(dsn: str, digester: Digester, subjects: Iterable[str]) -> Iterator[Entry]:
    """Entries about any of `subjects` (names of one person as recorders gave them, such as "contact:7"), oldest first.

    Raises LedgerError when the database cannot be reached or a block cannot be read."""
    try:
        with psycopg.connect(dsn) as conn:
            conn.execute("SET TRANSACTION READ ONLY")
            wanted = find_digests(conn, digester, tuple(subjects))
            if wanted:
                yield from _scan(conn, wanted)
    except psycopg.Error as error:
        raise LedgerError(unreachable(error)) from error


def access_window(dsn: str, since: int, until: int) -> tuple[list[Entry], int]:
    """(entries of [since, until) in microseconds since 1970 UTC, the time of the oldest block; 0: nothing was ever recorded).

    Raises LedgerError when the database cannot be reached or a block cannot be read."""
    found: list[Entry] = []
    try:
        with psycopg.connect(dsn) as conn:
            conn.execute("SET TRANSACTION READ ONLY")
            if conn.execute("SELECT to_regclass('ledger.block')").fetchone() == (None,):
                return [], 0
            for number, header, body in _newest_first(conn):
                try:
                    if read_header(header).at < since:
                        break  # an entry is never younger than its block
                    if sha256(body).digest() != read_header(header).body_digest:
                        raise BadBlock("the body is another one")
                    found += [entry for entry in read_entries(body) if since <= entry.at < until]
                except (BadBlock, LedgerError, UnicodeDecodeError):
                    raise LedgerError(_unreadable(number)) from None
            oldest = conn.execute("SELECT header FROM ledger.block ORDER BY number LIMIT 1").fetchone()
            return found, read_header(oldest[0]).at if oldest else 0
    except psycopg.Error as error:
        raise LedgerError(unreachable(error)) from error


def _newest_first(conn: psycopg.Connection[Any]) -> Iterator[tuple[int, bytes, bytes]]:
    with conn.cursor("avow_window") as cursor:
        cursor.itersize = _BATCH
        cursor.execute("SELECT number, header, body FROM ledger.block ORDER BY number DESC")
        yield from cursor


def find_digests(conn: psycopg.Connection[Any], digester: Digester, subjects: Sequence[str]) -> list[Digest]:
    """The digests of those subjects who have a key: none for those whom the ledger never met or has forgotten."""
    references = {digester.reference(subject): subject for subject in subjects}
    rows = conn.execute(_read_sql("nonces"), {"references": list(references)}).fetchall()
    return [digester.subject_digest(references[bytes(ref)], bytes(nonce)) for ref, nonce in rows]


def _scan(conn: psycopg.Connection[Any], wanted: Sequence[Digest]) -> Iterator[Entry]:
    with conn.cursor("avow_uses") as cursor:
        cursor.itersize = _BATCH
        cursor.execute("SELECT number, header, body FROM ledger.block ORDER BY number")
        for number, header, body in cursor:
            try:
                if sha256(body).digest() != read_header(header).body_digest:
                    raise BadBlock("the body is another one")
                yield from find_entries(body, wanted)
            except (BadBlock, LedgerError, UnicodeDecodeError):
                raise LedgerError(_unreadable(number)) from None


def _read_sql(name: str) -> str:
    return files("avow.ledger").joinpath(f"sql/{name}.sql").read_text(encoding="utf-8")


def _unreadable(number: int) -> Diagnostic:
    return Diagnostic(
        Place(f"ledger block {number}"),
        "ledger.block-changed",
        f"block {number} cannot be read as it was written",
        "run `avow ledger verify`; restore the ledger's rows from before the change",
        "what was used about this person is not known whole, and an answer says so",
    )
