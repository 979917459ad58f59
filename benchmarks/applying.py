"""An apply on a large table while two clients work on it: what they notice."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from math import nan

import psycopg
from psycopg.conninfo import make_conninfo

from avow.compilers import apply_plan
from benchmarks.company import LARGE_MAP, LOGIN, Terms, make_version
from benchmarks.ratios import run_script

QUIET_SECONDS = 5.0


@dataclass(frozen=True)
class Applying:
    """Milliseconds of the clients' statements before, during and after; `refused` sessions had to connect again.
    Not a number where no statement ran."""

    rows: int
    seconds: float
    before_p99: float
    during_p99: float
    after_p99: float
    before_longest: float
    during_longest: float
    switch_longest: float
    statements: int
    refused: int


def measure_apply(dsn: str, rows: int, tell: Callable[[str], None]) -> Applying:
    """Makes the table, starts the clients, applies, and reads what they noted."""
    tell(f"making a table of {rows:,} people")
    with psycopg.connect(dsn, autocommit=True) as conn:
        run_script(conn, "large", rows=rows)
        conn.execute(f"GRANT SELECT, UPDATE ON contacts TO {LOGIN}".encode())
        conn.execute("VACUUM ANALYZE contacts")
        conn.execute("CHECKPOINT")
    tell("applying under load")
    login = make_conninfo(dsn, user=LOGIN, password=LOGIN)
    command = [sys.executable, "-m", "benchmarks.foreground", login, str(rows)]
    clients = [
        subprocess.Popen([*command, str(seed)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for seed in (1, 2)
    ]
    try:
        time.sleep(QUIET_SECONDS)
        start = time.monotonic()
        applied = apply_plan(dsn, make_version(), Terms(), LARGE_MAP)
        end = time.monotonic()
        time.sleep(QUIET_SECONDS)
        noted = [json.loads(client.communicate("stop\n")[0]) for client in clients]
    finally:
        for client in clients:
            client.kill()
    took = sorted((at, ms) for note in noted for at, ms in note["took"])
    # A statement that waits when the apply ends began before: it belongs to the apply.
    before = [ms for at, ms in took if at + ms / 1000 < start and at > start - QUIET_SECONDS + 1]
    during = [ms for at, ms in took if at + ms / 1000 >= start and at <= end]
    after = [ms for at, ms in took if at > end]
    return Applying(
        rows,
        end - start,
        _p99(before),
        _p99(during),
        _p99(after),
        max(before, default=nan),
        max(during, default=nan),
        applied.longest_ms,
        len(took),
        sum(note["refused"] for note in noted),
    )


def _p99(values: list[float]) -> float:
    """Not a number where no statement ran: on a slow machine one may fill the whole window."""
    if not values:
        return nan
    return sorted(values)[int(len(values) * 0.99)]
