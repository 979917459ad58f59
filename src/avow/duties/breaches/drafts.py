"""Drafts of the two letters of a breach: to the authority, and to the people concerned. Made from counts and from words of staff.

Promises: each has the parts that GDPR articles 33(3) and 34(2) name, in that order; what nobody has said yet is listed as missing,
and stands in the letter as not known. Refuses words that hold an address, a telephone number or an IP address: a draft is read and
passed on, and no person's value may travel in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from avow.duties.breaches.figures import Figures
from avow.duties.rights.letters.writing import Letter, Part
from avow.duties.rights.words import Words, load_words
from avow.errors import ControlError, Diagnostic, Place

# what staff says in words; the first is the case's own fact
WORDS: tuple[str, ...] = ("nature", "consequences", "measures", "advice")
NEEDED: Mapping[str, tuple[str, ...]] = {
    "authority": ("nature", "consequences", "measures"),
    "people": ("nature", "consequences", "measures", "advice"),
}
_VALUE = re.compile(r"[^\s@]+@[^\s@]+\.\w+|\d(?:[\s().\-/]?\d){8,}|\b(?:\d{1,3}\.){3}\d{1,3}\b")

_DAY = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")


@dataclass(frozen=True)
class BreachFacts:
    """`words` by WORDS; `laws` the sources under which the authority is told; `until` None: it lasts; `late` why a clock ran out.
    `category` and `subject` give the plain words for a term."""

    company: str
    reference: str
    contact: str
    aware_at: datetime
    since: datetime | None
    until: datetime | None
    made_at: datetime
    figures: Figures
    words: Mapping[str, str]
    labels: Mapping[str, str]
    laws: tuple[str, ...] = ()
    late: str = ""


@dataclass(frozen=True)
class Draft:
    """`missing` are the parts (WORDS, counts, contact) that nobody has filled: with one the letter is not whole."""

    letter: Letter
    missing: tuple[str, ...]


def check_words(words: Mapping[str, str]) -> None:
    """Raises ControlError `breach.names-somebody`."""
    for name, text in words.items():
        if _VALUE.search(_DAY.sub("", text)):
            raise ControlError(
                Diagnostic(
                    Place(name),
                    "breach.names-somebody",
                    f"the words for `{name}` hold something like an address or a number of a person",
                    "say it without: the letter goes to everybody concerned, and the authority needs no names",
                    "the words were not kept",
                )
            )


def draft_authority(facts: BreachFacts, language: str = "en") -> Draft:
    """GDPR art. 33(3): nature with categories and numbers, contact, consequences, measures."""
    words = load_words(language)
    parts = [Part("p", (words("breach_aware", at=_time(facts.aware_at)), *_window(facts, words)))]
    if facts.laws:
        parts.append(Part("p", (words("breach_authority_law", laws="; ".join(facts.laws)),)))
    parts += _said(facts, words, "nature")
    parts += _counts(facts, words)
    parts += _contact(facts, words)
    parts += _said(facts, words, "consequences")
    parts += _said(facts, words, "measures")
    if facts.figures.unknown:
        parts += [Part("h", (words("breach_unknown"),)), Part("ul", facts.figures.unknown)]
    if facts.late:
        parts.append(Part("p", (words("breach_late", reason=facts.late),)))
    missing = _missing(facts, "authority")
    if missing:
        parts.append(Part("p", (words("breach_authority_phase"),)))
    return Draft(_letter(facts, words, "breach_authority_title", parts), missing)


def draft_people(facts: BreachFacts, language: str = "en") -> Draft:
    """GDPR art. 34(2): in plain words what happened, whom to ask, consequences, measures, and what one can do."""
    words = load_words(language)
    parts = [Part("p", (words("breach_people_first", at=_time(facts.aware_at)),))]
    parts += _said(facts, words, "nature")
    kinds = tuple(facts.labels.get(one, one) for one in facts.figures.per_category or {})
    if kinds:
        parts.append(Part("h", (words("breach_people_data"),)))
        parts += [Part("p", (words("breach_people_data_words"),)), Part("ul", kinds)]
    for name in ("consequences", "measures", "advice"):
        parts += _said(facts, words, name)
    parts += _contact(facts, words)
    return Draft(_letter(facts, words, "breach_people_title", parts), _missing(facts, "people"))


def _letter(facts: BreachFacts, words: Words, title: str, parts: list[Part]) -> Letter:
    return Letter(words(title), facts.reference, facts.company, words.language, facts.made_at, tuple(parts))


def _said(facts: BreachFacts, words: Words, name: str) -> Iterator[Part]:
    yield Part("h", (words("breach_" + name),))
    yield Part("p", (facts.words.get(name, "").strip() or words("breach_missing"),))


def _window(facts: BreachFacts, words: Words) -> Iterator[str]:
    if facts.since is not None:
        until = _time(facts.until) + " UTC" if facts.until else words("breach_lasts")
        yield words("breach_window", since=_time(facts.since) + " UTC", until=until)


def _counts(facts: BreachFacts, words: Words) -> Iterator[Part]:
    yield Part("h", (words("breach_counts"),))
    if facts.figures.per_category is None:
        yield Part("p", (words("breach_missing"),))
        return
    yield Part("p", (words("breach_people", people=facts.figures.people, rows=facts.figures.rows),))
    lines = [
        words("breach_subject", subject=facts.labels.get(one, one), people=count)
        for one, count in (facts.figures.per_subject or {}).items()
    ]
    lines += [
        words("breach_category", category=facts.labels.get(one, one), people=count)
        for one, count in facts.figures.per_category.items()
    ]
    if lines:
        yield Part("ul", tuple(lines))


def _contact(facts: BreachFacts, words: Words) -> Iterator[Part]:
    yield Part("h", (words("breach_contact"),))
    said = words("breach_contact_words", contact=facts.contact, reference=facts.reference) if facts.contact else ""
    yield Part("p", (said or words("breach_missing"),))


def _missing(facts: BreachFacts, to: str) -> tuple[str, ...]:
    found = [name for name in NEEDED[to] if not facts.words.get(name, "").strip()]
    found += [] if facts.figures.per_category is not None else ["counts"]
    return (*found, *(() if facts.contact else ("contact",)))


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
