"""index.html: one plain page that opens by itself, offline, in any browser. Summary first, then every category in plain words.

No script, no font, no picture, nothing from elsewhere; a content security policy in the page forbids them. Prints well, reads
from right to left where the language does. Refuses to show a value without what is known about it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from avow.duties.rights.answer.files.shown import Shown
from avow.duties.rights.answer.files.telling import Telling
from avow.duties.rights.answer.model import Asked, Completeness, Contact, Facts, Redaction, StoreFacts
from avow.duties.rights.paper import page_css
from avow.duties.rights.words import Words
from avow.duties.rights.written import AnswerFile, ChunkedFile, Write

if TYPE_CHECKING:
    import jinja2

NAME = "index.html"
FILE_WORDS = {
    NAME: "file_index",
    "data.json": "file_data_json",
    "schema.json": "file_schema",
    "data.csv": "file_data_csv",
    "report.pdf": "file_report",
    "contacts.vcf": "file_contacts",
    "messages.mbox": "file_messages",
    "events.ics": "file_events",
    "SHA256SUMS": "file_sums",
}


@dataclass(frozen=True)
class Outline:
    """What the page and the report say around the values."""

    asked: Asked
    facts: Facts
    telling: Telling
    shown: Shown
    rows: int
    left_out: int
    redactions: tuple[Redaction, ...]
    completeness: Completeness
    files: tuple[str, ...]  # names of all files of the answer

    @property
    def copy(self) -> bool:
        return self.asked.kind == "copy"

    @property
    def title(self) -> str:
        key = "copy_title" if self.copy else "page_title"
        return self.telling.words(key, company=self.asked.company)

    def summary(self) -> list[str]:
        words, shown = self.telling.words, self.shown
        beside = self._by_hand()
        if not shown.seen:
            still = any(store.by_hand == "open" for store in self.facts.stores)
            nothing = [] if self.facts.files else [words("summary_nothing_yet" if still else "summary_nothing")]
            found = any(store.found for store in self.facts.stores)
            return [*([] if found else nothing), *beside]
        held = words("summary_held_copy" if self.copy else "summary_held", items=shown.seen, rows=self.rows)
        pieces, values = sum(r.pieces for r in self.redactions), sum(r.values for r in self.redactions)
        masked = words("summary_masked", pieces=pieces, values=values) if pieces else words("summary_nothing_masked")
        lines = [held, *([words("summary_left_out", count=self.left_out)] if self.left_out else []), masked]
        if shown.kept < shown.seen:
            return [*lines, words("shown_of", shown=shown.kept, items=shown.seen), *beside]
        return [*lines, words("all_shown", items=shown.seen), *beside]

    def _by_hand(self) -> list[str]:
        """What people found, and where they still look."""
        words, stores = self.telling.words, self.facts.stores
        lines = [words("summary_by_hand", count=len(self.facts.files))] if self.facts.files else []
        for state in ("open", "not copied"):
            if names := ", ".join(s.words or s.spec.name for s in stores if s.by_hand == state):
                lines.append(words(f"summary_hand_{state.replace(' ', '_')}", stores=names))
        return lines

    def searched(self) -> list[str]:
        """Each store, how it was searched, and what came of it."""
        return [searched_words(self.telling.words, store) for store in self.facts.stores]

    def say_file(self, name: str) -> str:
        """What a file of the answer is."""
        found = next((file for file in self.facts.files if file.name == name), None)
        if found is None:
            return self.telling.words(FILE_WORDS[name])
        if self.copy:
            return self.telling.words("file_by_hand_copy", called=found.called)
        store = self.facts.find_store(found.store)
        return self.telling.words("file_by_hand", store=(store and store.words) or found.store, called=found.called)

    def place_of(self, redaction: Redaction) -> str:
        table = redaction.table.rpartition(".")[2].replace("_", " ")
        return f"{table}, {redaction.column.replace('_', ' ')}"


def write_page(write: Write, outline: Outline) -> AnswerFile:
    words = outline.telling.words
    file = ChunkedFile(NAME, "text/html; charset=utf-8", write)
    parts = _template().generate(
        w=words,
        title=outline.title,
        css=Markup(page_css()),
        asked=outline.asked,
        facts=outline.facts,
        copy=outline.copy,
        summary=outline.summary(),
        sections=outline.shown.sections(outline.telling.vocabulary),
        files=[(name, outline.say_file(name)) for name in outline.files],
        searched=outline.searched(),
        telling=outline.telling,
        vocabulary=outline.telling.vocabulary,
        redactions=outline.redactions,
        completeness=outline.completeness,
        contact_lines=contact_lines(outline.facts.contact),
        place_of=outline.place_of,
        listed=_listed,
        day_of=day_of,
    )
    for part in parts:
        file.text(part)
    return file.close()


def searched_words(words: Words, store: StoreFacts, failed: bool = False) -> str:
    """How a store was searched, with the number of fields as the store itself reported it."""
    covered = "not" if failed else store.covered
    how = f"searched_hand_{store.by_hand.replace(' ', '_')}" if store.by_hand and not failed else f"searched_{covered}"
    told = f"{store.words or store.spec.name}: {words(how)}"
    if store.searched and covered != "not":
        told += f", {words('searched_columns', count=len(store.searched))}"
    return f"{told}. {store.outcome}" if store.outcome else told


def day_of(at: str) -> str:
    """The day, with hour and minute where the record has them."""
    return at[:10] if at[11:16] in ("", "00:00") else f"{at[:10]} {at[11:16]}"


def contact_lines(contact: Contact) -> Sequence[str]:
    return [line for line in (contact.person, contact.email, contact.phone, contact.address) if line]


def _listed(parts: Iterable[str], otherwise: str) -> Markup:
    lines = [Markup("<li>{}</li>").format(part) for part in parts]
    return Markup("<ul>") + Markup("").join(lines) + Markup("</ul>") if lines else escape(otherwise)


@cache
def _template() -> jinja2.Template:
    import jinja2  # takes a quarter of a second: only when something is written

    made = jinja2.Environment(
        loader=jinja2.FunctionLoader(_read),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    return made.get_template("index.html.j2")


def _read(name: str) -> str:
    return files("avow.duties.rights.answer.files").joinpath(name).read_text(encoding="utf-8")
