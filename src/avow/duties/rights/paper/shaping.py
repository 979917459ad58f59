"""Makes right-to-left text printable: Arabic letters take their joined forms, and a line its order on paper.

The forms come from the Unicode data of Python itself. The order follows the Unicode bidirectional algorithm with isolates, but
without explicit embeddings, which text of people rarely holds. Refuses to change text without right-to-left letters.
Source: Unicode 15, chapter 9.2 (Arabic joining) and annex 9 (rules W, N and L in their plain cases).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby

ISOLATED, FINAL, INITIAL, MEDIAL = "isolated", "final", "initial", "medial"
OPEN, POP = "\u2068", "\u2069"
_OPENING = ("\u2066", "\u2067", OPEN)
_VOWEL_SIGNS = re.compile("[\u064b-\u065f\u0670]")
_TATWEEL = "\u0640"
_MIRRORED = dict(zip("()[]{}<>«»", ")(][}{><»«", strict=True))


def is_right_to_left(text: str) -> bool:
    """True if any letter of the text runs from right to left."""
    return any(unicodedata.bidirectional(char) in ("R", "AL") for char in text)


@cache
def _forms() -> dict[str, dict[str, str]]:
    """Letter, or two letters of a ligature -> form -> the character that draws it."""
    found: dict[str, dict[str, str]] = {}
    for code in (*range(0xFB50, 0xFDFB), *range(0xFE70, 0xFEFD)):
        tag, *letters = unicodedata.decomposition(chr(code)).split() or [""]
        form = tag.strip("<>")
        text = "".join(chr(int(letter, 16)) for letter in letters)
        if form in (ISOLATED, FINAL, INITIAL, MEDIAL) and (len(text) == 1 or _is_lam_alef(text)):
            found.setdefault(text, {}).setdefault(form, chr(code))
    return found


def _is_lam_alef(text: str) -> bool:
    return len(text) == 2 and text[0] == "\u0644" and text[1] in "\u0622\u0623\u0625\u0627"


def shape(text: str) -> str:
    """The text in reading order with joined forms. Vowel signs are left out: without the font's own rules for their places they
    would stand beside their letters."""
    if not is_right_to_left(text):
        return text
    text = _VOWEL_SIGNS.sub("", text)
    letters = list(_ligated(text))
    bases = [i for i, letter in enumerate(letters) if not unicodedata.combining(letter[0])]
    for before, at, after in zip([None, *bases[:-1]], bases, [*bases[1:], None], strict=True):
        joined_before = before is not None and _joins_left(letters[before]) and _joins_right(letters[at])
        joined_after = after is not None and _joins_left(letters[at]) and _joins_right(letters[after])
        form = {(False, False): ISOLATED, (True, False): FINAL, (False, True): INITIAL, (True, True): MEDIAL}
        wanted = form[bool(joined_before), bool(joined_after)]
        drawn = _forms().get(letters[at], {}).get(wanted)
        if drawn:
            letters[at] = _Drawn(drawn, letters[at])
    return "".join(letters)


class _Drawn(str):
    """A drawn form that still knows which letter it is, for the joins of its neighbours."""

    __slots__ = ("letter",)

    def __new__(cls, drawn: str, letter: str) -> _Drawn:
        made = super().__new__(cls, drawn)
        made.letter = letter
        return made

    letter: str


def _letter(text: str) -> str:
    return text.letter if isinstance(text, _Drawn) else text


def _ligated(text: str) -> Iterator[str]:
    at = 0
    while at < len(text):
        size = 2 if _is_lam_alef(text[at : at + 2]) else 1
        yield text[at : at + size]
        at += size


def _joins_left(text: str) -> bool:
    """Does it join to the letter that follows?"""
    letter = _letter(text)
    return letter == _TATWEEL or INITIAL in _forms().get(letter, {})


def _joins_right(text: str) -> bool:
    letter = _letter(text)
    return letter == _TATWEEL or FINAL in _forms().get(letter, {})


def order_line(text: str, right_to_left: bool) -> str:
    """One line from reading order to the order on paper. `right_to_left` is the direction of the paragraph; what stands between
    isolates (U+2068 and U+2069) keeps a direction of its own."""
    if right_to_left:
        return "".join(_turned(list(_units(text))))
    return "".join(_embedded(list(_units(text))))


@dataclass(frozen=True)
class _Unit:
    """A sign, or a whole isolate that is in order already. `direction` is R, L or "" (that of its neighbours)."""

    drawn: str
    direction: str
    latin: bool = False


def _units(text: str) -> Iterator[_Unit]:
    at = 0
    while at < len(text):
        if text[at] in _OPENING:
            end = _closing(text, at)
            inner = text[at + 1 : end]
            yield _Unit(order_line(inner, first_strong(inner) == "R"), "")
            at = end + 1
            continue
        if text[at] != POP:
            yield _Unit(text[at], _strong(text[at]), unicodedata.bidirectional(text[at]) == "L")
        at += 1


def _closing(text: str, opened: int) -> int:
    """Where the isolate that opens at `opened` ends; the end of the text where it does not."""
    depth = 0
    for at in range(opened, len(text)):
        depth += (text[at] in _OPENING) - (text[at] == POP)
        if depth == 0:
            return at
    return len(text)


def first_strong(text: str) -> str:
    """R or L: the direction of the first letter; L where there is none."""
    return next((found for char in text if (found := _letter_direction(char))), "L")


def _letter_direction(char: str) -> str:
    return {"R": "R", "AL": "R", "L": "L"}.get(unicodedata.bidirectional(char), "")


def _turned(units: list[_Unit]) -> Iterator[str]:
    """A right-to-left line."""
    runs = [(key, [u for u, _ in run]) for key, run in groupby(_directed(units), lambda pair: pair[1])]
    for direction, run in reversed(runs):
        yield from _reversed(run) if direction == "R" else (unit.drawn for unit in run)


def _embedded(units: list[_Unit]) -> Iterator[str]:
    """A left-to-right line: what stands from the first right-to-left letter to the last before Latin ones is turned."""
    at = 0
    while at < len(units):
        if units[at].direction != "R":
            yield units[at].drawn
            at += 1
            continue
        end = next((i for i in range(at, len(units)) if units[i].latin), len(units))
        last = max(i for i in range(at, end) if units[i].direction == "R")
        yield from _turned(units[at : last + 1])
        at = last + 1


def _reversed(run: list[_Unit]) -> list[str]:
    """Combining marks stay behind the letter that they stand on; an isolate is turned by nobody else."""
    groups: list[str] = []
    for unit in run:
        if groups and len(unit.drawn) == 1 and unicodedata.combining(unit.drawn):
            groups[-1] += unit.drawn
        else:
            groups.append(_MIRRORED.get(unit.drawn, unit.drawn))
    return groups[::-1]


def _directed(units: list[_Unit]) -> list[tuple[_Unit, str]]:
    """Each unit of a right-to-left line with L or R; what has no direction takes that of both sides, else R."""
    found = [unit.direction for unit in units]
    at = 0
    while at < len(found):
        if found[at]:
            at += 1
            continue
        end = next((i for i in range(at, len(found)) if found[i]), len(found))
        before, after = (found[at - 1] if at else "R"), (found[end] if end < len(found) else "R")
        found[at:end] = [before if before == after else "R"] * (end - at)
        at = end
    return list(zip(units, found, strict=True))


def _strong(char: str) -> str:
    kind = unicodedata.bidirectional(char)
    if kind in ("R", "AL"):
        return "R"
    return "L" if kind in ("L", "EN", "AN") else ""
