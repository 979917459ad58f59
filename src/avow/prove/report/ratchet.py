"""The exit code of a check, and the ratchet for CI: what is worse now than in an earlier report.

Nothing gets better by not being looked at: a statement that is gone, a rule that is gone, one more sentence that nobody
has read, and a sentence that is called not checkable since all count as worse.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from avow.errors import AvowError, Diagnostic, Place
from avow.prove.verdict import ATTESTED, BROKEN, COULD_NOT, KEPT, NOT_CHECKABLE, UNPROVEN, Report, StatementVerdict

_STRENGTH = {BROKEN: 0, UNPROVEN: 1, ATTESTED: 2, KEPT: 3}


@dataclass(frozen=True)
class _Before:
    """What the baseline says of one statement."""

    verdict: str
    rules: frozenset[str]


@dataclass(frozen=True)
class _Baseline:
    statements: dict[str, _Before]
    unread: int | None


def exit_code(report: Report, new: tuple[str, ...] | None = None) -> int:
    """0: nothing broken; 1: something is broken (with a baseline: `new` is not empty); 2: nothing could be checked."""
    probes = [p for s in report.statements for r in s.rules for p in r.probes if p.level != "document"]
    if probes and all(p.result == COULD_NOT for p in probes):
        return 2
    if new is not None:
        return 1 if new else 0
    return 1 if any(s.verdict == BROKEN for s in report.statements) else 0


def new_findings(report: Report, baseline: str, promised: Iterable[str] | None = None) -> tuple[str, ...]:
    """One sentence for each thing that is worse than in the baseline (the text of an earlier JSON report): a statement that is
    weaker, that is gone or that lost a rule, a broken statement that the baseline does not have, more unread sentences.
    `promised`: the ids of the version in force, where the report looks at some of them only. Raises AvowError
    `prove.bad-baseline` for a text that is no report."""
    before = _read(baseline)
    found = [words for statement in report.statements for words in _compare(statement, before.statements)]
    here = {statement.id for statement in report.statements} | set(promised or ())
    for id, was in before.statements.items():
        if id not in here:
            found.append(f"{id} was {was.verdict} and is gone: no promise of the version in force has this id")
    if before.unread is not None and report.unread > before.unread:
        found.append(
            f"{report.unread} sentences of the policy are unread, and in the baseline there were {before.unread}:"
            " nobody has said what they promise"
        )
    return tuple(found)


def _compare(statement: StatementVerdict, before: dict[str, _Before]) -> Iterator[str]:
    was = before.get(statement.id)
    if was is None:
        if statement.verdict == BROKEN:
            yield f"{statement.id} is broken and was not in the baseline: {statement.reason}"
    elif _is_weaker(statement.verdict, was.verdict):
        yield f"{statement.id} was {was.verdict} and is {statement.verdict}: {statement.reason}"
    elif lost := sorted(was.rules - {rule.id for rule in statement.rules}):
        yield f"{statement.id} is {statement.verdict} by fewer rules than in the baseline: {', '.join(lost)} is gone"


def _is_weaker(now: str, was: str) -> bool:
    """Whoever calls a sentence not checkable gives up its proof, whatever the proof said; the other way round only a broken
    sentence is news."""
    if now == NOT_CHECKABLE:
        return was != NOT_CHECKABLE
    return _STRENGTH[now] < _STRENGTH.get(was, _STRENGTH[UNPROVEN])


def _read(baseline: str) -> _Baseline:
    try:
        values: Any = json.loads(baseline)
        statements = {
            str(s["id"]): _Before(str(s["verdict"]), frozenset(str(r["id"]) for r in s.get("rules", ())))
            for s in values["statements"]
        }
        unread = values.get("unread")
        return _Baseline(statements, None if unread is None else int(unread))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise AvowError(
            Diagnostic(
                Place("--baseline"),
                "prove.bad-baseline",
                "the baseline is not a report that `avow check --json` wrote",
                "write one with `avow check --json > baseline.json` and keep it in Git",
                "nothing can be compared, so nothing can be called new",
            )
        ) from error
