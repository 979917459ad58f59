"""Secret keys of the web processes: one file each, outside the database, readable for this user alone.

Refuses a key file that others can read. A new key ends every session of that process, and nothing else.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from avow.errors import Diagnostic, Place, WebError


def ensure_secret(path: Path) -> str:
    """The text in `path`, made once with 0600. Raises WebError `web.open-key` when others may read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read(path)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48))
    return _read(path)


def _read(path: Path) -> str:
    if path.stat().st_mode & 0o077:
        raise WebError(
            Diagnostic(
                Place(str(path)),
                "web.open-key",
                "this key can be read by other users of the machine",
                f"run `chmod 600 {path.name}` there; if others may have read it, remove it: the next start makes a new one",
                "nothing is served",
            )
        )
    return path.read_text(encoding="ascii").strip()
