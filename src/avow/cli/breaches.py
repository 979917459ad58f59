"""`avow breach`: whom a breach affects, which clocks run, what the letters say, who was told. `avow case open breach`
opens one.

Prints counts, names of tables and moments; whose data it is goes into a file that only its owner may read. Refuses to send a letter
that no second person approved.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import avow.app
from avow.app.breach_work import BreachWork, open_breach_work
from avow.app.breaches import Room
from avow.app.duty_cases import Cases
from avow.cli.acting import BY, actor_of
from avow.cli.files import new_file
from avow.cli.printing import progress_of
from avow.control.duty_cases import DutyCase
from avow.duties.breaches import Clock, read_moment
from avow.duties.breaches.clocks import LEVELS, OVERDUE
from avow.duties.breaches.drafts import WORDS
from avow.duties.rights.letters.writing import letter_text
from avow.errors import ControlError, Diagnostic, Place


def add_commands(commands: Any) -> None:
    inner = commands.add_parser("breach", help="the breach room: whom it affects, clocks, letters").add_subparsers(
        metavar="WHAT", required=True
    )
    inner.add_parser("list", help="every breach and its clocks; exit code 1 when one ran out").set_defaults(
        run=run_list
    )
    show = _one(
        inner, "show", "one breach: figures, clocks, what is unknown, what the letters lack", run_show, by=False
    )
    show.add_argument("--language", default="en", help="of the drafts: en or ar")
    extent = _one(inner, "extent", "say what was breached; whom it affects is counted at once", run_extent)
    extent.add_argument(
        "what", help="store:main, table:main:public.orders, row:..., login:main:shop or pair:main:PURPOSE/RECIPIENT"
    )
    extent.add_argument("--since", required=True, type=str, help="UTC, such as 2026-03-02T09:00")
    extent.add_argument("--until", default="", help="UTC (default: it lasts)")
    _one(inner, "count", "count again whom it affects", run_count)
    risk = _one(inner, "risk", "judge the risk to people", run_risk)
    risk.add_argument("level", choices=LEVELS, help="of harm to the people concerned")
    risk.add_argument("--why", required=True, help="in a sentence")
    say = _one(inner, "say", "words for the letters; no person's value may stand in them", run_say)
    for name in (*WORDS, "late"):
        say.add_argument(f"--{name}", default="", help="in a sentence or two")
    draft = _one(inner, "draft", "print a draft", run_draft, by=False)
    draft.add_argument("to", choices=("authority", "people"), help="whose letter")
    draft.add_argument("--language", default="en", help="en or ar")
    told = _one(inner, "told", "record that somebody was told, or a decision not to tell", run_told)
    told.add_argument("to", choices=("authority", "people"), help="who")
    told.add_argument("--law", default="", help="by which of the company's laws (default: every one)")
    told.add_argument("--at", default="", help="when it was done, UTC (default: now)")
    told.add_argument("--words", required=True, help="how, or why not")
    told.add_argument("--decided-not", action="store_true", help="a decision not to tell")
    letter = _one(inner, "letter", "ask for the letter to people as the draft stands", run_letter)
    letter.add_argument("--language", default="en", help="en or ar")
    approve = _one(inner, "approve", "let the letter go to everybody affected, as a second person", run_approve)
    approve.add_argument("letter", type=UUID, help="as `show` names it")
    approve.add_argument("--refuse", action="store_true", help="it does not go")
    people = _one(inner, "people", "write the list of who is affected into a file", run_people)
    people.add_argument("--to", type=Path, required=True, metavar="FILE", help="a file that is not there yet")


def _one(inner: Any, name: str, help: str, run: Any, by: bool = True) -> Any:
    made = inner.add_parser(name, help=help)
    made.add_argument("reference", help="of the case, such as B-1f2e3d4c")
    if by:
        made.add_argument("--by", required=True, help=f"{BY} that does it")
    made.set_defaults(run=run)
    return made


@dataclass(frozen=True)
class _Opened:
    work: BreachWork
    case: DutyCase
    by: str

    @property
    def id(self) -> UUID:
        return self.case.id


@contextmanager
def _opened(arguments: argparse.Namespace, permission: str = "duties:work") -> Iterator[_Opened]:
    project = avow.app.open_project(arguments.project, arguments.environ)
    with open_breach_work(project, progress_of(arguments), by_cli=True) as work:
        case = Cases(work.room.session).find_by_reference(arguments.reference)
        if case is None or case.kind != "breach":
            cause, help = f"there is no breach `{arguments.reference}`", "see `avow breach list`"
            raise ControlError(
                Diagnostic(Place("breach"), "breach.no-such-breach", cause, help, "nothing was recorded")
            )
        said = getattr(arguments, "by", None)
        yield _Opened(work, case, actor_of(work.room.session, said, permission) if said is not None else "")


def run_list(arguments: argparse.Namespace) -> int:
    overdue = False
    project = avow.app.open_project(arguments.project, arguments.environ)
    with open_breach_work(project, progress_of(arguments), by_cli=True) as work:
        for case in Cases(work.room.session).listed("breach"):
            room = work.room.room(case.id)
            overdue = overdue or any(clock.state == OVERDUE for clock in room.clocks)
            print(f"{case.reference}  {case.state}  {_people(room)}")
            for clock in room.clocks:
                print(f"  {_clock(clock)}")
    return 1 if overdue else 0


def _people(room: Room) -> str:
    if room.breach.figures is None:
        return "nobody has counted yet"
    return f"{room.figures.people} people, {room.figures.organisations} organisations, {room.figures.rows} records"


def _clock(clock: Clock) -> str:
    due = (
        f"by {clock.due:%Y-%m-%d %H:%M} UTC"
        if clock.due
        else f"within {clock.span}"
        if clock.span[0].isdigit()
        else clock.span
    )
    own = ", the company's own number" if clock.own else ""
    verified = "" if clock.verified else ", not verified"
    return f"{clock.state:12}  {clock.to:9}  {clock.law:13}  {due}{own} ({clock.source}{verified})"


def run_show(arguments: argparse.Namespace) -> int:
    with _opened(arguments) as it:
        room = it.work.room.room(it.id, arguments.language)
    print(f"{it.case.reference}  {it.case.state}  aware since {room.breach.aware_at:%Y-%m-%d %H:%M} UTC")
    print(f"risk to people: {room.breach.risk or 'nobody has judged it'}")
    for extent in room.extents:
        until = f"{extent.until:%Y-%m-%d %H:%M}" if extent.until else "now"
        print(f"breached: {extent.kind}:{extent.store}:{extent.name} from {extent.since:%Y-%m-%d %H:%M} to {until} UTC")
    print(f"{_people(room)}{' (a count is wanted)' if room.counting else ''}")
    for category, count in (room.figures.per_category or {}).items():
        print(f"  {category}: {count} people")
    for place in room.figures.places:
        print(f"  {place.store}:{place.table} ({place.record}): {place.rows} records of {place.people} people")
    for logged in room.figures.logged:
        print(f"  record of uses of {logged.about}: {logged.uses} uses, {logged.rows} rows, {logged.refused} refused")
    for words in room.figures.unknown:
        print(f"  unknown: {words}")
    for clock in room.clocks:
        print(_clock(clock))
    for name, draft in (("authority", room.authority), ("people", room.letter)):
        print(f"draft to {name}: {'whole' if not draft.missing else 'lacks ' + ', '.join(draft.missing)}")
    for letter in room.letters:
        state = (
            "finished"
            if letter.finished_at
            else "going"
            if letter.approved_at
            else "refused"
            if letter.refused_by
            else "waits"
        )
        print(f"letter {letter.id}  {state}")
    for state, count in sorted(room.people.items()):
        print(f"  {state or 'not written to'}: {count}")
    return 0


def run_extent(arguments: argparse.Namespace) -> int:
    with _opened(arguments) as it:
        until = read_moment(arguments.until) if arguments.until else None
        it.work.room.add_extent(it.id, arguments.what, read_moment(arguments.since), until, it.by)
        figures = it.work.count(it.id)
    print(f"{figures.people} people, {figures.organisations} organisations, {figures.rows} records")
    for words in figures.unknown:
        print(f"unknown: {words}")
    return 0


def run_count(arguments: argparse.Namespace) -> int:
    with _opened(arguments) as it:
        it.work.room.count_again(it.id, it.by)
        figures = it.work.count(it.id)
    print(f"{figures.people} people, {figures.organisations} organisations, {figures.rows} records")
    return 0


def run_risk(arguments: argparse.Namespace) -> int:
    with _opened(arguments) as it:
        it.work.room.judge_risk(it.id, arguments.level, arguments.why, it.by)
        for clock in it.work.room.room(it.id).clocks:
            print(_clock(clock))
    return 0


def run_say(arguments: argparse.Namespace) -> int:
    with _opened(arguments) as it:
        words = {name: said for name in (*WORDS, "late") if (said := getattr(arguments, name))}
        it.work.room.say(it.id, words, it.by)
        missing = it.work.room.room(it.id).authority.missing
    print(f"the letter to the authority {'lacks ' + ', '.join(missing) if missing else 'is whole'}")
    return 0


def run_draft(arguments: argparse.Namespace) -> int:
    """Exit code 1 when something is missing."""
    with _opened(arguments) as it:
        room = it.work.room.room(it.id, arguments.language)
    draft = room.authority if arguments.to == "authority" else room.letter
    print(letter_text(draft.letter), end="")
    return 1 if draft.missing else 0


def run_told(arguments: argparse.Namespace) -> int:
    with _opened(arguments) as it:
        at = read_moment(arguments.at) if arguments.at else datetime.now(UTC)
        it.work.room.tell(it.id, arguments.to, arguments.law, at, arguments.words, it.by, arguments.decided_not)
        for clock in it.work.room.room(it.id).clocks:
            print(_clock(clock))
    return 0


def run_letter(arguments: argparse.Namespace) -> int:
    with _opened(arguments) as it:
        made = it.work.room.ask_letter(it.id, it.by, arguments.language)
    print(f"{made.id}  waits for a second person: `avow breach approve {it.case.reference} {made.id}`")
    return 0


def run_approve(arguments: argparse.Namespace) -> int:
    with _opened(arguments, "duties:approve") as it:
        it.work.room.approve_letter(it.id, arguments.letter, it.by, not arguments.refuse)
        queued = 0 if arguments.refuse else it.work.write(it.id, arguments.letter)
    print("refused: nobody is written to" if arguments.refuse else f"{queued} letters are in the outbox")
    return 0


def run_people(arguments: argparse.Namespace) -> int:
    with _opened(arguments) as it, new_file(arguments.to) as file:
        people = it.work.room.people(it.id, it.by)
        for one in people:
            state = one.state or "not written to"
            file.write(f"{one.store}:{one.table}:{one.key}\t{','.join(one.categories)}\t{state}\n".encode())
    print(f"{len(people)} written to {arguments.to}; it names people: keep it no longer than you need it")
    return 0
