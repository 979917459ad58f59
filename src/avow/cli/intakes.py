"""`avow intake`: the registered ways in, deliveries by them, and why lines were left out.

Refuses to print a value of a line: a line is named by its number.
"""

from __future__ import annotations

import argparse
import getpass
from pathlib import Path
from typing import Any
from uuid import UUID

import avow.app
from avow.cli.printing import progress_of
from avow.control.intakes import Delivery


def add_commands(commands: Any) -> None:
    intake = commands.add_parser("intake", help="the ways in: what may enter, by what, and what was left out")
    inner = intake.add_subparsers(metavar="WHAT", required=True)
    ways = inner.add_parser("ways", help="every registered way in, and what each must bring")
    ways.set_defaults(run=run_ways)
    import_ = inner.add_parser("import", help="hand a CSV file in by a registered way, and work it through")
    import_.add_argument("way", help="the way in, as `avow intake ways` names it")
    import_.add_argument("file", type=Path, help="CSV, UTF-8, with the names of fields in its first line")
    import_.add_argument("--fact", action="append", default=[], metavar="NAME=VALUE", help="a fact of the delivery")
    import_.add_argument("--notice", default="", help="the version of the notice that these people were shown")
    import_.add_argument("--later", action="store_true", help="hand it in, and let a worker work it through")
    import_.set_defaults(run=run_import)
    list_ = inner.add_parser("list", help="deliveries, newest first")
    list_.add_argument("--limit", type=int, default=50, help="the most lines (default 50)")
    list_.set_defaults(run=run_list)
    show = inner.add_parser("show", help="one delivery: how far it is, and why lines were left out")
    show.add_argument("delivery", type=UUID, help="the delivery, as `avow intake list` names it")
    show.set_defaults(run=run_show)


def run_ways(arguments: argparse.Namespace) -> int:
    with avow.app.open_intakes(arguments.project, arguments.environ, progress_of(arguments)) as desk:
        for way in desk.ways():
            if way.login:
                print(f"{way.name:<18} {way.source:<26} a program, by its login in store {way.store}")
                continue
            only = ", by no other way" if way.only else ""
            print(f"{way.name:<18} {way.source:<26} into {', '.join(way.tables)}{only}")
            print(f"{'':<18} fields: {', '.join(f + '*' * (f in way.required) for f in way.fields)}")
            if way.batch:
                print(f"{'':<18} states: {', '.join(way.batch)}")
    return 0


def run_import(arguments: argparse.Namespace) -> int:
    """Exit code 1 when lines were left out: it is a finding."""
    facts = dict(fact.split("=", 1) for fact in arguments.fact if "=" in fact)
    with avow.app.open_intakes(arguments.project, arguments.environ, progress_of(arguments)) as desk:
        lines = desk.read_file(arguments.way, arguments.file)
        made, new = desk.hand_in(arguments.way, facts, lines, "file", getpass.getuser(), arguments.notice)
        if not new:
            print("this delivery was handed in before: nothing is done twice")
        if not arguments.later:
            avow.app.work_deliveries(desk)
        found = desk.find(made.id) or made
        _print_one(desk, found)
    return 2 if found.cause else 1 if found.worked > found.accepted else 0


def run_list(arguments: argparse.Namespace) -> int:
    with avow.app.open_intakes(arguments.project, arguments.environ, progress_of(arguments)) as desk:
        for one in desk.deliveries(arguments.limit):
            taken = f"{one.accepted} of {one.rows} taken"
            print(f"{one.opened_at:%Y-%m-%d %H:%M}  {one.intake:<18} {one.state:<8} {taken}  {one.id}")
    return 0


def run_show(arguments: argparse.Namespace) -> int:
    with avow.app.open_intakes(arguments.project, arguments.environ, progress_of(arguments)) as desk:
        found = desk.find(arguments.delivery)
        if found is None:
            print("there is no such delivery")
            return 1
        _print_one(desk, found)
    return 0


def _print_one(desk: Any, found: Delivery) -> None:
    print(f"{found.id}: {found.state}, {found.worked} of {found.rows} lines worked through, {found.accepted} taken")
    if found.cause:
        print(f"refused: {found.cause}")
    for name, value in found.facts.items():
        print(f"  {name}: {', '.join(value) if isinstance(value, list) else value}")
    for reject in desk.rejects(found.id):
        print(f"  line {reject.line}: {reject.code}{f' ({reject.field})' if reject.field else ''}")
