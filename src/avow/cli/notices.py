"""`avow notices`: publish a policy version, see what stands where, what a version changes, and what is done without a sentence.

Prints policy words, addresses and names of columns; never a value of anybody.
"""

from __future__ import annotations

import argparse
import getpass
from datetime import UTC, date, datetime
from typing import Any

import avow.app
from avow.cli.printing import progress_of
from avow.datamap.practice import unsaid


def add_commands(commands: Any) -> None:
    notices = commands.add_parser("notices", help="what the company publishes: its policy, version by version")
    inner = notices.add_subparsers(metavar="WHAT", required=True)
    publish = inner.add_parser("publish", help="put a version at its addresses, for the next reader")
    publish.add_argument("--version", default="", help="the version (default: the one in force)")
    publish.add_argument(
        "--effective", type=date.fromisoformat, metavar="DAY", help="from this day on (default: today)"
    )
    publish.add_argument("--by", default="", help="who publishes (default: the login)")
    publish.set_defaults(run=run_publish)
    list_ = inner.add_parser("list", help="what was published where, and what the addresses show now")
    list_.set_defaults(run=run_list)
    diff = inner.add_parser("diff", help="what a version changes, in words, and how far people must be told")
    diff.add_argument("--version", default="", help="the version (default: the one in force)")
    diff.set_defaults(run=run_diff)
    readings = inner.add_parser(
        "readings", help="write the readings that were approved on the console into readings/, for Git"
    )
    readings.set_defaults(run=run_readings)
    practice = inner.add_parser("practice", help="what is really done with personal data, and which sentence says so")
    practice.add_argument("--all", action="store_true", help="also what has a sentence")
    practice.set_defaults(run=run_practice)


def run_publish(arguments: argparse.Namespace) -> int:
    project = avow.app.open_project(arguments.project, arguments.environ)
    version, by = arguments.version or project.version.version, arguments.by or getpass.getuser()
    with avow.app.open_notices(project, progress_of(arguments)) as notices:
        for address in notices.publish(version, by, datetime.now(UTC), arguments.effective):
            print(f"version `{version}` stands at {address}")
        told = notices.tell_difference(version)
    if told and told.must_tell:
        print("it allows more than the version before: tell people, `avow notices diff` says what")
    return 0


def run_list(arguments: argparse.Namespace) -> int:
    """Exit code 1 when an address does not show what it has to."""
    project = avow.app.open_project(arguments.project, arguments.environ)
    with avow.app.open_notices(project, progress_of(arguments)) as notices:
        for one in notices.list_publications():
            print(
                f"{one.published_at:%Y-%m-%d %H:%M}  {one.version} at {one.place} from {one.effective_on}, by {one.published_by}"
            )
        looked = [*notices.look(project.version.version), *notices.look_at_older(project.version.version)]
    for found in looked:
        print(f"{'right' if found.right else 'WRONG'}  {found.address}  {found.says}")
    return 0 if looked and all(found.right for found in looked) else 1


def run_diff(arguments: argparse.Namespace) -> int:
    project = avow.app.open_project(arguments.project, arguments.environ)
    with avow.app.open_notices(project, progress_of(arguments)) as notices:
        told = notices.tell_difference(arguments.version or project.version.version)
    if told is None:
        print("this is the first version")
        return 0
    for one in told.changes:
        lines = [f"- {one.before}"] if one.before else []
        print("\n".join([one.kind, *lines, *([f"+ {one.after}"] if one.after else [])]) + "\n")
    for what, names in (("wider", told.wider), ("new purposes", told.purposes), ("new recipients", told.recipients)):
        if names:
            print(f"{what}: {', '.join(names)}")
    print("people must be told" if told.must_tell else "nothing is allowed that was not allowed before")
    return 0


def run_readings(arguments: argparse.Namespace) -> int:
    """Exit code 1 when a reading of the version in force has not been approved as it stands."""
    project = avow.app.open_project(arguments.project, arguments.environ)
    with avow.app.open_notices(project, progress_of(arguments)) as notices:
        path, missing = notices.write_readings()
    print(f"wrote {path}")
    for name in missing:
        print(f"not approved as it stands: {name}")
    return 1 if missing else 0


def run_practice(arguments: argparse.Namespace) -> int:
    """Exit code 1 when something is done without a sentence."""
    project = avow.app.open_project(arguments.project, arguments.environ)
    budget = avow.app.budget_of(project, None, None, None)
    practices = avow.app.report_live_practice(project, budget, progress_of(arguments))
    for one in practices if arguments.all else unsaid(practices):
        print(f"{one.kind:<11} {one.what}  {', '.join(one.said_by) or 'NO SENTENCE'}")
    missing = unsaid(practices)
    print(f"{len(practices)} live practices, {len(missing)} without a sentence")
    return 1 if missing else 0
