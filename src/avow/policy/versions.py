"""What changed between two policy versions: promises added, removed, and what a version newly allows.

A purpose or recipient that a version *adds* is what earlier people were not told: the compilers deny it for rows collected
before it until consent or notice admits them. Refuses to call a reworded promise the same: its words are part of it.
"""

from __future__ import annotations

from dataclasses import dataclass

from avow.policy.promise import PolicyVersion, Promise


@dataclass(frozen=True)
class Difference:
    """Promise ids, sorted; `added_purposes` and `added_recipients` are terms that only the later version permits."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    reworded: tuple[str, ...]
    added_purposes: tuple[str, ...]
    added_recipients: tuple[str, ...]


def compare_versions(earlier: PolicyVersion, later: PolicyVersion) -> Difference:
    """The differences that a person has to look at before the later version takes effect."""
    before, after = _by_id(earlier), _by_id(later)
    both = before.keys() & after.keys()
    return Difference(
        added=tuple(sorted(after.keys() - before.keys())),
        removed=tuple(sorted(before.keys() - after.keys())),
        reworded=tuple(sorted(i for i in both if before[i].quote != after[i].quote)),
        added_purposes=tuple(sorted(_permitted(later, "purposes") - _permitted(earlier, "purposes"))),
        added_recipients=tuple(sorted(_permitted(later, "recipients") - _permitted(earlier, "recipients"))),
    )


def _by_id(version: PolicyVersion) -> dict[str, Promise]:
    return {promise.id: promise for promise in version.promises}


def _permitted(version: PolicyVersion, what: str) -> set[str]:
    return {term for rule in version.rules if rule.kind == "permit" for term in getattr(rule, what)}
