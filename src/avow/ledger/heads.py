"""Signed tree heads: what the ledger was at a time, said under a key that its database does not hold.

Promises that a head that verifies was signed by the holder of the key for this ledger, size, root and time, and that the
heads file only ever grows. Refuses to read a heads file that is not whole lines of heads (`ledger.heads-unreadable`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from avow.errors import Diagnostic, LedgerError, Place

NEWEST = 16_384  # bytes at the end of the file: some fifty heads; processes that export at once swap two or three


@dataclass(frozen=True, order=True)
class Head:
    """The tree over the first `size` blocks of ledger `log` had this `root` at `at` (microseconds since 1970 UTC)."""

    size: int
    at: int
    log: bytes
    root: bytes
    signature: bytes = b""

    def signed_bytes(self) -> bytes:
        sizes = self.size.to_bytes(8, "big") + self.at.to_bytes(8, "big")
        return b"avow ledger head 1\n" + self.log + sizes + self.root

    def verifies(self, keys: Iterable[Ed25519PublicKey]) -> bool:
        """True if one of `keys` signed exactly this head."""
        return any(self._verifies(key) for key in keys)

    def _verifies(self, key: Ed25519PublicKey) -> bool:
        try:
            key.verify(self.signature, self.signed_bytes())
        except InvalidSignature:
            return False
        return True

    def to_line(self) -> str:
        return json.dumps(
            {
                "size": self.size,
                "at": self.at,
                "log": self.log.hex(),
                "root": self.root.hex(),
                "signature": self.signature.hex(),
            }
        )


def sign_head(key: Ed25519PrivateKey, size: int, at: int, log: bytes, root: bytes) -> Head:
    bare = Head(size, at, log, root)
    return Head(size, at, log, root, key.sign(bare.signed_bytes()))


def read_line(line: str) -> Head:
    """Raises ValueError."""
    try:
        found = json.loads(line)
        size, at = found["size"], found["at"]
        if type(size) is not int or type(at) is not int or not (0 <= size < 2**63 and 0 <= at < 2**63):
            raise ValueError
        return Head(size, at, *(bytes.fromhex(found[k]) for k in ("log", "root", "signature")))
    except (KeyError, TypeError, AttributeError, ValueError):
        raise ValueError("not a head") from None


def export_head(path: Path, head: Head) -> None:
    """Appends one line and waits until the disk has it. Several processes may export to one file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        os.write(descriptor, (head.to_line() + "\n").encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def find_last_head(path: Path) -> Head | None:
    """The largest head among the newest lines of the file, None where there is none: it grows for as long as the ledger lives, and
    is looked at again before each new head. Raises LedgerError for a line among them that is none."""
    try:
        with path.open("rb") as file:
            start = max(0, file.seek(0, os.SEEK_END) - NEWEST)
            file.seek(start)
            lines = file.read().decode("utf-8").splitlines()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError):
        raise LedgerError(_unreadable(path, 0, "cannot be read as text")) from None
    try:
        return max((read_line(line) for line in lines[bool(start) :]), default=None)
    except ValueError:
        raise LedgerError(_unreadable(path, 0, "holds a new line that is not a head")) from None


def load_heads(path: Path) -> list[Head]:
    """Every head of the file, in its order. Raises LedgerError naming each line that is none."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise LedgerError(_unreadable(path, 0, "cannot be read as text")) from None
    found: list[Head] = []
    bad: list[Diagnostic] = []
    for number, line in enumerate(lines, 1):
        try:
            found.append(read_line(line))
        except ValueError:
            bad.append(_unreadable(path, number, "does not hold a head"))
    if bad:
        raise LedgerError(bad)
    return found


def _unreadable(path: Path, line: int, cause: str) -> Diagnostic:
    return Diagnostic(
        Place(str(path), line),
        "ledger.heads-unreadable",
        f"`{path}` {cause}",
        "restore the exported file from where copies of it are kept",
        "heads that cannot be read exclude no truncation",
    )
