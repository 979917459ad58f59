"""Questions that people are asked about uses of their data: where the answers stand, and what waits for them.

Promises: every wrong entry is a diagnostic with its place. Refuses an answer without a word for each outcome: whoever was asked
and said nothing must be told apart from whoever was never asked.
"""

from __future__ import annotations

from avow.datamap.model import Asks, Outcomes, OwnerPath, StoreMap, Table
from avow.datamap.words import Terms
from avow.yamlplaces import Node, did_you_mean

OUTCOMES = ("given", "refused", "unanswered")
_SO = "nobody could tell whether the question was put"


def outcomes(node: Node, terms: Terms) -> Outcomes:
    """`{purposes: {<purpose>: <column>}, words: {given: .., refused: .., unanswered: ..}, channel: <column>}`."""
    given = node.mapping(("channel",), required=("purposes", "words"), what="outcomes")
    purposes = given["purposes"].mapping() if "purposes" in given else {}
    for purpose, below in purposes.items():
        if terms.find("purpose", purpose) is None:
            known = [getattr(term, "id", term) for term in terms.terms("purpose")]
            cause = f"`{purpose}` is not a purpose of the vocabulary"
            below.add("map.unknown-term", cause, did_you_mean(purpose, known), _SO)
    words = given["words"].mapping(required=OUTCOMES, what="the words of the outcomes") if "words" in given else {}
    return Outcomes(
        {purpose: below.text() for purpose, below in purposes.items()},
        {outcome: below.raw for outcome, below in words.items()},
        given["channel"].text() if "channel" in given else "",
    )


def asks(node: Node) -> Asks:
    """`{recorded_in: <table>, unless: {<attribute>: [<word>]}}`."""
    given = node.mapping(("unless",), required=("recorded_in",), what="asks")
    unless = given["unless"].mapping() if "unless" in given else {}
    return Asks(
        given["recorded_in"].text() if "recorded_in" in given else "",
        {name: below.texts() for name, below in unless.items()},
    )


def shared_owners(table: Table, answers: Table) -> tuple[OwnerPath, OwnerPath] | None:
    """The paths of one step by which rows of both tables lead to the same person; None where there are none."""
    for path in table.owners:
        for other in answers.owners:
            if path.subject == other.subject and len(path.steps) == len(other.steps) == 1:
                return path, other
    return None


def check_asks(table: Table, store: StoreMap, node: Node) -> None:
    """A table that asks names a table of answers about the same people, and row attributes that it has."""
    if table.asks is None:
        return
    at = node.find("asks") or node
    answers = store.find_table(table.asks.recorded_in)
    if answers is None or answers.outcomes is None:
        known = [t.name for t in store.tables if t.outcomes]
        cause = f"`{table.asks.recorded_in}` is no mapped table with `outcomes`"
        at.add("map.unknown-table", cause, did_you_mean(table.asks.recorded_in, known), _SO)
    elif shared_owners(table, answers) is None:
        cause = f"no owner path of one step leads from `{table.name}` to the people of `{answers.name}`"
        at.add("map.bad-owner-path", cause, "write the owner paths of both tables", _SO)
    for name in table.asks.unless:
        if table.find_attribute(name) is None:
            cause = f"`unless` names `{name}`, no attribute of `{table.name}`"
            at.add("map.unknown-attribute", cause, did_you_mean(name, [a.name for a in table.attributes]), _SO)
