"""Who acts, for commands that decide something. Refuses a `--by` that names no member of staff whose role permits it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from avow.app.actors import get_actor
from avow.control.session import Session

BY = "the member of staff (id or address)"


def actor_of(session: Callable[[], AbstractContextManager[Session]], said: str, permission: str) -> str:
    """The member's id. Raises ControlError `staff.nobody`, `staff.may-not`."""
    with session() as opened:
        return get_actor(opened.connection, opened.company, said, permission)
