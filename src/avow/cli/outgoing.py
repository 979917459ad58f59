"""`avow outbox`: what waits to leave and why, which database mail is bound to, and batches that need a second person.

Refuses to show addresses or texts: a line has the domain and the template.
"""

from __future__ import annotations

import argparse
import getpass
from typing import Any

import avow.app
from avow.cli.printing import progress_of
from avow.outbox import STATES


def add_commands(commands: Any) -> None:
    outbox = commands.add_parser("outbox", help="what leaves by mail and webhook")
    inner = outbox.add_subparsers(metavar="WHAT", required=True)
    list_ = inner.add_parser("list", help="what waits, what left, and why something did not")
    list_.add_argument("--state", action="append", default=[], choices=STATES, help="only messages in this state")
    list_.add_argument("--limit", type=int, default=50, help="the most lines (default 50)")
    list_.set_defaults(run=run_list)
    bind = inner.add_parser("bind", help="say that this database is the one that writes to people")
    bind.add_argument("--by", default="", help="who says so (default: the login)")
    bind.add_argument("--release", action="store_true", help="let go what waits from before, too")
    bind.set_defaults(run=run_bind)
    approve = inner.add_parser("approve", help="let a large batch go, as somebody else than who asked for it")
    approve.add_argument("batch", help="the batch, as `avow outbox list` names it")
    approve.add_argument("--by", required=True, help="the member of staff who approves: id or address")
    approve.add_argument("--refuse", action="store_true", help="refuse the batch instead")
    approve.set_defaults(run=run_approve)


def run_list(arguments: argparse.Namespace) -> int:
    """Exit code 1 when nothing can leave: it is a finding."""
    settings = avow.app.read_settings(arguments.project, arguments.environ)
    with avow.app.open_outbox(settings, progress_of(arguments)) as desk:
        gate = desk.gate()
        print(
            "messages may leave" if gate.open else f"nothing leaves: {gate.reason} (see docs/errors/{gate.reason}.md)"
        )
        for batch, asked_by, recipients, at in desk.waiting_batches():
            print(f"batch {batch}: {recipients} recipients, asked for by {asked_by} on {at:%Y-%m-%d %H:%M}")
        for line in desk.lines(tuple(arguments.state), arguments.limit):
            what = f"{line.kind} {line.template} to {line.to_domain}"
            why = f"  {line.error}" if line.error else ""
            print(f"{line.made_at:%Y-%m-%d %H:%M}  {line.state:<8}  {what}  {line.id}{why}")
    return 0 if gate.open else 1


def run_bind(arguments: argparse.Namespace) -> int:
    settings = avow.app.read_settings(arguments.project, arguments.environ)
    with avow.app.open_outbox(settings, progress_of(arguments)) as desk:
        waiting = desk.bind(arguments.by or getpass.getuser(), arguments.release)
        gate = desk.gate()
    print("bound: this database is the one that writes to people; stop every other copy of it")
    if waiting:
        print(f"{waiting} messages from before stay held; `avow outbox bind --release` lets them go")
    if not gate.open:
        print("nothing leaves yet: set `live = true` under [mail] in avow.toml")
    return 0


def run_approve(arguments: argparse.Namespace) -> int:
    settings = avow.app.read_settings(arguments.project, arguments.environ)
    with avow.app.open_outbox(settings, progress_of(arguments)) as desk:
        count = desk.approve(arguments.batch, arguments.by, not arguments.refuse)
    print(f"{count} messages {'refused' if arguments.refuse else 'may go'}")
    return 0
