"""Reads the promises of one policy text: who promised what in which words, and what it means for machines.

Every key is checked, every quote is placed, ids are unique. Refuses a promise whose words do not stand in the text in one
place, and a term that the vocabulary does not have.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from avow.errors import Collector, Diagnostic, Place
from avow.policy.anchors import place_quote
from avow.policy.folding import fold
from avow.policy.promise import Anchor, Promise, Quote, Rule
from avow.policy.rules import read_id, read_rule, read_terms
from avow.vocabulary import Vocabulary
from avow.yamlplaces import Node, did_you_mean

ACTS: tuple[str, ...] = (
    *("collect", "use", "share", "sell", "retain", "delete", "locate", "transfer", "protect", "access_control"),
    *("right", "choice", "notify", "define", "disclaim", "duty_of_user", "complaint", "other"),
)
MODALITIES: tuple[str, ...] = ("does", "may", "will_not", "must", "user_may", "user_must")
CHECKABLE: tuple[str, ...] = ("machine", "evidence", "none")
_KEYS = (
    *("source", "data", "subjects", "purposes", "recipients", "sources", "condition", "duration", "place"),
    *("checkable", "rules", "needs", "conflicts", "limits"),
)
_TERMS = {
    "data": "category",
    "subjects": "subject",
    "purposes": "purpose",
    "recipients": "recipient",
    "sources": "source",
}
_SO = "the whole version is not used"


@dataclass(frozen=True)
class ReadPromises:
    """What a promises file says: `plain` are the places of sentences that carry no practice; `withdrawn` maps ids of
    earlier versions that were given up on purpose to where that is said."""

    promises: tuple[Promise, ...]
    plain: tuple[Anchor, ...]
    withdrawn: Mapping[str, Place]


class PromisesReader:
    """Reads the promises of one text. Every diagnostic goes to `found`."""

    def __init__(self, text: str, vocabulary: Vocabulary, found: Collector) -> None:
        self.text, self.folded, self.vocabulary, self.found = text, fold(text), vocabulary, found

    def read(self, node: Node, version: str) -> ReadPromises:
        known = ("policy", "plain", "promises", "withdrawn")
        entries = node.mapping(known=known, required=("policy", "promises"), what="a promises file")
        if "policy" in entries and entries["policy"].text() != version:
            cause = f"these promises are for version `{entries['policy'].raw}`, the file is named `{version}`"
            entries["policy"].add("policy.wrong-version", cause, "correct one of the two", _SO)
        plain = [a for n in _list(entries, "plain") if (a := self._anchor(_quote(n), n.place)) is not None]
        promises = [p for n in _list(entries, "promises") if (p := self._promise(n)) is not None]
        self._check_ids(promises)
        withdrawn = {n.text(): n.place for n in _list(entries, "withdrawn")}
        return ReadPromises(tuple(promises), tuple(plain), withdrawn)

    def _promise(self, node: Node) -> Promise | None:
        entries = node.mapping(known=_KEYS, required=("id", "quote", "act", "modality"), what="a promise")
        if "id" not in entries or "quote" not in entries:
            return None
        quote = _quote(entries["quote"])
        anchor = self._anchor(quote, entries["quote"].place)
        name = read_id(entries["id"])
        rules = [read_rule(n, name, i, self.vocabulary) for i, n in enumerate(_list(entries, "rules"), 1)]
        kept = tuple(rule for rule in rules if rule is not None)
        read = self._build(entries, name, quote, anchor or Anchor(0, 0, 1, 1), kept, node.place)
        self._check_promise(read, node)
        return read if anchor else None

    def _build(
        self,
        entries: Mapping[str, Node],
        name: str,
        quote: Quote,
        anchor: Anchor,
        rules: tuple[Rule, ...],
        place: Place,
    ) -> Promise:
        terms = {k: read_terms(entries[k], kind, self.vocabulary) for k, kind in _TERMS.items() if k in entries}
        return Promise(
            id=name,
            quote=quote,
            anchor=anchor,
            act=_word(entries, "act", ACTS),
            modality=_word(entries, "modality", MODALITIES),
            checkable=_word(entries, "checkable", CHECKABLE, "machine"),
            data=terms.get("data", ()),
            subjects=terms.get("subjects", ()),
            purposes=terms.get("purposes", ()),
            recipients=terms.get("recipients", ()),
            sources=terms.get("sources", ()),
            source=_text(entries, "source"),
            condition=_text(entries, "condition"),
            duration=_text(entries, "duration"),
            limits=_text(entries, "limits"),
            location=_text(entries, "place"),
            rules=rules,
            needs=entries["needs"].texts() if "needs" in entries else (),
            conflicts=entries["conflicts"].texts() if "conflicts" in entries else (),
            place=place,
        )

    def _anchor(self, quote: Quote, where: Place) -> Anchor | None:
        if not quote.exact.strip():
            return None  # the missing words were told already
        placed = place_quote(self.folded, quote, where, self.text)
        if isinstance(placed, Diagnostic):
            self.found.found.append(placed)
            return None
        return placed

    def _check_promise(self, promise: Promise, node: Node) -> None:
        if promise.checkable == "none" and promise.rules:
            node.add(
                "policy.rules-without-check",
                f"`{promise.id}` is said to be checkable by nothing, and has rules",
                "remove the rules, or write `checkable: machine` or `checkable: evidence`",
                _SO,
            )

    def _check_ids(self, promises: list[Promise]) -> None:
        seen: dict[str, Place] = {}
        for promise in promises:
            if promise.id in seen:
                cause = f"the id `{promise.id}` was used on line {seen[promise.id].line} already"
                self.found.add("policy.duplicate-id", promise.place, cause, "give one of the two another id", _SO)
            seen.setdefault(promise.id, promise.place)
        for promise in promises:
            self._check_conflicts(promise, seen)
            self._check_rule_ids(promise)

    def _check_conflicts(self, promise: Promise, known: Mapping[str, Place]) -> None:
        for other in promise.conflicts:
            if other not in known or other == promise.id:
                cause = f"`{promise.id}` conflicts with `{other}`, which is no other promise of this version"
                help = did_you_mean(other, [name for name in known if name != promise.id])
                self.found.add("policy.unknown-conflict", promise.place, cause, help, _SO)

    def _check_rule_ids(self, promise: Promise) -> None:
        names = [rule.id for rule in promise.rules]
        for rule in promise.rules:
            if names.count(rule.id) > 1:
                cause = f"the rule id `{rule.id}` is used twice"
                self.found.add("policy.duplicate-id", rule.place, cause, "give one of the two another id", _SO)


def _list(entries: Mapping[str, Node], key: str) -> tuple[Node, ...]:
    return entries[key].sequence() if key in entries else ()


def _quote(node: Node) -> Quote:
    if node.kind != "mapping":
        return Quote(node.text())
    parts = node.mapping(known=("exact", "prefix", "suffix"), required=("exact",), what="a quote")
    around = {key: parts[key].text(empty=True) for key in ("prefix", "suffix") if key in parts}
    return Quote(parts["exact"].text() if "exact" in parts else "", **around)


def _word(entries: Mapping[str, Node], key: str, allowed: tuple[str, ...], default: str = "") -> str:
    if key not in entries:
        return default
    word = entries[key].text()
    if word and word not in allowed:
        entries[key].add("policy.unknown-word", f"`{key}: {word}` is not known", did_you_mean(word, allowed), _SO)
    return word


def _text(entries: Mapping[str, Node], key: str) -> str:
    return entries[key].text(empty=True) if key in entries else ""
