"""`python -m avow.web.main`: the process that `avow serve` becomes. The only module of the web that reads the environment.

It hands the web processes what they need and takes the rest away: no connection string of a store reaches them.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

from avow.errors import AvowError

DESKS = ("centre", "console")


def main() -> int:
    """Exit code 0 when told to stop, 1 when a process ended by itself, 2 for something to mend."""
    # Here, not above: every process that is spawned imports this module again, and needs little of what these need.
    from avow.app import control_dsn, read_settings
    from avow.web.serving import prepare_tables, serve_desks

    parser = argparse.ArgumentParser(prog="avow serve")
    parser.add_argument("--project", type=Path, default=Path())
    parser.add_argument("--quiet", action="store_true")
    parser.add_argument("--tables-only", action="store_true", help="make the tables and end: a restore fills them")
    parser.add_argument("desk", choices=[*DESKS, "all"])
    arguments = parser.parse_args()
    names = DESKS if arguments.desk == "all" else (arguments.desk,)
    try:
        settings = read_settings(arguments.project, _take_environment())
        if arguments.tables_only:
            with control_dsn(settings, _progress(arguments.quiet)) as dsn:
                prepare_tables(settings, names, dsn, _progress(arguments.quiet))
            return 0
        return serve_desks(settings, names, _progress(arguments.quiet), _say)
    except AvowError as error:
        print(error, file=sys.stderr)
        return 2


def _take_environment() -> dict[str, str]:
    """What the environment says about Avow, taken out of it: children of this process do not inherit it."""
    taken = dict(os.environ)
    for key in taken:
        if key.startswith("AVOW_"):
            del os.environ[key]
    return taken


def _progress(quiet: bool) -> Callable[[str], None]:
    return (lambda text: None) if quiet else (lambda text: print(text, file=sys.stderr, flush=True))


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
