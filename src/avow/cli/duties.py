"""Commands about the company's own duties: cases, the vault of documents, reviews.

Shows kinds, states, dates and names of papers; facts of a case only where one case is asked for. Refuses to sign a review: a person
does that in the console, with a second factor.
"""

from __future__ import annotations

import argparse
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import avow.app
from avow.app.duty_cases import CaseWork, open_case_work
from avow.app.reviews import Reviews, make_review
from avow.app.vault import Vault, make_vault
from avow.cli.acting import BY, actor_of
from avow.cli.files import new_file
from avow.cli.printing import progress_of
from avow.control import duty_reviews, vault
from avow.control.duty_cases import DutyCase
from avow.duties.cases import KINDS
from avow.errors import ControlError, Diagnostic, Place


def add_commands(commands: Any) -> None:
    _add_cases(
        commands.add_parser("case", help="cases: legal disclosure, abuse, breach and others").add_subparsers(
            metavar="WHAT", required=True
        )
    )
    _add_vault(
        commands.add_parser("vault", help="documents that vouch for something").add_subparsers(
            metavar="WHAT", required=True
        )
    )
    review = commands.add_parser("review", help="reviews of the company's own procedures")
    inner = review.add_subparsers(metavar="WHAT", required=True)
    inner.add_parser("list", help="when each is due, and those that were made").set_defaults(run=run_reviews)
    made = inner.add_parser("make", help="make one now; it is signed in the console")
    made.add_argument(
        "kind", choices=duty_reviews.KINDS, help="procedures: live against declared rights; effect: what worked"
    )
    made.set_defaults(run=run_make_review)


def _add_cases(inner: Any) -> None:
    opened = inner.add_parser("open", help="ask for a case; a kind that needs no approver is open at once")
    opened.add_argument("kind", choices=tuple(KINDS), help="what for")
    opened.add_argument("--fact", action="append", default=[], metavar="NAME=WORDS", help="may be repeated")
    opened.add_argument("--about", default="", metavar="STORE:TABLE:KEY", help="the row about which the case is")
    opened.add_argument("--days", type=int, default=0, help="fewer days than its kind allows")
    opened.set_defaults(run=run_open)
    listed = inner.add_parser("list", help="open cases, newest first; exit code 1 when one lies unworked")
    listed.add_argument("--all", action="store_true", help="ended ones, too")
    listed.set_defaults(run=run_list)
    for name, help in (
        ("show", "one case: facts, scope, history, what left out of it"),
        ("approve", "let a case open that somebody else asked for"),
        ("take", "work on it from now on"),
        ("note", "a line of its history"),
        ("refuse", "it does not open; say why"),
        ("close", "end it with a finding"),
        ("disclose", "write the file for the authority, with that authority's own rights"),
    ):
        one = inner.add_parser(name, help=help)
        one.add_argument("reference", help="as the list shows it, such as L-1f2e3d4c")
        one.set_defaults(run=run_one, deed=name)
        if name in ("note", "refuse", "close"):
            one.add_argument(
                "--outcome" if name != "note" else "--text", dest="words", required=True, help="in a sentence"
            )
        if name == "disclose":
            one.add_argument("--to", type=Path, required=True, metavar="FILE", help="a file that is not there yet")
            one.add_argument("--recipient", required=True, metavar="ID", help="the authority's id in recipients.yaml")
        if name != "show":
            one.add_argument("--by", required=True, help=f"{BY} that does it")
    opened.add_argument("--by", required=True, help=f"{BY} that asks")


def _add_vault(inner: Any) -> None:
    put = inner.add_parser("put", help="put a document in; it is sealed and never exchanged")
    put.add_argument("file", type=Path, help="the paper itself")
    put.add_argument("--kind", choices=vault.KINDS, required=True, help="what it is")
    put.add_argument("--name", required=True, help="with its version, such as `acceptable use 2025-03`")
    put.add_argument("--owner", required=True, help="who answers for it; an address gets the reminders itself")
    put.add_argument("--from", dest="first", type=date.fromisoformat, required=True, help="its first day, YYYY-MM-DD")
    put.add_argument("--until", type=date.fromisoformat, required=True, help="its last day, YYYY-MM-DD")
    put.add_argument("--remind", type=int, default=30, metavar="DAYS", help="days before the last one (default: 30)")
    put.add_argument("--by", required=True, help=f"{BY} that puts it in")
    put.set_defaults(run=run_put)
    inner.add_parser("list", help="what is there; exit code 1 when something has ended").set_defaults(run=run_documents)
    got = inner.add_parser("get", help="read a document out into a file")
    got.add_argument("id", type=UUID, help="as the list shows it")
    got.add_argument("--to", type=Path, required=True, metavar="FILE", help="a file that is not there yet")
    got.set_defaults(run=run_get)
    gone = inner.add_parser("withdraw", help="it vouches for nothing any more")
    gone.add_argument("id", type=UUID, help="as the list shows it")
    gone.set_defaults(run=run_withdraw)


def run_open(arguments: argparse.Namespace) -> int:
    facts = dict(part.partition("=")[::2] for part in arguments.fact)
    with _work(arguments) as work:
        by = actor_of(work.cases.session, arguments.by, "duties:work")
        case = work.cases.ask(arguments.kind, facts, arguments.about, by, arguments.days)
        work.effect(case)
        print(f"{case.reference}  {case.kind}  {case.state}, ends by itself on {case.expires_at:%Y-%m-%d}")
    return 0


def run_list(arguments: argparse.Namespace) -> int:
    with _work(arguments) as work:
        lying = {case.id for case in work.cases.unworked()}
        for case in work.cases.listed(going=not arguments.all):
            mark = "  LEFT LYING" if case.id in lying else ""
            print(
                f"{case.reference}  {case.kind:16}  {case.state:9}  until {case.expires_at:%Y-%m-%d}  {case.owner}{mark}"
            )
    return 1 if lying else 0


def run_one(arguments: argparse.Namespace) -> int:
    with _work(arguments) as work:
        case = work.cases.find_by_reference(arguments.reference)
        if case is None:
            cause, help = f"there is no case `{arguments.reference}`", "see `avow case list --all`"
            raise ControlError(Diagnostic(Place("case"), "cases.no-such-case", cause, help, "nothing was recorded"))
        if arguments.deed == "show":
            _show(work, case)
            return 0
        permission = "duties:approve" if arguments.deed in ("approve", "refuse") else "duties:work"
        arguments.by = actor_of(work.cases.session, arguments.by, permission)
        if arguments.deed == "disclose":
            _disclose(work, case, arguments)
        else:
            done = _do(work, case, arguments)
            work.effect(done)
            print(f"{done.reference}  {done.kind}  {done.state}")
    return 0


def _do(work: CaseWork, case: DutyCase, arguments: argparse.Namespace) -> DutyCase:
    deed, by = arguments.deed, arguments.by
    if deed == "approve":
        return work.cases.approve(case.id, by)
    if deed == "take":
        return work.cases.take(case.id, by)
    if deed == "note":
        work.cases.note(case.id, arguments.words, by)
        return work.cases.get(case.id)
    if deed == "refuse":
        return work.cases.refuse(case.id, arguments.words, by)
    return work.cases.close(case.id, arguments.words, by)


def _disclose(work: CaseWork, case: DutyCase, arguments: argparse.Namespace) -> None:
    with new_file(arguments.to) as file:  # before anything is recorded: a file that cannot be written is no disclosure
        line, content = work.disclose(case.id, arguments.by, arguments.recipient)
        file.write(content)
    print(f"{line.rows} rows under clause {line.clause} of {line.terms_version}, sha256 {line.sha256}")


def _show(work: CaseWork, case: DutyCase) -> None:
    print(f"{case.reference}  {case.kind}  {case.state}")
    print(
        f"  asked for by {case.requested_by}, approved by {case.approved_by or 'nobody'}, owner {case.owner or 'nobody'}"
    )
    print(f"  ends by itself on {case.expires_at:%Y-%m-%d %H:%M} UTC")
    for name, value in (*case.facts.items(), *case.scope.items()):
        print(f"  {name}: {value}")
    for event in work.cases.history(case.id):
        typed = " (on the command line)" if event.by_cli else ""
        print(f"  {event.at:%Y-%m-%d %H:%M}  {event.actor}{typed}  {event.name}  {event.note}")
    for line in work.cases.disclosures(case.id):
        print(
            f"  {line.at:%Y-%m-%d %H:%M}  {line.rows} rows to {line.recipient}, clause {line.clause} of {line.terms_version}"
        )
    if case.outcome:
        print(f"  outcome: {case.outcome}")


def run_put(arguments: argparse.Namespace) -> int:
    with _work(arguments) as work:
        arguments.by = actor_of(work.cases.session, arguments.by, "duties:work")
        made = _vault(arguments, work).put(
            arguments.kind,
            arguments.name,
            arguments.owner,
            arguments.file.read_bytes(),
            (arguments.first, arguments.until),
            arguments.by,
            remind_days=arguments.remind,
        )
        print(f"{made.id}  {made.kind}  {made.name}  sha256 {made.sha256}")
    return 0


def run_documents(arguments: argparse.Namespace) -> int:
    today, ended = datetime.now(UTC).date(), 0
    with _work(arguments) as work:
        for one in _vault(arguments, work).listed():
            over = one.valid_until < today
            ended += over
            mark = "  ENDED" if over else ""
            print(f"{one.id}  {one.kind:11}  {one.valid_from} to {one.valid_until}  {one.name} ({one.owner}){mark}")
    return 1 if ended else 0


def run_get(arguments: argparse.Namespace) -> int:
    with _work(arguments) as work:
        content = _vault(arguments, work).read(arguments.id)
        if content is None:
            raise _no_document()
        with new_file(arguments.to) as file:
            file.write(content)
    return 0


def run_withdraw(arguments: argparse.Namespace) -> int:
    with _work(arguments) as work:
        if not _vault(arguments, work).withdraw(arguments.id):
            raise _no_document()
    return 0


def _no_document() -> ControlError:
    cause, help = "the vault holds no such document", "see `avow vault list`"
    return ControlError(Diagnostic(Place("vault"), "vault.no-such-document", cause, help, "nothing was changed"))


def run_reviews(arguments: argparse.Namespace) -> int:
    settings = avow.app.read_settings(arguments.project, arguments.environ)
    with _work(arguments) as work:
        reviews = Reviews(work.cases.session, settings)
        for due in reviews.due():
            when = (
                f"due on {due.due:%Y-%m-%d}, every {due.days} days ({due.owner})"
                if due.due
                else "nobody has said how often"
            )
            print(f"{due.kind:10}  {when}")
        for one in reviews.listed():
            signed = f"signed by {one.signed_by}" if one.signed_at else "not signed"
            print(f"{one.made_at:%Y-%m-%d}  {one.kind:10}  {len(one.findings)} findings, {signed}")
    return 0


def run_make_review(arguments: argparse.Namespace) -> int:
    settings = avow.app.read_settings(arguments.project, arguments.environ)
    made = make_review(arguments.project, arguments.environ, arguments.kind, progress_of(arguments))
    for words in made.findings:
        print(f"  {words}")
    print(f"{made.kind}: {len(made.findings)} findings; sign it at {settings.console.address}/reviews/{made.id}/")
    return 0


def _work(arguments: argparse.Namespace) -> Any:
    return open_case_work(arguments.project, arguments.environ, progress_of(arguments), by_cli=True)


def _vault(arguments: argparse.Namespace, work: CaseWork) -> Vault:
    settings = avow.app.read_settings(arguments.project, arguments.environ)
    return make_vault(settings, work.cases.session, avow.app.make_outbox(settings))
