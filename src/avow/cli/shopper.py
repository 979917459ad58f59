"""Commands of the mystery shopper: run, stop, status. Prints what each aspect showed; never a value of a real person."""

from __future__ import annotations

import argparse
from typing import Any

import avow.app
from avow.cli.printing import progress_of
from avow.control.shopping import ShopperFinding
from avow.policy.shows import DUTY_SHOWS, RIGHTS

MARKS = {"held": "held  ", "broke": "BROKE ", "could_not": "unseen"}


def add_commands(commands: Any) -> None:
    shopper = commands.add_parser("shopper", help="a synthetic person uses every right, end to end, on the live system")
    inner = shopper.add_subparsers(metavar="WHAT", required=True)
    run = inner.add_parser("run", help="use every right and try every duty once, and say what came of it")
    run.add_argument("--right", action="append", default=[], choices=RIGHTS, help="only this right; may be repeated")
    run.add_argument(
        "--duty", action="append", default=[], choices=tuple(DUTY_SHOWS), help="only this duty; may be repeated"
    )
    run.add_argument(
        "--shows", action="append", default=[], metavar="WORD", help="only visits that show this; may be repeated"
    )
    run.set_defaults(run=run_run)
    stop = inner.add_parser("stop", help="end a run, and take back all that it or a killed one left")
    stop.set_defaults(run=run_stop)
    status = inner.add_parser("status", help="what the last runs saw")
    status.set_defaults(run=run_status)


def run_run(arguments: argparse.Namespace) -> int:
    """Exit code 0: everything held; 1: something broke; 2: something could not be seen, or the run was told to stop."""
    progress = progress_of(arguments)
    only, shows = (*arguments.right, *arguments.duty), tuple(arguments.shows)
    shopped = avow.app.shop_project(arguments.project, arguments.environ, progress, only, shows)
    for finding in shopped.findings:
        print(_line(finding))
    print(_total(shopped.findings))
    if shopped.unmade:
        print(f"{shopped.unmade} visits were not made: the run was told to stop")
    return shopped.exit_code


def run_stop(arguments: argparse.Namespace) -> int:
    """Exit code 2: a run was still ending; it cleans up itself, or the next stop does."""
    told, cleared = avow.app.stop_shopping(arguments.project, arguments.environ, progress_of(arguments))
    if cleared is None:
        print(f"{told} runs told to end; one is still ending: run this again to see what is left")
        return 2
    print(f"{told} runs told to end; {cleared} taken back")
    return 0


def run_status(arguments: argparse.Namespace) -> int:
    """Exit code as of `run`, by the newest findings."""
    findings = avow.app.newest_findings(arguments.project, arguments.environ, progress_of(arguments))
    for finding in findings:
        print(f"{finding.at:%Y-%m-%d %H:%M}  {_line(finding)}")
    print(_total(findings))
    return avow.app.Shopped(findings).exit_code


def _line(finding: ShopperFinding) -> str:
    return f"{MARKS[finding.result]} {finding.right + ', ' + finding.aspect:30} {finding.seen}"


def _total(findings: tuple[ShopperFinding, ...]) -> str:
    held = sum(finding.result == "held" for finding in findings)
    return f"{held} of {len(findings)} held"
