"""`avow take-over` and `avow write-down`: the officer's first day, from files of before and to files for others.

Refuses to print a value of a line: a line is named by its number.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from pathlib import Path
from typing import Any

import avow.app
from avow.cli.printing import progress_of
from avow.duties.intakes.day_one import FIELDS


def add_commands(commands: Any) -> None:
    take = commands.add_parser("take-over", help="take open requests, consents or suppressions over from a CSV file")
    take.add_argument("what", choices=tuple(FIELDS))
    take.add_argument("file", type=Path, help="CSV, UTF-8, with the names of fields in its first line")
    take.add_argument("--dry-run", action="store_true", help="say what would be taken over, and write nothing")
    take.set_defaults(run=run_take)
    write = commands.add_parser(
        "write-down", help="the record of processing, or the list of processors, out of the map"
    )
    write.add_argument("what", choices=("processing", "processors"))
    write.add_argument("--json", action="store_true", help="JSON instead of CSV")
    write.set_defaults(run=run_write)


def run_take(arguments: argparse.Namespace) -> int:
    project = avow.app.open_project(arguments.project, arguments.environ)
    desk = avow.app.open_desk(arguments.project, arguments.environ, progress_of(arguments))
    try:
        done = avow.app.take_over(desk, project, arguments.what, arguments.file, arguments.dry_run)
    finally:
        desk.close()
    for line in done.told:
        print(line)
    verb = "would be taken over" if arguments.dry_run else "taken over"
    late = f", {done.late} of them past their date" if done.late else ""
    print(f"{done.new} of {done.lines} lines {verb}{late}; the others stand here already")
    return 0


def run_write(arguments: argparse.Namespace) -> int:
    project = avow.app.open_project(arguments.project, arguments.environ)
    rows = list(
        (avow.app.record_of_processing if arguments.what == "processing" else avow.app.list_processors)(project)
    )
    if arguments.json:
        print(json.dumps(rows, indent=1, ensure_ascii=False))
        return 0
    writer = csv.DictWriter(sys.stdout, fieldnames=list(rows[0]) if rows else ["name"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return 0
