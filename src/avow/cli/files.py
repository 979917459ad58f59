"""Files that a command hands over: made before anything is done, for this user alone, and gone again when nothing was done.

Refuses to write over a file that is there (`settings.file-in-use`), and where it may not (`settings.file-not-writable`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from avow.errors import Diagnostic, Place, SettingsError
from avow.sealing.keyfiles import open_private

_SO = "nothing was done, and nothing is on record of it"


class _NothingWritten(Exception):
    """What was to fill the file did not come to it."""


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write into: it stands at `path`, whole and durable, when the block ends well and wrote something, and not at all
    otherwise. Raises SettingsError before the block where it could not be made."""
    with suppress(_NothingWritten), ExitStack() as stack:
        try:
            file = stack.enter_context(open_private(path))
        except FileExistsError:
            raise _refuse(
                path, "settings.file-in-use", "there is a file already", "name one that is not there yet"
            ) from None
        except OSError as error:
            cause = f"the file cannot be made: {os.strerror(error.errno or 0)}"
            raise _refuse(path, "settings.file-not-writable", cause, "name a folder that you may write into") from None
        yield file
        if not file.tell():
            raise _NothingWritten


def _refuse(path: Path, code: str, cause: str, help: str) -> SettingsError:
    return SettingsError(Diagnostic(Place(os.fspath(path)), code, cause, help, _SO))
