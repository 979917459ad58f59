"""Runs an `avow` command in the process of the tests, and gives what a process of its own would have given.

For tests of what a command does. Python and its modules are loaded once and not for every command, which costs more than most
commands do. Refuses to stand for a process where that is what is tested: killed, supervised and served ones are started.
"""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from avow.cli.main import main


def run_avow(project: Path, words: Sequence[str], environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """`environ` comes on top of the environment of the tests."""
    said, told = io.StringIO(), io.StringIO()
    command = ["--project", str(project), *words]
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(told), _set(environ):
        try:
            code = main(command)
        except SystemExit as end:  # how argparse ends
            code = end.code if isinstance(end.code, int) else 1
    return subprocess.CompletedProcess(command, code, said.getvalue(), told.getvalue())


@contextlib.contextmanager
def _set(environ: Mapping[str, str]) -> Iterator[None]:
    """As a shell gives it to one command: what the command itself changes there is gone with it, too."""
    before = dict(os.environ)
    os.environ.update(environ)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
