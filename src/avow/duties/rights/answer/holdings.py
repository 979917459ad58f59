"""What is held about a person, counted without a value: for the first page of the privacy centre.

Counts by category, rows by source, recipients with dates, and what goes when. As large as the schema, whatever the number of
rows. Refuses to hold a value: only terms, names of kinds of record, counts and days.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any

from avow.duties.rights.answer.items import keeping, make_beside
from avow.duties.rights.answer.model import Beside, Facts, RecipientFacts
from avow.stores.duty import Row
from avow.vocabulary import Vocabulary, load_vocabulary


def count_holdings(facts: Facts, rows: Iterable[Row], vocabulary: Vocabulary | None = None) -> dict[str, Any]:
    """JSON values: `counts` (category -> values), `sources`, `recipients`, `retention` (lists of mappings of words)."""
    counting = _Counting(facts, vocabulary or load_vocabulary())
    for row in rows:
        counting.add(row)
    return counting.result()


class _Counting:
    def __init__(self, facts: Facts, vocabulary: Vocabulary) -> None:
        self._facts, self._vocabulary = facts, vocabulary
        self._besides: dict[tuple[str, str, str, str], Beside] = {}
        self._counts: Counter[str] = Counter()
        self._sources: Counter[tuple[str, str]] = Counter()
        self._kept: dict[tuple[str, str], tuple[date | None, date | None, int]] = {}

    def add(self, row: Row) -> None:
        kind = ""
        for column, value in row.values.items():
            if value is not None:
                beside = self._beside(row, column)
                kind = beside.record_kind
                self._counts.update(beside.categories)
                self._note_kept(row, beside)
        if kind:
            self._sources[kind, row.source] += 1

    def _beside(self, row: Row, column: str) -> Beside:
        key = (row.store, row.table, row.record_kind, column)
        if key not in self._besides:
            self._besides[key] = make_beside(self._facts, row, column, self._vocabulary)
        return self._besides[key]

    def _note_kept(self, row: Row, beside: Beside) -> None:
        until, rule = keeping(row.at, beside.retention)
        key = (beside.record_kind, rule or self._facts.retention_otherwise)
        first, last, values = self._kept.get(key, (until, until, 0))
        days = [day for day in (first, last, until) if day]
        self._kept[key] = (min(days, default=None), max(days, default=None), values + 1)

    def result(self) -> dict[str, Any]:
        label = self._vocabulary.label
        return {
            "counts": dict(sorted(self._counts.items())),
            "sources": [
                {
                    "kind": kind,
                    "source": source,
                    "words": label(source, "source") if source else self._facts.source_otherwise,
                    "records": records,
                }
                for (kind, source), records in sorted(self._sources.items())
            ],
            "recipients": [self._recipient(r) for r in self._facts.recipients or ()],
            "retention": [
                {
                    "kind": kind,
                    "rule": rule,
                    "first": first.isoformat() if first else "",
                    "last": last.isoformat() if last else "",
                    "values": values,
                }
                for (kind, rule), (first, last, values) in sorted(self._kept.items())
            ],
        }

    def _recipient(self, recipient: RecipientFacts) -> dict[str, Any]:
        label = self._vocabulary.label
        return {
            "name": recipient.name,
            "kind": label(recipient.kind, "recipient"),
            "place": label(recipient.place, "place") if recipient.place else "",
            "purposes": [label(p, "purpose") for p in recipient.purposes],
            "dates": [day.isoformat() for day in recipient.dates],
        }
