"""Key files outside the database: 32 bytes each as hexadecimal text, mode 0600, written whole or not at all.

The ledger's verifier is a program of its own and shares no code with this. Refuses a file that others may read
(`sealing.key-readable`), and never gives a key to a message or a log.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from avow.errors import Diagnostic, Place, SealingError

KEY_BYTES = 32


def create_secret(path: Path) -> None:
    """Makes a random key at `path`, unless one stands there."""
    if not path.exists():
        _write_secret(path, secrets.token_hex(KEY_BYTES))


def _write_secret(path: Path, text: str) -> None:
    """Durable, mode 0600, unless a file stands there by now: of two processes that start together one wins."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError), open_private(path) as file:
        file.write(f"{text}\n".encode("ascii"))


@contextmanager
def open_private(path: Path) -> Iterator[BinaryIO]:
    """A new file that only its owner may read (0600): it stands at `path` when the block ends well, whole and durable, and not at
    all otherwise. Raises FileExistsError when something stands there, and OSError before the block where it cannot be written."""
    if path.exists():
        raise FileExistsError(path)
    half = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}.new")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.link(half, path)
    finally:
        half.unlink()
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """The name must be as durable as the content: what is sealed with a key that a power cut takes is lost."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def load_secret(path: Path) -> bytes:
    """The key at `path`. Raises SealingError `sealing.key-missing` or `sealing.key-readable`."""
    try:
        if path.stat().st_mode & 0o077:
            raise SealingError(_readable(path))
        found = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError):
        raise SealingError(_missing(path, "is not a readable key file")) from None
    if len(found) != KEY_BYTES:
        raise SealingError(_missing(path, f"does not hold {KEY_BYTES} bytes in hexadecimal"))
    return found


def _missing(path: Path, cause: str) -> Diagnostic:
    return Diagnostic(
        Place(str(path)),
        "sealing.key-missing",
        f"`{path}` {cause}",
        "restore the file from its backup, or name the right one as `sealing.key` in avow.toml",
        "nothing is sealed or opened: without this key what it sealed cannot be read by anybody",
    )


def _readable(path: Path) -> Diagnostic:
    return Diagnostic(
        Place(str(path)),
        "sealing.key-readable",
        f"`{path}` may be read by others than its owner",
        f"run `chmod 600 {path}`, and ask who could read it until now",
        "the key is not used: whoever holds it and a dump of the database can read what people wrote",
    )
