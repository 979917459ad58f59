"""One check: every promise of the version, every rule of it, every probe of the rule's entry, one report.

A store that is down and a probe that fails make their rules unproven; they never end the check. Refuses nothing silently:
what the budget left out stands in `Report.not_searched`.
"""

from __future__ import annotations

from avow.policy.promise import Promise, Rule
from avow.prove.attestable import find_refused_attestation
from avow.prove.canaries import sweep
from avow.prove.catalogue import get_entry
from avow.prove.inquiry import Inquiry, Outcome, could_not
from avow.prove.limits import limits_sentence
from avow.prove.scene import Scene
from avow.prove.scope import fields_of
from avow.prove.verdict import Report, RuleVerdict, StatementVerdict
from avow.prove.verdicts import rule_verdict, statement_verdict


def check(scene: Scene) -> Report:
    """Looks at everything and gives the report. Raises nothing that a store or a rule may do wrong."""
    inquiry = Inquiry(scene)
    sweep(inquiry)
    statements = tuple(_check_promise(inquiry, promise) for promise in scene.version.promises)
    return Report(
        company=scene.version.company,
        policy_version=scene.version.version,
        checked_at=scene.now().isoformat(timespec="seconds").replace("+00:00", "Z"),
        statements=statements,
        unread=len(scene.version.unread),
        not_searched=tuple(inquiry.not_searched),
    )


def _check_promise(inquiry: Inquiry, promise: Promise) -> StatementVerdict:
    verdicts: list[RuleVerdict] = []
    outcomes: list[Outcome] = []
    for rule in promise.rules:
        found = _run_probes(inquiry, promise, rule)
        controls = get_entry(rule.kind).controls(inquiry.scene, rule)
        probes = [outcome.probe for outcome in found]
        verdicts.append(rule_verdict(rule.id, rule.kind, controls, probes, inquiry.scene.now()))
        outcomes += found
    cannot = dict.fromkeys(get_entry(rule.kind).beside for rule in promise.rules)
    limits = limits_sentence(outcomes, _stores(inquiry.scene, promise), cannot, promise.limits)
    scene = inquiry.scene
    return statement_verdict(promise, verdicts, outcomes, limits, scene.exceptions, scene.today)


def _run_probes(inquiry: Inquiry, promise: Promise, rule: Rule) -> tuple[Outcome, ...]:
    refused = next((s.refused[rule.id] for s in inquiry.scene.stores if rule.id in s.refused), "")
    if refused:
        words = f"no control here enforces {refused}"
        return (inquiry.attempt("compiled", "catalogue", lambda: could_not(words)),)
    diagnostic = find_refused_attestation(inquiry.scene, promise, rule)
    if diagnostic is not None:
        return (inquiry.attempt("attestation", "document", lambda: could_not(diagnostic.cause, (diagnostic.help,))),)
    return get_entry(rule.kind).probes(inquiry, rule)


def _stores(scene: Scene, promise: Promise) -> tuple[str, ...]:
    """The stores that the statement's rules are about; documents are about none."""
    return tuple(
        store.name
        for store in scene.stores
        if any(r.kind != "attest" and r.data and fields_of(r, store.map, scene.terms) for r in promise.rules)
    )
