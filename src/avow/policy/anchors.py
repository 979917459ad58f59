"""Finds where a quote stands in a policy text: in exactly one place, or not at all.

After the W3C text quote selector: `exact`, made unique by `prefix` and `suffix`. White space of any kind and
length, soft hyphens, typographic quotes and dashes do not matter; letters do. Refuses to choose: of two places none is
taken, and a quote that was changed is shown beside the nearest words, not anchored to them.
Source: W3C Web Annotation Data Model, 4.2.4.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from avow.errors import Diagnostic, Place
from avow.policy.promise import Anchor, Quote

_SAME = {
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4`", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
}
_GONE = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff")
_NEAR = 0.6  # how alike the nearest words must be to be shown
_AROUND = 30  # characters of context offered as a prefix or suffix
_SO = "no verdict is given for this promise, and the whole version is not used"


@dataclass(frozen=True)
class Folded:
    """A text with everything that does not matter taken out; `at[i]` is where character i stands in the original."""

    text: str
    at: tuple[int, ...]


def fold(text: str) -> Folded:
    """One space for any white space; plain quotes and dashes; compatibility forms (ligatures, full-width) taken apart."""
    letters: list[str] = []
    at: list[int] = []
    for place, letter in enumerate(text):
        if letter in _GONE:
            continue
        if letter.isspace():
            if letters and letters[-1] != " ":
                letters.append(" ")
                at.append(place)
            continue
        for part in unicodedata.normalize("NFKC", _SAME.get(letter, letter)):
            letters.append(_SAME.get(part, part))
            at.append(place)
    return Folded("".join(letters), tuple(at))


def place_quote(text: str | Folded, quote: Quote, where: Place, original: str = "") -> Anchor | Diagnostic:
    """The one place of `quote`, or the diagnostic `policy.quote-missing`, `-ambiguous` or `-changed` for `where`.

    Pass a `Folded` with its `original` when many quotes are placed in one text."""
    folded, original = (fold(text), text) if isinstance(text, str) else (text, original)
    exact = fold(quote.exact).text.strip()
    found = [start for start in _occurrences(folded.text, exact) if _fits(folded.text, start, exact, quote)]
    if len(found) == 1:
        start = folded.at[found[0]]
        end = folded.at[found[0] + len(exact) - 1] + 1
        return Anchor(start, end, *line_and_column(original, start))
    return _say_ambiguous(folded, original, found, exact, where) if found else _say_missing(folded, exact, where)


def check_quotes(
    text: str, quotes: Iterable[tuple[str, str]], file: str = "quotes"
) -> list[tuple[str, Anchor | Diagnostic]]:
    """Places every (id, quote) in any text; the n-th quote is line n of `file` in diagnostics."""
    folded = fold(text)
    return [
        (name, place_quote(folded, Quote(words), Place(file, number), text))
        for number, (name, words) in enumerate(quotes, 1)
    ]


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Both count from 1."""
    return text.count("\n", 0, offset) + 1, offset - (text.rfind("\n", 0, offset) + 1) + 1


def _occurrences(text: str, exact: str) -> Iterable[int]:
    start = text.find(exact) if exact else -1
    while start >= 0:
        yield start
        start = text.find(exact, start + 1)


def _fits(text: str, start: int, exact: str, quote: Quote) -> bool:
    before = text[:start].rstrip()
    after = text[start + len(exact) :].lstrip()
    return before.endswith(fold(quote.prefix).text.strip()) and after.startswith(fold(quote.suffix).text.strip())


def _say_ambiguous(folded: Folded, original: str, found: list[int], exact: str, where: Place) -> Diagnostic:
    lines = ", ".join(str(line_and_column(original, folded.at[start])[0]) for start in found)
    offers = " or ".join(f'`prefix: "{_before(folded.text, start, found)}"`' for start in found[:2])
    return Diagnostic(
        where,
        "policy.quote-ambiguous",
        f"the quote stands in {len(found)} places (lines {lines}) and nothing says which is meant",
        f"write the quote with `exact:` and a prefix or suffix that only one place has: {offers}",
        _SO,
    )


def _before(text: str, start: int, found: list[int]) -> str:
    """The shortest run of whole words before `start` that no other place has."""
    words = text[max(0, start - 4 * _AROUND) : start].split()
    for count in range(1, len(words) + 1):
        prefix = " ".join(words[-count:])
        if sum(text[:other].rstrip().endswith(prefix) for other in found) == 1:
            return prefix
    return " ".join(words)


def _say_missing(folded: Folded, exact: str, where: Place) -> Diagnostic:
    near = _nearest(folded.text, exact)
    if near:
        return Diagnostic(
            where,
            "policy.quote-changed",
            f"the quote does not stand in the policy; the nearest words are `{near}`",
            "quote the words as they are published, and read again whether the rules still say what they mean",
            _SO,
        )
    return Diagnostic(
        where,
        "policy.quote-missing",
        "the quote does not stand in the policy, and nothing near it does",
        "remove the promise if the statement is gone, or quote the words that replaced it",
        _SO,
    )


def _nearest(text: str, exact: str) -> str:
    """The sentence part most like the quote, where it is like enough to be the same statement changed."""
    width = len(exact)
    words = _starts(text)
    if not exact or not words:
        return ""
    wanted = frozenset(exact.lower().split())
    overlap = [(len(wanted & set(text[s : s + width].lower().split())), -s) for s in words]
    start = -max(overlap)[1]
    window = text[start : start + width + text[start + width :].find(" ") % 20]
    alike = difflib.SequenceMatcher(None, window.lower(), exact.lower(), autojunk=False).ratio()
    return window if alike >= _NEAR else ""


def _starts(text: str) -> list[int]:
    return [0, *(place + 1 for place, letter in enumerate(text[:-1]) if letter == " ")]
