"""Wires the officer's first day: what stood in files of before is taken over, and what the map knows is written down for others.

Promises: a dry run says what would be taken over and writes nothing; requests keep the day on which they came, so their clocks are
right; the same file again takes nothing over twice. Refuses a file with one bad line: half a register is none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from uuid import UUID

from avow.app.desk import Desk
from avow.app.project import Project
from avow.app.rights import list_objectable
from avow.control import people
from avow.control.choices import GIVEN, WITHDRAWN, Said
from avow.control.intakes import record_line
from avow.control.session import Session
from avow.datamap.holds import categories_of
from avow.duties.choices.deciding import IMPORTED, record
from avow.duties.intakes.day_one import CONSENTS, REQUESTS, SUPPRESSIONS, OldLine, read_old
from avow.duties.rights.model import OBJECTED, Actor, Contact, Wish
from avow.errors import Diagnostic, IntakeError, Place
from avow.policy import read_recipients
from avow.work import defer

OFFICER = Actor("staff", "day one")
LIST_JOB = "tell_lists"


@dataclass(frozen=True)
class Taken:
    """What came of a file: `lines` in it, `new` of them taken over (or that would be), `late`: requests past their date."""

    lines: int
    new: int
    late: int = 0
    told: tuple[str, ...] = ()


def take_over(desk: Desk, project: Project, what: str, path: Path, dry: bool) -> Taken:
    """Raises IntakeError with every mistake of the file."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        cause = f"the file cannot be read: {getattr(error, 'strerror', None) or 'it is not UTF-8'}"
        help, so = "check the path, and save the file as UTF-8", "nothing is taken over"
        raise IntakeError(Diagnostic(Place(str(path)), "intake.cannot-read", cause, help, so)) from None
    lines = read_old(what, text, path.name, desk.now().date(), project.vocabulary)
    take = {REQUESTS: _take_requests, CONSENTS: _take_consents, SUPPRESSIONS: _take_suppressions}[what]
    return take(desk, project, lines, dry)


def _new(session: Session, what: str, line: OldLine) -> bool:
    return record_line(session, what, "\0".join(f"{k}={v}" for k, v in sorted(line.values.items())))


class _DryRun(Exception):
    """Undoes what a dry run marked."""


def _take_requests(desk: Desk, project: Project, lines: Sequence[OldLine], dry: bool) -> Taken:
    """Each through the same door as any request, at the time on which it came."""
    new, late, told = 0, 0, []
    for line in lines:
        with desk.session() as session:
            fresh = _is_new(session, REQUESTS, line, dry=True)
        if not fresh:
            continue
        new += 1
        law = line.get("jurisdiction") or project.settings.centre.jurisdictions[0]
        purposes = tuple(word.strip() for word in line.get("purposes").split(";") if word.strip())
        then = replace(desk, now=_at(line.at))
        due = then.preview(line.get("kind"), law, line.get("channel") or "email", purposes=purposes).due_at
        late += due < desk.now()
        told.append(f"line {line.number}: {line.get('kind')}, received {line.at:%Y-%m-%d}, due {due:%Y-%m-%d}")
        if not dry:
            contact = Contact(
                email=line.get("email"), name=line.get("name"), phone=line.get("phone"), postal_address=line.get("post")
            )
            wish = Wish(text=line.get("text"), purposes=purposes)
            channel = line.get("channel") or "email"
            desk.open_request(line.get("kind"), contact, wish, channel, law, OFFICER, received_at=line.at)
            with desk.session() as session:  # only now: killed before this, the next run asks again, and the two merge
                _new(session, REQUESTS, line)
    return Taken(len(lines), new, late, tuple(told))


def _at(moment: datetime) -> Callable[[], datetime]:
    return lambda: moment


def _is_new(session: Session, what: str, line: OldLine, dry: bool) -> bool:
    """In a dry run the mark is undone."""
    if not dry:
        return _new(session, what, line)
    try:
        with session.connection.transaction():
            if _new(session, what, line):
                raise _DryRun
    except _DryRun:
        return True
    return False


def _take_consents(desk: Desk, project: Project, lines: Sequence[OldLine], dry: bool) -> Taken:
    """Each yes, and each taking back, as an answer on record with the day on which it was said: the state of the person follows
    from it, and a purpose that needs consent opens where it was given and not withdrawn."""
    with desk.session() as session:
        fresh = [line for line in lines if _is_new(session, CONSENTS, line, dry)]
        said = [one for line in fresh if not dry for one in _answers(line, _subject_of(session, line.get("email")))]
        if said:
            record(session, said, desk.office.wake)
    return Taken(len(lines), len(fresh))


def _answers(line: OldLine, subject: UUID) -> Iterator[Said]:
    """`method` says that a file of before is all the evidence there is."""
    purpose = line.get("purpose")
    yield Said(subject, purpose, GIVEN, IMPORTED, line.at)
    if withdrawn := line.get("withdrawn_on"):
        yield Said(
            subject, purpose, WITHDRAWN, IMPORTED, datetime.combine(date.fromisoformat(withdrawn), time(12), UTC)
        )


def _subject_of(session: Session, email: str) -> UUID:
    known = people.find_subjects_by_identifier(session, "email", email, proven=False)
    if known:
        return known[0]
    subject = people.record_subject(session)
    people.record_identifier(session, subject, "email", email)
    return subject


def _take_suppressions(desk: Desk, project: Project, lines: Sequence[OldLine], dry: bool) -> Taken:
    """Digests on the list that beats every later import, without a purpose for every purpose that can be objected to; a worker puts
    them on the list of each store, which hides the rows that are there. The same file again tells the stores again."""
    objectable = list_objectable(project)
    with desk.session() as session:
        fresh = [line for line in lines if _is_new(session, SUPPRESSIONS, line, dry)]
        values = [
            (kind, line.get(kind), f"{OBJECTED}:{purpose}", None)
            for line in fresh
            for kind in ("email", "phone")
            if line.get(kind)
            for purpose in ([line.get("purpose")] if line.get("purpose") else objectable)
        ]
        if values and not dry:
            people.record_suppressions(session, values)
        if not dry:
            defer(session.connection, LIST_JOB, {}, key=LIST_JOB)
    return Taken(len(lines), len(fresh))


# -- what is written down for others -----------------------------------------------------------------------------------------


def record_of_processing(project: Project) -> Iterator[Mapping[str, str]]:
    """One line for each purpose and department or recipient (GDPR, article 30(1)): what of whom, where, who gets it, until when."""
    label = project.vocabulary.label
    recipients = read_recipients(project.settings.project, project.vocabulary)
    bounds = [rule for rule in project.version.rules if rule.kind == "bound"]
    permits = [rule for rule in project.version.rules if rule.kind == "permit"]
    pairs = sorted({(p, r) for rule in permits for p in rule.purposes for r in rule.recipients})
    for purpose, recipient in pairs:
        mine = [rule for rule in permits if purpose in rule.purposes and recipient in rule.recipients]
        data = sorted({term for rule in mine for term in rule.data})
        outside = [
            e for e in recipients if any(p == purpose or project.vocabulary.covers(p, purpose) for p in e.purposes)
        ]
        limits = [
            rule for rule in bounds if any(project.vocabulary.covers(d, t) or d == t for d in rule.data for t in data)
        ]
        yield {
            "controller": project.settings.contact.name,
            "contact": project.settings.contact.email,
            "purpose": label(purpose, "purpose"),
            "used_by": label(recipient, "recipient"),
            "subjects": "; ".join(sorted({label(s, "subject") for rule in mine for s in rule.subjects})),
            "data": "; ".join(label(term, "category") for term in data),
            "recipients": "; ".join(sorted(f"{e.entity} ({label(e.location, 'place')})" for e in outside if e.data)),
            "stores": "; ".join(sorted(_stores_with(project, data))),
            "kept": "; ".join(f"{r.detail.get('days')} days after {r.detail.get('after')}" for r in limits),
            "promises": "; ".join(sorted({rule.promise for rule in mine})),
        }


def _stores_with(project: Project, data: Sequence[str]) -> set[str]:
    """Stores of which a mapped column holds some of the data, with their places."""
    held = {
        store.name: {c for t in store.tables for col in t.columns for c in categories_of(col)}
        | set(store.by_hand.data if store.by_hand else ())
        for store in project.datamap.stores
    }
    return {
        f"{store.name} ({store.location})"
        for store in project.datamap.stores
        if any(project.vocabulary.covers(d, c) or d == c for d in data for c in held[store.name])
    }


def list_processors(project: Project) -> Iterator[Mapping[str, str]]:
    """One line for each recipient of the register, with contract and end (GDPR, articles 28 and 30(1)(d))."""
    label = project.vocabulary.label
    for entry in read_recipients(project.settings.project, project.vocabulary):
        yield {
            "name": entry.entity,
            "kind": label(entry.kind, "recipient"),
            "affiliated": "yes" if entry.affiliated else "no",
            "place": label(entry.location, "place") if entry.location else "",
            "purposes": "; ".join(label(p, "purpose") for p in entry.purposes),
            "data": "; ".join(label(d, "category") for d in entry.data),
            "contract": entry.contract,
            "contract_ends": entry.expires.isoformat() if entry.expires else "",
        }
