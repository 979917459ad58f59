"""What a right to be blocked or erased says about every permit: nobody reads a person who is restricted or about to be erased.

Promises that a version which gives either right carries both conditions in each of its permits, so that the reference engine, the
compilers and the probes all follow from the rules. Refuses to lift them but for what the law itself excepts: legal claims and
duties, which are purposes under `legal` and `claim`.
Source: GDPR articles 17, 18(1) and 18(2); architecture, "Per-person state is a bit mask in the row".
"""

from __future__ import annotations

from dataclasses import replace

from avow.policy.promise import Condition, Promise, Rule

BLOCKS: tuple[str, ...] = ("erasing", "restricted")
_GIVEN_BY = frozenset({"erasure", "restriction"})
_EXCEPTED: tuple[str, ...] = ("legal", "claim")


def with_blocks(promises: tuple[Promise, ...]) -> tuple[Promise, ...]:
    """The promises with a condition for each block in every permit, where one of them gives a right to it."""
    rules = [rule for promise in promises for rule in promise.rules]
    if not any(rule.kind == "right" and rule.detail.get("right") in _GIVEN_BY for rule in rules):
        return promises
    return tuple(replace(p, rules=tuple(_blocked(rule) for rule in p.rules)) for p in promises)


def _blocked(rule: Rule) -> Rule:
    if rule.kind != "permit" or rule.form == "aggregate" or all(_is_excepted(purpose) for purpose in rule.purposes):
        return rule
    said = {value for condition in rule.when if condition.kind == "state_absent" for value in condition.values}
    added = tuple(Condition("state_absent", (mark,)) for mark in BLOCKS if mark not in said)
    return replace(rule, when=(*rule.when, *added))


def _is_excepted(purpose: str) -> bool:
    return purpose.split(".", 1)[0] in _EXCEPTED
