"""Writes what Avow itself did into the ledger: each check and each apply, durable before the command ends.

Makes the ledger and its keys at first use. What happens in a governed store, in another database than the ledger, is recorded
before it is committed there: an entry may stand for a batch that was then undone, never a deed without its entry. Refuses to
go on when the entry cannot be made durable: an apply that nobody recorded did not happen by the book.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from avow.app.databases import control_dsn
from avow.ledger import UNKNOWN_COUNT, Kind, Ledger, create_digest_key, create_key, create_ledger, open_ledger
from avow.settings import Settings

_OPENING = threading.Lock()
_opened: dict[tuple[str, Path, Path, int], tuple[Ledger, int]] = {}  # how many use each


@contextmanager
def open_project_ledger(settings: Settings, dsn: str) -> Iterator[Ledger]:
    """The project's ledger in its control database; heads are signed and exported to the project's heads file. A process has one:
    each of its writers would seal, and sign, against the others. What was put in meanwhile is durable when the block ends; raises
    LedgerError where it is not."""
    place = (dsn, settings.ledger_key, settings.ledger_heads, os.getpid())
    with _OPENING:
        ledger, users = _opened.get(place) or (_open(settings, dsn), 0)
        _opened[place] = (ledger, users + 1)
    try:
        yield ledger
    finally:
        with _OPENING:
            _, users = _opened.pop(place)
            if users > 1:
                _opened[place] = (ledger, users - 1)
        if users > 1:
            ledger.flush()
        else:
            ledger.close()


def _open(settings: Settings, dsn: str) -> Ledger:
    digest_key = settings.ledger_key.with_name("digest.key")
    create_key(settings.ledger_key)
    create_digest_key(digest_key)
    create_ledger(dsn)
    settings.ledger_heads.parent.mkdir(parents=True, exist_ok=True)
    return open_ledger(dsn, settings.ledger_key, settings.ledger_heads, digest_key)


@contextmanager
def sealing_deeds(settings: Settings, kind: Kind, table: str) -> Iterator[Callable[[int], None]]:
    """Gives what is to be called with a count of rows before their deed is committed; durable when it returns. The ledger is
    opened at the first call and closed with the block. Raises LedgerError."""
    with ExitStack() as stack:
        found: list[Ledger] = []

        def seal(rows: int) -> None:
            if not found:
                dsn = stack.enter_context(control_dsn(settings, lambda line: None))
                found.append(stack.enter_context(open_project_ledger(settings, dsn)))
            actor = found[0].digester.digest("actor", f"uid:{os.getuid()}")
            found[0].record_access(kind, "", table, "", actor, rows=min(rows, UNKNOWN_COUNT - 1), wait=True)

        yield seal


def record_deed(settings: Settings, dsn: str, kind: Kind, count: int) -> None:
    """One entry about Avow itself: what was done, by which user of this machine (a keyed digest), how much."""
    with open_project_ledger(settings, dsn) as ledger:
        actor = ledger.digester.digest("actor", f"uid:{os.getuid()}")
        ledger.record_access(kind, "", "", "", actor, rows=count, wait=True)
