"""The small pieces that a data map is written with: terms, columns, paths, pairs.

Promises: each function turns one YAML node into one value of the model and adds a diagnostic, with its place, for
everything that is wrong in it. Nothing is raised here and nothing is looked up outside the vocabulary that is given.

Refuses to guess: a word that is not in the vocabulary is never replaced by the nearest one, only asked about.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from avow.datamap.model import Column, Pair, Party, SourceOf, Step
from avow.yamlplaces import Node, did_you_mean

STAGES = ("observe", "enforce", "closed")
STORE_KINDS = ("postgresql", "mariadb", "manual")
IDENTIFIERS = ("email", "phone", "customer_number", "cookie", "ip", "name")
ERASURES = ("delete", "anonymise", "keep")
HAND_STEPS = ("find", "export", "change", "erase")
UNREAD = frozenset({"any.personal"})  # what nobody confirmed may hold anything personal


class Terms(Protocol):
    """What the readers ask of the vocabulary. `kind` is category | subject | purpose | recipient | source | place."""

    def find(self, kind: str, term: str) -> Any: ...

    def terms(self, kind: str) -> Iterable[Any]: ...


def one_of(node: Node, allowed: Iterable[str], what: str) -> str:
    """A word out of a closed list."""
    word = node.text()
    if word and word not in (words := tuple(allowed)):
        node.add("map.unknown-word", f"`{word}` is no {what}", did_you_mean(word, words))
    return word


def term(node: Node, kind: str, terms: Terms) -> str:
    """A term of the vocabulary, as written; an unknown one is diagnosed and still given back."""
    word = node.text()
    if word and terms.find(kind, word) is None:
        known = [getattr(found, "id", found) for found in terms.terms(kind)]
        node.add(
            "map.unknown-term",
            f"`{word}` is not a {kind} of the vocabulary",
            did_you_mean(word, known),
            "no promise can be compared with what stands here",
        )
    return word


def term_set(node: Node, kind: str, terms: Terms) -> frozenset[str]:
    return frozenset(found for entry in node.sequence(one=True) if (found := term(entry, kind, terms)))


def column(name: str, node: Node, terms: Terms) -> Column:
    """`link`, a list of categories, or a mapping with categories, free_text, keys, confirmed, identifies."""
    if node.kind == "scalar" and node.raw == "link":
        return Column(name, link=True, place=node.place)
    if node.kind == "null":
        _add_unconfirmed(node, name)
        return Column(name, UNREAD, confirmed=False, place=node.place)
    if node.kind != "mapping":
        return Column(name, term_set(node, "category", terms), place=node.place)
    return _described_column(name, node, terms)


def _described_column(name: str, node: Node, terms: Terms) -> Column:
    known = ("categories", "free_text", "keys", "link", "confirmed", "identifies")
    given = node.mapping(known, what=f"column `{name}`")
    cats = term_set(given["categories"], "category", terms) if "categories" in given else frozenset()
    text = term_set(given["free_text"], "category", terms) or UNREAD if "free_text" in given else frozenset()
    keys = (
        {key: term_set(below, "category", terms) for key, below in given["keys"].mapping().items()}
        if "keys" in given
        else {}
    )
    confirmed = given["confirmed"].flag() if "confirmed" in given else True
    if not confirmed:
        _add_unconfirmed(node, name)
    return Column(
        name,
        categories=cats | text if confirmed else cats | text | UNREAD,
        link="link" in given and given["link"].flag(),
        free_text="free_text" in given,
        keys=keys,
        confirmed=confirmed,
        place=node.place,
        identifies=one_of(given["identifies"], IDENTIFIERS, "kind of identifier") if "identifies" in given else "",
    )


def _add_unconfirmed(node: Node, name: str) -> None:
    node.add(
        "map.unconfirmed-column",
        f"nobody has confirmed what `{name}` holds",
        "write its categories, `[]` for nothing personal, or `link` for a key",
        "it counts as `any.personal`: only a promise about all personal data reaches it",
        severity="warning",
    )


def pair(node: Node, terms: Terms) -> Pair | None:
    """`purpose/recipient`, both known to the vocabulary."""
    word = node.text()
    purpose, slash, recipient = word.partition("/")
    if not word:
        return None
    if not (slash and purpose and recipient) or "/" in recipient:
        help = "write a purpose, a slash and a recipient, as in `billing.invoice/internal.finance`"
        node.add("map.bad-pair", f"`{word}` is not a pair", help)
        return None
    for kind, part in (("purpose", purpose), ("recipient", recipient)):
        if terms.find(kind, part) is None:
            known = [getattr(found, "id", found) for found in terms.terms(kind)]
            node.add("map.bad-pair", f"`{part}` is not a {kind} of the vocabulary", did_you_mean(part, known))
    return Pair(purpose, recipient)


def step(node: Node) -> Step | None:
    """`column -> schema.table.column`."""
    word = node.text()
    left, arrow, right = (part.strip() for part in word.partition("->"))
    table, _, target = right.rpartition(".")
    if arrow and left and target and "." in table and " " not in left + right:
        return Step(left, table, target)
    if word:
        help = "write it as `order_id -> public.orders.id`"
        node.add("map.bad-owner-path", f"`{word}` is not a step from a column to a column", help)
    return None


def steps(node: Node) -> tuple[Step, ...]:
    return tuple(found for entry in node.sequence(one=True) if (found := step(entry)))


def source_of(node: Node, terms: Terms) -> SourceOf:
    """Exactly one of `column` (with `values`), `always`, `handling: true`."""
    given = node.mapping(("column", "values", "always", "handling", "party"), what="`source`")
    ways = [key for key in ("column", "always", "handling") if key in given]
    if len(ways) != 1 or ("values" in given) != ("column" in given):
        help = "write `{column: ..., values: {word: source}}`, `{always: source}` or `{handling: true}`"
        node.add("map.bad-source", "a table has one way to tell where its rows come from", help)
    values = given["values"].mapping() if "values" in given else {}
    return SourceOf(
        column=given["column"].text() if "column" in given else "",
        values={word: term(below, "source", terms) for word, below in values.items()},
        always=term(given["always"], "source", terms) if "always" in given else "",
        handling="handling" in given and given["handling"].flag(),
        party=party(given["party"]) if "party" in given else None,
    )


def party(node: Node) -> Party | None:
    """`{via: broker_id -> public.brokers.id, name: firm}`: where the name of a firm stands."""
    given = node.mapping(required=("via", "name"), what="`party`")
    found = step(given["via"]) if "via" in given else None
    if found is None or "name" not in given:
        return None
    return Party(found.column, found.to_table, found.to_column, given["name"].text())
