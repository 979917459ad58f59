"""When the reviews of the company's own procedures are due: its own numbers against the last signatures.

Refuses to guess a number that nobody said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from avow.control.duty_reviews import EFFECT, KINDS, PROCEDURES
from avow.duties.reviews import due_at
from avow.settings import Settings

PERIODS: Mapping[str, str] = {PROCEDURES: "procedures_review", EFFECT: "effect_review"}


@dataclass(frozen=True)
class Due:
    """When a review of a kind is due: `due` None where nobody said how often. `owner` answers for the number."""

    kind: str
    words: str
    days: int
    owner: str
    last_signed: datetime | None
    due: datetime | None


def say_due(connection: psycopg.Connection[Any], settings: Settings) -> Iterator[tuple[str, Due]]:
    """(kind, when it is due), read with a plain connection: for a check."""
    for kind in KINDS:
        number = settings.find_number(PERIODS[kind])
        row = connection.execute(_LAST, (settings.company, kind, settings.company)).fetchone()
        last, begun = (row[0], row[1]) if row else (None, None)
        words, days, owner = (number.words, number.days, number.owner) if number else ("", 0, "")
        yield kind, Due(kind, words, days, owner, last, due_at(last, begun, days))


_LAST = (
    "SELECT (SELECT max(signed_at) FROM control.duty_review WHERE company = %s AND kind = %s AND NOT synthetic),"
    " (SELECT min(registered_at) FROM control.policy_version WHERE company = %s)"
)
