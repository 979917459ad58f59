"""A store that no machine reaches, out of `datamap.yaml`: the mailbox, the accountant, a service without an interface.

Promises: such a store has an owner, words for each step that a rights request may ask for, and the categories of data that
are there; every lack is a diagnostic. Refuses tables and logins there: nothing could ever look at them.
"""

from __future__ import annotations

from collections.abc import Mapping

from avow.datamap.model import ByHand
from avow.datamap.words import HAND_STEPS, Terms, term, term_set
from avow.yamlplaces import Node

BY_HAND = ("owner", "department", "instructions", "data", "remind_days")
_MACHINE = ("tables", "logins", "aggregates")
_SO = "a request could not be carried out there, and nobody would be asked to"


def by_hand(name: str, node: Node, given: Mapping[str, Node], terms: Terms) -> ByHand | None:
    """The work by hand of a store of kind manual; None for any other kind. Raises nothing; see `map.by-hand`."""
    if "kind" not in given or given["kind"].raw != "manual":
        for key in (key for key in BY_HAND if key in given):
            help = f"drop `{key}`, or write `kind: manual`"
            given[key].add("map.by-hand", f"`{key}` of `{name}` is for a store that a person works on by hand", help)
        return None
    for key in (key for key in _MACHINE if given.get(key)):
        given[key].add("map.by-hand", f"`{name}` is worked on by hand and names {key}", f"drop `{key}`")
    for key in ("owner", "instructions", "data"):
        if key not in given:
            node.add("map.by-hand", f"`{name}` is worked on by hand and has no `{key}`", f"add `{key}:`", _SO)
    return ByHand(
        given["owner"].text() if "owner" in given else "",
        _instructions(name, given["instructions"]) if "instructions" in given else {},
        term_set(given["data"], "category", terms) if "data" in given else frozenset(),
        _days(given["remind_days"]) if "remind_days" in given else 7,
        _department(given["department"], terms) if "department" in given else "",
    )


def _instructions(name: str, node: Node) -> Mapping[str, str]:
    found = {
        step: below.text() for step, below in node.mapping(HAND_STEPS, what=f"the instructions of `{name}`").items()
    }
    for step in HAND_STEPS:
        if not found.get(step):
            help = f"add `{step}: <what that person does, in your own words>`"
            node.add("map.by-hand", f"`{name}` has no instructions for the step {step}", help, _SO)
    return found


def _department(node: Node, terms: Terms) -> str:
    """A recipient inside the company, whose members are reminded."""
    word = term(node, "recipient", terms)
    if word and not word.startswith("internal."):
        help = "write a recipient below `internal`, as in `department: internal.support`"
        node.add("map.by-hand", f"`{word}` is no department inside the company", help, "nobody would be reminded")
    return word


def _days(node: Node) -> int:
    days = node.whole()
    if days < 1:
        node.add("map.by-hand", "an owner is reminded after at least one day", "write a number, as in `remind_days: 7`")
    return days
