"""Writes what Avow itself did into the ledger: each check and each apply, durable before the command ends.

Makes the ledger and its keys at first use. Refuses to go on when the entry cannot be made durable: an apply that nobody
recorded did not happen by the book.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from avow.ledger import Kind, Ledger, create_digest_key, create_key, create_ledger, open_ledger
from avow.settings import Settings


@contextmanager
def open_project_ledger(settings: Settings, dsn: str) -> Iterator[Ledger]:
    """The project's ledger in its control database; heads are signed and exported to the project's heads file."""
    digest_key = settings.ledger_key.with_name("digest.key")
    create_key(settings.ledger_key)
    create_digest_key(digest_key)
    create_ledger(dsn)
    settings.ledger_heads.parent.mkdir(parents=True, exist_ok=True)
    with open_ledger(dsn, settings.ledger_key, settings.ledger_heads, digest_key) as ledger:
        yield ledger


def record_deed(settings: Settings, dsn: str, kind: Kind, count: int) -> None:
    """One entry about Avow itself: what was done, by which user of this machine (a keyed digest), how much."""
    with open_project_ledger(settings, dsn) as ledger:
        actor = ledger.digester.digest("actor", f"uid:{os.getuid()}")
        ledger.record_access(kind, "", "", "", actor, rows=count, wait=True)
