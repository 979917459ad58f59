"""Which promises may rest on a person's word: only those that no probe of ours can look at.

A machine-checkable promise about data that a governed store holds has probes: an attestation instead of them is refused.
"""

from __future__ import annotations

from avow.errors import Diagnostic
from avow.policy.promise import Promise, Rule
from avow.prove.scene import Scene
from avow.prove.scope import fields_of


def find_refused_attestation(scene: Scene, promise: Promise, rule: Rule) -> Diagnostic | None:
    """The diagnostic for an attestation that stands where a probe could look; None where it may stand."""
    if rule.kind != "attest" or promise.checkable != "machine":
        return None
    if any(other.kind != "attest" for other in promise.rules) or not promise.data:
        return None
    about = Rule(id=rule.id, promise=promise.id, kind="permit", data=promise.data, subjects=promise.subjects)
    held_in = [s.name for s in scene.stores if s.map.kind != "manual" and fields_of(about, s.map, scene.terms)]
    if not held_in:
        return None
    return Diagnostic(
        rule.place,
        "prove.attest-where-a-probe-exists",
        f"promise `{promise.id}` rests on a person's word, though store `{held_in[0]}` holds its data and can be probed",
        "write the rule that says what the sentence means for the store, or set `checkable: evidence` with a reason",
        "the statement stays unproven: a word never replaces a look",
    )


def check_attestations(scene: Scene) -> tuple[Diagnostic, ...]:
    """Every refused attestation of the version, sorted by place."""
    found = [
        find_refused_attestation(scene, promise, rule) for promise in scene.version.promises for rule in promise.rules
    ]
    return tuple(sorted(d for d in found if d is not None))
