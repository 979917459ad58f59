"""How a sentence was read into rules, as words for a person and as a digest: what somebody approves is exactly this.

Refuses to call a reading approved whose words or rules changed since.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict

from avow.policy import Promise, Rule


def reading_digest(promise: Promise) -> str:
    """SHA-256 over everything that the rules of the promise say, and over nothing else: not over where they stand in the file."""
    return hashlib.sha256(json.dumps([_plain(rule) for rule in promise.rules], sort_keys=True).encode()).hexdigest()


def _plain(rule: Rule) -> dict[str, object]:
    found = asdict(rule) | {"place": None, "do": sorted(rule.do), "detail": {k: str(v) for k, v in rule.detail.items()}}
    return json.loads(json.dumps(found, default=str))  # type: ignore[no-any-return]


def rule_words(rule: Rule) -> str:
    """One line a person can hold against the sentence."""
    parts = [rule.kind]
    for name in ("data", "subjects", "purposes", "recipients", "sources", "places"):
        if terms := getattr(rule, name):
            parts.append(f"{name}: {', '.join(terms)}")
    parts += [
        f"{key}: {value if isinstance(value, (str, int)) else ', '.join(value)}" for key, value in rule.detail.items()
    ]
    for word, conditions in (("when", rule.when), ("unless", rule.unless)):
        parts += [" ".join((word, one.kind, one.name, ", ".join(one.values))) for one in conditions]
    return "; ".join(parts)
