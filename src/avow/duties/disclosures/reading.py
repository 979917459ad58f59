"""What the policy in force says to the gate: where data may be, and which categories a kind of recipient may have for a purpose.

Reads rules alone, by the reference engine; refuses to know a table: what rows a recipient sees is for the database.
"""

from __future__ import annotations

from collections.abc import Iterable

from avow.decide import Question, decide
from avow.duties.disclosures.model import Ordinary
from avow.policy import PolicyVersion
from avow.policy.promise import Rule


def places_allowed(version: PolicyVersion) -> frozenset[str]:
    """The places of every `require.place` about all personal data: none of them may be left. Empty: no place is promised."""
    listed = [frozenset(rule.places) for rule in version.rules if rule.kind == "require.place" and _is_all(rule)]
    return frozenset.intersection(*listed) if listed else frozenset()


def _is_all(rule: Rule) -> bool:
    return not rule.data or "any.personal" in rule.data


def fields_for(
    version: PolicyVersion, purpose: str, recipient: str, known: Iterable[str], terms: Ordinary
) -> frozenset[str]:
    """Those of the `known` categories that some permit lets this kind of recipient read for the purpose, on some row of
    somebody, and that no prohibition keeps back. `purpose` "" for any that a permit names."""
    return frozenset(category for category in known if _may_have(version, purpose, recipient, category, terms))


def _may_have(version: PolicyVersion, purpose: str, recipient: str, category: str, terms: Ordinary) -> bool:
    for rule in version.rules:
        if rule.kind != "permit" or rule.form != "rows" or "read" not in rule.do:
            continue
        if not any(terms.covers(data, category) for data in rule.data):
            continue
        for named in (purpose,) if purpose else rule.purposes:
            for subject in rule.subjects or ("",):
                if decide(version, _fitting(rule, category, named, recipient, subject, version), terms.covers).allowed:
                    return True
    return False


def _fitting(rule: Rule, category: str, purpose: str, recipient: str, subject: str, version: PolicyVersion) -> Question:
    """A question about the row that this permit speaks of; whether a row is one is for the database."""
    of = {kind: frozenset(v for c in rule.when if c.kind == kind for v in c.values) for kind in ("case_open", "after")}
    return Question(
        category,
        purpose,
        recipient,
        subject=subject,
        state=frozenset(v for c in rule.when if c.kind == "state_present" for v in c.values),
        row={c.name: c.values[0] for c in rule.when if c.kind in ("row", "own_rows") and c.values},
        own={c.name: c.values[0] for c in rule.when if c.kind == "own_rows" and c.values},
        cases=of["case_open"],
        events=of["after"],
        consents=frozenset({recipient}),
        collected=version.published,
    )
