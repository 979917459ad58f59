"""Commands about staff and programs: `staff add`, `staff list`, `staff token`. For whoever holds the machine.

The first administrator comes from here; everybody else is invited in the console. A link and a token are printed once. Refuses to
make an account itself: its holder does, with the link, and sets up the second factor.
"""

from __future__ import annotations

import argparse
from datetime import UTC, datetime, timedelta
from typing import Any

import avow.app
from avow.app.departments import list_departments
from avow.app.roles import ROLES, SCOPES
from avow.app.staffing import open_staffing
from avow.cli.printing import progress_of
from avow.vocabulary import load_vocabulary


def add_commands(commands: Any) -> None:
    staff = commands.add_parser("staff", help="who may use the console, and which programs the API")
    inner = staff.add_subparsers(metavar="WHAT", required=True)
    add = inner.add_parser("add", help="print a one-time link with which somebody makes their console account")
    add.add_argument("--role", action="append", choices=tuple(ROLES), help="may be repeated (default: administrator)")
    names = tuple(term.id for term in list_departments(load_vocabulary()))
    add.add_argument(
        "--department", action="append", choices=names, help="may be repeated (default: none, the privacy office)"
    )
    add.set_defaults(run=run_add)
    inner.add_parser("list", help="members of staff by id, open invitations, tokens").set_defaults(run=run_list)
    token = inner.add_parser("token", help="make a token for a program that calls the API; it is printed once")
    token.add_argument("name", help="which program, such as shop; never a person's name")
    token.add_argument("--scope", action="append", required=True, choices=tuple(SCOPES), help="may be repeated")
    token.add_argument("--days", type=int, help="days until it ends (default: until it is revoked)")
    token.set_defaults(run=run_token)


def run_add(arguments: argparse.Namespace) -> int:
    settings = avow.app.read_settings(arguments.project, arguments.environ)
    with open_staffing(settings, progress_of(arguments)) as staffing:
        made = staffing.invite(arguments.role or ["administrator"], "", arguments.department or ())
    print(f"{settings.console.address}/join/{made.secret}/")
    print(f"works once, until {made.ends:%Y-%m-%d %H:%M} UTC; the account needs a second factor")
    return 0


def run_list(arguments: argparse.Namespace) -> int:
    settings = avow.app.read_settings(arguments.project, arguments.environ)
    with open_staffing(settings, progress_of(arguments)) as staffing:
        for member in staffing.members():
            state = "ended" if member.ended_at else "active"
            print(f"member      {member.ref}  {state}  {', '.join((*member.roles, *member.departments))}")
        for one in staffing.invitations():
            print(
                f"invitation  {one.id}  until {one.expires_at:%Y-%m-%d %H:%M} UTC  {', '.join((*one.roles, *one.departments))}"
            )
        for client in staffing.clients():
            state = "revoked" if client.revoked_at else "active"
            print(f"token       {client.id}  {state}  {client.name}: {', '.join(client.scopes)}")
    return 0


def run_token(arguments: argparse.Namespace) -> int:
    settings = avow.app.read_settings(arguments.project, arguments.environ)
    ends = datetime.now(UTC) + timedelta(days=arguments.days) if arguments.days else None
    with open_staffing(settings, progress_of(arguments)) as staffing:
        made = staffing.issue_token(arguments.name, arguments.scope, "", ends)
    print(made.secret)
    return 0
