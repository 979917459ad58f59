"""The command that starts the privacy centre and the console.

It becomes another program: the web and the command line never import each other.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any


def add_commands(commands: Any) -> None:
    serve = commands.add_parser(
        "serve", help="start the privacy centre, the console, or both, and print their addresses"
    )
    serve.add_argument(
        "desk", nargs="?", default="all", choices=["centre", "console", "all"], help="which of them (default: all)"
    )
    serve.set_defaults(run=run_serve)


def run_serve(arguments: argparse.Namespace) -> int:
    """Does not return: signals and exit code are those of the program that takes this one's place."""
    command = [sys.executable, "-m", "avow.web.main", "--project", str(arguments.project)]
    command += ["--quiet"] if arguments.quiet else []
    sys.stdout.flush()
    os.execve(sys.executable, [*command, arguments.desk], arguments.environ)
