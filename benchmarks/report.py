"""The results as one page: what was measured, on which machine, against which aim; nothing rounded up."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass, field
from math import isnan
from pathlib import Path

from avow.ledger.recorder import TURN
from benchmarks.applying import Applying
from benchmarks.ledgering import LedgerRates, LoggedRead
from benchmarks.measuring import Row, Spread
from benchmarks.rights import Rights, render_rights


@dataclass
class Results:
    """What of it was measured; None where a run left it out."""

    when: str
    command: str
    server: str
    settings: str
    subjects: int
    rounds: int
    rows: list[Row] = field(default_factory=list)
    ledger: LedgerRates | None = None
    read: LoggedRead | None = None
    applying: Applying | None = None
    rights: Rights | None = None


def describe_machine() -> str:
    """Processor, number of cores, memory, kernel, Python; load at the start, since it moves every number."""
    processor = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.machine(),
    )
    memory = next(
        (int(line.split()[1]) // 1024 // 1024 for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0
    )
    load = os.getloadavg()[0]
    return (
        f"{processor}, {os.cpu_count()} cores, {memory} GiB, Linux {platform.release()}, Python {platform.python_version()};"
        f" load average {load:.1f} before the run"
    )


def _lines(path: str) -> list[str]:
    return Path(path).read_text(encoding="utf-8").splitlines()


def render(results: Results, machine: str) -> str:
    parts = [
        "# What Avow costs\n",
        f"Written by `{results.command}` on {results.when}; run it on your own machine, the ratios travel better than the times.\n",
        f"- Machine: {machine}",
        f"- Server: PostgreSQL {results.server}, durable commits; {results.settings}",
        f"- {results.subjects:,} people, one in twenty of them objects to marketing; {results.rounds} interleaved rounds\n",
    ]
    if results.rows:
        parts.append(_ratios(results.rows))
    if results.ledger:
        parts.append(_ledger(results.ledger))
    if results.read:
        parts.append(_read(results.read))
    if results.applying:
        parts.append(_applying(results.applying))
    if results.rights:
        parts.append(render_rights(results.rights))
    parts.append(_limits())
    return "\n".join(parts)


def _ratios(rows: list[Row]) -> str:
    lines = [
        "## Statements of a pair\n",
        "Ratio of the raw query's cost to the cost of the same query by a pair (1.00: no difference; less: slower),"
        " **median** (least-most) over the rounds. *Raw*: the same tables, never governed. *By hand*: a predicate on a mask"
        " column, written into the query, no views, no row security. Raw and by hand run as an ordinary login with rights on whole"
        " tables. *CPU* is the server process's own time, *wall* what the"
        " client waits; both share one processor, so that the waking of a sleeping one is not measured.\n",
        "| operation | raw, CPU µs | raw : avow, CPU | raw : avow, wall | raw : by hand, CPU | by hand : avow, CPU | aim |"
        " reached |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        by_hand = row.cpu["avow"].median / row.cpu["by hand"].median
        cells = [
            row.name,
            f"{row.raw_cpu_us:,.0f}",
            row.cpu["avow"],
            row.wall["avow"],
            f"{row.cpu['by hand'].median:.2f}",
            f"{by_hand:.2f}" if by_hand >= 0.95 else f"**{by_hand:.2f}**",
            row.goal,
            _reached(row),
        ]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    lines.append(
        "\n`by hand : avow` is the quotient of the two medians; the aim is never below 0.95 (bold: not reached).\n"
    )
    lines += [_bounds(rows), _ADDRESS, *(_insert_floor(row) for row in rows if "idle trigger" in row.cpu)]
    return "\n".join(lines)


_ADDRESS = """An address or number that changes is looked up in the list of those that must not be used again, under the lock that
the list takes when it grows: two functions with a path of their own for each such update. Other columns cost none of it.
"""


def _bounds(rows: list[Row]) -> str:
    """For each aim that is not reached, what the hand-written form says about it."""
    found = [_bound(row) for row in rows if _reached(row) == "**no**"]
    return "\n".join(["What bounds the aims that are not reached:\n", *found, ""]) if found else ""


def _bound(row: Row) -> str:
    by_hand, aim = row.cpu["by hand"].median, float(row.goal.removeprefix(">="))
    if by_hand < aim:
        return (
            f"- *{row.name}*: the bare predicate, by hand and without any part of Avow, reaches {by_hand:.2f}. Each row is taken"
            " apart as far as its last column, where the mask stands, and tested; that costs more than the rows left out save."
        )
    return (
        f"- *{row.name}*: by hand {by_hand:.2f}. What is left is the view (one more object to lock and to check for each statement)"
        " and the row policies; `docs/decisions/0010` has what each of them costs by itself."
    )


def _insert_floor(row: Row) -> str:
    return f"""A row about somebody who objects must start hidden, also while that person is objecting. By hand there are two ways.
Looking the state up in the same statement leaves a race: a choice that commits between the statement's snapshot and its own commit
is missed, and the row stays visible. Locking the person's row (`SELECT ... FOR SHARE`) closes it; so written, every insert of the
application changes. A trigger does it for an application that does not, which is what Avow promises. A trigger that
does nothing at all: {row.cpu["idle trigger"]} of raw; that is where every trigger begins.
"""


def _reached(row: Row) -> str:
    if not row.goal.startswith(">="):
        return "-"
    return "yes" if row.cpu["avow"].median >= float(row.goal.removeprefix(">=")) else "**no**"


def _number(value: Spread) -> str:
    return f"**{value.median:,.0f}** ({value.low:,.0f}-{value.high:,.0f})"


def _ledger(rates: LedgerRates) -> str:
    return f"""## Ledger

| what | median (least-most) |
|---|---|
| entries a second, recorded by one thread and durable | {_number(rates.recorded)} |
| entries a second, sealed into durable blocks of 1,000, {TURN} to a commit (packing, writing) | {_number(rates.sealed)} |
| the same, entries for a second of CPU (client and server together) | {_number(rates.sealed_cpu)} |
| rows a second, the same entry as a durable row of its own | {_number(rates.inserted)} |
| packing, hashing and compressing one entry, CPU µs | {rates.packing_us} |
| an entry that waits until it is durable, ms | {rates.strict_ms} |
| write-ahead log, bytes an entry | {rates.wal_bytes:.0f} |

Recording is {rates.recorded.median / rates.inserted.median:,.0f} times as fast as a row each. Aim: at least 500,000 durable
entries a second in blocks of 1,000 ({"reached" if rates.sealed.median >= 500_000 else "**not reached**"}).
A durable row of its own is one wait for the disk: {1e3 / rates.inserted.median:.1f} ms here. A commit of {TURN} blocks waits as
long: the disk alone allows {TURN * 1000 * rates.inserted.median:,.0f} entries a second, the processor
{rates.sealed_cpu.median:,.0f}.
"""


def _read(read: LoggedRead) -> str:
    cost = (1 / read.cpu.median - 1) * 100
    reader, backend, sealer, ledger = read.parts
    return f"""## A logged read

A point read in Python on a connection that keeps its pair, plain : inside `avow.purpose` with every read recorded. CPU of client,
server and ledger together ({read.plain_us:.0f} µs plain): {read.cpu}, that is {cost:.1f} % more (aim: at most 5 %,
{"reached" if cost <= 5 else "**not reached**"}). Wall time: {read.wall}.
Of what is added to a read, in µs: {reader:.1f} in the reading thread (the client's look at each statement), {backend:.1f} in
its backend (which runs the same statement: noise), {sealer:.1f} in the thread that seals, {ledger:.1f} in the ledger's backend.
Sealing costs by the block more than by the entry, and a block closes after 50 ms at the latest: here it held
{read.per_block:,.0f} entries. Fewer reads a second, as on a machine that is busy with other work, share the same blocks.
Taking a pair and giving it back, for a connection that changes pairs: {read.taking_us} µs.
"""


def _ms(value: float) -> str:
    return "no statement" if isnan(value) else f"{value:.1f}"


def _applying(a: Applying) -> str:
    return f"""## Applying to a live table

{a.rows:,} rows, two clients that read and update by key ({a.statements:,} statements); the apply took {a.seconds:.1f} s (a mask
column, roles, views, policies, statistics, one partial index built concurrently).

| | before | during | after |
|---|---|---|---|
| p99, ms | {_ms(a.before_p99)} | {_ms(a.during_p99)} | {_ms(a.after_p99)} |
| longest, ms | {_ms(a.before_longest)} | {_ms(a.during_longest)} | |

Longest block that a client noticed: {a.during_longest:.0f} ms
(aim under 500 ms: {"reached" if a.during_longest < 500 else "**not reached**"}).
The longest lock that the apply itself held: {a.switch_longest:.0f} ms. Sessions that were open when the old rights were taken
were refused and connected again: {a.refused}.
"""


def _limits() -> str:
    return """## What this does not show

Parallel plans (switched off), networks between client and server, data larger than memory, replicas, many clients at once,
and tables with rows of several people. Other work on the machine moves single rounds: the spread is printed for that reason.
"""
