"""The key files of a project, sealed under a passphrase for a backup, and put back where they are missing.

Promises: without the passphrase the file is noise; with it every key comes back byte for byte, mode 0600. Refuses to write over
another key that is there: whatever was sealed with that one would be lost.
Format: 0x01, salt of 16 bytes, nonce of 12, then AES-256-GCM over JSON of name -> text. The key is scrypt (n 2^15, r 8, p 1).
Source: RFC 7914 (scrypt); NIST SP 800-38D (AES-GCM).
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from avow.app.databases import public_key_of
from avow.errors import Diagnostic, Place, SealingError
from avow.settings import Settings

_FORM, _SALT, _NONCE = b"\x01", 16, 12
SHORTEST = 12  # characters of a passphrase


def key_files(settings: Settings) -> Mapping[str, str]:
    """Path relative to the project -> text of every key file that is there."""
    seal, ledger = settings.sealing_key, settings.ledger_key
    paths = [seal, *(seal.with_name(f"{name}.key") for name in ("lookup", "suppression", "replay"))]
    paths += [ledger, public_key_of(settings), ledger.with_name("digest.key")]
    paths += [settings.project / ".avow" / f"{desk}.key" for desk in ("centre", "console")]
    return {os.path.relpath(p, settings.project): p.read_text(encoding="ascii") for p in paths if p.exists()}


def seal_keys(files: Mapping[str, str], passphrase: str) -> bytes:
    """Raises SealingError `backup.short-passphrase`."""
    if len(passphrase) < SHORTEST:
        raise SealingError(_short())
    salt, nonce = secrets.token_bytes(_SALT), secrets.token_bytes(_NONCE)
    return (
        _FORM + salt + nonce + AESGCM(_derive(passphrase, salt)).encrypt(nonce, json.dumps(dict(files)).encode(), _FORM)
    )


def open_keys_file(sealed: bytes, passphrase: str) -> dict[str, str]:
    """Raises SealingError `backup.wrong-passphrase`."""
    salt, nonce = sealed[1 : 1 + _SALT], sealed[1 + _SALT : 1 + _SALT + _NONCE]
    try:
        text = AESGCM(_derive(passphrase, salt)).decrypt(nonce, sealed[1 + _SALT + _NONCE :], sealed[:1])
        found: dict[str, str] = json.loads(text)
    except (InvalidTag, ValueError):
        raise SealingError(_wrong()) from None
    return found


def put_keys_back(files: Mapping[str, str], project: Path) -> int:
    """Writes what is missing; gives how many files. Raises SealingError `backup.other-key` before anything is written."""
    for name, text in files.items():
        path = _inside(project, name)
        if path.exists() and path.read_text(encoding="ascii") != text:
            raise SealingError(_other(path))
    missing = {name: text for name, text in files.items() if not _inside(project, name).exists()}
    for name, text in missing.items():
        path = _inside(project, name)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644 if path.suffix == ".pub" else 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    return len(missing)


def _inside(project: Path, name: str) -> Path:
    """Key files may lie outside the project where avow.toml says so; the name is the company's own, sealed and signed."""
    return Path(os.path.normpath(project / name))


def _derive(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=2**15, r=8, p=1).derive(passphrase.encode())


def _short() -> Diagnostic:
    return Diagnostic(
        Place("AVOW_BACKUP_PASSPHRASE"),
        "backup.short-passphrase",
        f"the keys are sealed under a passphrase of at least {SHORTEST} characters, and none such is given",
        "set AVOW_BACKUP_PASSPHRASE (or AVOW_BACKUP_PASSPHRASE_FILE), or back up with --without-keys and keep the keys elsewhere",
        "nothing was written: a backup without its keys cannot be read by anybody",
    )


def _wrong() -> Diagnostic:
    return Diagnostic(
        Place("AVOW_BACKUP_PASSPHRASE"),
        "backup.wrong-passphrase",
        "the keys of this backup do not open with this passphrase",
        "find the passphrase under which they were sealed",
        "nothing was restored",
    )


def _other(path: Path) -> Diagnostic:
    return Diagnostic(
        Place(str(path)),
        "backup.other-key",
        f"`{path}` is there already, and is another key than the one in the backup",
        "restore into a fresh project folder, or move the file aside once nothing needs it any more",
        "nothing was restored",
    )
