"""The desk, opened once in this process with its own login to the control database. Refuses nothing itself: the desk does."""

from __future__ import annotations

from functools import cache

from avow.app import open_desk
from avow.app.desk import Desk
from avow.web.process import current

CONNECTIONS = 6


@cache
def get_desk() -> Desk:
    """The one desk of this process; safe for threads."""
    process = current()
    return open_desk(process.project, {"AVOW_CONTROL_DSN": process.dsn}, prepare=False, size=CONNECTIONS)
