"""What recording costs: entries a second against row inserts, and a read through the client against the same read without."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg

from avow.client import purpose, take_for_good
from avow.ledger import Digest, Entry, Kind, Ledger, create_digest_key, create_key, create_ledger, open_ledger
from avow.ledger.block import pack_entries
from avow.ledger.chain import Chain
from benchmarks.company import SUPPORT
from benchmarks.measuring import Connection, Spread, spread
from benchmarks.ratios import COLUMNS, open_pair


@dataclass(frozen=True)
class LedgerRates:
    """Entries or rows a second, durable; microseconds of packing; bytes of WAL per entry; milliseconds of a strict entry."""

    recorded: Spread
    sealed: Spread
    inserted: Spread
    packing_us: Spread
    wal_bytes: float
    strict_ms: Spread


@dataclass(frozen=True)
class LoggedRead:
    """Ratios plain : logged of one read in a taken pair, and what taking and giving back a pair costs in microseconds."""

    wall: Spread
    plain_us: float
    taking_us: Spread


def measure_ledger(dsn: str, folder: Path, rounds: int, entries: int) -> LedgerRates:
    ledger, chain = _open(dsn, folder), Chain(dsn)
    actor = ledger.digester.digest("actor", "staff:42")
    made = [_entry(actor, n) for n in range(1000)]
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute(
            "CREATE TABLE access_log (at timestamptz, pair text, tables text, columns text, actor bytea, subject bytea, n int)"
        )
        recorded, sealed, inserted, packing, strict = [], [], [], [], []
        wal = 0.0
        for _ in range(rounds):
            before = _wal(conn)
            recorded.append(_rate(entries, lambda: _record(ledger, made, entries)))
            wal = (_wal(conn) - before) / entries
            sealed.append(_rate(entries, lambda: _seal(chain, made, entries)))
            inserted.append(_rate(1000, lambda: _insert(conn, made)))
            packing.append(1e6 / _rate(10_000, lambda: [pack_entries(made, bytes(16)) for _ in range(10)]))
            strict.append(1e3 / _rate(100, lambda: [ledger.record_and_wait(made[n]) for n in range(100)]))
    chain.close()
    ledger.close()
    return LedgerRates(spread(recorded), spread(sealed), spread(inserted), spread(packing), wal, spread(strict))


def measure_logged_read(dsn: str, control: str, folder: Path, subjects: int, rounds: int, count: int) -> LoggedRead:
    """A point read on one connection that keeps its pair: plain, and inside `avow.purpose` about one person."""
    ledger = _open(control, folder)
    query = f"SELECT {COLUMNS} FROM contacts WHERE id = %s".encode()
    ratios, plain, taking = [], [], []
    with open_pair(dsn, SUPPORT, autocommit=True) as conn:
        take_for_good(conn, SUPPORT.purpose, SUPPORT.recipient)
        terms = {"recipient": SUPPORT.recipient, "actor": "staff:42", "connection": conn, "ledger": ledger}

        def read(with_conn: Connection) -> None:
            cursor = with_conn.cursor()
            for n in range(count):
                cursor.execute(query, [1 + n * 7919 % subjects])
                cursor.fetchall()

        def logged() -> None:
            with purpose(SUPPORT.purpose, subject="contact:7", **terms) as use:
                read(use)
            ledger.flush()

        for number in range(rounds + 1):
            works: list[tuple[str, Callable[[], None]]] = [("plain", lambda: read(conn)), ("logged", logged)]
            random.Random(number).shuffle(works)
            took = {name: count / _rate(count, work) for name, work in works}
            if number:
                ratios.append(took["plain"] / took["logged"])
                plain.append(took["plain"] / count * 1e6)
    with open_pair(dsn, SUPPORT, autocommit=True) as conn:
        terms["connection"] = conn
        for _ in range(rounds):
            taking.append(1e6 / _rate(100, lambda: [_take(terms) for _ in range(100)]))
    ledger.close()
    return LoggedRead(spread(ratios), spread(plain).median, spread(taking))


def _take(terms: dict[str, object]) -> None:
    with purpose(SUPPORT.purpose, **terms):  # type: ignore[arg-type]
        pass


def _open(dsn: str, folder: Path) -> Ledger:
    create_ledger(dsn)
    create_key(folder / "ledger.key")
    create_digest_key(folder / "digest.key")
    return open_ledger(dsn, folder / "ledger.key", folder / "heads.jsonl", folder / "digest.key")


def _entry(actor: Digest, n: int) -> Entry:
    at = 1_700_000_000_000_000 + n * 997
    return Entry(Kind.READ, at, str(SUPPORT), "public.contacts", "city,email,id,name", actor, Digest(os.urandom(16)), 1)


def _rate(count: int, work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return count / (time.perf_counter() - start)


def _record(ledger: Ledger, made: list[Entry], count: int) -> None:
    for _ in range(count // 1000):
        for entry in made:
            ledger.record(entry)
    ledger.flush(60)


def _seal(chain: Chain, made: list[Entry], count: int) -> None:
    """What the sealing thread does, without the threads that record."""
    for _ in range(count // 1000):
        chain.append(pack_entries(made, os.urandom(16)))


def _insert(conn: Connection, made: list[Entry]) -> None:
    for e in made:
        conn.execute(
            "INSERT INTO access_log VALUES (now(), %s, %s, %s, %s, %s, %s)",
            [e.pair, e.tables, e.columns, e.actor, e.of, e.rows],
        )


def _wal(conn: Connection) -> int:
    found = conn.execute("SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint").fetchone()
    assert found is not None
    return int(found[0])
