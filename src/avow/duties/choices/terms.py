"""Reads choices.yaml: how the question is worded, which uses are classes of messages, who may be written to, and what is no
marketing at all.

Every mistake at once, with line and column. Refuses a use for which no login has a pair, an audience that the data map does
not know, and an empty list of templates that go to everybody: whoever objects must still get their invoices.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from avow.datamap.model import DataMap, Pair
from avow.errors import ChoicesError, Collector, Place
from avow.yamlplaces import Node, did_you_mean, read_yaml

FILE = "choices.yaml"
CLASSES = ("own", "affiliate", "other")
_SO = "no answer is taken in and no message to many people is sent"


@dataclass(frozen=True)
class Audience:
    """Where people stand who may be written to: a table of subjects, its key and the column of the address."""

    name: str
    store: str
    table: str
    address: str
    key: str


@dataclass(frozen=True)
class ChoiceTerms:
    """`wordings`: version -> words of the question, `asked` the version that is put now; `uses`: purpose -> class of messages;
    `department` sends them; `transactional`: templates that go to everybody, objectors too."""

    asked: str
    wordings: Mapping[str, str]
    uses: Mapping[str, str]
    department: str
    audiences: tuple[Audience, ...]
    transactional: frozenset[str]
    pairs: Mapping[str, Pair] = field(default_factory=dict)  # purpose -> the pair in whose role its audience is read


def find_terms(project: Path, datamap: DataMap) -> ChoiceTerms | None:
    """None where the company asks nothing and writes to nobody. Raises ChoicesError with every mistake."""
    path = project / FILE
    return read_terms(path.read_text(encoding="utf-8"), datamap) if path.exists() else None


def read_terms(text: str, datamap: DataMap) -> ChoiceTerms:
    """Raises ChoicesError with every mistake."""
    found = Collector()
    known = ("question", "uses", "department", "audiences", "transactional")
    top = read_yaml(text, FILE, found).mapping(known=known, required=known, what=FILE)
    wordings = {w: n.text() for w, n in top["question"].mapping().items()} if "question" in top else {}
    uses = {p: n.text() for p, n in top["uses"].mapping().items()} if "uses" in top else {}
    department = top["department"].text() if "department" in top else ""
    audiences = (
        [_audience(name, node, datamap) for name, node in top["audiences"].mapping().items()]
        if "audiences" in top
        else []
    )
    templates = frozenset(top["transactional"].texts()) if "transactional" in top else frozenset[str]()
    for purpose, kind in uses.items():
        if kind not in CLASSES:
            place = top["uses"].mapping()[purpose]
            place.add("choices.bad-terms", f"`{kind}` is no class of messages", did_you_mean(kind, CLASSES), _SO)
    pairs = {purpose: Pair(purpose, department) for purpose in uses}
    mapped = {pair for store in datamap.stores for pair in store.pairs}
    for pair in (p for p in pairs.values() if p not in mapped and "uses" in top):
        top["uses"].add(
            "choices.bad-terms", f"no login of the data map may take `{pair}`", "give a login this pair", _SO
        )
    if not templates:
        at = top.get("transactional")
        where = at.place if at else Place(FILE)
        found.add("choices.bad-terms", where, "no template goes to everybody", "name those that a contract needs", _SO)
    found.raise_as(ChoicesError)
    return ChoiceTerms(
        next(reversed(wordings), ""), wordings, uses, department, tuple(a for a in audiences if a), templates, pairs
    )


def _audience(name: str, node: Node, datamap: DataMap) -> Audience | None:
    given = node.mapping(required=("store", "table", "address"), what=f"audience `{name}`")
    words = {key: below.text() for key, below in given.items()}
    store = datamap.find_store(words.get("store", ""))
    table = store.find_table(words.get("table", "")) if store else None
    if table is None or not table.key or table.find_column(words.get("address", "")) is None:
        cause = f"audience `{name}` names no mapped table of subjects with that column"
        node.add("choices.bad-terms", cause, "write the store, a table with a `key` and the column of the address", _SO)
        return None
    return Audience(name, words["store"], words["table"], words["address"], table.key)
