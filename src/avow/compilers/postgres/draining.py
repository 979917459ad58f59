"""Lets the sessions that began before a switch come to their end, so that no program fails in the middle of its work.

A session that is under way does not learn that its login now starts in a pair: taking its old rights away at once would fail
its next statement. So the new way is opened first, for sessions that begin from then on; then those that began before
are waited for; only then the old way is closed. Refuses to wait for ever: a pool that keeps a session for days loses the old rights
after `seconds`, and the apply says how many did. Never ends a session itself: that takes a right that Avow does not ask for.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from psycopg import Connection

SECONDS = 10.0
PAUSE = 0.05
_SESSIONS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND usename = ANY (%s) AND pid <> pg_backend_pid()"


def drain(conn: Connection[Any], logins: Sequence[str], tell: Callable[[str], None], seconds: float = SECONDS) -> int:
    """Waits until the sessions of `logins` that are under way now have ended; how many are left after `seconds`."""
    if not logins:
        return 0
    time.sleep(PAUSE)  # a session whose start the commit overtook has registered itself by now
    before = _sessions(conn, logins)
    deadline = time.monotonic() + seconds
    if before:
        tell(f"wait for {len(before)} sessions that began with the old rights")
    while before and time.monotonic() < deadline:
        time.sleep(PAUSE)
        before &= _sessions(conn, logins)
    return len(before)


def _sessions(conn: Connection[Any], logins: Sequence[str]) -> set[int]:
    return {int(pid) for (pid,) in conn.execute(_SESSIONS, [list(logins)]).fetchall()}
