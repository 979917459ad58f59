"""What a count of a breach found: figures and names, never whose. Goes to Avow's own records as JSON and comes back the same.

Refuses to be exact where it is not: `unknown` says what was not counted, and what no record covers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Place:
    """One kind of record that was reachable: `rows` of it, about `people` natural persons and `organisations`; `nobody` rows that
    lead to no person the map knows."""

    store: str
    table: str
    record: str
    rows: int
    people: int
    organisations: int
    nobody: int
    categories: tuple[str, ...]


@dataclass(frozen=True)
class Logged:
    """What the record of uses holds of one login or pair in its window: `uses` and `refused` entries, `rows` read (`uncounted`
    entries did not tell), about `named` persons each named by itself."""

    about: str
    uses: int
    refused: int
    rows: int
    uncounted: int
    named: int
    tables: tuple[str, ...]
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Figures:
    """`people` are natural persons, each counted once per subject table; `per_category` and `per_subject` count the same people."""

    people: int = 0
    organisations: int = 0
    rows: int = 0
    per_category: Mapping[str, int] | None = None
    per_subject: Mapping[str, int] | None = None
    places: tuple[Place, ...] = ()
    logged: tuple[Logged, ...] = ()
    unknown: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Figures:
        return cls(
            given["people"],
            given["organisations"],
            given["rows"],
            given["per_category"],
            given["per_subject"],
            tuple(Place(**{**one, "categories": tuple(one["categories"])}) for one in given["places"]),
            tuple(_logged(one) for one in given["logged"]),
            tuple(given["unknown"]),
        )


def _logged(given: Mapping[str, Any]) -> Logged:
    return Logged(**{**given, "tables": tuple(given["tables"]), "columns": tuple(given["columns"])})
