"""Whether a rule says what a category of data may be used for.

Promises: one answer for lint and for migrations. Refuses to decide a use: that needs facts, and is `decide`.
"""

from __future__ import annotations

from avow.policy.promise import Rule
from avow.vocabulary import Vocabulary


def says_a_use(rule: Rule, category: str, vocabulary: Vocabulary) -> bool:
    """A permit that reaches the category, or a forbid or inventory that names it more narrowly than `any.*`."""
    reached = [term for term in rule.data if vocabulary.covers(term, category)]
    if rule.kind == "permit":
        return bool(reached)
    return rule.kind in ("forbid", "require.inventory") and any(not term.startswith("any.") for term in reached)
