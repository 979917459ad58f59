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
from avow.ledger.block import as_columns, pack_columns
from avow.ledger.chain import Chain
from avow.ledger.recorder import TURN
from benchmarks.company import SUPPORT
from benchmarks.measuring import Connection, Spread, cpu_of, one_processor, spread
from benchmarks.ratios import COLUMNS, open_pair

TURNS = 10  # of a round: long enough that blocks are as full as in an application at work


@dataclass(frozen=True)
class LedgerRates:
    """Entries or rows a second, durable; microseconds of packing; bytes of WAL per entry; milliseconds of a strict entry."""

    recorded: Spread
    sealed: Spread
    sealed_cpu: Spread
    inserted: Spread
    packing_us: Spread
    wal_bytes: float
    strict_ms: Spread


@dataclass(frozen=True)
class LoggedRead:
    """Ratios plain : logged of one read in a taken pair (CPU of client, server and ledger together; wall), its CPU time
    when plain, and what taking and giving back a pair costs, in microseconds. `parts`: what is added to a read, by who spends it
    (the reading thread, its backend, the sealing thread, the ledger's backend); `per_block`: how many entries a block held."""

    cpu: Spread
    wall: Spread
    plain_us: float
    taking_us: Spread
    parts: tuple[float, ...]
    per_block: float


def measure_ledger(dsn: str, folder: Path, rounds: int, entries: int) -> LedgerRates:
    ledger, chain = _open(dsn, folder), Chain(dsn)
    actor = ledger.digester.digest("actor", "staff:42")
    made = [_entry(actor, n) for n in range(1000)]
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute(
            "CREATE TABLE access_log (at timestamptz, pair text, tables text, columns text, actor bytea, subject bytea, n int)"
        )
        recorded, sealed, sealed_cpu, inserted, packing, strict = [], [], [], [], [], []
        wal = 0.0
        for _ in range(rounds):
            before = _wal(conn)
            recorded.append(_rate(entries, lambda: _record(ledger, made, entries)))
            wal = (_wal(conn) - before) / entries
            cpu = _cpu([chain.conn.info.backend_pid])
            sealed.append(_rate(entries, lambda: _seal(chain, made, entries)))
            sealed_cpu.append(entries * 1e9 / (_cpu([chain.conn.info.backend_pid]) - cpu))
            inserted.append(_rate(1000, lambda: _insert(conn, made)))
            columns = as_columns(made)
            cpu = time.process_time_ns()
            for _ in range(10):
                pack_columns(columns, bytes(16))
            packing.append((time.process_time_ns() - cpu) / 10_000 / 1000)
            strict.append(1e3 / _rate(100, lambda: [ledger.record_and_wait(made[n]) for n in range(100)]))
    chain.close()
    ledger.close()
    return LedgerRates(
        spread(recorded), spread(sealed), spread(sealed_cpu), spread(inserted), spread(packing), wal, spread(strict)
    )


def measure_logged_read(dsn: str, control: str, folder: Path, subjects: int, rounds: int, count: int) -> LoggedRead:
    """A point read on one connection that keeps its pair: plain, and inside `avow.purpose` about one person."""
    ledger = _open(control, folder)
    read = _reader(count // TURNS, subjects)
    with (
        open_pair(dsn, SUPPORT, autocommit=True) as conn,
        psycopg.connect(control, autocommit=True, application_name="bench-watch") as watch,
    ):
        take_for_good(conn, SUPPORT.purpose, SUPPORT.recipient)
        terms = {"recipient": SUPPORT.recipient, "actor": "staff:42", "connection": conn, "ledger": ledger}
        ledger.record_and_wait(_entry(ledger.digester.digest("actor", "staff:42"), 1))
        backends = [conn.info.backend_pid, *_ledger_backends(watch)]

        def logged() -> None:
            with purpose(SUPPORT.purpose, subject="contact:7", **terms) as use:
                read(use)

        with one_processor(conn):  # the ledger's thread and backend stay free
            blocks = _blocks(watch)
            costs = [_round(number, backends, lambda: read(conn), logged, ledger) for number in range(rounds + 1)]
            blocks = _blocks(watch) - blocks
    taking = []
    with open_pair(dsn, SUPPORT, autocommit=True) as conn:
        terms["connection"] = conn
        with one_processor(conn):
            for _ in range(rounds):
                taking.append(1e6 / _rate(100, lambda: [_take(terms) for _ in range(100)]))
    ledger.close()
    return LoggedRead(
        spread([sum(plain.cpu) / sum(logged.cpu) for plain, logged in costs[1:]]),
        spread([plain.wall / logged.wall for plain, logged in costs[1:]]),
        spread([sum(plain.cpu) / count / 1000 for plain, _ in costs[1:]]).median,
        spread(taking),
        tuple(
            spread([(logged.cpu[i] - plain.cpu[i]) / count / 1000 for plain, logged in costs[1:]]).median
            for i in range(4)
        ),
        count * len(costs) / max(blocks, 1),
    )


@dataclass
class _Spent:
    """Nanoseconds: on a processor by reading thread, its backend, other threads, the ledger's backend; and on the wall."""

    cpu: list[int]
    wall: int = 0


def _reader(count: int, subjects: int) -> Callable[[Connection], None]:
    query = f"SELECT {COLUMNS} FROM contacts WHERE id = %s"

    def read(conn: Connection) -> None:
        cursor = conn.cursor()
        for n in range(count):
            cursor.execute(query, [1 + n * 7919 % subjects])
            cursor.fetchall()

    return read


def _round(
    number: int, backends: list[int], plain: Callable[[], None], logged: Callable[[], None], ledger: Ledger
) -> tuple[_Spent, _Spent]:
    """Both, in slices that take turns."""
    spent = {"plain": _Spent([0] * 4), "logged": _Spent([0] * 4)}
    works = [("plain", plain), ("logged", logged)]
    dice = random.Random(number)
    for _ in range(TURNS):
        dice.shuffle(works)
        for name, work in works:
            before, wall = _parts(backends), time.perf_counter_ns()
            work()
            spent[name].wall += time.perf_counter_ns() - wall
            ledger.flush()  # its CPU belongs to the logged reads; nobody who reads waits for it
            after = _parts(backends)
            spent[name].cpu = [s + a - b for s, a, b in zip(spent[name].cpu, after, before, strict=True)]
    return spent["plain"], spent["logged"]


def _parts(backends: list[int]) -> list[int]:
    mine = time.thread_time_ns()
    others = time.process_time_ns() - mine
    return [mine, cpu_of(backends[0]), others, sum(map(cpu_of, backends[1:]))]


def _blocks(conn: Connection) -> int:
    found = conn.execute("SELECT size FROM ledger.tree").fetchone()
    assert found is not None
    return int(found[0])


def _cpu(backends: list[int]) -> int:
    return time.process_time_ns() + sum(cpu_of(pid) for pid in backends)


def _ledger_backends(conn: Connection) -> list[int]:
    rows = conn.execute(
        "SELECT pid FROM pg_stat_activity WHERE application_name = 'avow-ledger' AND datname = current_database()"
    ).fetchall()
    return [pid for (pid,) in rows]


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
    """What the sealing thread does when entries come fast, without the threads that record."""
    items = as_columns(made)
    for _ in range(count // 1000 // TURN):
        chain.append(*(pack_columns(items, os.urandom(16)) for _ in range(TURN)))


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
