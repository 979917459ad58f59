"""Seals values with AES-256-GCM under a key of their own, and wraps those keys with the master key.

Promises: a sealed value opens only in the slot (table, column, row) that it was sealed for, and a wrapped key only under its
own id, so that nobody who can write to the database may move either. Sealing the same value twice gives different bytes.
Refuses to say what a value was when it does not open (`sealing.changed`); holds no clock and no database.
Formats: wrapped key = 0x01, nonce of 12 bytes, key and tag of 48; sealed value = 0x01, nonce of 12 bytes, text and tag of 16.
Source: NIST SP 800-38D (AES-GCM, random 96-bit nonces: fewer than 2^32 messages per key).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from avow.errors import Diagnostic, Place, SealingError

_FORM = b"\x01"
_NONCE = 12
OVERHEAD = 1 + _NONCE + 16  # bytes that sealing adds to a value
Random = Callable[[int], bytes]


@dataclass(frozen=True)
class Slot:
    """Where a sealed value stands: bound into it. `table` without its schema; `row` is the row's id as text (of a chunk: and its
    number)."""

    table: str
    column: str
    row: str

    def bound(self) -> bytes:
        """Unambiguous bytes: each part with its length."""
        parts = (self.table.encode(), self.column.encode(), self.row.encode())
        return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


class DataKey:
    """One key that seals values. Never printed."""

    def __init__(self, key: bytes, random: Random = secrets.token_bytes) -> None:
        self._cipher = AESGCM(key)
        self._random = random

    def seal(self, slot: Slot, value: bytes) -> bytes:
        nonce = self._random(_NONCE)
        return _FORM + nonce + self._cipher.encrypt(nonce, value, slot.bound())

    def open(self, slot: Slot, sealed: bytes) -> bytes:
        """Raises SealingError `sealing.changed` for other bytes, another key or another slot."""
        try:
            if sealed[:1] != _FORM:
                raise InvalidTag
            return self._cipher.decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], slot.bound())
        except (InvalidTag, ValueError):
            raise SealingError(_changed(f"{slot.table}.{slot.column}")) from None

    def seal_text(self, slot: Slot, value: str) -> bytes:
        return self.seal(slot, value.encode())

    def open_text(self, slot: Slot, sealed: bytes) -> str:
        """Raises SealingError `sealing.changed`."""
        return self.open(slot, sealed).decode()

    def seal_many(self, values: Sequence[tuple[Slot, bytes]]) -> list[bytes]:
        """In the order given; asks for randomness once."""
        noise = self._random(_NONCE * len(values))
        nonces = (noise[at : at + _NONCE] for at in range(0, len(noise), _NONCE))
        encrypt = self._cipher.encrypt
        return [
            _FORM + nonce + encrypt(nonce, value, slot.bound())
            for nonce, (slot, value) in zip(nonces, values, strict=True)
        ]

    def open_many(self, sealed: Iterable[tuple[Slot, bytes]]) -> list[bytes]:
        """In the order given. Raises SealingError `sealing.changed` at the first that does not open."""
        return [self.open(slot, value) for slot, value in sealed]


class Sealer:
    """Makes, wraps and unwraps data keys with the master key (32 bytes)."""

    def __init__(self, master: bytes, random: Random = secrets.token_bytes) -> None:
        self._cipher = AESGCM(master)
        self._random = random

    def new_key(self, key_id: UUID) -> tuple[bytes, DataKey]:
        """A fresh key: wrapped, for the database, and ready to seal with."""
        key = self._random(32)
        nonce = self._random(_NONCE)
        wrapped = _FORM + nonce + self._cipher.encrypt(nonce, key, key_id.bytes)
        return wrapped, DataKey(key, self._random)

    def unwrap(self, key_id: UUID, wrapped: bytes | None) -> DataKey:
        """Raises SealingError: `sealing.dropped` for None, `sealing.changed` under another master key or another id."""
        if wrapped is None:
            raise SealingError(_dropped())
        try:
            if wrapped[:1] != _FORM:
                raise InvalidTag
            key = self._cipher.decrypt(wrapped[1 : 1 + _NONCE], wrapped[1 + _NONCE :], key_id.bytes)
        except (InvalidTag, ValueError):
            raise SealingError(_changed("control.seal_key.wrapped")) from None
        return DataKey(key, self._random)


def _changed(where: str) -> Diagnostic:
    return Diagnostic(
        Place(where),
        "sealing.changed",
        "a sealed value does not open with its key in this place",
        "check that `sealing.key` is the key file of this database; if it is, restore the row from a backup",
        "the value is not used: it was changed, moved here from elsewhere, or sealed under another key",
    )


def _dropped() -> Diagnostic:
    return Diagnostic(
        Place("control.seal_key"),
        "sealing.dropped",
        "the key of a sealed value was dropped, as an erasure or an expiry asks",
        "nothing is to be done: that it cannot be read any more is what was promised",
        "the value is gone in every copy, backups included",
    )
