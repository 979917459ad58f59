"""What came of a try that should not go through: the refusal of the database, or of Avow, by its code.

The mystery shopper's offices share it. Refuses to keep anything that went through: it is undone.
"""

from __future__ import annotations

from collections.abc import Callable

import psycopg

from avow.app.desk import Desk
from avow.control.session import Session
from avow.errors import AvowError


def refusal_behind(desk: Desk, act: Callable[[Session], object]) -> str:
    """The SQLSTATE with which the database refused it; "" when it let it through, which is undone."""
    try:
        with desk.session() as session, session.connection.transaction(force_rollback=True):
            act(session)
    except psycopg.Error as refusal:
        return refusal.sqlstate or "unknown"
    return ""


def code_of(act: Callable[[], object]) -> str:
    """The code with which Avow refused it; "" when it did not."""
    try:
        act()
    except AvowError as error:
        return error.codes[0]
    return ""
