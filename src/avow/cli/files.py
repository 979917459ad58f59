"""Files that a command hands over: made before anything is done, for this user alone, and gone again when nothing was done.

Refuses to write over a file that is there (`settings.file-in-use`), and where it may not (`settings.file-not-writable`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from avow.errors import Diagnostic, Place, SettingsError

_SO = "nothing was done, and nothing is on record of it"


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """An empty file to write into. It is taken away again when what was to fill it fails. Raises SettingsError."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise _refuse(
            path, "settings.file-in-use", "there is a file already", "name one that is not there yet"
        ) from None
    except OSError as error:
        cause = f"the file cannot be made: {os.strerror(error.errno or 0)}"
        raise _refuse(path, "settings.file-not-writable", cause, "name a folder that you may write into") from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _refuse(path: Path, code: str, cause: str, help: str) -> SettingsError:
    return SettingsError(Diagnostic(Place(os.fspath(path)), code, cause, help, _SO))
