"""Who must be told of a policy version, by which ways, with which words, and whether that was done. Pure.

Promises: a version that allows something new asks for a mail to everybody whose data was collected before it, whatever a person
decides; a person may go further, never less far. An objection to marketing keeps no such mail away: it is no marketing. Refuses a
decision without a ground, and to call anybody told whose mail was not sent.
Source: GDPR articles 13(3) and 14(4): before data is used for another purpose, people are told of it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher

from avow.control.telling import BANNER, ERASED, MAIL, PAGE, Decision, Figures
from avow.duties.notices.differences import Change, Told
from avow.errors import AvowError, Diagnostic, OutboxError, Place
from avow.outbox.content import check_address

WAYS: tuple[str, ...] = (PAGE, BANNER, MAIL)  # each goes further than those before it
TEMPLATE = "policy notice"
BLOCKED, NO_ADDRESS = "blocked", "no address"
_SPELLING = 0.95  # from here on two sentences say the same in another spelling


def least_ways(told: Told | None) -> tuple[tuple[str, ...], str]:
    """(ways, ground) that the difference asks for by itself; None for the first version."""
    if told is None:
        return WAYS[:1], "it is the first version: nobody knew another one"
    if told.unread:
        return WAYS[:2], "the version before was not read into promises, so nobody can say how far this one goes"
    if told.must_tell:
        return WAYS, f"it allows what the version before did not: {_newly(told)}"
    if any(not _is_spelling(one) for one in told.changes):
        return WAYS[:2], "sentences came, went or say something else, and nothing new is allowed"
    return WAYS[:1], "nothing changed but the spelling"


def _newly(told: Told) -> str:
    names = [*told.purposes, *told.recipients, *told.wider]
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more


def _is_spelling(one: Change) -> bool:
    letters = ["".join(c for c in text.casefold() if c.isalnum()) for text in (one.before, one.after)]
    same_numbers = [[c for c in text if c.isdigit()] for text in letters]
    return (
        one.kind == "reworded"
        and same_numbers[0] == same_numbers[1]
        and _negations(one.before) == _negations(one.after)
        and SequenceMatcher(None, letters[0], letters[1], autojunk=False).ratio() >= _SPELLING
    )


def _negations(text: str) -> int:
    """A sentence that gains or loses one is no longer the same, however alike it looks."""
    words = text.casefold().replace("\u2019", "'").split()
    return sum(
        word.strip(".,;:") in ("no", "not", "never", "nobody", "only", "without") or "n't" in word for word in words
    )


def check_decision(
    told: Told | None, ways: Sequence[str], ground: str, told_by: date, latest: date, version: str
) -> tuple[str, ...]:
    """The ways in their order, the page among them. Raises AvowError with every mistake: `notices.unknown-way`,
    `notices.no-ground`, `notices.too-little`, `notices.too-late`."""
    found, least = [], least_ways(told)
    unknown = [way for way in ways if way not in WAYS]
    if unknown:
        found.append(("notices.unknown-way", f"`{unknown[0]}` is no way to tell people", f"use {', '.join(WAYS)}"))
    if not ground.strip():
        found.append(("notices.no-ground", "a decision needs a ground", "say in a sentence why these ways are enough"))
    if MAIL in least[0] and MAIL not in ways:
        help = "let it be told by mail, or publish words that allow no more than before"
        found.append(("notices.too-little", f"people must be told by mail: {least[1]}", help))
    if told_by > latest:
        help = "name a day up to then: what counts is the first day of the version and what was decided before"
        found.append(("notices.too-late", f"people were to be told by {told_by}, and the last day is {latest}", help))
    if found:
        at, so = Place(f"version `{version}`"), "nothing was decided, and nobody is told"
        raise AvowError([Diagnostic(at, code, cause, help, so) for code, cause, help in found])
    return tuple(way for way in WAYS if way == PAGE or way in ways)


def leave_out(address: str, suppressed: Collection[str], marks: Mapping[str, bool]) -> str:
    """Why a person gets no mail of a new version; "" where they get one. `suppressed`: what stands against the address; `marks`
    of the person. A no to marketing is no reason."""
    if marks.get("erasing") or any(not mark.startswith("objected:") for mark in suppressed):
        return ERASED
    if marks.get("restricted"):
        return BLOCKED
    try:
        check_address(address.strip())
    except OutboxError:
        return NO_ADDRESS
    return ""


def find_fault(
    decision: Decision,
    figures: Figures,
    effective: date | None,
    today: date,
    expected: Collection[tuple[str, str]] = (),
) -> str:
    """What is wrong with the telling of a published version today, in words; "" nothing. `effective`: its first day; `expected`:
    every (store, table) of people who have to be told, also those that nobody went through."""
    if figures.untrue:
        return f"{figures.untrue} people are marked as told, and no mail was sent to them"
    if figures.lost:
        return f"people who must be told are not on record any more: {', '.join(figures.lost)}"
    if not decision.mails or effective is None:
        return ""
    if not figures.audiences:
        late = today > decision.told_by
        return f"nobody was told, and it was to be done by {decision.told_by}" if late else ""
    if today <= decision.told_by:
        return ""
    if missing := sorted(set(expected) - set(figures.audiences)):
        return f"nobody was looked for in {', '.join(f'{store}:{table}' for store, table in missing)}"
    # the tables are closed from its first day on: a day named before that leaves them open till then
    open_ = [f"{store}:{table}" for (store, table), closed in figures.audiences.items() if not closed]
    if open_ and today > effective:
        return f"people who came in before it took effect were not looked for in {', '.join(open_)}"
    if figures.waiting:
        return f"{figures.waiting} of {figures.people} people were not told by {decision.told_by}"
    return ""


def say_figures(decision: Decision, figures: Figures) -> str:
    """How it stands, in counts."""
    if not decision.mails:
        return f"told by {' and '.join(decision.ways)}: {decision.ground}"
    parts = [f"{figures.told} of {figures.people} people were told by mail"]
    parts += [f"{figures.waiting} wait"] if figures.waiting else []
    parts += [f"{figures.unreachable} addresses take no mail"] if figures.unreachable else []
    parts += [f"{figures.acknowledged} pressed that they have read it"] if figures.acknowledged else []
    return ", ".join(parts)


@dataclass(frozen=True)
class Facts:
    """What a mail says: of which version, from when on, why, and where to read it."""

    company: str
    effective: date
    reason: str
    changes: int
    link: str
    language: str = "en"


def write_notice(facts: Facts) -> tuple[str, str]:
    """(subject line, text), in the language of the version where there are words in it. Nothing in it is about one person."""
    arabic = facts.language.partition("-")[0] == "ar"
    subject, lines = _ARABIC if arabic else _ENGLISH
    known = {"company": facts.company, "day": facts.effective.isoformat(), "changes": facts.changes, "link": facts.link}
    reason = f"{facts.reason}\n\n" if facts.reason else ""
    return subject.format(**known), lines.format(**known, reason=reason)


_ENGLISH = (
    "The privacy policy of {company} changes",
    "From {day} on we follow a new version of our privacy policy.\n\n{reason}"
    "{changes} sentences are new, gone or put otherwise. Read them side by side with what stood there before:\n{link}\n\n"
    "You need do nothing. The page also says how to object, and which rights you have.\n"
    "You get this message because we hold data about you. It is no advertising, so it also goes to people who want none.\n",
)
_ARABIC = (
    "تتغير سياسة الخصوصية لدى {company}",
    "ابتداءً من {day} نتبع إصدارًا جديدًا من سياسة الخصوصية.\n\n{reason}"
    "عدد الجمل الجديدة أو المحذوفة أو المصوغة صياغة أخرى: {changes}. اقرأها إلى جانب ما كان مكتوبًا قبلها:\n{link}\n\n"
    "ليس عليك أن تفعل شيئًا. تقول الصفحة أيضًا كيف تعترض وما هي حقوقك.\n"
    "تصلك هذه الرسالة لأننا نحتفظ ببيانات عنك. ليست إعلانًا، ولذلك تصل أيضًا إلى من لا يريد الإعلانات.\n",
)
