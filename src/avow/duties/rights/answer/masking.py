"""Takes other people out of a value: their identifiers and names become a bar, the person's own words stay.

What is masked: the identifiers that the store says belong to others on the row; in free text and JSON besides the names of others
met on any row or written out in any text, names under JSON keys that hold names, and every e-mail address that is neither the
person's nor the company's own. A decision of staff beats both ways. What was masked is counted, never kept. Refuses to mask an
identifier of the person who asked.
Source: GDPR article 15(4).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from avow.datamap.evidence import given_names
from avow.duties.rights.answer.model import Decision, Redaction
from avow.stores.duty import Identifier

BAR = "\u2588\u2588\u2588"  # what stands in place of a masked piece
_EMAIL = re.compile(r"[A-Za-z0-9._%+\-']+@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+")
_PREFIX = r"(?<!\d)(?:\+?\(?\d(?:[\s().\-/]*\d){0,4}?[\s().\-/]*)??"  # the same number with and without its country
_CAPITALISED = re.compile(r"(?<!\w)[A-Z\u00c0-\u00de\u0100-\u017e][^\W\d_]+(?:['\u2019\-][^\W\d_]+)*")
_NAME_KEY = re.compile(r"(?i)(^|_)(first|last|full|sur)?(name|contact|person|attention|recipient|manager)(_name)?$")
_SHORTEST_PART = 3  # a part of a name that is shorter is a word too often
_MOST_MET = 1_000
_Span = tuple[int, int, str]
_TITLES = frozenset({"the", "and", "von", "van", "der", "den", "bin", "ibn", "abu", "mrs", "miss", "ltd", "inc", "llc"})


@dataclass(frozen=True)
class Masked:
    """A value after masking; `pieces` counts what was taken out by kind of identifier ("value": all of it)."""

    text: str
    pieces: tuple[tuple[str, int], ...] = ()

    @property
    def state(self) -> str:
        if not self.pieces:
            return "no"
        return "all" if not self.text.replace(BAR, "").strip(" ,;\"'{}[]:<>()") else "part"


class Masker:
    """Masks for one person. `company` are addresses and domains of the company itself."""

    def __init__(self, own: Sequence[Identifier], company: Iterable[str] = ()) -> None:
        self._own = {(i.kind, _folded(i)) for i in own}
        self._own_words = frozenset(word for i in own if i.kind == "name" for word in _words(i.value))
        self._kept = tuple(i for i in own if i.kind != "ip")
        self._company = tuple(word.casefold() for word in company)
        self._met: dict[str, None] = {}  # patterns of names and numbers of others, met on any row
        self._met_pattern: re.Pattern[str] | None = None

    def meet(self, others: Iterable[Identifier]) -> None:
        """Remembers names and numbers of other people on one row, to be taken out of free texts of every row."""
        for other in others:
            if other.kind in ("name", "phone") and (other.kind, _folded(other)) not in self._own:
                if other.kind == "name" and not set(_words(other.value)) - self._own_words:
                    continue
                for text in _spellings(other, self._own_words):
                    if text not in self._met and len(self._met) < _MOST_MET:
                        self._met[text], self._met_pattern = None, None

    def mask(
        self, value: str, others: Sequence[Identifier], free: bool = False, decision: Decision | None = None
    ) -> Masked:
        """`free`: the value is text or JSON that people wrote. `decision` is what staff decided about this very value."""
        if decision == "show" or not value:
            return Masked(value)
        if decision == "mask":
            return Masked(BAR, (("value", 1),))
        folded = value.lower()
        spans = list(self._spans_of(value, folded, others))
        if free:
            spans += [*self._addresses(value), *self._met_in(value)]
        if not spans:
            return Masked(value)
        kept = [span for own in self._kept for span in _find(own, value, folded, self._own_words)]
        return _bar(value, [span for span in spans if not any(a <= span[0] and span[1] <= b for a, b, _ in kept)])

    def _spans_of(self, text: str, folded: str, others: Sequence[Identifier]) -> Iterator[_Span]:
        for other in others:
            if (other.kind, _folded(other)) not in self._own:
                yield from _find(other, text, folded, self._own_words)

    def _met_in(self, text: str) -> Iterator[_Span]:
        if self._met_pattern is None:
            longest_first = sorted(self._met, key=len, reverse=True)
            self._met_pattern = re.compile("|".join(longest_first) or r"(?!)")
        yield from ((*found.span(), "name") for found in self._met_pattern.finditer(text))

    def _addresses(self, text: str) -> Iterator[_Span]:
        if "@" not in text:
            return
        for found in _EMAIL.finditer(text):
            address = found[0].casefold()
            if ("email", address) not in self._own and not self._is_company(address):
                yield (*found.span(), "email")

    def _is_company(self, address: str) -> bool:
        return any(address == own or address.endswith(("@" + own, "." + own)) for own in self._company if own)


def _find(identifier: Identifier, text: str, folded: str, own_words: frozenset[str]) -> Iterator[_Span]:
    """Where it stands as a whole. Names and numbers are written in many ways and need patterns; the rest is looked up."""
    if identifier.kind in ("phone", "name") or len(folded) != len(text):
        for pattern in _patterns(identifier, own_words):
            yield from ((*found.span(), identifier.kind) for found in pattern.finditer(text))
        return
    needle = identifier.value.strip().lower()
    at = folded.find(needle) if needle else -1
    while at >= 0:
        end = at + len(needle)
        if not (_is_word(text, at - 1) or _is_word(text, end)):
            yield at, end, identifier.kind
        at = folded.find(needle, at + 1)


def _is_word(text: str, at: int) -> bool:
    return 0 <= at < len(text) and (text[at].isalnum() or text[at] == "_")


def _bar(text: str, spans: Sequence[_Span]) -> Masked:
    """Spans that touch become one bar, counted as the kind of the longest."""
    merged: list[_Span] = []
    for start, end, kind in sorted(spans, key=lambda s: (s[0], -s[1])):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]), merged[-1][2])
        else:
            merged.append((start, end, kind))
    pieces, at = [], 0
    for start, end, _ in merged:
        pieces += [text[at:start], BAR]
        at = end
    taken = Counter(kind for _, _, kind in merged)
    return Masked("".join([*pieces, text[at:]]), tuple(sorted(taken.items())))


@dataclass
class RedactionLog:
    """Counts what was masked by place and kind. As large as the schema, whatever the number of rows."""

    _pieces: Counter[tuple[str, str, str, str, str]] = field(default_factory=Counter)
    _values: Counter[tuple[str, str, str, str, str]] = field(default_factory=Counter)

    def add(self, place: tuple[str, str, str], masked: Masked, by_staff: bool) -> None:
        for what, times in masked.pieces:
            key = (*place, what, "staff" if by_staff else "another_person")
            self._pieces[key] += times
            self._values[key] += 1

    def list(self) -> tuple[Redaction, ...]:
        return tuple(Redaction(*key, pieces, self._values[key]) for key, pieces in sorted(self._pieces.items()))


def _folded(identifier: Identifier) -> str:
    if identifier.kind == "phone":
        return re.sub(r"\D", "", identifier.value).lstrip("0")[-9:]  # with and without its country
    return " ".join(identifier.value.split()).casefold()


@lru_cache(maxsize=4096)
def _patterns(identifier: Identifier, own_words: frozenset[str]) -> tuple[re.Pattern[str], ...]:
    return tuple(_make_patterns(identifier, own_words))


def _make_patterns(identifier: Identifier, own_words: frozenset[str]) -> Iterator[re.Pattern[str]]:
    value = identifier.value.strip()
    if not value:
        return
    if identifier.kind == "phone" and len(digits := re.sub(r"\D", "", value)) >= 6:
        yield re.compile(_PREFIX + r"[\s().\-/]*".join(digits[-9:]) + r"(?!\d)")
        return
    spaced = r"\s+".join(re.escape(word) for word in value.split())
    yield re.compile(rf"(?<!\w){spaced}(?!\w)", re.IGNORECASE)
    if identifier.kind == "name":
        for word in _words(value):
            if word not in own_words:
                yield re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)


def _spellings(identifier: Identifier, own_words: frozenset[str]) -> Iterator[str]:
    """Patterns for texts anywhere: a whole name however it is written, its parts only with the capital of a name."""
    if identifier.kind == "phone":
        yield from (pattern.pattern for pattern in _patterns(identifier, own_words))
        return
    whole = identifier.value.split()
    if len(whole) > 1:
        yield r"(?<!\w)(?i:" + r"\s+".join(map(re.escape, whole)) + r")(?!\w)"
    for part in whole:
        if part[:1].isupper() and _words(part) and _words(part)[0] not in own_words:
            yield rf"(?<!\w){re.escape(part.strip('.,;'))}(?!\w)"


def names_in_text(text: str) -> Iterator[Identifier]:
    """A usual given name with a second name behind it: "Bob Brown". Known names of many countries, in Latin letters."""
    known = given_names()
    words = list(_CAPITALISED.finditer(text))
    for first, second in pairwise(words):
        if first[0].casefold() in known and text[first.end() : second.start()].isspace():
            yield Identifier("name", f"{first[0]} {second[0]}")


def names_in_json(value: str, keys: Mapping[str, tuple[str, ...]]) -> tuple[str, list[Identifier]]:
    """(the JSON with its letters unescaped, names of people under keys that hold names by the map or by their own name)."""
    try:
        parsed = json.loads(value)
    except ValueError:
        return value, []
    plain = json.dumps(parsed, ensure_ascii=False) if "\\u" in value else value
    return plain, [Identifier("name", name) for name in _names_below(parsed, keys, "")]


def _names_below(value: object, keys: Mapping[str, tuple[str, ...]], key: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _names_below(inner, keys, name)
    elif isinstance(value, list):
        for inner in value:
            yield from _names_below(inner, keys, key)
    elif (
        isinstance(value, str)
        and _holds_name(key, keys.get(key))
        and "@" not in value
        and re.search(r"[^\W\d_]", value)
    ):
        yield value


def _holds_name(key: str, categories: tuple[str, ...] | None) -> bool:
    if categories is not None:
        return any(category.endswith((".name", "_name")) and category != "organisation.name" for category in categories)
    return bool(_NAME_KEY.search(key))


def _words(name: str) -> list[str]:
    parts = [part.casefold() for part in re.findall(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*", name)]
    return [part for part in parts if len(part) >= _SHORTEST_PART and part not in _TITLES]
