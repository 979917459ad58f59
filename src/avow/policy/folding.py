"""Takes out of a text what does not matter when words are compared, and remembers where each character stood.

Does not matter: runs of white space and line breaks, no-break spaces, invisible characters, soft hyphens (also at the
end of a line, where they join the two halves), the form of quotes and dashes, ligatures and full-width letters, composed
or decomposed accents. Letters, digits, case and punctuation do matter: `m²` is not `m2`.
Refuses to guess at hyphens that stand in the text: "e-" at the end of a line stays what was published.
Source: W3C Web Annotation Data Model, 4.2.4 (text normalisation of the text quote selector).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_SAME = {
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4`", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
    "\u2026": "...",
}
_SOFT_HYPHEN = "\u00ad"
_GONE = frozenset(
    "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
_COMPATIBLE = (("\ufb00", "\ufb06"), ("\uff01", "\uff5e"))  # ligatures, full-width forms
_UNSPACED = (("\u0e00", "\u0eff"), ("\u1000", "\u109f"), ("\u1780", "\u17ff"), ("\u2e80", "\U0003ffff"))


@dataclass(frozen=True)
class Folded:
    """`at[i]` is where character i of `text` begins in the original, `ends[i]` the place behind it."""

    text: str
    at: tuple[int, ...]
    ends: tuple[int, ...]


def fold(text: str) -> Folded:
    """The text as it is compared. A run of white space becomes one space, standing where the run begins."""
    letters: list[str] = []
    at: list[int] = []
    ends: list[int] = []
    for start, end in _clusters(text):
        for letter in _plain(text[start:end]):
            if letter != " " or (letters and letters[-1] != " "):
                letters.append(letter)
                at.append(start)
                ends.append(end)
    return Folded("".join(letters), tuple(at), tuple(ends))


def fold_words(text: str) -> str:
    """A quote as it is compared: folded, without white space at either end."""
    return fold(text).text.strip()


def joined(before: str, after: str) -> bool:
    """Whether a cut between two characters would go through a word. Scripts written without spaces have no such cut."""
    if after and unicodedata.combining(after):
        return True  # a mark that belongs to the letter before it
    return before.isalnum() and after.isalnum() and not (_unspaced(before) or _unspaced(after))


def _clusters(text: str) -> Iterator[tuple[int, int]]:
    """A character with its combining marks; a soft hyphen with the line break that it was put in for."""
    start = 0
    while start < len(text):
        end = start + 1
        while end < len(text) and unicodedata.combining(text[end]):
            end += 1
        if text[start] == _SOFT_HYPHEN:
            end = _end_of_break(text, end)
        yield start, end
        start = end


def _end_of_break(text: str, start: int) -> int:
    end = start
    while end < len(text) and text[end].isspace():
        end += 1
    return end if "\n" in text[start:end] else start


def _plain(cluster: str) -> str:
    first = cluster[0]
    if first in _GONE:
        return cluster[1:] if cluster[1:] and unicodedata.combining(cluster[1]) else ""
    if first.isspace():
        return " " + cluster[1:]
    if any(low <= first <= high for low, high in _COMPATIBLE):
        return unicodedata.normalize("NFKC", cluster)
    return _SAME.get(first, "") + cluster[1:] if first in _SAME else unicodedata.normalize("NFC", cluster)


def _unspaced(letter: str) -> bool:
    return any(low <= letter <= high for low, high in _UNSPACED)
