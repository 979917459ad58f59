"""Reads one rule of a promises file: its kind, its keys, its conditions. Free text never becomes a rule.

Every key of a kind is checked, every term is looked up, and a permit must say for what and for whom. Refuses conditions
outside the closed list.
Source: architecture, "The one idea"; promises format in docs/reference/promises.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from avow.policy.conditions import read_conditions
from avow.policy.promise import RULE_KINDS, Rule
from avow.policy.shows import DUTY_SHOWS, RIGHT_SHOWS
from avow.vocabulary import Vocabulary
from avow.yamlplaces import Node, did_you_mean

_ID = re.compile(r"[a-z0-9]+(?:[-_.][a-z0-9]+)*")
_SO = "the whole version is not used"
_USE = ("data", "subjects", "purposes", "recipients", "do", "when")
KEYS: Mapping[str, tuple[str, ...]] = {
    "permit": (*_USE, "form", "at_least"),
    "forbid": (*_USE, "unless"),
    "require.source": ("data", "subjects", "sources"),
    "require.field": ("data", "subjects", "attribute", "when"),
    "require.choice": ("data", "subjects", "purposes"),
    "require.inventory": ("data", "subjects"),
    "require.place": ("data", "subjects", "places"),
    "require.version": (),
    "bound": ("data", "subjects", "after", "days", "end", "at_least"),
    "duty": ("data", "subjects", "duty", "shows"),
    "right": ("data", "subjects", "right", "shows"),
    "observe": (),  # `that` and whatever parameters the observation has: checked where it is registered
    "attest": ("evidence",),
}
NEEDED: Mapping[str, tuple[str, ...]] = {
    "permit": ("data", "purposes", "recipients"),
    "forbid": ("data",),
    "require.source": ("data", "sources"),
    "require.field": ("data", "attribute"),
    "require.choice": ("data", "purposes"),
    "require.inventory": ("data",),
    "require.place": ("places",),
    "bound": ("data", "after", "days"),
    "duty": ("duty",),
    "right": ("right",),
    "observe": ("that",),
    "attest": ("evidence",),
}
ENDS = ("delete", "anonymise", "aggregate")  # of a limit
_DO = {
    "forbid": frozenset({"read", "write"})
}  # a prohibition without `do` is of every use: the more protective reading
_SHOWS: Mapping[str, Mapping[str, tuple[str, ...]]] = {"right": RIGHT_SHOWS, "duty": DUTY_SHOWS}
_TERMS = {
    "data": "category",
    "subjects": "subject",
    "purposes": "purpose",
    "recipients": "recipient",
    "sources": "source",
    "places": "place",
}


def read_rule(node: Node, promise: str, number: int, vocabulary: Vocabulary) -> Rule | None:
    """The rule, or None with its diagnostics added to the node's collector."""
    entries = node.mapping(known=(*RULE_KINDS, "id"), what="a rule")
    kinds = [key for key in entries if key in RULE_KINDS]
    if len(kinds) != 1:
        cause = "a rule has one kind" if kinds else "this rule has no kind"
        node.add("policy.rule-kind", cause, f"write one of {', '.join(f'`{k}:`' for k in RULE_KINDS)}", _SO)
        return None
    kind = kinds[0]
    name = read_id(entries["id"]) if "id" in entries else str(number)
    body = entries[kind]
    known = (*KEYS[kind], *NEEDED.get(kind, ()))
    given = body.mapping(known=None if kind == "observe" else known, required=NEEDED.get(kind, ()), what=f"`{kind}`")
    terms = {key: read_terms(given[key], term, vocabulary) for key, term in _TERMS.items() if key in given}
    rule = Rule(
        id=f"{promise}/{name}",
        promise=promise,
        kind=kind,
        **terms,
        do=_read_do(given["do"]) if "do" in given else _DO.get(kind, frozenset({"read"})),
        when=read_conditions(given["when"], vocabulary) if "when" in given else (),
        unless=read_conditions(given["unless"], vocabulary, True) if "unless" in given else (),
        form=_read_form(given["form"]) if "form" in given else "rows",
        at_least=given["at_least"].whole() if "at_least" in given else 0,
        detail=_read_detail(kind, given),
        place=node.place,
    )
    _check_rule(rule, given, body)
    return rule


def shown_of(rule: Rule) -> tuple[str, ...]:
    """What a `right` or `duty` rule wants shown: the words of `shows`, all that the right or duty has where it names none."""
    given = rule.detail.get("shows", ())
    words = given if isinstance(given, tuple) else (str(given),)
    return words or _SHOWS.get(rule.kind, {}).get(str(rule.detail.get(rule.kind, "")), ())


def read_id(node: Node) -> str:
    """An id stands in reports, file names and database comments: small letters, digits and single separators."""
    name = node.text()
    if name and not _ID.fullmatch(name):
        node.add("policy.bad-id", f"`{name}` cannot be an id", "use small letters, digits, `-`, `_` and `.`", _SO)
    return name


def read_terms(node: Node, kind: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    """Known terms only; an unknown one is a diagnostic with the nearest known one."""
    found: list[str] = []
    for one in node.sequence(one=True):
        term = one.text()
        if term and vocabulary.find(kind, term) is None:
            known = (t.id for t in vocabulary.terms(kind))
            one.add(
                "policy.unknown-term", f"`{term}` is not a {kind} of the vocabulary", did_you_mean(term, known), _SO
            )
        elif term:
            found.append(term)
    return tuple(found)


def _read_do(node: Node) -> frozenset[str]:
    words = frozenset(node.texts())
    if not words or not words <= {"read", "write"}:
        node.add(
            "policy.rule-value", "`do` says what may be done: read, write or both", "write `do: [read, write]`", _SO
        )
    return words & {"read", "write"}


def _read_form(node: Node) -> str:
    word = node.text()
    if word not in ("rows", "aggregate"):
        node.add(
            "policy.rule-value",
            f"`form: {word}` is neither rows nor aggregate",
            did_you_mean(word, ("rows", "aggregate")),
            _SO,
        )
    return word


def _read_detail(kind: str, given: Mapping[str, Node]) -> dict[str, str | int | tuple[str, ...]]:
    keys = {"require.field": ("attribute",), "bound": ("after", "days", "end"), "duty": ("duty", "shows")}
    keys |= {"right": ("right", "shows"), "attest": ("evidence",), "observe": tuple(given)}
    return {key: _plain(given[key]) for key in keys.get(kind, ()) if key in given}


def _plain(node: Node) -> str | int | tuple[str, ...]:
    if node.kind == "sequence":
        return node.texts()
    return node.whole() if isinstance(node.value, int) and not isinstance(node.value, bool) else node.text()


def _check_rule(rule: Rule, given: Mapping[str, Node], node: Node) -> None:
    for key in NEEDED.get(rule.kind, ()):
        if key in given and given[key].kind in ("sequence", "null") and not given[key].elements:
            given[key].add("policy.rule-value", f"`{key}` is empty", "name what the rule is about", _SO)
    grouped = rule.form == "aggregate" or rule.detail.get("end") == "aggregate"
    if grouped and rule.at_least < 2:
        node.add(
            "policy.aggregate-needs-at-least",
            "an aggregate of one person is that person's data",
            "say how many people a group must have: `at_least: 10`",
            _SO,
        )
    if rule.form == "aggregate" and "write" in rule.do:
        node.add("policy.rule-value", "an aggregate can only be read", "write `do: [read]`", _SO)
    if not grouped and rule.at_least:
        form = "end" if rule.kind == "bound" else "form"
        node.add("policy.rule-value", "`at_least` is for aggregates", f"add `{form}: aggregate`, or remove it", _SO)
    if rule.kind in _SHOWS and rule.kind in rule.detail:
        _check_shown(rule, given, node)
    if rule.kind == "bound":
        _check_bound(rule, given)


def _check_bound(rule: Rule, given: Mapping[str, Node]) -> None:
    end, days = rule.detail.get("end", "delete"), rule.detail.get("days", 0)
    if end not in ENDS:
        given["end"].add("policy.rule-value", f"a limit ends with {', '.join(ENDS)}", "write one of them", _SO)
    if not isinstance(days, int) or days < 0:
        given["days"].add("policy.rule-value", f"`days: {days}` is not a number of days", "write digits only", _SO)
    elif end == "aggregate" and days < 1:
        cause = "figures of a day are written when it is over: a limit that ends with them lasts a day at least"
        given["days"].add("policy.rule-value", cause, "write `days: 1`, or more", _SO)


def _check_shown(rule: Rule, given: Mapping[str, Node], node: Node) -> None:
    """A right or duty that exists, and only what can be shown of it."""
    known, name = _SHOWS[rule.kind], str(rule.detail[rule.kind])
    if name not in known:
        node.add("policy.rule-value", f"`{name}` is not a {rule.kind}", did_you_mean(name, known), _SO)
        return
    for word in shown_of(rule):
        if word not in known[name]:
            help = did_you_mean(word, known[name])
            given["shows"].add("policy.rule-value", f"`{word}` cannot be shown of `{name}`", help, _SO)
