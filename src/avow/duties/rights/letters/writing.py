"""One letter in three forms: plain text, an HTML page that opens by itself, and a PDF.

The same words in the same order in each; right-to-left where the language is. Refuses markup in what it is given: every word
is escaped.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from markupsafe import Markup

from avow.duties.rights.paper import Paper, make_pdf, page_css
from avow.duties.rights.words import load_words
from avow.duties.rights.written import AnswerFile, ChunkedFile, Write

if TYPE_CHECKING:
    import jinja2

_COLUMNS = 78


@dataclass(frozen=True)
class Part:
    """`kind` is h (a heading), p (a paragraph), ul (a list), pairs (rows of label and text) or table (rows of cells; the first is
    the head)."""

    kind: str
    lines: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Letter:
    title: str
    reference: str
    company: str
    language: str
    made_at: datetime
    parts: tuple[Part, ...]

    @property
    def closing(self) -> str:
        return load_words(self.language)("letter_closing", company=self.company, day=self.made_at.date().isoformat())


def letter_text(letter: Letter) -> str:
    """Plain text, lines of at most 78 signs where words allow it."""
    blocks = [letter.title + "\n" + "=" * min(len(letter.title), _COLUMNS)]
    for part in letter.parts:
        if part.kind == "h":
            blocks.append(f"{part.lines[0]}\n{'-' * min(len(part.lines[0]), _COLUMNS)}")
        elif part.kind == "pairs":
            blocks.append("\n".join(f"{label}: {text}" for label, text in part.rows))
        elif part.kind == "table":
            blocks.append("\n".join(" | ".join(row) for row in part.rows))
        else:
            mark = "- " if part.kind == "ul" else ""
            blocks.append("\n".join(_filled(line, mark) for line in part.lines))
    return "\n\n".join([*blocks, letter.closing]) + "\n"


def _filled(line: str, mark: str) -> str:
    wrapped = textwrap.wrap(
        line,
        _COLUMNS,
        initial_indent=mark,
        subsequent_indent=" " * len(mark),
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(wrapped)


def letter_html(letter: Letter) -> str:
    words = load_words(letter.language)
    return _template().render(letter=letter, w=words, css=Markup(page_css()))


def letter_pdf(letter: Letter) -> bytes:
    words = load_words(letter.language)
    paper = Paper(
        title=letter.title,
        author=letter.company,
        language=words.language,
        right_to_left=words.direction == "rtl",
        made_at=letter.made_at,
        page_of=lambda number: words("page_of", page=number),
        footer=f"{letter.company} · {letter.reference}",
    )
    paper.add("soft", letter.company)
    paper.add("title", letter.title)
    for part in letter.parts:
        if part.kind == "table":
            paper.add("text", rows=part.rows)
        if part.kind == "pairs":
            for label, text in part.rows:
                paper.add("text", text, label=label)
        for line in part.lines:
            style = "h1" if part.kind == "h" else "text"
            paper.add(style, f"\u2022 {line}" if part.kind == "ul" else line)
    paper.add("h2", letter.closing)
    return make_pdf(paper)[0]


def write_letter(write: Write, letter: Letter, name: str) -> tuple[AnswerFile, ...]:
    """`name`.html, .txt and .pdf."""
    made = (
        (f"{name}.html", "text/html; charset=utf-8", letter_html(letter).encode()),
        (f"{name}.txt", "text/plain; charset=utf-8", letter_text(letter).encode()),
        (f"{name}.pdf", "application/pdf", letter_pdf(letter)),
    )
    done = []
    for file_name, media_type, content in made:
        file = ChunkedFile(file_name, media_type, write)
        file.add(content)
        done.append(file.close())
    return tuple(done)


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
    return made.get_template("letter.html.j2")


def _read(name: str) -> str:
    return files("avow.duties.rights.letters").joinpath(name).read_text(encoding="utf-8")
