"""One ledger entry: who used what for what, in names and keyed digests only.

Promises that nothing but a kind, a time, schema and vocabulary names, 16-byte keyed digests and a count can be held:
there is no field for free text. Refuses everything else (`ledger.not-a-name`, `ledger.not-a-digest`).
Source: architecture, "Ledger"; GDPR articles 5(1)(c) and 5(2) (accountable, yet minimal).
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from avow.errors import Diagnostic, LedgerError, Place

DIGEST_SIZE = 16
UNKNOWN_COUNT = 0xFFFFFFFF
_WORD = r"[A-Za-z_][A-Za-z0-9_$]*"
# Dotted names, joined by "/" (a pair), "," (a set) or ":" (a mark); "+" stands for computed columns.
_NAME = re.compile(rf"(?:\+|{_WORD}(?:[./,:]{_WORD})*(?:,\+)?)?", re.ASCII)
LONGEST_NAME = 2000


class Kind(IntEnum):
    """What happened. Numbers are part of the format: never change or reuse one."""

    READ = 1
    WRITE = 2
    EXPORT = 3
    ERASE = 4
    CHOICE = 5
    DISCLOSE = 6
    REFUSED = 7
    BREAK_GLASS = 8
    CHECK = 9
    APPLY = 10


class Digest(bytes):
    """16 bytes of HMAC-SHA-256 under a key that stands outside the ledger. Made by `Digester`, checked by length."""

    __slots__ = ()

    def __new__(cls, value: bytes) -> Digest:
        if len(value) != DIGEST_SIZE:
            raise LedgerError(_not_a_digest(f"a digest has {DIGEST_SIZE} bytes, this has {len(value)}"))
        return super().__new__(cls, value)


NOBODY = Digest(bytes(DIGEST_SIZE))
"""Stands where there is no person to name: an entry about the system itself."""


class Entry(NamedTuple):
    """`pair` is "purpose/recipient"; `tables` and `columns` are comma-separated names ("" none, "+" computed);
    `of` is the digest of the subject, or of the query where many subjects are read; `at` is microseconds since
    1970 UTC; `rows` is how many, UNKNOWN_COUNT if the driver did not tell."""

    kind: Kind
    at: int
    pair: str
    tables: str
    columns: str
    actor: Digest
    of: Digest
    rows: int


@dataclass(slots=True, eq=False)
class Shape:
    """What many entries have in common whoever they are about. Told apart by which object it is: looking one up must cost next
    to nothing. Nobody changes one."""

    kind: int
    pair: str
    tables: str
    columns: str
    actor: Digest


@dataclass(slots=True, eq=False)
class Line:
    """An entry without its time and its number of rows: its shape, and whom it is about. Told apart as a shape is."""

    shape: Shape
    of: Digest


class Digester:
    """Keyed digests of identifiers: HMAC-SHA-256, cut to 16 bytes. `key` is the company's (32 bytes)."""

    def __init__(self, key: bytes) -> None:
        if len(key) < 32:
            raise LedgerError(_not_a_digest(f"a digest key has at least 32 bytes, this has {len(key)}"))
        self._key = key

    def digest(self, kind: str, value: str) -> Digest:
        """Of `value`, as a `kind` ("actor", "query"): the same value under two kinds cannot be linked."""
        return Digest(hmac.digest(self._key, f"{kind}\0{value}".encode(), "sha256")[:DIGEST_SIZE])

    def subject_digest(self, subject: str, nonce: bytes) -> Digest:
        """Of a data subject, under a key of its own: without `nonce` nobody, Avow included, can recompute it."""
        own = hmac.digest(self._key, b"subject-key\0" + nonce, "sha256")
        return Digest(hmac.digest(own, subject.encode(), "sha256")[:DIGEST_SIZE])

    def reference(self, subject: str) -> bytes:
        """Where the subject's nonce is kept: 32 bytes, keyed, so that the table of nonces names nobody."""
        return hmac.digest(self._key, f"subject-reference\0{subject}".encode(), "sha256")


def check_name(text: str) -> str:
    """Gives `text` back if it is a name of a schema or vocabulary; raises LedgerError otherwise, without echoing it."""
    if len(text) <= LONGEST_NAME and _NAME.fullmatch(text):
        return text
    raise LedgerError(
        Diagnostic(
            Place("ledger entry"),
            "ledger.not-a-name",
            f"a text of {len(text)} characters is not a name of a table, column, purpose or recipient",
            "pass the name as the schema or vocabulary spells it, and persons only as digests",
            "nothing is recorded: free text could carry personal data into a record that is never changed",
        )
    )


def check_entry(entry: Entry) -> Entry:
    """Everything about an entry that its types cannot hold. Raises LedgerError."""
    check_name(entry.pair)
    check_name(entry.tables)
    check_name(entry.columns)
    if type(entry.actor) is not Digest or type(entry.of) is not Digest:
        raise LedgerError(_not_a_digest("the actor or the subject of an entry is not a keyed digest"))
    if not 0 <= entry.rows <= UNKNOWN_COUNT:
        raise LedgerError(_not_a_digest("the number of rows of an entry does not fit into 32 bits"))
    return entry


def _not_a_digest(cause: str) -> Diagnostic:
    return Diagnostic(
        Place("ledger entry"),
        "ledger.not-a-digest",
        cause,
        "make it with the ledger's digester: `digest(kind, value)` or `subject_digest(subject)`",
        "nothing is recorded: an identifier in the clear could never be erased from the ledger",
    )
