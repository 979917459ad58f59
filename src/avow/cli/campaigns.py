"""Commands of choices and campaigns: totals, send, list. Prints counts and names of campaigns; never who is in an audience."""

from __future__ import annotations

import argparse
import getpass
from pathlib import Path
from typing import Any

import avow.app


def add_commands(commands: Any) -> None:
    choices = commands.add_parser("choices", help="how many people said what about which use of their data")
    choices.set_defaults(run=run_choices)
    campaign = commands.add_parser("campaign", help="messages to many people, through the gate")
    inner = campaign.add_subparsers(metavar="WHAT", required=True)
    send = inner.add_parser("send", help="put the messages of a campaign into the outbox")
    send.add_argument(
        "--use", required=True, metavar="PURPOSE", help="the class of the messages, as choices.yaml names it"
    )
    send.add_argument("--name", required=True, help="what the campaign is called in lists")
    send.add_argument("--subject", required=True, help="the subject line")
    send.add_argument("--text", required=True, type=Path, metavar="FILE", help="the words, the same for everybody")
    send.add_argument("--dry-run", action="store_true", help="only count whom it would reach and why not the others")
    send.set_defaults(run=run_send)
    listed = inner.add_parser("list", help="campaigns, and what became of their messages")
    listed.set_defaults(run=run_list)


def run_choices(arguments: argparse.Namespace) -> int:
    with avow.app.open_campaigns(arguments.project, arguments.environ) as room:
        overview = room.overview()
    for purpose, channel, outcome, explicit, people in overview.totals:
        deemed = "" if explicit else " (not in so many words)"
        print(f"{people:7}  {purpose}, {channel or 'every way'}: {outcome}{deemed}")
    print(f"{overview.waiting} answers wait to be spread")
    return 0


def run_send(arguments: argparse.Namespace) -> int:
    """Exit code 0; an error when the gate refuses the campaign as it is."""
    words = (arguments.use, arguments.name, arguments.subject, arguments.text.read_text(encoding="utf-8"))
    with avow.app.open_campaigns(arguments.project, arguments.environ) as room:
        counts = room.preview(arguments.use) if arguments.dry_run else room.send(words, getpass.getuser())
    for reason, people in sorted(counts.items()):
        print(f"{people:7}  {reason}")
    return 0


def run_list(arguments: argparse.Namespace) -> int:
    with avow.app.open_campaigns(arguments.project, arguments.environ) as room:
        lines = room.overview().campaigns
    for line in lines:
        counts = ", ".join(f"{n} {word}" for word, n in sorted(line.counts.items()))
        print(f"{line.made_at:%Y-%m-%d %H:%M}  {line.purpose}  {line.name}: {line.seen} seen; {counts}")
    return 0
