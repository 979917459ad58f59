"""`avow disclose`: give a person's data to somebody outside, through the gate; `avow disclosures`: what went, what was refused, who
has to be told; `avow places`: where everything is.

Prints counts, names of firms and reasons; the file goes where it is told to go and nowhere else.
"""

from __future__ import annotations

import argparse
import getpass
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

import avow.app
from avow.cli.acting import BY, actor_of
from avow.cli.files import new_file
from avow.cli.printing import progress_of
from avow.duties.disclosures import GROUNDS


def add_commands(commands: Any) -> None:
    give = commands.add_parser(
        "disclose", help="give data of people to a recipient, if the policy and a ground let it go"
    )
    give.add_argument("recipient", help="an id of recipients.yaml, or a department (internal.support)")
    give.add_argument("rows", nargs="+", help="store:schema.table:key of each person, all of one table")
    give.add_argument("--purpose", default="", help="for what, as the policy says it")
    give.add_argument("--ground", default="contract", choices=GROUNDS, help="on what it rests (default: contract)")
    give.add_argument("--columns", default="", help="only these columns, with commas (default: all that it may have)")
    give.add_argument("--case", type=UUID, help="the case of a legal obligation or of a transfer")
    give.add_argument("--giver", default="", help="the department that passes it on inside")
    give.add_argument("--why", default="", help="the reason, in an emergency")
    give.add_argument("--by", default="", help=f"who answers for it (default: the login); in an emergency {BY}")
    give.add_argument(
        "--out", type=Path, help="write the file there; without it, it waits for the recipient to fetch it"
    )
    give.add_argument("--mail", action="store_true", help="tell the recipient by mail that a file waits")
    give.set_defaults(run=run_disclose)
    listing = commands.add_parser("disclosures", help="what went to whom, what was refused, who has to be told")
    inner = listing.add_subparsers(metavar="WHAT", required=True)
    list_ = inner.add_parser("list", help="the register, newest first")
    list_.add_argument("--refused", action="store_true", help="only what was refused")
    list_.add_argument("--limit", type=int, default=50, help="the most lines (default 50)")
    list_.set_defaults(run=run_list)
    figures = inner.add_parser("figures", help="counts for everybody to see")
    figures.add_argument("--days", type=int, default=365, help="of so many days back (default 365)")
    figures.set_defaults(run=run_figures)
    review = inner.add_parser(
        "review", help="judge afterwards what went in an emergency, as somebody else than who gave it"
    )
    review.add_argument("id", type=UUID)
    review.add_argument("--by", required=True, help="the member of staff who judges: id or address")
    review.add_argument("--not-justified", action="store_true", help="it should not have gone")
    review.set_defaults(run=run_review)
    notices = inner.add_parser("notices", help="firms that were told, or have to be, that data was corrected or erased")
    notices.add_argument("--confirm", type=UUID, metavar="ID", help="the firm said that it was done")
    notices.set_defaults(run=run_notices)
    places = commands.add_parser("places", help="where stores, servers, replicas, copies, the mail relay and firms are")
    places.set_defaults(run=run_places)


def run_disclose(arguments: argparse.Namespace) -> int:
    """Exit code 1 when it was refused: the reasons are printed, and the attempt is in the register."""
    columns = tuple(name.strip() for name in arguments.columns.split(",") if name.strip())
    wanted = avow.app.Wanted(
        recipient=arguments.recipient,
        purpose=arguments.purpose,
        ground=arguments.ground,
        channel="mail" if arguments.mail else "file" if arguments.out else "api",
        rows=tuple(avow.app.read_row(text) for text in arguments.rows),
        by=arguments.by or getpass.getuser(),
        columns=columns,
        giver=arguments.giver,
        why=arguments.why,
        case=arguments.case,
    )
    with ExitStack() as stack:
        file = stack.enter_context(_file_of(arguments.out))  # before anything is recorded
        disclosing = stack.enter_context(
            avow.app.open_disclosing(arguments.project, arguments.environ, progress_of(arguments))
        )
        if wanted.ground == "emergency":  # somebody else judges it afterwards, so it must be known who this is
            by = actor_of(disclosing.session, arguments.by, "disclosures:review")
            wanted = replace(wanted, by=by)
        made = disclosing.disclose(wanted)
        if made.codes:
            print(f"refused: {', '.join(made.codes)} (see docs/errors/<code>.md); the attempt stands in the register")
            return 1
        print(f"{made.reference}: {made.people} people, {', '.join(made.columns)}, to {made.entity or made.recipient}")
        if made.left_out:
            print(
                f"{made.left_out} people were left out: the ground does not hold for them, or the recipient does not see them"
            )
        if file:
            file.write(disclosing.hand_over(made.id))
            print(f"written to {arguments.out}")
        else:
            print(f"it waits until {made.expires_at:%Y-%m-%d} to be fetched: GET /api/disclosures/{made.id}/file")
    return 0


def _file_of(path: Path | None) -> AbstractContextManager[BinaryIO | None]:
    return new_file(path) if path else nullcontext()


def run_list(arguments: argparse.Namespace) -> int:
    with avow.app.open_register(arguments.project, arguments.environ, progress_of(arguments)) as register:
        for one in register.lines("refused" if arguments.refused else "", arguments.limit):
            what = ", ".join(one.codes) if one.codes else f"{one.people} people: {', '.join(one.data)}"
            print(f"{one.at:%Y-%m-%d %H:%M}  {one.state:<9}  {one.recipient}  {one.ground or '-'}  {what}  {one.id}")
    return 0


def run_figures(arguments: argparse.Namespace) -> int:
    until = datetime.now(UTC)
    with avow.app.open_register(arguments.project, arguments.environ, progress_of(arguments)) as register:
        for figure in register.figures(until - timedelta(days=arguments.days), until):
            went = f"{figure.released} disclosures about {figure.people} people"
            print(
                f"{figure.kind or 'not registered'}, {figure.ground or 'no ground'}: {went}, {figure.refused} refused"
            )
    return 0


def run_review(arguments: argparse.Namespace) -> int:
    with avow.app.open_register(arguments.project, arguments.environ, progress_of(arguments)) as register:
        by = actor_of(register.session, arguments.by, "disclosures:review")
        register.review(arguments.id, by, not arguments.not_justified, by_cli=True)
    print("judged: it should not have gone" if arguments.not_justified else "judged: it was justified")
    return 0


def run_notices(arguments: argparse.Namespace) -> int:
    """Exit code 1 while a firm has not confirmed."""
    with avow.app.open_register(arguments.project, arguments.environ, progress_of(arguments)) as register:
        if arguments.confirm:
            register.confirm(arguments.confirm)
        waiting = register.notices()
    for one in waiting:
        untold = "a mail is queued" if one.queued else "not told yet"
        told = f"told on {one.told_at:%Y-%m-%d}" if one.told_at else untold
        print(
            f"{one.at:%Y-%m-%d}  {one.what}  {one.entity or one.recipient}, line {one.line}: {told}, not confirmed  {one.id}"
        )
    return 1 if waiting else 0


def run_places(arguments: argparse.Namespace) -> int:
    """Exit code 1 when something is outside of the promised places, 2 when nobody knows where something is."""
    project = avow.app.open_project(arguments.project, arguments.environ)
    judged = avow.app.list_places(project, progress_of(arguments))
    for words, facts in (("OUTSIDE", judged.outside), ("unknown", judged.unknown), ("inside ", judged.inside)):
        for fact in facts:
            print(f"{words}  {fact.place or '?':<6}  {fact}: {fact.seen}")
    return 1 if judged.outside else 2 if judged.unknown else 0
