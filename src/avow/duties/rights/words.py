"""The words of answers, letters and certificates in each language: a small catalogue, one file per language.

Promises that every language has every key with the same places to fill (a test compares them). A language that is not there
is answered in English. Refuses to build a sentence from halves: each key is a whole sentence or a whole label.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

LANGUAGES: tuple[str, ...] = ("en", "ar")
FIRST_STRONG_ISOLATE, POP_ISOLATE = "\u2068", "\u2069"  # Unicode annex 9
_RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})


@dataclass(frozen=True)
class Words:
    """`words("kept_until", day="2027-01-01")` gives the sentence. Raises KeyError for a key that no language has."""

    language: str
    texts: Mapping[str, str]

    def __call__(self, key: str, /, **given: object) -> str:
        text = self.texts[key]
        if given and self.direction == "rtl":  # an address or a date inside keeps its own order
            given = {name: f"{FIRST_STRONG_ISOLATE}{value}{POP_ISOLATE}" for name, value in given.items()}
        return text.format_map(given) if given else text

    def has(self, key: str) -> bool:
        return key in self.texts

    @property
    def direction(self) -> str:
        return "rtl" if self.language in _RIGHT_TO_LEFT else "ltr"


def without_isolates(text: str) -> str:
    """For what machines read."""
    return text.replace(FIRST_STRONG_ISOLATE, "").replace(POP_ISOLATE, "")


@cache
def load_words(language: str = "en") -> Words:
    """By BCP 47 tag; "ar-EG" is answered in "ar", what is not there in "en"."""
    short = language.split("-", maxsplit=1)[0].lower()
    chosen = short if short in LANGUAGES else "en"
    text = files("avow.duties.rights").joinpath(f"catalogue/{chosen}.json").read_text(encoding="utf-8")
    return Words(chosen, json.loads(text))
