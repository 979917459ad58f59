"""Interleaved measurement: every round runs every variant once, in a rotating order, so that drift hits all alike.

Gives server CPU (the backend's own schedstat) and wall time. Refuses to judge: it gives medians with min and max, and
the reader sees how wide they are.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import psycopg

Work = Callable[[psycopg.Connection[Any]], None]


@dataclass(frozen=True)
class Variant:
    """One way of doing the work: `prepare` (a role, a search path) once, `work` in every round."""

    name: str
    connection: psycopg.Connection[Any]
    work: Work


@dataclass(frozen=True)
class Spread:
    """Ratios over the rounds: 1.0 is free, 0.5 is twice as dear."""

    low: float
    middle: float
    high: float

    def __str__(self) -> str:
        return f"{self.low:.2f}-**{self.middle:.2f}**-{self.high:.2f}"


@dataclass(frozen=True)
class Slice:
    cpu_ms: float
    wall_ms: float


def interleave(variants: list[Variant], rounds: int) -> Mapping[str, list[Slice]]:
    """`rounds` slices of each variant, after one round that is thrown away (caches, prepared statements)."""
    found: dict[str, list[Slice]] = {variant.name: [] for variant in variants}
    for number in range(rounds + 1):
        turn = number % len(variants)
        for variant in variants[turn:] + variants[:turn]:
            slice_ = _run(variant)
            if number:
                found[variant.name].append(slice_)
    return found


def ratio(base: list[Slice], ours: list[Slice]) -> tuple[Spread, Spread]:
    """(server CPU, wall): the base's time over ours, round by round."""
    return (
        _spread([b.cpu_ms / max(o.cpu_ms, 1e-6) for b, o in zip(base, ours, strict=True)]),
        _spread([b.wall_ms / max(o.wall_ms, 1e-6) for b, o in zip(base, ours, strict=True)]),
    )


def middle_of(slices: list[Slice]) -> Slice:
    return Slice(median(s.cpu_ms for s in slices), median(s.wall_ms for s in slices))


def _spread(values: list[float]) -> Spread:
    return Spread(min(values), median(values), max(values))


def _run(variant: Variant) -> Slice:
    pid = variant.connection.info.backend_pid
    cpu, wall = _server_cpu_ns(pid), time.perf_counter_ns()
    variant.work(variant.connection)
    return Slice((_server_cpu_ns(pid) - cpu) / 1e6, (time.perf_counter_ns() - wall) / 1e6)


def _server_cpu_ns(pid: int) -> int:
    """Nanoseconds of CPU that the backend has used; the server must run on this machine."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])
