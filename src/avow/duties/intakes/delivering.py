"""A delivery: its facts, its lines, and which lines may come in.

Promises: the same file by the same way with the same facts is the same delivery; every line is either ready for the store or left
out with a code, and no code carries a value. Reads no clock and no database: the caller passes the day and what the lists say.
Source: GDPR articles 5(1)(b) and 14, on data that was not got from the person.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid5

from avow.datamap.model import Intake
from avow.datamap.ways_in import BATCH_FACTS
from avow.errors import Collector, IntakeError, Place
from avow.vocabulary import Vocabulary

ROOT = UUID("5a0f6c1e-1d51-4c39-9a55-2f3f8f0f6c7b")  # the namespace of deliveries
MISSING, BAD_ADDRESS, TWICE, OBJECTED, LISTED, ERASED = (
    "missing",
    "not-an-address",
    "twice",
    "objected",
    "listed",
    "erased",
)
MOST_LINES = 200_000  # of one delivery: more is cut into several files
_SO = "nothing of this delivery enters"


@dataclass(frozen=True)
class Left:
    """A line that stays out: its number, counted from 1, a code and a field."""

    line: int
    code: str
    field: str = ""


def id_of(company: str, way: Intake, facts: Mapping[str, object], lines: Sequence[Mapping[str, str]]) -> UUID:
    """The same for the same lines by the same way with the same facts: handing it in again changes nothing."""
    told = json.dumps([company, way.name, dict(facts), list(lines)], sort_keys=True)
    return uuid5(ROOT, hashlib.sha256(told.encode()).hexdigest())


def read_lines(text: str, way: Intake, file: str) -> list[dict[str, str]]:
    """The lines of a CSV file whose heading names fields of the way in. Raises IntakeError with every mistake of the heading."""
    rows = csv.reader(io.StringIO(text, newline=""))
    heading = [name.strip() for name in next(rows, [])]
    _check_heading(heading, way, file)
    return list(_lines(rows, heading, file))


def _lines(rows: Iterator[list[str]], heading: list[str], file: str) -> Iterator[dict[str, str]]:
    for number, row in enumerate(rows, 1):
        if number > MOST_LINES:
            found = Collector()
            cause, help = f"a delivery has at most {MOST_LINES:,} lines", "cut the file into several"
            found.add("intake.too-long", Place(file), cause, help, _SO)
            raise IntakeError(found.found)
        if row:
            yield dict(zip(heading, (value.strip() for value in row), strict=False))


def _check_heading(heading: Sequence[str], way: Intake, file: str) -> None:
    found, place = Collector(), Place(file, 1)
    for name in heading:
        if name not in way.columns:
            cause = f"`{way.name}` takes no field `{name}`"
            found.add("intake.unknown-field", place, cause, f"it takes: {', '.join(way.columns)}", _SO)
    for name in way.required:
        if name not in heading:
            cause = f"`{way.name}` requires the field `{name}`"
            found.add("intake.missing-field", place, cause, f"add a column `{name}`", _SO)
    found.raise_as(IntakeError)


def check_facts(way: Intake, facts: Mapping[str, str], today: date, terms: Vocabulary) -> dict[str, object]:
    """The facts of a delivery, each as what it is. Raises IntakeError with every fact that is missing or wrong."""
    found, place, read = Collector(), Place(f"intake `{way.name}`"), {}
    for name in facts:
        if name not in way.batch:
            help = f"it states: {', '.join(way.batch)}" if way.batch else "it states none"
            found.add("intake.unknown-fact", place, f"a delivery by `{way.name}` does not state `{name}`", help, _SO)
    for name in way.batch:
        text = facts.get(name, "").strip()
        if not text:
            cause = f"a delivery by `{way.name}` must state its `{name}`"
            found.add("intake.missing-fact", place, cause, f"add `--fact {name}=...`", _SO)
            continue
        read[name] = _fact(name, text, today, terms, found, place)
    if way.purpose and "permitted_use" in read:
        _check_use(way, read["permitted_use"], terms, found, place)
    found.raise_as(IntakeError)
    return read


def _fact(name: str, text: str, today: date, terms: Vocabulary, found: Collector, place: Place) -> object:
    kind = BATCH_FACTS[name]
    if kind == "day":
        return _day(name, text, today, found, place)
    if kind != "purposes":
        return text
    purposes = [word.strip() for word in text.replace(";", ",").split(",") if word.strip()]
    for word in purposes:
        if terms.find("purpose", word) is None:
            found.add("intake.bad-fact", place, f"`{word}` is not a purpose", "see docs/reference/vocabulary.md", _SO)
    return purposes


def _day(name: str, text: str, today: date, found: Collector, place: Place) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        found.add("intake.bad-fact", place, f"`{name}` is no day", "write it as in 2027-03-31", _SO)
        return ""
    if name == "licensed_until" and day < today:
        help = "a list whose licence has ended may not be used: ask the broker for a new one"
        found.add("intake.licence-ended", place, "the licence of this delivery has ended", help, _SO)
    if name == "obtained_on" and day > today:
        found.add("intake.bad-fact", place, "the delivery was got on a day that is yet to come", "correct it", _SO)
    return day.isoformat()


def _check_use(way: Intake, permitted: object, terms: Vocabulary, found: Collector, place: Place) -> None:
    allowed = permitted if isinstance(permitted, list) else []
    if not any(term == way.purpose or terms.covers(term, way.purpose) for term in allowed):
        cause = f"the contract does not permit `{way.purpose}`, for which `{way.name}` takes rows in"
        found.add("intake.use-not-permitted", place, cause, "use a way in for what is permitted", _SO)


def split(
    lines: Sequence[Mapping[str, str]], way: Intake, first: int = 1
) -> tuple[list[tuple[int, Mapping[str, str]]], list[Left]]:
    """(number, line) of those that hold what the way requires, and those that do not. `first` is the number of the first."""
    ready, left = [], []
    for number, line in enumerate(lines, first):
        lacking = next((name for name in way.required if not line.get(name)), "")
        wrong = next((name for name, value in line.items() if "email" in name and value and not _is_address(value)), "")
        if lacking or wrong:
            left.append(Left(number, MISSING if lacking else BAD_ADDRESS, lacking or wrong))
        else:
            ready.append((number, line))
    return ready, left


def _is_address(value: str) -> bool:
    name, at, home = value.strip().rpartition("@")
    return bool(name and at and "." in home and " " not in value.strip())


def identifiers(line: Mapping[str, str]) -> list[tuple[str, str]]:
    """(kind, value) of what a line may be recognised by on a list."""
    kinds = {"email": "email", "mail": "email", "phone": "phone"}
    return [(kinds[name], value) for name, value in line.items() if name in kinds and value]


def values_of(way: Intake, line: Mapping[str, str], party: str) -> dict[str, str]:
    """Column -> value of the row that a line becomes; `party` is the key of the firm."""
    values = {column: line[field] for field, column in way.columns.items() if line.get(field)}
    firm = {way.party.column: party} if way.party and party else {}
    return {**values, **way.fixed, **firm}
