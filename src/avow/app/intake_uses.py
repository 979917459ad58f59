"""Reads the share of service purposes out of the record of uses.

Counts entries, never looks at whose they are, but for those of one synthetic person. Refuses to count what the mystery shopper did
otherwise.
"""

from __future__ import annotations

from avow.app.project import Project
from avow.duties.intakes.uses import Share, count_share
from avow.ledger import Digest, Kind
from avow.ledger.keys import load_digester
from avow.ledger.search import Wanted, search_ledger

USES = frozenset({Kind.READ, Kind.WRITE, Kind.EXPORT, Kind.DISCLOSE})
MOST = 200_000  # entries that one report looks at, the newest


def read_share(project: Project, dsn: str, of: Digest | None = None) -> Share:
    """Over the newest uses; over those of one synthetic person where `of` is theirs. Raises LedgerError."""
    shopper = load_digester(project.settings.ledger_key.with_name("digest.key")).digest("actor", "shopper")
    page = search_ledger(dsn, Wanted(), None, blocks=MOST, limit=MOST)
    return count_share(
        found.entry.pair
        for found in page.found
        if found.entry.kind in USES
        and (found.entry.of == of if of else found.entry.actor != shopper)
        and project.vocabulary.find("purpose", found.entry.pair.partition("/")[0])
    )
