"""From what probes saw to verdicts. Pure: values in, values out; no clock, no store.

Never rounds up. A rule is broken when one probe broke it; kept only when every probe of it ran, held and is fresh, and
at least one of them looked at the live system; attested when all that held is a document's or a declaration's word;
unproven in every other case. A statement is as strong as its weakest rule. `needs` keep a statement at unproven, and
never hide a broken rule. Exceptions and custodians never lift a verdict; they stand beside it.
Source: architecture, "The one idea" (Verdict).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from avow.policy.promise import Promise
from avow.prove.inquiry import Outcome
from avow.prove.scene import ExceptionNote
from avow.prove.verdict import (
    ATTESTED,
    BROKE,
    BROKEN,
    COULD_NOT,
    KEPT,
    LEVELS,
    NOT_CHECKABLE,
    UNPROVEN,
    ProbeResult,
    RuleVerdict,
    StatementVerdict,
)

FRESH = timedelta(hours=24)
STRENGTH: tuple[str, ...] = (BROKEN, UNPROVEN, ATTESTED, KEPT)  # weakest first
DOCUMENT = LEVELS[3]


def rule_verdict(
    rule: str, kind: str, controls: Sequence[str], probes: Sequence[ProbeResult], now: datetime
) -> RuleVerdict:
    """The verdict of one rule out of all its probes. `now` decides which of them are still fresh (24 hours)."""
    verdict, reason = _weigh(probes, now)
    return RuleVerdict(rule, kind, verdict, tuple(controls), tuple(probes), reason)


def _weigh(probes: Sequence[ProbeResult], now: datetime) -> tuple[str, str]:
    for probe in probes:
        if probe.result == BROKE:
            return BROKEN, probe.seen
    if not probes:
        return UNPROVEN, "no probe exists for this rule yet"
    for probe in probes:
        if probe.result == COULD_NOT:
            return UNPROVEN, probe.seen
    for probe in probes:
        if now - datetime.fromisoformat(probe.at) > FRESH:
            return UNPROVEN, f"the last run of {probe.name} was at {probe.at}, more than 24 hours ago"
    if any(probe.level == DOCUMENT for probe in probes):
        return ATTESTED, ""
    return KEPT, ""


def weakest(verdicts: Iterable[str]) -> str:
    """The weakest of the verdicts; of none, unproven."""
    found = set(verdicts)
    return next((v for v in STRENGTH if v in found), UNPROVEN)


def statement_verdict(
    promise: Promise,
    rules: Sequence[RuleVerdict],
    outcomes: Sequence[Outcome] = (),
    limits: str = "",
    exceptions: Sequence[ExceptionNote] = (),
    today: date | None = None,
) -> StatementVerdict:
    """The verdict of one statement. An exception whose date has passed breaks the promise that it excepts."""
    verdict, reason = _weigh_statement(promise, rules)
    current, ended = _part_exceptions(promise, exceptions, today)
    if ended:
        verdict, reason = BROKEN, ended[0]
    excepts = dict.fromkeys([*(e for o in outcomes for e in o.excepts), *current])
    repairs = () if verdict in (KEPT, NOT_CHECKABLE) else tuple(dict.fromkeys(r for o in outcomes for r in o.repairs))
    return StatementVerdict(
        id=promise.id,
        source=promise.source,
        quote=promise.quote.exact,
        act=promise.act,
        verdict=verdict,
        kind=promise.checkable,
        rules=tuple(rules),
        limits=limits,
        conflicts=promise.conflicts,
        excepts=tuple(excepts),
        reason=reason,
        repairs=repairs or _default_repairs(promise, verdict),
        wording=true_wording(promise, verdict, reason),
    )


def _weigh_statement(promise: Promise, rules: Sequence[RuleVerdict]) -> tuple[str, str]:
    if promise.checkable == "none" and not rules:
        return NOT_CHECKABLE, "it states no practice that a machine or a document could check"
    if not rules:
        needs = f"; needed: {', '.join(promise.needs)}" if promise.needs else ""
        return UNPROVEN, f"no rule says yet what this sentence means for machines{needs}"
    found = weakest(rule.verdict for rule in rules)
    reason = next((f"{rule.id}: {rule.reason}" for rule in rules if rule.verdict == found and rule.reason), "")
    if promise.needs and found != BROKEN:
        good = [rule.id for rule in rules if rule.verdict in (KEPT, ATTESTED)]
        proven = f"; proven so far: {', '.join(good)}" if good else ""
        return UNPROVEN, f"needs {', '.join(promise.needs)}{proven}"
    return found, reason


def _part_exceptions(
    promise: Promise, exceptions: Sequence[ExceptionNote], today: date | None
) -> tuple[list[str], list[str]]:
    current: list[str] = []
    ended: list[str] = []
    for note in exceptions:
        if note.promise != promise.id:
            continue
        if today is not None and date.fromisoformat(note.expires) < today:
            ended.append(f"the exception `{note.reason}` ended on {note.expires}")
        else:
            current.append(f"exception until {note.expires}: {note.reason}")
    return current, ended


def _default_repairs(promise: Promise, verdict: str) -> tuple[str, ...]:
    if verdict != UNPROVEN:
        return ()
    if promise.needs:
        return tuple(f"show {need}" for need in promise.needs)
    return ("write a rule for this sentence and map the data that it speaks of",) if not promise.rules else ()


def true_wording(promise: Promise, verdict: str, reason: str) -> str:
    """A sentence that would be true today, for a broken or unproven statement; "" otherwise. Not legal advice."""
    quote = " ".join(promise.quote.exact.split()).rstrip(".")
    if verdict == BROKEN:
        return f"“{quote}” is our aim. At present it does not hold everywhere: {_plain(reason)}."
    if verdict == UNPROVEN:
        return f"“{quote}” is our aim. We do not yet show regularly that it is so."
    return ""


def _plain(reason: str) -> str:
    """The reason without the rule's id and without a full stop: it becomes part of a sentence."""
    head, mark, rest = reason.partition(": ")
    return (rest if mark and "/" in head and " " not in head else reason).rstrip(".")
