"""`avow audit`: one bundle for an outsider, and the verifier that needs nothing of Avow. Never prints a value of anybody."""

from __future__ import annotations

import argparse
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import avow.app
from avow.cli.printing import progress_of


def add_commands(commands: Any) -> None:
    audit = commands.add_parser("audit", help="verdicts, evidence, ledger heads and samples for an outsider to verify")
    inner = audit.add_subparsers(metavar="WHAT", required=True)
    write = inner.add_parser("write", help="write the bundle of the newest check into a new folder, signed")
    write.add_argument("folder", type=Path, help="a folder that does not exist")
    write.set_defaults(run=run_write)
    verify = inner.add_parser("verify", help="verify a bundle offline")
    verify.add_argument("folder", type=Path, help="the bundle")
    verify.add_argument("--key", type=Path, help="the company's public key, got by another way than the bundle")
    verify.set_defaults(run=run_verify)


def run_write(arguments: argparse.Namespace) -> int:
    project = avow.app.open_project(arguments.project, arguments.environ)
    count = avow.app.write_bundle(project, arguments.folder, progress_of(arguments))
    print(f"{count} files in {arguments.folder}; the auditor runs `python verifier.py . --key ledger.pub`")
    print("give the public key by another way than the bundle")
    return 0


def run_verify(arguments: argparse.Namespace) -> int:
    """Hands over to the verifier, a program of its own. Exit code 1 when something is wrong."""
    command = [sys.executable, str(files("avow.prove.audit").joinpath("verifier.py")), str(arguments.folder)]
    command += ["--key", str(arguments.key)] if arguments.key else []
    return subprocess.run(command, check=False).returncode
