"""`avow notices`: publish a policy version, see what stands where, what a version changes, and what is done without a sentence.

Prints policy words, addresses and names of columns; never a value of anybody.
"""

from __future__ import annotations

import argparse
import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import avow.app
from avow.app.notices import tell_difference_of
from avow.cli.acting import BY, actor_of
from avow.cli.printing import progress_of
from avow.control.telling import MAIL
from avow.datamap.practice import unsaid
from avow.duties.notices.telling import least_ways

if TYPE_CHECKING:
    from avow.app.notices import Notices
    from avow.app.telling import Teller, Told


def add_commands(commands: Any) -> None:
    notices = commands.add_parser("notices", help="what the company publishes: its policy, version by version")
    inner = notices.add_subparsers(metavar="WHAT", required=True)
    publish = inner.add_parser("publish", help="put a version at its addresses, for the next reader")
    publish.add_argument("--version", default="", help="the version (default: the one in force)")
    publish.add_argument(
        "--effective", type=date.fromisoformat, metavar="DAY", help="from this day on (default: today)"
    )
    publish.add_argument(
        "--by", default="", help=f"who publishes (default: the login); where mails are to go, {BY} that asks for them"
    )
    _add_decision(publish)
    publish.set_defaults(run=run_publish)
    plan = inner.add_parser("plan", help="how people are to be told of a version, and who: a dry run of `tell`")
    plan.add_argument("--version", default="", help="the version (default: the one in force)")
    plan.set_defaults(run=run_plan)
    tell = inner.add_parser("tell", help="tell people of a published version by mail, and go on where it stopped")
    tell.add_argument("--version", default="", help="the version (default: the one in force)")
    tell.add_argument("--by", required=True, help=f"{BY} that tells them; somebody else approves many mails")
    tell.add_argument("--again", action="store_true", help="also those mails that nobody approved")
    _add_decision(tell)
    tell.set_defaults(run=run_tell)
    show = inner.add_parser(
        "show", help="how many people must be told of each version, were told, and pressed that they read it"
    )
    show.set_defaults(run=run_show)
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


def _add_decision(parser: argparse.ArgumentParser) -> None:
    """What a person may decide beyond what the difference asks for."""
    parser.add_argument(
        "--ways", default="", metavar="WAYS", help="page, banner, mail (default: as the difference asks for)"
    )
    parser.add_argument("--ground", default="", help="why people are told in these ways and no other")
    parser.add_argument(
        "--told-by", type=date.fromisoformat, metavar="DAY", help="the last day for it (default: its first)"
    )


def run_publish(arguments: argparse.Namespace) -> int:
    project = avow.app.open_project(arguments.project, arguments.environ)
    version, by = arguments.version or project.version.version, arguments.by or getpass.getuser()
    with _telling(arguments, project) as (notices, teller):
        found = notices.get_version(version)
        if MAIL in (_ways(arguments) or least_ways(tell_difference_of(project, found))[0]):
            by = actor_of(teller.session, by, "duties:work")  # whoever asks for mails does not approve them
        for address in notices.publish(version, by, datetime.now(UTC), arguments.effective):
            print(f"version `{version}` stands at {address}")
        decision = teller.decide(found, by, _ways(arguments), arguments.ground, arguments.told_by)
    print(f"people are told by {' and '.join(decision.ways)}: {decision.ground}")
    if decision.mails:
        print(f"to be done by {decision.told_by}: `avow notices plan` counts them, `avow notices tell` writes to them")
    return 0


def _ways(arguments: argparse.Namespace) -> tuple[str, ...]:
    return tuple(way.strip() for way in arguments.ways.split(",") if way.strip())


def run_plan(arguments: argparse.Namespace) -> int:
    """Writes nothing. Exit code 1 when somebody waits to be told."""
    project = avow.app.open_project(arguments.project, arguments.environ)
    with _telling(arguments, project) as (notices, teller):
        version = notices.get_version(arguments.version or project.version.version)
        told = teller.get_told(version)
        print(f"version `{version.version}` is told by {' and '.join(told.decision.ways)}: {told.decision.ground}")
        if not told.decision.mails:
            return 0
        planned = teller.plan(version)
    print(f"to be done by {told.decision.told_by}")
    for place, mails in planned.mails.items():
        print(f"  {mails} mails to people of {place}")
    for reason, count in planned.left_out.items():
        print(f"  {count} people get none: {reason}")
    for store in planned.unread:
        print(f"  store `{store}` is not read: tell by hand whoever stands only there")
    return 1 if planned.mails else 0


def run_tell(arguments: argparse.Namespace) -> int:
    """Exit code 1 while somebody was not told whose day has passed."""
    project = avow.app.open_project(arguments.project, arguments.environ)
    with _telling(arguments, project) as (notices, teller):
        by = actor_of(teller.session, arguments.by, "duties:work")
        version = notices.get_version(arguments.version or project.version.version)
        if _ways(arguments) or not teller.get_told(version).decided:
            teller.decide(version, by, _ways(arguments), arguments.ground, arguments.told_by)
        teller.tell(version, by, ("outbox.not-approved",) if arguments.again else ())
        told = teller.get_told(version)
    _print_told(told)
    return 1 if told.fault else 0


def run_show(arguments: argparse.Namespace) -> int:
    """Exit code 1 when something is wrong with the telling of a published version."""
    project = avow.app.open_project(arguments.project, arguments.environ)
    with _telling(arguments, project) as (_, teller):
        found = [told for version in project.versions if (told := teller.get_told(version)).effective]
    for one in found:
        _print_told(one)
    print(f"{len(found)} published versions")
    return 1 if any(one.fault for one in found) else 0


@contextmanager
def _telling(arguments: argparse.Namespace, project: avow.app.Project) -> Iterator[tuple[Notices, Teller]]:
    with (
        avow.app.open_notices(project, progress_of(arguments)) as notices,
        avow.app.open_teller(project, progress_of(arguments)) as teller,
    ):
        yield notices, teller


def _print_told(told: Told) -> None:
    decision, figures = told.decision, told.figures
    by = f"decided by {decision.by}" if told.decided else "nobody decided it"
    print(f"version `{told.version}` from {told.effective}: {' and '.join(decision.ways)}, {by}: {decision.ground}")
    if decision.mails:
        print(
            f"  {figures.people} must be told by mail by {decision.told_by}: {figures.told} told, {figures.queued} queued,"
            f" {figures.approval} wait for a second person, {figures.failed} failed, {figures.unreachable} not reachable"
        )
        for reason, count in sorted(figures.left_out.items()):
            print(f"  {count} get no mail: {reason}")
    for store in told.unread:
        print(f"  store `{store}` is not read: tell by hand whoever stands only there")
    print(f"  {figures.acknowledged} pressed that they have read it")
    if told.fault:
        print(f"  WRONG: {told.fault}")


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
    if told.unread:
        print("nobody read the version before into promises: how far this one goes is not known")
    else:
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
