"""Interleaved measurements: in each round every variant runs once, in changing order; ratios are taken within a round.

Server CPU is the backend's own (`/proc/<pid>/schedstat`, nanoseconds on a processor); wall time is the client's.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import psycopg

Connection = psycopg.Connection[Any]
SLICES = 25
Work = Callable[[Connection, range], None]


@dataclass(frozen=True)
class Variant:
    """`work(conn, numbers)` does the operation once for each number; all variants get the same numbers."""

    conn: Connection
    work: Work


@dataclass(frozen=True)
class Spread:
    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"**{self.median:.2f}** ({self.low:.2f}-{self.high:.2f})"


@dataclass(frozen=True)
class Row:
    """One operation: microseconds per operation of the raw variant, and ratios raw : other (1 = same, less = slower)."""

    name: str
    raw_cpu_us: float
    raw_wall_us: float
    cpu: Mapping[str, Spread]
    wall: Mapping[str, Spread]
    goal: str


@contextmanager
def one_processor(*conns: Connection) -> Iterator[None]:
    """This thread and the backends of `conns` share one processor meanwhile. Waking a sleeping processor costs a virtual
    machine several times what a point read costs, and whether it is needed depends on where the scheduler put whom."""
    before = os.sched_getaffinity(0)
    chosen = {max(before)}
    for pid in (0, *(conn.info.backend_pid for conn in conns)):
        os.sched_setaffinity(pid, chosen)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def spread(values: list[float]) -> Spread:
    return Spread(median(values), min(values), max(values))


def cpu_of(backend: int) -> int:
    """Nanoseconds that this process has been on a processor."""
    return int(Path(f"/proc/{backend}/schedstat").read_text(encoding="ascii").split()[0])


def measure(name: str, variants: Mapping[str, Variant], rounds: int, count: int, goal: str, seed: int = 1) -> Row:
    """The first variant is the one that the others are compared with. A round is cut into slices in which the variants
    take turns, so that other work on the machine meets all of them. One round is thrown away."""
    costs: dict[str, list[tuple[int, int]]] = {key: [] for key in variants}
    order, dice = list(variants), random.Random(seed)
    for number in range(rounds + 1):
        spent = {key: (0, 0) for key in variants}
        slice_size = max(1, count // SLICES)
        for start in range(1 + number * count, 1 + (number + 1) * count, slice_size):
            dice.shuffle(order)
            for key in order:
                cpu, wall = _once(variants[key], range(start, start + slice_size))
                spent[key] = (spent[key][0] + cpu, spent[key][1] + wall)
        for key in variants if number else ():
            costs[key].append(spent[key])
    first = next(iter(variants))
    ratios = [
        {
            key: spread([a[i] / max(b[i], 1e-9) for a, b in zip(costs[first], costs[key], strict=True)])
            for key in variants
        }
        for i in (0, 1)
    ]
    raw = [median(c[i] for c in costs[first]) / count / 1000 for i in (0, 1)]
    return Row(name, raw[0], raw[1], ratios[0], ratios[1], goal)


def _once(variant: Variant, numbers: range) -> tuple[int, int]:
    cpu, wall = cpu_of(variant.conn.info.backend_pid), time.perf_counter_ns()
    variant.work(variant.conn, numbers)
    if not variant.conn.autocommit:
        variant.conn.commit()
    return cpu_of(variant.conn.info.backend_pid) - cpu, time.perf_counter_ns() - wall
