"""`avow`: the entry point, its commands and its exit codes.

Refuses to print a stack trace for anything a person can mend: those are diagnostics with a place, a cause, a next
step and a consequence. A stack trace here is a mistake of Avow's own.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path

import avow
from avow.errors import AvowError

# Which module adds which commands. One command loads one of them: all together take two seconds, their help a third of one.
ROOMS = {
    "project": ("init", "map", "lint", "diff", "quotes", "words"),
    "govern": ("plan", "apply", "remove", "doctor", "grants"),
    "proof": ("check", "explain", "ledger", "demo"),
    "requests": ("request", "work"),
    "serving": ("serve",),
    "shopper": ("shopper",),
    "staff": ("staff",),
    "outgoing": ("outbox",),
    "campaigns": ("choices", "campaign"),
    "disclosures": ("disclose", "disclosures", "places"),
    "notices": ("notices",),
    "intakes": ("intake",),
    "retention": ("retention",),
    "day_one": ("take-over", "write-down"),
    "duties": ("case", "vault", "review"),
    "breaches": ("breach",),
    "backups": ("backup", "restore"),
    "auditing": ("audit",),
}


def build_parser(rooms: Iterable[str] = ROOMS) -> argparse.ArgumentParser:
    """The whole command line, or that of some rooms; `docs/reference/cli.md` is checked against the whole."""
    parser = _globals(argparse.ArgumentParser(prog="avow", description=avow.__doc__))
    parser.add_argument("--version", action="version", version=f"avow {avow.__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for room in rooms:
        import_module(f"avow.cli.{room}").add_commands(commands)
    return parser


def _globals(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("--project", type=Path, default=Path(), metavar="DIR", help="the folder with avow.toml")
    parser.add_argument("--quiet", action="store_true", help="no progress on standard error")
    return parser


def _rooms_of(argv: Sequence[str]) -> Iterable[str]:
    """The room of the command that is asked for; all of them where that is unknown or none."""
    if argv[:1] == ["--version"]:
        return ()
    first = _globals(argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False))
    first.add_argument("command", nargs="?")
    try:
        asked = first.parse_known_args(argv)[0]
    except argparse.ArgumentError:
        return ROOMS
    return [room for room, commands in ROOMS.items() if asked.command in commands] or ROOMS


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command. Every AvowError ends as its diagnostics on standard error and exit code 2."""
    gc.set_threshold(20_000)  # what loads is no garbage: looking for some takes a tenth of a short command's time
    given = sys.argv[1:] if argv is None else argv
    arguments = build_parser(_rooms_of(given)).parse_args(given)
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
