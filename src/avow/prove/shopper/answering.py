"""What an answer holds, as the shopper reads it: a person's own copy, opened as that person would open it.

Reads the released files and nothing else: what stands in no file was not answered. Refuses to repair: a file that does not
parse is a finding of its own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from avow.prove.inquiry import CannotTell

PAGE, DATA, REPORT, SUMS = "index.html", "data.json", "report.pdf", "SHA256SUMS"


@dataclass(frozen=True)
class AnswerLine:
    """One value of the answer. `purposes` by the policy, `used` by the record of uses; recipients by name; store and table
    are empty in a copy, which names fields only."""

    store: str
    table: str
    column: str
    value: str
    purposes: tuple[str, ...] = ()
    used: tuple[str, ...] = ()
    source: str = ""
    recipients: tuple[str, ...] = ()
    source_name: str = ""


@dataclass(frozen=True)
class Answer:
    """`page` is the written description as text; `files` name -> bytes; `wrong_checksums` names whose sum differs."""

    lines: tuple[AnswerLine, ...]
    page: str
    files: Mapping[str, int] = field(default_factory=dict)
    wrong_checksums: tuple[str, ...] = ()
    used: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()

    def find(self, store: str, table: str, column: str, value: str) -> AnswerLine | None:
        """The line of a value; a copy is searched by field and value alone."""
        for line in self.lines:
            place = line.store in ("", store) and line.table in ("", table)
            if place and line.column == column and value in line.value:
                return line
        return None

    def shows(self, words: str) -> bool:
        """Whether the page, or a value beside it, holds the words (the page shows the first few thousand values)."""
        return words in self.page or any(words in line.value for line in self.lines)


def read_answer(files: Mapping[str, bytes]) -> Answer:
    """Raises CannotTell when there is no data.json, or it is not JSON."""
    if DATA not in files:
        raise CannotTell("the answer holds no data.json")
    try:
        data: dict[str, Any] = json.loads(files[DATA])
    except ValueError as error:
        raise CannotTell("the answer's data.json is not JSON") from error
    fields = {key: _Beside(given) for key, given in data.get("fields", {}).items()}
    lines = tuple(fields[item["field"]].line(item) for item in data.get("items", ()))
    log = data.get("use_log", {}).get("uses", ())
    return Answer(
        lines,
        text_of(files.get(PAGE, b"")),
        {name: len(content) for name, content in files.items()},
        tuple(wrong_sums(files)),
        tuple(sorted({use["purpose"] for use in log})),
        tuple(sorted({r["name"] for r in data.get("recipients") or () if r.get("dates")})),
    )


@dataclass(frozen=True)
class _Beside:
    """What the values of one field share, as data.json has it."""

    given: Mapping[str, Any]

    def line(self, item: Mapping[str, Any]) -> AnswerLine:
        given = self.given
        return AnswerLine(
            given.get("store", {}).get("name", ""),
            given.get("table", ""),
            given["name"],
            item["value"],
            tuple(sorted({use["purpose"] for use in given.get("purposes_by_policy", ())})),
            tuple(sorted({use["purpose"] for use in given.get("purposes_by_use_log", ())})),
            item.get("source", ""),
            tuple(sorted({r["name"] for r in given.get("recipients", ())})),
            item.get("source_name", ""),
        )


def wrong_sums(files: Mapping[str, bytes]) -> list[str]:
    """Names of files whose bytes are not those that SHA256SUMS lists, and of files that it does not list."""
    lines = (line.partition("  ") for line in files.get(SUMS, b"").decode().splitlines())
    listed = {name: digest for digest, _, name in lines}
    names = [name for name in files if name != SUMS]
    return [name for name in names if listed.get(name) != hashlib.sha256(files[name]).hexdigest()]


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def text_of(page: bytes) -> str:
    """What a person reads on a page, white space folded."""
    reader = _Text()
    reader.feed(page.decode("utf-8", "replace"))
    return " ".join(" ".join(reader.parts).split())
