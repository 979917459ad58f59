"""The report as JUnit XML for CI: one suite per statement, one case per rule.

broken -> failure; unproven -> skipped with the reason (never a pass); kept and attested -> passed, attested named as such.
"""

from __future__ import annotations

from xml.etree import ElementTree as Xml

from avow.policy.promise import PolicyVersion
from avow.prove.verdict import ATTESTED, BROKEN, KEPT, NOT_CHECKABLE, Report, RuleVerdict, StatementVerdict


def report_junit(report: Report, version: PolicyVersion | None = None) -> str:
    """JUnit XML, UTF-8, ending in a line break."""
    root = Xml.Element("testsuites", name=f"{report.company} {report.policy_version}")
    for statement in report.statements:
        _suite(root, statement, report.checked_at)
    Xml.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(root, encoding="unicode") + "\n"


def _suite(root: Xml.Element, statement: StatementVerdict, at: str) -> None:
    suite = Xml.SubElement(root, "testsuite", name=statement.id, timestamp=at)
    cases = statement.rules or (RuleVerdict(statement.id, "statement", statement.verdict, (), (), statement.reason),)
    for rule in cases:
        _case(suite, statement, rule)
    if statement.rules and statement.verdict not in {rule.verdict for rule in statement.rules}:
        extra = RuleVerdict(f"{statement.id}/needs", "needs", statement.verdict, (), (), statement.reason)
        _case(suite, statement, extra)
    children = list(suite)
    suite.set("tests", str(len(children)))
    suite.set("failures", str(sum(c.find("failure") is not None for c in children)))
    suite.set("skipped", str(sum(c.find("skipped") is not None for c in children)))


def _case(suite: Xml.Element, statement: StatementVerdict, rule: RuleVerdict) -> None:
    seconds = sum(probe.ms for probe in rule.probes) / 1000
    case = Xml.SubElement(suite, "testcase", name=rule.id, classname=rule.kind, time=f"{seconds:.3f}")
    reason = rule.reason or rule.verdict
    if rule.verdict == BROKEN:
        Xml.SubElement(case, "failure", message=reason, type="broken").text = " ".join(statement.quote.split())
    elif rule.verdict not in (KEPT, ATTESTED, NOT_CHECKABLE):
        Xml.SubElement(case, "skipped", message=f"unproven: {reason}")
    elif rule.verdict == ATTESTED:
        Xml.SubElement(case, "system-out").text = "attested: a declaration or document, not a measurement"
