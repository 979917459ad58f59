"""A ledger of three blocks on a fresh database, with its keys and exported heads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from avow.ledger import Entry, Kind, Ledger, create_digest_key, create_key, create_ledger, open_ledger
from avow.ledger.verify import Verification, verify_from_files

PAIR = "support.provide/internal.support"


@dataclass
class Written:
    """A ledger with `blocks` sealed and a head signed after each block."""

    dsn: str
    key: Path
    public: Path
    heads: Path
    digest_key: Path

    def open(self, sign: bool = True) -> Ledger:
        return open_ledger(self.dsn, self.key if sign else None, self.heads if sign else None, self.digest_key)

    def verify(self, outside: bool = True) -> Verification:
        return verify_from_files(self.dsn, [self.public], self.heads if outside else None)


def entry_of(ledger: Ledger, number: int = 1) -> Entry:
    actor = ledger.digester.digest("actor", "staff:42")
    return Entry(
        Kind.READ,
        1_700_000_000_000_000 + number,
        PAIR,
        "public.contacts",
        "email,name",
        actor,
        ledger.digester.digest("query", f"query {number}"),
        number,
    )


@pytest.fixture
def bare(database: str, tmp_path: Path) -> Written:
    create_ledger(database)
    public = create_key(tmp_path / "ledger.key")
    create_digest_key(tmp_path / "digest.key")
    return Written(database, tmp_path / "ledger.key", public, tmp_path / "heads.jsonl", tmp_path / "digest.key")


@pytest.fixture
def written(bare: Written) -> Written:
    with bare.open() as ledger:
        for block in range(5):
            for number in range(3):
                ledger.record(entry_of(ledger, 10 * block + number + 1))
            ledger.flush()
            ledger.sign_head()
    return bare
