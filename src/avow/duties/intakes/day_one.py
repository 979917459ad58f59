"""The officer's first day: open requests, consents and suppressions that stand in a file of before, checked line by line.

Promises: every mistake of the whole file at once, each with its line and field and without its value; a checked line is plain.
Refuses to guess a date: a request without the day on which it came has no clock.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from avow.duties.rights.model import CHANNELS, KINDS
from avow.errors import Collector, IntakeError, Place
from avow.vocabulary import Vocabulary

REQUESTS, CONSENTS, SUPPRESSIONS = "requests", "consents", "suppressions"
FIELDS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {  # what -> (required fields, further ones)
    REQUESTS: (
        ("kind", "received_on"),
        ("email", "name", "phone", "post", "channel", "jurisdiction", "text", "purposes"),
    ),
    CONSENTS: (("email", "purpose", "given_on"), ("withdrawn_on",)),
    SUPPRESSIONS: (("since",), ("email", "phone", "purpose")),
}
_SO = "nothing of this file is taken over"


@dataclass(frozen=True)
class OldLine:
    """One line that can be taken over. `values` as written, dates as days; `at` the moment that counts, UTC."""

    number: int
    values: Mapping[str, str]
    at: datetime

    def get(self, name: str) -> str:
        return self.values.get(name, "")


def read_old(what: str, text: str, file: str, today: date, terms: Vocabulary) -> list[OldLine]:
    """Every line. Raises IntakeError with every mistake of the file."""
    found = Collector()
    rows = csv.DictReader(io.StringIO(text, newline=""))
    required, further = FIELDS[what]
    heading = [name.strip() for name in rows.fieldnames or ()]
    for name in heading:
        if name not in (*required, *further):
            help = f"the fields are {', '.join((*required, *further))}"
            found.add("intake.unknown-field", Place(file, 1), f"a file of {what} has no field `{name}`", help, _SO)
    for name in required:
        if name not in heading:
            found.add(
                "intake.missing-field", Place(file, 1), f"a file of {what} needs `{name}`", f"add it: {name}", _SO
            )
    found.raise_as(IntakeError)
    lines = [_line(what, number, row, file, today, terms, found) for number, row in enumerate(rows, 1)]
    found.raise_as(IntakeError)
    return [line for line in lines if line is not None]


def _line(
    what: str, number: int, row: Mapping[str, object], file: str, today: date, terms: Vocabulary, found: Collector
) -> OldLine | None:
    values = {str(k).strip(): str(v).strip() for k, v in row.items() if isinstance(v, str)}
    place = Place(file, number + 1)
    dated = {REQUESTS: "received_on", CONSENTS: "given_on", SUPPRESSIONS: "since"}[what]
    at = _day(values.get(dated, ""), dated, place, today, found)
    if values.get("withdrawn_on"):
        _day(values["withdrawn_on"], "withdrawn_on", place, today, found)
    if what == REQUESTS:
        _word(values.get("kind", ""), KINDS, "kind", place, found)
        _word(values.get("channel", "") or "email", CHANNELS, "channel", place, found)
    if not any(values.get(name) for name in ("email", "phone", "post")):
        found.add("intake.bad-line", place, "the line names no way to reach or know the person", "add one", _SO)
    for word in filter(None, [values.get("purpose", ""), *values.get("purposes", "").split(";")]):
        if terms.find("purpose", word.strip()) is None:
            cause, help = "a purpose of the line is not in the vocabulary", "see docs/reference/vocabulary.md"
            found.add("intake.bad-line", place, cause, help, _SO)
    return OldLine(number, values, at) if at else None


def _day(text: str, name: str, place: Place, today: date, found: Collector) -> datetime | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        found.add("intake.bad-line", place, f"`{name}` is no day", "write it as in 2026-03-31", _SO)
        return None
    if day > today:
        found.add("intake.bad-line", place, f"`{name}` is yet to come", "correct it", _SO)
        return None
    return datetime.combine(day, time(12), UTC)


def _word(text: str, known: tuple[str, ...], name: str, place: Place, found: Collector) -> None:
    if text not in known:
        found.add(
            "intake.bad-line", place, f"`{name}` is not one that Avow knows", f"use one of {', '.join(known)}", _SO
        )
