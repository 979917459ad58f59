"""What those who watch see: verdicts with their history, the ledger with its proofs, the looks of staff.

Reads Avow's own records only; shows names, counts and digests. Refuses to say whose a digest is: a search by the person of a case
goes from the case to its digests, never back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from avow.control.checks import (
    CheckRun,
    FailedStep,
    FullCheck,
    RecordedLook,
    RequestStatistics,
    check_history,
    find_check,
    get_statistics,
    list_failed_steps,
    list_looks,
)
from avow.ledger import Digest
from avow.ledger.keys import load_digester, load_public_key
from avow.ledger.search import Page, Wanted, find_subject_digests, search_ledger

Lend = Callable[[], AbstractContextManager[psycopg.Connection[Any]]]


@dataclass(frozen=True)
class LedgerFiles:
    """Where the ledger's digest key and public key stand; absent before the first check."""

    digest_key: Path
    public_key: Path


class Oversight:
    """The view of one company for auditors and the privacy officer. `dsn` reads the ledger, `lend` Avow's records."""

    def __init__(self, lend: Lend, dsn: str, company: str, ledger: LedgerFiles) -> None:
        self._lend, self._dsn, self._company, self._files = lend, dsn, company, ledger

    def newest_check(self) -> FullCheck | None:
        return self.find_check(None)

    def find_check(self, id: int | None) -> FullCheck | None:
        """None: no such check has finished."""
        with self._lend() as connection:
            return find_check(connection, self._company, id)

    def history(self, limit: int = 60) -> tuple[CheckRun, ...]:
        """The newest checks first."""
        with self._lend() as connection:
            return check_history(connection, self._company, limit)

    def looks(
        self, staff: str = "", request: UUID | None = None, page: int = 1, per_page: int = 50
    ) -> tuple[RecordedLook, ...]:
        """Looks of staff at people's data, newest first."""
        with self._lend() as connection:
            return list_looks(connection, self._company, staff, request, page, per_page)

    def failures(self) -> tuple[FailedStep, ...]:
        """Steps of stores that failed and are not done since, the most urgent request first."""
        with self._lend() as connection:
            return list_failed_steps(connection, self._company)

    def statistics(self, since: datetime, now: datetime) -> RequestStatistics:
        """Counts of requests received since `since`."""
        with self._lend() as connection:
            return get_statistics(connection, self._company, since, now)

    def search(self, wanted: Wanted, before: int = 0) -> Page:
        """One page of ledger entries with their proofs. Raises LedgerError, also when there is no ledger."""
        return search_ledger(self._dsn, wanted, self._public_key(), before)

    def search_about(self, subjects: Sequence[str], wanted: Wanted, before: int = 0) -> Page:
        """Entries about people, by the names under which the ledger was told of them."""
        digests: tuple[Digest, ...] = ()
        if self._files.digest_key.exists():
            digests = find_subject_digests(self._dsn, load_digester(self._files.digest_key), subjects)
        about = Wanted(wanted.pair, wanted.kind, digests, True, wanted.since, wanted.until)
        return search_ledger(self._dsn, about, self._public_key(), before)

    def _public_key(self) -> Ed25519PublicKey | None:
        return load_public_key(self._files.public_key) if self._files.public_key.exists() else None
