"""What a check reads of rights: the newest findings of the mystery shopper, and counts of real requests, never whose they are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import psycopg

from avow.control.shopping import ShopperRecords
from avow.prove.scene import RightsEvidence


def read_evidence(records: ShopperRecords, policy_version: str, now: datetime) -> RightsEvidence:
    """What a check reads of rights: the shopper's findings, and counts of real requests."""
    counts = records.counts(now)
    return RightsEvidence(
        records.findings(policy_version),
        {kind: found[0] for kind, found in counts.items()},
        {kind: found[1] for kind, found in counts.items()},
        {kind: found[2] for kind, found in counts.items()},
    )


@contextmanager
def open_records(dsn: str, company: str) -> Iterator[ShopperRecords]:
    """On a connection of its own: the run's lock lives as long as it."""
    with psycopg.connect(dsn, autocommit=True, application_name="avow shopper") as connection:
        yield ShopperRecords(connection, company)
