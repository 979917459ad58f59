"""Splits a policy into sentences and tells which of them nobody has read into a promise.

A promise that nobody extracted must not vanish: a sentence without an anchor is *unread* until a person reads it or marks
it as carrying no practice. Plain by themselves are only Markdown headings and scraps: fewer than three words without an end
mark, such as a number or a title. Where it is not sure that a sentence ends the splitter splits, since one sentence too
many is seen and one too few is not. Refuses to call a sentence read because a neighbour is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from avow.policy.anchors import line_and_column
from avow.policy.promise import Anchor, Promise, Sentence

_ENDS = re.compile(r"(?<=[.!?])([\"'\u201d\u2019)*_]*)\s+|(?<=[\u3002\uff01\uff1f])(\u300d?)")
_OPENING = "\"'\u201c\u2018([*_"
_ABBREVIATED = re.compile(r"(?:\b(?:e\.g|i\.e|Mr|Mrs|Ms|Dr|cf|vs|approx)|^\s*\d+(?:\.\d+)*)\.$")
_NUMBERED = re.compile(r"\b(?:No|Art|Sec|para)\.$")  # only before a digit: "No." alone is an answer
_HEADING = re.compile(r"#{1,6}\s")
_BLOCK = re.compile(r"\n[^\S\n]*\n|\n(?=\s*(?:#{1,6}\s|[-*+\u2022]\s|\d+[.)]\s|\|))|(?:\A|(?<=\n))#[^\n]*\n")
_LETTERS = re.compile(r"[^\W\d_]")


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
    plain = bool(_HEADING.match(words)) or _is_scrap(words) or any(a < end and b > start for a, b in marked)
    return Sentence(start, end, line_and_column(text, start)[0], " ".join(words.split()), ids, plain and not ids)


def _is_scrap(words: str) -> bool:
    return not _LETTERS.search(words) or (len(words.split()) < 3 and words[-1] not in ".!?")


def _spans(text: str) -> Iterator[tuple[int, int]]:
    for start, end in _paragraphs(text):
        for first, last in _split(text, start, end):
            trimmed = text[first:last]
            lead = len(trimmed) - len(trimmed.lstrip())
            if trimmed.strip():
                yield first + lead, first + len(trimmed.rstrip())


def _paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """Blocks between empty lines; a heading, a list item and a row of a table are blocks of their own."""
    start = 0
    for match in _BLOCK.finditer(text):
        yield start, match.end()
        start = match.end()
    yield start, len(text)


def _split(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    first = start
    heading = _HEADING.match(text[start:end].lstrip())  # "## 1. What we hold" is one heading, whole
    for match in () if heading else _ENDS.finditer(text, start, end):
        cut = match.end(match.lastindex or 0)
        if _begins(text[match.end() : end]) and not _goes_on(text[first:cut], text[match.end() : match.end() + 1]):
            yield first, cut
            first = match.end()
    yield first, end


def _begins(rest: str) -> bool:
    """A sentence begins with anything but a small letter."""
    return not rest.lstrip(_OPENING)[:1].islower()


def _goes_on(words: str, after: str) -> bool:
    return bool(_ABBREVIATED.search(words)) or (after.isdigit() and bool(_NUMBERED.search(words)))
