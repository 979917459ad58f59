"""Reads `when` and `unless`: conditions out of a closed list, each of which a database or a gate can test.

Refuses free text (it belongs in the promise's `condition:`), marks that nobody would ever set (a misspelt mark in a
`state_absent` would let everything through), and an `unless` entry that says two things at once: its entries are
alternatives, so that splitting one would weaken the prohibition.
"""

from __future__ import annotations

from collections.abc import Mapping

from avow.policy.promise import CONDITION_KINDS, Condition
from avow.vocabulary import Vocabulary
from avow.yamlplaces import Node, did_you_mean

_SO = "the whole version is not used"
MARKS: Mapping[str, tuple[str, ...]] = {  # mark -> what may stand behind its colon; () for a mark without one
    "objected": ("purpose",),
    "consented": ("purpose", "recipient"),
    "told": ("purpose", "recipient", "source"),
    "restricted": (),
    "erasing": (),
}
_ABSENT = ("objected", "restricted", "erasing")
_PRESENT = ("consented", "told")


def read_conditions(node: Node, vocabulary: Vocabulary, alternatives: bool = False) -> tuple[Condition, ...]:
    """The entries of a list; `alternatives` for `unless`, where one entry may hold one condition only."""
    found: list[Condition] = []
    for entry in node.sequence(one=True):
        read = [c for kind, value in entry.mapping().items() for c in _read(kind, value, vocabulary)]
        if alternatives and len(read) > 1:
            cause = "an entry of `unless` holds two conditions, and the entries are alternatives"
            entry.add("policy.condition-value", cause, "write one rule for each, or one condition", _SO)
        found += read
    return tuple(found)


def _read(kind: str, value: Node, vocabulary: Vocabulary) -> list[Condition]:
    if kind not in CONDITION_KINDS:
        help = f"{did_you_mean(kind, CONDITION_KINDS)} Words that no machine can check belong in `condition:`"
        value.add("policy.unknown-condition", f"`{kind}` is not a condition that can be compiled", help, _SO)
        return []
    if kind == "row":
        return [Condition("row", _words(inner), name) for name, inner in value.mapping().items()]
    if kind == "own_rows":
        return [Condition(kind, (), value.text())]
    if kind == "consent_for_recipient":
        return [Condition(kind, ("true",))] if value.value is True or _say_value(value, "write `true`") else []
    words = _words(value)
    if kind == "place":
        _check_places(value, words, vocabulary)
    elif kind in ("state_absent", "state_present"):
        for word in words:
            _check_mark(value, kind, word, vocabulary)
    return [Condition(kind, words)]


def _words(node: Node) -> tuple[str, ...]:
    words = tuple(word for word in node.texts() if word)
    if not words and node.kind in ("sequence", "null"):
        _say_value(node, "name at least one value: without one the condition can never hold")
    return words


def _check_places(node: Node, words: tuple[str, ...], vocabulary: Vocabulary) -> None:
    for word in words:
        if vocabulary.find("place", word) is None:
            known = (term.id for term in vocabulary.terms("place"))
            node.add(
                "policy.unknown-term", f"`{word}` is not a place of the vocabulary", did_you_mean(word, known), _SO
            )


def _check_mark(node: Node, kind: str, word: str, vocabulary: Vocabulary) -> None:
    mark, _, about = word.partition(":")
    allowed = _ABSENT if kind == "state_absent" else _PRESENT
    if mark not in allowed:
        node.add("policy.unknown-mark", f"`{word}` is no mark for `{kind}`", did_you_mean(mark, allowed), _SO)
        return
    kinds = MARKS[mark]
    if bool(kinds) != bool(about):
        help = f"write `{mark}:` and a {' or '.join(kinds)}" if kinds else f"write `{mark}` alone"
        node.add("policy.unknown-mark", f"`{word}` is not how this mark is written", help, _SO)
    elif about and not any(vocabulary.find(k, about) for k in kinds):
        known = [term.id for k in kinds for term in vocabulary.terms(k)]
        cause = f"`{about}` is not a {' or '.join(kinds)} of the vocabulary"
        node.add("policy.unknown-term", cause, did_you_mean(about, known), _SO)


def _say_value(node: Node, help: str) -> bool:
    node.add("policy.condition-value", "this value cannot be tested", help, _SO)
    return False
