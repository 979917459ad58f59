"""Who acts, and where a file goes, for commands that decide something or hand something out.

Refuses a `--by` that names no member of staff whose role permits it, and to write over a file or where others may read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import BinaryIO

from avow.app.actors import get_actor
from avow.control.session import Session
from avow.errors import ControlError, Diagnostic, Place
from avow.sealing.keyfiles import open_private

BY = "the member of staff (id or address)"


def actor_of(session: Callable[[], AbstractContextManager[Session]], said: str, permission: str) -> str:
    """The member's id. Raises ControlError `staff.nobody`, `staff.may-not`."""
    with session() as opened:
        return get_actor(opened.connection, opened.company, said, permission)


@contextmanager
def private_file(path: Path) -> Iterator[BinaryIO]:
    """A new file, mode 0600, there when the block ends well and not at all otherwise. Raises ControlError `file.not-written`."""
    try:
        with open_private(path) as file:
            yield file
    except OSError as error:
        raise ControlError(
            Diagnostic(
                Place("--to"),
                "file.not-written",
                f"the file cannot be written ({type(error).__name__})",
                "name a file that is not there yet, in a folder that you may write to",
                "nothing was handed out",
            )
        ) from error
