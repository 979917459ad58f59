"""Splits a policy into sentences and tells which of them nobody has read into a promise.

A promise that nobody extracted must not vanish: a sentence without an anchor is *unread* until a person reads it or marks
it as carrying no practice. Headings and lines without a verb's worth of words (under three) are plain by themselves.
Refuses to call a sentence read because a neighbour is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from avow.policy.anchors import line_and_column
from avow.policy.promise import Anchor, Promise, Sentence

_ENDS = re.compile(r"(?<=[.!?])[\"'\u201d\u2019)]*\s+(?=[\"'\u201c\u2018(]?[A-Z0-9\u00c0-\u00de])")
_SHORT = re.compile(r"\b(?:e\.g|i\.e|etc|Mr|Mrs|Ms|Dr|No|Art|Sec|para|Ltd|Inc|Co|vs|cf|approx|\d+)\.$")
_HEADING = re.compile(r"\s*(?:#{1,6}\s|\d+(?:\.\d+)*\.?\s*$)")


def split_sentences(text: str, promises: Iterable[Promise] = (), plain: Iterable[Anchor] = ()) -> tuple[Sentence, ...]:
    """Every sentence in order with the ids of the promises anchored in it. Offsets are those of `text`."""
    anchored = [(p.anchor.start, p.anchor.end, p.id) for p in promises]
    marked = [(a.start, a.end) for a in plain]
    return tuple(_sentence(text, start, end, anchored, marked) for start, end in _spans(text))


def _sentence(
    text: str, start: int, end: int, anchored: list[tuple[int, int, str]], marked: list[tuple[int, int]]
) -> Sentence:
    words = text[start:end]
    ids = tuple(name for first, last, name in anchored if first < end and last > start)
    plain = bool(_HEADING.match(words)) or len(words.split()) < 3 or any(a < end and b > start for a, b in marked)
    return Sentence(start, end, line_and_column(text, start)[0], " ".join(words.split()), ids, plain and not ids)


def _spans(text: str) -> Iterator[tuple[int, int]]:
    for start, end in _paragraphs(text):
        for first, last in _split(text, start, end):
            trimmed = text[first:last]
            lead = len(trimmed) - len(trimmed.lstrip())
            if trimmed.strip():
                yield first + lead, first + len(trimmed.rstrip())


def _paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """Blocks between empty lines; a heading line or a list item is a block of its own."""
    start = 0
    for match in re.finditer(r"\n[^\S\n]*\n|\n(?=\s*(?:#{1,6}\s|[-*]\s))|(?<=\n)#[^\n]*\n", text):
        yield start, match.end()
        start = match.end()
    yield start, len(text)


def _split(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    first = start
    for match in _ENDS.finditer(text, start, end):
        if not _SHORT.search(text[first : match.start()]):
            yield first, match.start()
            first = match.end()
    yield first, end
