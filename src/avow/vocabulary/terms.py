"""Loads `terms.json`, made of `terms.yaml`, once into a frozen vocabulary, and answers what matters: does A cover B?

A term covers itself, every dotted id below it, and every term whose `under` leads to it. `any.personal` so covers every
personal category, and `internal.employees` every department. Refuses an unknown term, and names the nearest known one.
Source: architecture, room `vocabulary`; W3C DPV 2.x for the identifiers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from avow.errors import Diagnostic, Place, VocabularyError
from avow.yamlplaces import did_you_mean

KINDS: tuple[str, ...] = ("category", "subject", "purpose", "recipient", "source", "mechanism", "place")


@dataclass(frozen=True)
class Term:
    """`dpv` is a prefixed identifier such as "pd:EmailAddress", empty where DPV has none; `under` a further parent."""

    id: str
    kind: str
    label: str
    dpv: str = ""
    fideslang: str = ""
    under: str = ""

    @property
    def parents(self) -> tuple[str, ...]:
        prefix = self.id.rpartition(".")[0]
        return tuple(p for p in ("" if prefix == "any" else prefix, self.under) if p)  # `any` is no term of its own


@dataclass(frozen=True)
class Vocabulary:
    """All terms by kind and id. An id may stand in two kinds (`marketing` is a category and a purpose)."""

    by_kind: Mapping[str, Mapping[str, Term]]
    _above: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict, repr=False, compare=False)
    _over: dict[str, frozenset[str]] = field(default_factory=dict, repr=False, compare=False)

    def find(self, kind: str, term: str) -> Term | None:
        return self.by_kind.get(kind, {}).get(term)

    def get(self, kind: str, term: str) -> Term:
        """Raises VocabularyError `vocabulary.unknown-term` with the nearest known term."""
        found = self.find(kind, term)
        if found is None:
            raise VocabularyError(
                Diagnostic(
                    Place("vocabulary"),
                    "vocabulary.unknown-term",
                    f"`{term}` is not a {kind} of the vocabulary",
                    did_you_mean(term, self.by_kind.get(kind, {})),
                    "nothing can be said about a term that nobody defined",
                )
            )
        return found

    def terms(self, kind: str) -> tuple[Term, ...]:
        return tuple(self.by_kind.get(kind, {}).values())

    def label(self, term: str, kind: str = "") -> str:
        """The plain words for a term; the id itself where it is unknown."""
        found = next((t for k in ((kind,) if kind else KINDS) if (t := self.find(k, term))), None)
        return found.label if found else term

    def covers(self, general: str, special: str) -> bool:
        """True if `special` is `general` or lies below it, in any kind that has both."""
        if general == special:
            return True
        over = self._over.get(special)
        if over is None:  # asked some hundred thousand times in one check
            over = self._over[special] = frozenset[str]().union(
                *(self._all_above(kind, special) for kind in KINDS if special in self.by_kind.get(kind, {}))
            )
        return general in over

    def _all_above(self, kind: str, term: str) -> frozenset[str]:
        known = self._above.get((kind, term))
        if known is None:
            found = self.find(kind, term)
            parents = found.parents if found else ()
            known = frozenset(parents).union(*(self._all_above(kind, p) for p in parents))
            self._above[kind, term] = known
        return known


@cache
def load_vocabulary() -> Vocabulary:
    """The vocabulary of this release; read once per process (JSON: twenty times faster than the YAML that people edit)."""
    tables = json.loads(files(__package__).joinpath("terms.json").read_text(encoding="utf-8"))
    return Vocabulary(
        {kind: {name: Term(name, kind, **given) for name, given in tables[kind].items()} for kind in KINDS}
    )
