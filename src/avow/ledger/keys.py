"""The ledger's two key files: the Ed25519 key that signs tree heads, and the company's digest key.

Promises files of mode 0600, written whole or not at all, beside the first the public key for verifiers (`ledger.pub`).
Refuses a key that others may read (`ledger.key-readable`), and never puts a key into a database or a message.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from avow.errors import Diagnostic, LedgerError, Place
from avow.ledger.entry import Digester


def create_key(path: Path) -> Path:
    """Makes the signing key at `path` and the public key beside it (suffix `.pub`), unless the key exists;
    gives the path of the latter."""
    public = path.with_suffix(".pub")
    if not path.exists():
        key = Ed25519PrivateKey.generate()
        _write_secret(path, key.private_bytes_raw().hex())
        public.write_text(key.public_key().public_bytes_raw().hex() + "\n", encoding="ascii")
    return public


def create_digest_key(path: Path) -> None:
    """Makes the company's digest key at `path`, unless it exists. Losing it makes all digests unreadable for good."""
    if not path.exists():
        _write_secret(path, secrets.token_hex(32))


def load_key(path: Path) -> Ed25519PrivateKey:
    """Raises LedgerError."""
    return Ed25519PrivateKey.from_private_bytes(_read_secret(path))


def load_digester(path: Path) -> Digester:
    """Raises LedgerError."""
    return Digester(_read_secret(path))


def load_public_key(path: Path) -> Ed25519PublicKey:
    """A public key as hexadecimal text or PEM. Raises LedgerError."""
    try:
        text = path.read_bytes().strip()
        if text.startswith(b"-----"):
            found = serialization.load_pem_public_key(text)
            if isinstance(found, Ed25519PublicKey):
                return found
            raise ValueError
        return Ed25519PublicKey.from_public_bytes(bytes.fromhex(text.decode("ascii")))
    except (OSError, ValueError):
        raise LedgerError(_missing(path, "is not a readable Ed25519 public key")) from None


def _write_secret(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    half = path.with_name(f"{path.name}.{os.getpid()}.new")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(half, path)  # of two processes that start together, one wins and the other uses its key
    except FileExistsError:
        pass
    finally:
        half.unlink()


def _read_secret(path: Path) -> bytes:
    try:
        if path.stat().st_mode & 0o077:
            raise LedgerError(_readable(path))
        found = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError):
        raise LedgerError(_missing(path, "is not a readable key file")) from None
    if len(found) != 32:
        raise LedgerError(_missing(path, "does not hold 32 bytes in hexadecimal"))
    return found


def _missing(path: Path, cause: str) -> Diagnostic:
    return Diagnostic(
        Place(str(path)),
        "ledger.key-missing",
        f"`{path}` {cause}",
        "restore the file, or name the right one as `ledger.key` in avow.toml",
        "nothing is signed or verified with it",
    )


def _readable(path: Path) -> Diagnostic:
    return Diagnostic(
        Place(str(path)),
        "ledger.key-readable",
        f"`{path}` may be read by others than its owner",
        f"run `chmod 600 {path}`, and make a new key if others may have read it",
        "the key is not used: whoever holds it can sign a forged ledger",
    )
