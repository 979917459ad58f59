"""How the command line shows progress, diagnostics and tables. Plain text; colour only on a terminal.

Refuses to write progress to standard output: that is where results go.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable

from avow.errors import Diagnostic

Progress = Callable[[str], None]


def progress_of(arguments: argparse.Namespace) -> Progress:
    """One line on standard error for each step; silent with --quiet."""
    if arguments.quiet:
        return lambda line: None
    return lambda line: print(f"  {line}", file=sys.stderr, flush=True)


def print_diagnostics(found: Iterable[Diagnostic]) -> None:
    shown = sorted(found)
    for diagnostic in shown:
        print(f"{diagnostic}\n")
    errors = sum(d.severity == "error" for d in shown)
    print(f"{errors} errors, {len(shown) - errors} warnings")
