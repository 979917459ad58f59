"""Commands about rights requests: take one in, look at it, run what is ready.

`request open` is for requests that came by mail, letter, telephone or ticket; its clock runs from the day that `--received` names.
Shows states, dates and counts; never a value that is held.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

import avow.app
from avow.app.approving import approve_by_name
from avow.cli.acting import BY
from avow.cli.printing import progress_of
from avow.duties.rights.model import CHANNELS, KINDS, Actor, Contact, Request, Wish
from avow.duties.rights.naming import find_fault

if TYPE_CHECKING:
    from avow.app.desk import Desk


def add_commands(commands: Any) -> None:
    request = commands.add_parser("request", help="rights requests: take in, list, show, run")
    inner = request.add_subparsers(metavar="WHAT", required=True)
    _add_open(inner)
    listed = inner.add_parser("list", help="open requests, the most urgent first")
    listed.add_argument("--all", action="store_true", help="closed ones, too")
    listed.add_argument("--kind", choices=KINDS, default="", help="only of this kind")
    listed.add_argument("--overdue", action="store_true", help="only those whose date has passed")
    listed.set_defaults(run=run_list)
    show = inner.add_parser("show", help="one request: dates, timeline, progress in each store")
    show.add_argument("reference", help="as it stands in the mail, such as AV-7F3K-92QD")
    show.set_defaults(run=run_show)
    approve = inner.add_parser(
        "approve", help="agree that a request goes on; an answer that is not complete needs a reason"
    )
    approve.add_argument("reference", help="as it stands in the mail, such as AV-7F3K-92QD")
    approve.add_argument("--by", required=True, help=BY)
    approve.add_argument("--reason", default="", help="why an answer goes out although something is missing")
    approve.set_defaults(run=run_approve)
    run = inner.add_parser("run", help="do what is ready now, in this process")
    run.set_defaults(run=run_run)
    replay = inner.add_parser("replay", help="after a restore: erase again whoever was erased since the backup")
    replay.add_argument("--store", required=True, help="the store that was restored")
    replay.add_argument(
        "--restored", default="", help="a mark of this restore, such as its date and time; each is done once"
    )
    replay.set_defaults(run=run_replay)
    work = commands.add_parser("work", help="run the jobs: requests move on, waits end, failed stores are tried again")
    work.add_argument("--once", action="store_true", help="only what is due, then end")
    work.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    work.add_argument("--pulse", type=int, help=argparse.SUPPRESS)
    work.set_defaults(run=run_work)


def _add_open(inner: Any) -> None:
    opened = inner.add_parser("open", help="take in a request that came by mail, letter, telephone or ticket")
    opened.add_argument("kind", choices=KINDS, help="what is asked for")
    opened.add_argument("--email", default="", help="where the asker is reached")
    opened.add_argument("--name", default="", help="as the asker gave it")
    opened.add_argument("--phone", default="", help="where the asker is reached")
    opened.add_argument("--post", default="", help="postal address, for a letter")
    opened.add_argument(
        "--named",
        action="append",
        default=[],
        type=_read_named,
        metavar="KIND=VALUE",
        help="what else the asker may be found by, such as customer_number=QH-000417, cookie=VALUE or"
        " 'ip=192.0.2.7 2026-01-01T09:00Z/2026-01-01T12:00Z'; may be repeated",
    )
    opened.add_argument("--text", default="", help="what is asked, in the asker's words")
    opened.add_argument(
        "--purpose",
        action="append",
        default=[],
        help="purpose objected to or withdrawn, such as marketing.own; may be repeated (an objection without one: every use)",
    )
    opened.add_argument("--ground", default="", help="the reasons that the asker gives")
    opened.add_argument("--channel", choices=CHANNELS, default="cli", help="how it came")
    opened.add_argument(
        "--received",
        type=read_day,
        metavar="DAY",
        help="the day on which it came, as 2027-03-31: the clock runs from it (default: now)",
    )
    opened.add_argument("--law", default="", help="the jurisdiction, such as uk; without it the company's own")
    opened.add_argument("--language", default="en", help="in which the asker is written to")
    opened.add_argument("--staff", default="", help="the staff account that enters it")
    opened.set_defaults(run=run_open)


def read_day(text: str) -> datetime:
    """The beginning of a day (UTC) that is not to come, so that no day is lost to the asker. Raises ArgumentTypeError."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("a day is written as 2027-03-31") from None
    if day > datetime.now(UTC).date():
        raise argparse.ArgumentTypeError("this day is still to come")
    return datetime.combine(day, time(), UTC)


def _read_named(text: str) -> tuple[str, str]:
    kind, equals, value = text.partition("=")
    fault = find_fault(kind, value) if equals else "write the kind, an equals sign and the value"
    if fault:
        raise argparse.ArgumentTypeError(fault)
    return kind, value


def run_open(arguments: argparse.Namespace) -> int:
    desk = avow.app.open_desk(arguments.project, arguments.environ, progress_of(arguments))
    try:
        said = (arguments.email, arguments.name, arguments.phone, arguments.post, arguments.language)
        contact = Contact(*said, identifiers=tuple(arguments.named))
        wish = Wish(arguments.text, purposes=tuple(arguments.purpose), ground=arguments.ground)
        actor = Actor("staff", arguments.staff) if arguments.staff else Actor("guest")
        request = desk.open_request(
            arguments.kind,
            contact,
            wish,
            arguments.channel,
            arguments.law,
            actor,
            received_at=arguments.received,
        )
        print(
            f"{request.reference}: {request.kind}, {request.state}, due {request.due_at:%Y-%m-%d} ({request.due_source})"
        )
    finally:
        desk.close()
    return 0


def run_list(arguments: argparse.Namespace) -> int:
    """Exit code 1 when --overdue found some."""
    desk = avow.app.open_desk(arguments.project, arguments.environ, progress_of(arguments))
    try:
        found = desk.queue(kind=arguments.kind, overdue=arguments.overdue, open_only=not arguments.all, size=500)
    finally:
        desk.close()
    for request in found:
        print(_line(request))
    print(f"{len(found)} requests")
    return 1 if arguments.overdue and found else 0


def _line(request: Request) -> str:
    waits = f", waits until {request.waits_until:%Y-%m-%d %H:%M}" if request.waits_until else ""
    return f"{request.due_at:%Y-%m-%d}  {request.reference}  {request.kind:13}  {request.state}{waits}"


def run_show(arguments: argparse.Namespace) -> int:
    """Exit code 1 when there is no such request."""
    with _found(arguments) as (desk, request):
        if request is None:
            return 1
        print(_line(request))
        print(f"identity: {request.identity_reached} of {request.identity_needed}; due by {request.due_source}")
        for event in desk.timeline(request.id):
            detail = ", ".join(f"{key} {value}" for key, value in event.detail.items())
            print(f"  {event.at:%Y-%m-%d %H:%M:%S}  {event.name}  [{event.to_state}]  {detail}")
        for store in desk.stores(request.id):
            counts = ", ".join(f"{name} {number}" for name, number in store.counts.items())
            print(f"  store `{store.store}` ({store.covered}): {store.state} {store.cause or counts}")
    return 0


def run_approve(arguments: argparse.Namespace) -> int:
    """Exit code 1 when there is no such request."""
    with _found(arguments) as (desk, request):
        if request is None:
            return 1
        goes_on = approve_by_name(desk, request, arguments.by, arguments.reason)
    print(f"{request.reference}: {'goes on' if goes_on else 'a second person has to agree'}")
    return 0


@contextmanager
def _found(arguments: argparse.Namespace) -> Iterator[tuple[Desk, Request | None]]:
    """The open desk and the request of the reference; that there is none is said."""
    desk = avow.app.open_desk(arguments.project, arguments.environ, progress_of(arguments))
    try:
        request = desk.find_by_reference(arguments.reference)
        if request is None:
            print("no request of this company has that reference")
        yield desk, request
    finally:
        desk.close()


def run_run(arguments: argparse.Namespace) -> int:
    with avow.app.open_working(arguments.project, arguments.environ, progress_of(arguments)) as working:
        passes = working.run_until_idle()
    print(f"nothing is left to do now, after {passes} passes")
    return 0


def run_replay(arguments: argparse.Namespace) -> int:
    with avow.app.open_working(arguments.project, arguments.environ, progress_of(arguments)) as working:
        count = working.replay_erasures(arguments.store, arguments.restored)
    print(f"store `{arguments.store}`: {count} people erased again")
    return 0


def run_work(arguments: argparse.Namespace) -> int:
    progress = progress_of(arguments)
    if arguments.once or arguments.child:
        ran = avow.app.run_jobs(arguments.project, arguments.environ, progress, arguments.once, arguments.pulse)
        if arguments.once:
            print(f"{ran.done} jobs done, {ran.failed} failed")
        return 1 if ran.failed else 0
    return avow.app.keep_working(arguments.project, progress)
