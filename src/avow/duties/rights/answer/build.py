"""Builds an answer: rows in, files out through a port, in memory that does not grow with the rows.

One pass over the rows feeds every file; the page, the report and the checksums follow at the end. Refuses to open anything:
rows, facts and the port are arguments, and so is the time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby

from avow.duties.rights.answer.files.cards import CardFiles
from avow.duties.rights.answer.files.document import NAME as DOCUMENT
from avow.duties.rights.answer.files.document import SCHEMA, DocumentFile, write_schema
from avow.duties.rights.answer.files.page import NAME as PAGE
from avow.duties.rights.answer.files.page import Outline, write_page
from avow.duties.rights.answer.files.report import NAME as REPORT
from avow.duties.rights.answer.files.report import write_report
from avow.duties.rights.answer.files.shown import Shown
from avow.duties.rights.answer.files.table import NAME as TABLE
from avow.duties.rights.answer.files.table import TableFile
from avow.duties.rights.answer.files.telling import Telling
from avow.duties.rights.answer.items import Items
from avow.duties.rights.answer.model import SHOWN, Answer, AnswerItem, Asked, Facts, HandFile
from avow.duties.rights.answer.score import score_answer
from avow.duties.rights.words import load_words
from avow.duties.rights.written import AnswerFile, ChunkedFile, Write
from avow.stores.duty import Row
from avow.vocabulary import Vocabulary, load_vocabulary

SUMS = "SHA256SUMS"
ReadFile = Callable[[HandFile], Iterable[bytes]]


def _read_none(file: HandFile) -> Iterable[bytes]:
    """Of an answer without files."""
    raise AssertionError(f"nobody reads {file.name}")


def build_answer(
    asked: Asked,
    facts: Facts,
    rows: Iterable[Row],
    write: Write,
    unread: Iterable[str] = (),
    vocabulary: Vocabulary | None = None,
    shown: int = SHOWN,
    read: ReadFile = _read_none,
) -> Answer:
    """Reads `rows` once. `unread` names stores that failed: filled by the caller while `rows` run, looked at afterwards. `read`
    gives the content of each of `facts.files`."""
    known = vocabulary or load_vocabulary()
    items = Items(asked, facts, known)
    telling = Telling(load_words(asked.language), known, facts.retention_otherwise, facts.source_otherwise)
    copy = asked.kind == "copy"
    keep = Shown(shown)
    table, document = TableFile(write, telling, copy), DocumentFile(write, asked, copy)
    cards = CardFiles(write, asked, facts)
    for row in _by_row(items.of(rows)):
        for item in row:
            table.add(item)
            document.add(item)
            keep.add(item)
        cards.add_row(row)
    redactions = items.redactions.list()
    completeness = score_answer(items, facts, unread)
    done = [
        document.close(facts, items.told.values(), items.counts, redactions, completeness),
        write_schema(write),
        table.close(),
        *cards.close(),
        *(_copy(write, file, read) for file in facts.files),
    ]
    names = (PAGE, DOCUMENT, SCHEMA, TABLE, *(() if copy else (REPORT,)), *(f.name for f in done[3:]), SUMS)
    outline = Outline(asked, facts, telling, keep, items.rows.total(), items.left_out, redactions, completeness, names)
    done += [write_page(write, outline), *([] if copy else [write_report(write, outline)])]
    done.append(write_sums(write, done))
    files = tuple(sorted(done, key=lambda file: names.index(file.name)))
    held = bool(items.made or items.left_out) or any(store.found for store in facts.stores)
    return Answer(files, items.made, dict(items.counts), dict(items.rows), redactions, completeness, held)


def _copy(write: Write, file: HandFile, read: ReadFile) -> AnswerFile:
    """What was found by hand, byte for byte."""
    copy = ChunkedFile(file.name, file.media_type, write)
    for part in read(file):
        copy.add(part)
    return copy.close()


def _by_row(items: Iterable[AnswerItem]) -> Iterator[list[AnswerItem]]:
    """Items of the same row together; a row is never held longer than it lasts."""
    keyed = groupby(items, key=lambda i: (i.beside.store, i.beside.table, i.row, i.at))
    return (list(row) for _, row in keyed)


def write_sums(write: Write, done: Iterable[AnswerFile]) -> AnswerFile:
    """In the form that `sha256sum -c` reads."""
    file = ChunkedFile(SUMS, "text/plain; charset=utf-8", write)
    for one in sorted(done, key=lambda f: f.name):
        file.text(f"{one.sha256.hex()}  {one.name}\n")
    return file.close()
