"""`avow`: the entry point, its commands and its exit codes.

Refuses to print a stack trace for anything a person can mend: those are diagnostics with a place, a cause, a next
step and a consequence. A stack trace here is a mistake of Avow's own.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import avow
from avow.cli import (
    auditing,
    backups,
    breaches,
    campaigns,
    day_one,
    disclosures,
    duties,
    govern,
    intakes,
    notices,
    outgoing,
    project,
    proof,
    requests,
    retention,
    serving,
    shopper,
    staff,
)
from avow.errors import AvowError

ROOMS = (
    *(project, govern, proof, requests, serving, shopper, staff, outgoing),
    *(campaigns, disclosures, notices, intakes, retention, day_one, duties, breaches, backups, auditing),
)


def build_parser() -> argparse.ArgumentParser:
    """The whole command line; `docs/reference/cli.md` is checked against it."""
    parser = argparse.ArgumentParser(prog="avow", description=avow.__doc__)
    parser.add_argument("--project", type=Path, default=Path(), metavar="DIR", help="the folder with avow.toml")
    parser.add_argument("--quiet", action="store_true", help="no progress on standard error")
    parser.add_argument("--version", action="version", version=f"avow {avow.__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for room in ROOMS:
        room.add_commands(commands)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command. Every AvowError ends as its diagnostics on standard error and exit code 2."""
    arguments = build_parser().parse_args(argv)
    arguments.environ = dict(os.environ)
    try:
        return int(arguments.run(arguments))
    except AvowError as error:
        print(f"{error}\n\n{_count(len(error.diagnostics))}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # the reader (less, head) has seen enough: not a failure, and nothing more may be written
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("\nstopped. Whatever was begun is finished or undone by the next run.", file=sys.stderr)
        return 130


def _count(errors: int) -> str:
    return f"{errors} thing{'s' if errors > 1 else ''} to mend; each code has a page in docs/errors/"


if __name__ == "__main__":
    sys.exit(main())
