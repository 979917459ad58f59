"""The answer to "do you hold data about me?": yes or no, with what was searched; never the data itself.

A person who stands only in a network log gets a yes. A no is only said when every store was searched; otherwise the letter
says what is still open. Refuses a bare no: it always lists where and with what the search was made.
Source: GDPR article 15(1), first half sentence; UK law wants the search on record.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass

from avow.duties.rights.answer.build import write_sums
from avow.duties.rights.answer.files.page import contact_lines, searched_words
from avow.duties.rights.answer.model import Asked, Facts
from avow.duties.rights.letters import Letter, Part, write_letter
from avow.duties.rights.words import Words, load_words
from avow.duties.rights.written import AnswerFile, Write
from avow.stores.duty import Finding, Row

YES, NO, OPEN = "yes", "no", "open"


@dataclass(frozen=True)
class Held:
    """Records of one kind in one store that are about the person, or mention them."""

    store: str
    kind: str
    rows: int


@dataclass(frozen=True)
class Confirmation:
    """`verdict` is yes, no or open (nothing found, but a store was not searched)."""

    verdict: str
    held: tuple[Held, ...]
    files: tuple[AnswerFile, ...]


def build_confirmation(
    asked: Asked, facts: Facts, held: Iterable[Held], write: Write, unread: Iterable[str] = ()
) -> Confirmation:
    """`held` comes from `held_of_rows` or `held_of_findings`, and from what people found by hand; `unread` names stores that
    failed meanwhile, looked at after `held`. Each store says what was searched."""
    words = load_words(asked.language)
    listed = tuple(held)
    failed = set(unread)
    bare = [s for s in facts.stores if s.covered == "not" or s.by_hand == "open" or s.spec.name in failed]
    by_hand = any(store.found for store in facts.stores)
    verdict = YES if listed or by_hand else OPEN if bare else NO
    letter = Letter(
        title=words("confirm_title"),
        reference=asked.reference,
        company=asked.company,
        language=asked.language,
        made_at=asked.made_at,
        parts=tuple(_parts(words, asked, facts, listed, verdict, failed)),
    )
    done = write_letter(write, letter, "confirmation")
    return Confirmation(verdict, listed, (*done, write_sums(write, done)))


def held_of_rows(facts: Facts, rows: Iterable[Row]) -> tuple[Held, ...]:
    """Rows about a person, counted by store and kind of record; their values are not looked at."""
    found = Counter((row.store, row.record_kind or _kind(facts, row.store, row.table)) for row in rows)
    return tuple(Held(store, kind, rows) for (store, kind), rows in sorted(found.items()))


def held_of_findings(facts: Facts, findings: Mapping[str, Finding]) -> tuple[Held, ...]:
    """Matched records and loose mentions of each store's `find`; the same row found twice counts once at least."""
    found: Counter[tuple[str, str]] = Counter()
    for store, finding in findings.items():
        found.update((store, _kind(facts, store, match.key.table)) for match in finding.matches)
        matched = {match.key.table for match in finding.matches}
        for loose in finding.loose:
            if loose.rows and loose.table not in matched:
                key = (store, _kind(facts, store, loose.table))
                found[key] = max(found[key], loose.rows)
    return tuple(Held(store, kind, rows) for (store, kind), rows in sorted(found.items()))


def _kind(facts: Facts, store: str, table: str) -> str:
    known = facts.find_store(store)
    spec = known.spec.find_table(table) if known else None
    return (spec.record_kind if spec else "") or table.rpartition(".")[2].replace("_", " ")


def _store_words(facts: Facts, name: str) -> str:
    store = facts.find_store(name)
    return (store.words if store else "") or name


def _parts(
    words: Words,
    asked: Asked,
    facts: Facts,
    held: Sequence[Held],
    verdict: str,
    failed: Container[str],
) -> list[Part]:
    kinds = ", ".join(dict.fromkeys(_identifier_words(words, i.kind) for i in facts.own)) or words("none")
    parts = [
        Part("p", (words("confirm_" + verdict, company=asked.company),)),
        Part("p", (words("asked_on", day=asked.received_at.date().isoformat(), law=asked.law),)),
    ]
    if held:
        lines = [
            words("confirm_records", store=_store_words(facts, one.store), kind=one.kind, rows=one.rows) for one in held
        ]
        parts += [Part("p", (words("confirm_where"),)), Part("ul", tuple(lines))]
    parts += [
        Part("h", (words("searched"),)),
        Part("p", (words("confirm_given", kinds=kinds),)),
        Part(
            "ul",
            tuple(searched_words(words, store, store.spec.name in failed) for store in facts.stores)
            or (words("none"),),
        ),
        Part("p", (words("confirm_more" if held else "confirm_again"),)),
    ]
    if facts.contact.authority:
        parts.append(Part("p", (words("authority", authority=facts.contact.authority),)))
    if lines_of_contact := contact_lines(facts.contact):
        parts += [Part("h", (words("contact"),)), Part("p", (", ".join(lines_of_contact),))]
    return parts


def _identifier_words(words: Words, kind: str) -> str:
    return words("what_" + kind) if words.has("what_" + kind) else kind
