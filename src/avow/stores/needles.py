"""Identifiers of many people, looked up in texts by their words: one pass over a text, whatever the number of people.

Promises: the same as the patterns of `identifying`, for a store whose texts come to this process. Refuses to keep a text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from avow.stores.duty import Identifier
from avow.stores.identifying import ERASED, FEWEST_DIGITS, FEWEST_IN_NUMBER, digits_of, find_forms

_ADDRESS = re.compile(r"[\w.%+-]+@[\w.-]*[^\W_]")
_NUMBER = re.compile(r"\d[\d ()./-]*\d")
_PLAIN = re.compile(r"[^\W_][\w-]*")
_LOOKS_LIKE_NUMBER = re.compile(r"[+(]?[0-9][0-9 ()/-]*[0-9]")
_ONE_WORD = re.compile(r"[^\W_][\w.@%+-]*[^\W_]|[^\W_]")


@dataclass
class Needles:
    """`words`: normal form -> people; `phrases`: several words -> people; `numbers`: a telephone number as a column of numbers
    holds it, without its leading zero -> people."""

    words: dict[str, set[int]] = field(default_factory=dict)
    numbers: dict[str, set[int]] = field(default_factory=dict)
    phrases: dict[str, set[int]] = field(default_factory=dict)

    def find(self, text: str) -> set[int]:
        """The people of whom something stands in the text."""
        small = text.lower()
        found = set(self.words.get(small.strip(), ()))
        for pattern in (_ADDRESS, _PLAIN):
            for match in pattern.finditer(small):
                found |= self.words.get(match.group(), set())
        for match in _NUMBER.finditer(small):
            found |= self._of_digits(digits_of(match.group()))
        if self.phrases:
            spaced = " ".join(small.split())
            found |= {n for phrase, people in self.phrases.items() if phrase in spaced for n in people}
        return found

    def _of_digits(self, digits: str) -> set[int]:
        found = set(self.words.get(digits, ()))
        if len(digits) > 13:
            for start in range(len(digits) - FEWEST_DIGITS + 1):
                for length in range(FEWEST_DIGITS, min(17, len(digits) - start) + 1):
                    found |= self.words.get(digits[start : start + length], set())
        return found


def make_needles(values: Mapping[int, Iterable[str]], calling_code: str) -> Needles:
    """Needles out of plain values: addresses, telephone numbers, words and phrases are told apart by their looks."""
    needles = Needles()
    for n, given in values.items():
        for value in (v.strip().lower() for v in given if v.strip()):
            if _LOOKS_LIKE_NUMBER.fullmatch(value) and len(digits_of(value)) >= FEWEST_DIGITS:
                for form in find_forms(Identifier("phone", value), calling_code):
                    needles.words.setdefault(form, set()).add(n)
                    if len(kept := form.lstrip("0")) >= FEWEST_IN_NUMBER:
                        needles.numbers.setdefault(kept, set()).add(n)
            elif _ONE_WORD.fullmatch(value):
                needles.words.setdefault(value, set()).add(n)
            else:
                needles.phrases.setdefault(" ".join(value.split()), set()).add(n)
    return needles


def compile_pattern(pattern: str) -> re.Pattern[str]:
    """A pattern of `identifying` for Python: the classes of POSIX are written out."""
    written = pattern.replace("[:alnum:]", r"^\W_").replace("[:space:]", r"\s")
    # a negated class inside a longer class: [^\W_._%+-] would negate the rest too
    written = re.sub(r"\[\^\\W_([^\]]*)\]", lambda m: f"(?:[^\\W_]|[{m[1]}])" if m[1] else r"[^\W_]", written)
    return re.compile(written, re.IGNORECASE)


def reword_text(text: str, pattern: re.Pattern[str], value: str) -> str:
    """The text with `value` in the place of what matches."""
    return pattern.sub(lambda _: value, text)


def reword_json(text: str, pattern: re.Pattern[str], value: str, number: str) -> str:
    """JSON with `value` in the place of what matches in strings and keys, and `number` in that of a number that matches ("" leaves
    it). Unchanged (as written) where nothing matches, or where it is no JSON (then it is read as a text)."""
    try:
        held = json.loads(text)
    except ValueError:
        return reword_text(text, pattern, value)
    put = int(number) if number else None
    made = _walk(
        held, lambda s: reword_text(s, pattern, value), lambda n: bool(number and pattern.fullmatch(str(n))), put
    )
    return text if made == held else json.dumps(made, ensure_ascii=False)


def clean_text(text: str, pattern: re.Pattern[str]) -> str:
    """The text with what matches taken out."""
    return pattern.sub(ERASED, text)


def clean_json(text: str, pattern: re.Pattern[str]) -> str:
    """JSON with what matches taken out of strings and keys, and numbers that match become null. Unchanged (as written)
    where nothing matches, or where it is no JSON (then it is cleaned as a text)."""
    try:
        value = json.loads(text)
    except ValueError:
        return clean_text(text, pattern)
    cleaned = _walk(value, lambda s: pattern.sub(ERASED, s), lambda n: bool(pattern.fullmatch(str(n))))
    return text if cleaned == value else json.dumps(cleaned, ensure_ascii=False)


def _walk(value: Any, clean: Callable[[str], str], is_theirs: Callable[[Any], bool], put: int | None = None) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(key): _walk(below, clean, is_theirs, put) for key, below in value.items()}
    if isinstance(value, list):
        return [_walk(below, clean, is_theirs, put) for below in value]
    if isinstance(value, int | float) and not isinstance(value, bool) and is_theirs(value):
        return put
    return value
