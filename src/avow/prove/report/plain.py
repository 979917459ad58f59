"""The report as JSON and as a table for a console.

The JSON is the machine's contract: company, policy_version, checked_at, statements, unread, not_searched, totals. Every
verdict is a key of both totals, also where its count is 0. Key order and spelling never change within a major version.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

from avow.policy.promise import PolicyVersion
from avow.prove.verdict import BROKEN, UNPROVEN, VERDICTS, Report, RuleVerdict, StatementVerdict

SYMBOLS = {"kept": "✓", "broken": "✗", "attested": "✎", "unproven": "?", "not_checkable": "–"}
MOST_NEXT = 3  # changes that are proposed below the table


def report_json(report: Report, version: PolicyVersion | None = None) -> str:
    """The report as JSON text, two spaces of indentation, ending in a line break."""
    return json.dumps(report_values(report), indent=2, ensure_ascii=False) + "\n"


def report_values(report: Report) -> dict[str, Any]:
    """The report as plain values, in the shape of the JSON."""
    return {
        "company": report.company,
        "policy_version": report.policy_version,
        "checked_at": report.checked_at,
        "statements": [_statement(s) for s in report.statements],
        "unread": report.unread,
        "not_searched": list(report.not_searched),
        "totals": {
            "statements": count_verdicts(s.verdict for s in report.statements),
            "rules": count_verdicts(r.verdict for s in report.statements for r in s.rules),
        },
    }


def count_verdicts(verdicts: Iterable[str]) -> dict[str, int]:
    found = Counter(verdicts)
    return {verdict: found[verdict] for verdict in VERDICTS}


def _statement(statement: StatementVerdict) -> dict[str, Any]:
    return {
        "id": statement.id,
        "source": statement.source,
        "quote": statement.quote,
        "act": statement.act,
        "verdict": statement.verdict,
        "kind": statement.kind,
        "rules": [_rule(rule) for rule in statement.rules],
        "limits": statement.limits,
        "conflicts": list(statement.conflicts),
        "except": list(statement.excepts),
        "reason": statement.reason,
        "repairs": list(statement.repairs),
        "wording": statement.wording,
    }


def _rule(rule: RuleVerdict) -> dict[str, Any]:
    return {
        "id": rule.id,
        "kind": rule.kind,
        "verdict": rule.verdict,
        "controls": list(rule.controls),
        "probes": [vars(probe) for probe in rule.probes],
        "reason": rule.reason,
    }


def report_table(report: Report, version: PolicyVersion | None = None, width: int = 110) -> str:
    """One line per statement: symbol, verdict, id, source, why (where it is not kept); then the counts, and what would make the
    most sentences true. Plain text."""
    names = max((len(s.id) for s in report.statements), default=2)
    lines = [f"{report.company}, policy {report.policy_version}, checked {report.checked_at}", ""]
    lines += [_line(s, min(names, 40), width) for s in report.statements]
    counts = count_verdicts(s.verdict for s in report.statements)
    lines += ["", ", ".join(f"{n} {verdict.replace('_', ' ')}" for verdict, n in counts.items())]
    if report.unread:
        lines.append(f"{report.unread} sentences of the policy are unread: nobody has said what they promise")
    lines += [f"not searched: {words}" for words in report.not_searched]
    lines += _list_next(report.statements)
    return "\n".join(lines) + "\n"


def _list_next(statements: Iterable[StatementVerdict]) -> list[str]:
    """The changes that help the most sentences which do not hold."""
    helped = Counter(repair for s in statements if s.verdict in (BROKEN, UNPROVEN) for repair in set(s.repairs))
    ranked = sorted(helped.items(), key=lambda each: (-each[1], each[0]))[:MOST_NEXT]
    return [f"next, for {count} sentence{'s' * (count > 1)}: {repair}" for repair, count in ranked]


def _line(statement: StatementVerdict, names: int, width: int) -> str:
    head = f"{SYMBOLS[statement.verdict]} {statement.verdict.replace('_', ' '):<13}  {statement.id:<{names}}"
    why = statement.reason if statement.verdict != "kept" else " ".join(statement.quote.split())
    room = max(20, width - len(head) - 2)
    return f"{head}  {why if len(why) <= room else why[: room - 1] + '…'}".rstrip()
