"""Commands that prove and explain: `check`, `explain`, `ledger verify`, `demo`.

`check` writes nothing to a governed store but registered canaries, and only where the store consents to them.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import avow.app
from avow.cli.printing import progress_of
from avow.errors import AvowError, Diagnostic, Place


def add_commands(commands: Any) -> None:
    _add_check(commands)
    explain = commands.add_parser("explain", help="may somebody use a column for a purpose, and which sentence says so")
    explain.add_argument("who", help="a department or recipient, such as internal.finance (or finance)")
    explain.add_argument("what", help="table.column of the data map, or a data category")
    explain.add_argument("purpose", help="a purpose, such as marketing.own")
    explain.add_argument("--do", default="read", choices=("read", "write"))
    explain.add_argument(
        "--state", action="append", default=[], help="a mark of the subject, such as objected:marketing.own"
    )
    explain.add_argument(
        "--row", action="append", default=[], metavar="ATTRIBUTE=VALUE", help="an attribute of the row"
    )
    explain.add_argument(
        "--collected",
        type=date.fromisoformat,
        metavar="DAY",
        help="when the row was collected, such as 2026-01-31 (default: nobody knows, which counts as before every version)",
    )
    explain.set_defaults(run=run_explain)
    ledger = commands.add_parser("ledger", help="the record of accesses, provable")
    inner = ledger.add_subparsers(metavar="WHAT", required=True)
    verify = inner.add_parser("verify", help="recompute the ledger and check every signed head")
    verify.add_argument(
        "--heads", type=Path, help="signed heads kept elsewhere; without them a cut tail cannot be seen"
    )
    verify.add_argument("--key", type=Path, help="the public key (default: the project's)")
    verify.set_defaults(run=run_ledger_verify)
    demo = commands.add_parser("demo", help="the example company, from nothing to proven")
    demo.add_argument("--company", default="cloudsentric")
    demo.add_argument("--scale", type=int, default=10_000, help="people in the example's database")
    demo.add_argument("--again", action="store_true", help="open what the last run made, and make nothing")
    demo.add_argument(
        "--whole", action="store_true", help="let the mystery shopper try everything without a terminal, too"
    )
    demo.set_defaults(run=run_demo)


def _add_check(commands: Any) -> None:
    check = commands.add_parser("check", help="prove the policy on the live system, sentence by sentence")
    check.add_argument("--json", action="store_true", help="the report as JSON on standard output")
    check.add_argument("--junit", type=Path, metavar="FILE", help="write the report as JUnit XML")
    check.add_argument("--html", type=Path, metavar="FILE", help="write the report as one HTML page")
    check.add_argument(
        "--fail-on", choices=("any", "new"), default="any", help="`new`: only what is worse than in the baseline"
    )
    check.add_argument("--baseline", type=Path, metavar="FILE", help="an earlier report as JSON")
    check.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="STATEMENT",
        help="look at this one and record nothing; may be repeated",
    )
    check.add_argument(
        "--rows", type=int, help="the most rows that samples read in all; older rows of larger tables are not counted"
    )
    check.add_argument("--seconds", type=int, help="the most seconds that the check takes")
    check.add_argument("--statement-timeout", type=int, metavar="MS", help="the longest that one statement runs")
    check.set_defaults(run=run_check)


def run_check(arguments: argparse.Namespace) -> int:
    if arguments.fail_on == "new" and not arguments.baseline:
        raise AvowError(
            Diagnostic(
                Place("--fail-on"),
                "check.no-baseline",
                "`--fail-on new` compares with an earlier report, and none is named",
                "add --baseline FILE, a report written by `avow check --json`",
                "nothing was checked",
            )
        )
    baseline = avow.app.read_baseline(arguments.baseline) if arguments.baseline else None
    project = avow.app.open_project(arguments.project, arguments.environ)
    budget = avow.app.budget_of(project, arguments.rows, arguments.seconds, arguments.statement_timeout)
    checked = avow.app.check_project(project, budget, progress_of(arguments), tuple(arguments.only))
    for path, text in ((arguments.junit, checked.junit), (arguments.html, checked.html)):
        if path:
            path.write_text(text(), encoding="utf-8")
            print(f"wrote {path}", file=sys.stderr)
    print(checked.json() if arguments.json else checked.table(), end="")
    for words in checked.down:
        print(f"could not be looked at: {words}", file=sys.stderr)
    if baseline is not None:
        _print_new(checked.new_findings(baseline))
    return checked.exit_code(baseline if arguments.fail_on == "new" else None)


def _print_new(findings: tuple[str, ...]) -> None:
    """What the baseline did not have, on standard error: standard output may be JSON."""
    for finding in findings:
        print(f"new: {finding}", file=sys.stderr)
    print(f"{len(findings)} findings that the baseline did not have", file=sys.stderr)
    if findings:
        print("if a person agrees to them, write the baseline again with `avow check --json`", file=sys.stderr)


def run_explain(arguments: argparse.Namespace) -> int:
    """Exit code 0 when allowed, 1 when not."""
    project = avow.app.open_project(arguments.project, arguments.environ)
    row = dict(entry.partition("=")[::2] for entry in arguments.row)
    state, collected = frozenset(arguments.state), arguments.collected
    answer = avow.app.explain(
        project, arguments.who, arguments.what, arguments.purpose, arguments.do, state, row, collected
    )
    print(answer.words)
    return 0 if answer.allowed else 1


def run_ledger_verify(arguments: argparse.Namespace) -> int:
    """Hands over to the separate program, which trusts only the public key. The connection string, with its password, goes by
    standard input: whatever stands on a command line is shown to every user of the machine."""
    settings = avow.app.read_settings(arguments.project, arguments.environ)
    with avow.app.control_dsn(settings, progress_of(arguments)) as dsn:
        command = [sys.executable, "-m", "avow.ledger.verify", "--dsn", "-"]
        command += ["--key", str(arguments.key or avow.app.public_key_of(settings))]
        command += ["--heads", str(arguments.heads)] if arguments.heads else []
        return subprocess.run(command, input=dsn, text=True, check=False).returncode


def run_demo(arguments: argparse.Namespace) -> int:
    """Becomes the example beside the source, so that nothing stands between it and whoever started it; an installed wheel
    holds no example company."""
    script = Path(__file__).parents[3] / "examples" / "demo.py"
    if not script.exists():
        raise AvowError(
            Diagnostic(
                Place("examples/demo.py"),
                "demo.no-examples",
                "this installation holds no example companies",
                "run `make demo` in a clone of the source",
                "nothing was started",
            )
        )
    command = [sys.executable, str(script), "--company", arguments.company, "--scale", str(arguments.scale)]
    command += [f"--{name}" for name in ("again", "whole") if getattr(arguments, name)]
    sys.stdout.flush()
    os.execve(sys.executable, command, arguments.environ)
