"""`avow retention`: what goes when, sweeping it, how the sweeps stand, and legal holds.

Refuses to print a key of a person: a hold is named by its number and its reason.
"""

from __future__ import annotations

import argparse
import getpass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import avow.app
from avow.cli.printing import progress_of


def add_commands(commands: Any) -> None:
    retention = commands.add_parser("retention", help="what may be kept no longer, and what is held all the same")
    inner = retention.add_subparsers(metavar="WHAT", required=True)
    status = inner.add_parser("status", help="every sweep: when it ran last, what is due, what is held")
    status.set_defaults(run=run_status)
    when = inner.add_parser("when", help="what goes when: rows by month")
    when.set_defaults(run=run_when)
    figures = inner.add_parser("figures", help="what stays of rows that went: groups of many people, by month or day")
    figures.set_defaults(run=run_figures)
    sweep = inner.add_parser("sweep", help="take away what is due now, as `avow work` does each hour")
    sweep.set_defaults(run=run_sweep)
    hold = inner.add_parser("hold", help="keep a person's rows until a day")
    hold.add_argument("store")
    hold.add_argument("table", help="the subject table, as in public.contacts")
    hold.add_argument("key", help="the key of the person there")
    hold.add_argument("--reason", required=True, help="what they are kept for; no name of a person")
    hold.add_argument("--until", required=True, type=date.fromisoformat, metavar="DAY", help="as in 2027-03-31")
    hold.set_defaults(run=run_hold)
    holds = inner.add_parser("holds", help="the holds that stand now")
    holds.set_defaults(run=run_holds)
    release = inner.add_parser("release", help="end a hold")
    release.add_argument("hold", type=UUID)
    release.set_defaults(run=run_release)


def run_status(arguments: argparse.Namespace) -> int:
    """Exit code 1 when a sweep stopped, or rows are past their day."""
    with avow.app.open_retention(arguments.project, arguments.environ, progress_of(arguments)) as desk:
        lines, undated = avow.app.lines_of(desk), desk.sweeps()[1]
        found = [avow.app.judge(line, datetime.now(UTC)) for line in lines]
        for line, fact in zip(lines, found, strict=True):
            ran = f"{line.run.started_at:%Y-%m-%d %H:%M}, {line.run.swept} rows" if line.run else "never"
            print(f"{fact.result:<9} {line.sweep.table:<26} {line.sweep.rule:<30} last: {ran}; {fact.seen}")
        for one in undated:
            print(f"undated   {one.table:<26} {one.rule:<30} the data map does not name {one.lacks}")
    return 1 if undated or any(fact.result != "held" for fact in found) else 0


def run_when(arguments: argparse.Namespace) -> int:
    with avow.app.open_retention(arguments.project, arguments.environ, progress_of(arguments)) as desk:
        for sweep, months in avow.app.what_goes_when(desk):
            what = f"loses {', '.join(sweep.columns)}" if sweep.columns else "goes"
            print(f"{sweep.table} ({sweep.rule}): {what}")
            for month, count in months:
                print(f"  {month:%Y-%m}  {count:>10,}")
            if not months:
                print("  nothing stands there")
    return 0


def run_figures(arguments: argparse.Namespace) -> int:
    with avow.app.open_retention(arguments.project, arguments.environ, progress_of(arguments)) as desk:
        for sweep, kept in avow.app.figures_that_stay(desk):
            print(f"{sweep.table} ({sweep.rule}): groups of at least {sweep.at_least}")
            for one in kept:
                groups = " ".join(f"{name}={value}" for name, value in one.groups.items())
                told = " ".join(f"{name}={value}" for name, value in one.figures.items())
                period = f"{one.period:%Y-%m}" if one.grain == "month" else f"{one.period:%Y-%m-%d}"
                print(f"  {period:<10}  {one.name:<20} {groups:<30} {one.people:>8,} people  {told}")
            if not kept:
                print("  nothing is written yet")
    return 0


def run_sweep(arguments: argparse.Namespace) -> int:
    with avow.app.open_retention(arguments.project, arguments.environ, progress_of(arguments)) as desk:
        print(f"{avow.app.sweep_all(desk, progress_of(arguments))} rows taken away")
        return 1 if any(run.cause for run in desk.runs()) else 0


def run_hold(arguments: argparse.Namespace) -> int:
    with avow.app.open_retention(arguments.project, arguments.environ, progress_of(arguments)) as desk:
        number = desk.hold(
            arguments.store, arguments.table, arguments.key, arguments.reason, getpass.getuser(), arguments.until
        )
    print(f"held until {arguments.until}: {number}")
    return 0


def run_holds(arguments: argparse.Namespace) -> int:
    with avow.app.open_retention(arguments.project, arguments.environ, progress_of(arguments)) as desk:
        for hold in desk.holds():
            print(f"{hold.id}  {hold.table:<26} until {hold.until:%Y-%m-%d}  by {hold.held_by}: {hold.reason}")
    return 0


def run_release(arguments: argparse.Namespace) -> int:
    with avow.app.open_retention(arguments.project, arguments.environ, progress_of(arguments)) as desk:
        released = desk.release(arguments.hold)
    print("released" if released else "there is no such hold")
    return 0 if released else 1
