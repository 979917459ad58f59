"""Rows become items: one for each value, with everything that is known beside it, other people masked.

Streams: what is the same for every value of a column is worked out once, when the column first appears. A value is never
dropped for being unknown: what the map does not describe is an item without category, and lowers the score.
Refuses to hold rows. Source: GDPR articles 15(1), 15(4) and 20.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from avow.duties.rights.answer.masking import Masker, RedactionLog, names_in_json, names_in_text
from avow.duties.rights.answer.model import AnswerItem, Asked, Beside, Facts, LoggedUse, RecipientFacts, RetentionFacts
from avow.stores.duty import ColumnSpec, Identifier, Row, TableSpec
from avow.vocabulary import Vocabulary

LOOK_AHEAD = 2_000  # rows
UNCATEGORISED = "any.personal"
_INFERRED = ("inferred", "financial.credit_information")  # made by the company or others, not given by the person
_GIVEN = ("subject", "automatic")  # what a person gave, and what was seen of their own use


@dataclass
class Items:
    """Makes the items of one answer and counts what it made. Use once."""

    asked: Asked
    facts: Facts
    vocabulary: Vocabulary
    redactions: RedactionLog = field(default_factory=RedactionLog)
    counts: Counter[str] = field(default_factory=Counter)  # values by category
    rows: Counter[str] = field(default_factory=Counter)  # rows by "store table"
    unknown_source: Counter[str] = field(default_factory=Counter)  # values by "store table"
    left_out: int = 0  # values that a copy does not hold, or that were not asked for
    made: int = 0
    told: dict[str, Beside] = field(default_factory=dict)  # the columns of which a value was told, by key
    _besides: dict[tuple[str, str, str, str], Beside] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._masker = Masker(self.facts.own, self.facts.company_addresses)

    def of(self, rows: Iterable[Row]) -> Iterator[AnswerItem]:
        for row in self._met_before(rows):
            told = False
            for column, value in row.values.items():
                if value is not None:
                    beside = self._beside(row, column)
                    if self._is_wanted(row, beside):
                        told = True
                        yield self._item(row, column, value, beside)
                    else:
                        self.left_out += 1
            if told:
                self.rows[f"{row.store} {row.table}"] += 1

    def _met_before(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Rows in their order, looked ahead by a bounded number: whoever is met later is masked in what comes before."""
        ahead: deque[Row] = deque()
        for row in rows:
            self._masker.meet(row.others)
            for column, value in row.values.items():
                if value and self._beside(row, column).kind in ("text", "json"):
                    self._masker.meet(names_in_text(value))
            ahead.append(row)
            if len(ahead) > LOOK_AHEAD:
                yield ahead.popleft()
        yield from ahead

    def _is_wanted(self, row: Row, beside: Beside) -> bool:
        scope = self.asked.scope
        if scope and not any(self.vocabulary.covers(term, c) for term in scope for c in beside.categories):
            return False
        return (
            self.asked.kind != "copy"
            or not self.asked.provided_only
            or is_provided(row.source, beside, self.vocabulary)
        )

    def _item(self, row: Row, column: str, value: str, beside: Beside) -> AnswerItem:
        decided = self.facts.decisions
        decision = decided.get((row.store, row.table, row.row, column)) or decided.get(
            (row.store, row.table, "", column)
        )
        free = beside.kind in ("text", "json")
        others: Sequence[Identifier] = row.others
        if beside.kind == "json":
            value, named = names_in_json(value, beside.keys)
            others = (*others, *named)
        masked = self._masker.mask(value, others, free, decision)
        self.redactions.add((row.store, row.table, column), masked, decision == "mask")
        self.made += 1
        self.told[beside.key] = beside
        for category in beside.categories:
            self.counts[category] += 1
        if not row.source:
            self.unknown_source[f"{row.store} {row.table}"] += 1
        kept_until, rule = keeping(row.at, beside.retention)
        return AnswerItem(
            number=self.made,
            row=self._masker.mask(row.row, row.others).text,
            at=row.at,
            value=masked.text,
            masked=masked.state,
            source=row.source,
            kept_until=kept_until,
            retention=rule,
            how=row.how,
            beside=beside,
            source_name=row.source_name,
        )

    def _beside(self, row: Row, column: str) -> Beside:
        key = (row.store, row.table, row.record_kind, column)
        if key not in self._besides:
            self._besides[key] = replace(
                make_beside(self.facts, row, column, self.vocabulary), key=f"c{len(self._besides) + 1}"
            )
        return self._besides[key]


def make_beside(facts: Facts, row: Row, column: str, vocabulary: Vocabulary) -> Beside:
    """What is known about the values of one column, without a key yet."""
    store = facts.find_store(row.store)
    table = store.spec.find_table(row.table) if store else None
    spec = find_column(table, column)
    categories = column_categories(spec)
    register = facts.register.get((row.store, row.table, column), ())
    place = store.spec.location if store else ""
    return Beside(
        key="",
        store=row.store,
        store_words=(store.words if store else "") or row.store,
        place=place,
        table=row.table,
        record_kind=row.record_kind
        or (table.record_kind if table else "")
        or row.table.rpartition(".")[2].replace("_", " "),
        column=column,
        categories=categories,
        register=register,
        uses=tuple(use for use in facts.log if _touches(use, row.table, column)),
        recipients=tuple(
            r for r in facts.recipients or () if _receives(r, categories, facts.log, row.table, vocabulary)
        ),
        retention=tuple(r for r in facts.retention if _keeps(r, row, categories, vocabulary)),
        kind=spec.kind if spec else "text",
        keys=spec.keys if spec else {},
    )


def find_column(table: TableSpec | None, name: str) -> ColumnSpec | None:
    return next((c for c in table.columns if c.name == name), None) if table else None


def column_categories(spec: ColumnSpec | None) -> tuple[str, ...]:
    """What a value may hold: a column that nobody described counts as any personal data."""
    found = dict.fromkeys((*spec.categories, *(c for keys in spec.keys.values() for c in keys))) if spec else {}
    return tuple(found) or (UNCATEGORISED,)


def _touches(use: LoggedUse, table: str, column: str) -> bool:
    return table in use.tables and (not use.columns or column in use.columns or f"{table}.{column}" in use.columns)


def _receives(
    recipient: RecipientFacts, categories: tuple[str, ...], log: Iterable[LoggedUse], table: str, vocabulary: Vocabulary
) -> bool:
    """By contract, or because the log saw this table go to that recipient."""
    by_contract = any(vocabulary.covers(term, c) for term in recipient.categories for c in categories)
    return by_contract or any(
        use.days and table in use.tables and use.recipient == recipient.kind and not recipient.name for use in log
    )


def _keeps(rule: RetentionFacts, row: Row, categories: tuple[str, ...], vocabulary: Vocabulary) -> bool:
    here = not rule.tables or (row.store, row.table) in rule.tables
    return here and (
        not rule.categories or any(vocabulary.covers(term, c) for term in rule.categories for c in categories)
    )


def keeping(at: str, rules: Iterable[RetentionFacts]) -> tuple[date | None, str]:
    """(the day on which a value goes, the rule in words). A ground of law beats a promise to delete; among days the earliest
    that no ground forbids. (None, "") where nothing is known."""
    listed = tuple(rules)
    grounds = [r for r in listed if r.ground]
    words = "; ".join(dict.fromkeys(retention_words(r) for r in grounds or listed))
    days = [end for r in listed if (end := _end(at, r)) is not None]
    forced = [end for r in grounds if (end := _end(at, r)) is not None]
    if grounds:
        return (max(forced) if len(forced) == len(grounds) else None), words
    return (min(days) if days else None), words


def _end(at: str, rule: RetentionFacts) -> date | None:
    if rule.after != "row" or not at or (rule.days is None and not rule.years):
        return None
    try:
        day = date.fromisoformat(at[:10])
        if rule.days is not None:
            return day + timedelta(days=rule.days)
        leap = (day.month, day.day) == (2, 29)
        return day.replace(year=day.year + rule.years, day=28 if leap else day.day)
    except (ValueError, OverflowError):
        return None


def retention_words(rule: RetentionFacts) -> str:
    """A rule in plain words, in English."""
    if rule.words:
        return rule.words
    if rule.days is None and not rule.years:
        return f"kept because of: {rule.ground}" if rule.ground else ""
    length = f"{rule.days} days" if rule.days is not None else f"{rule.years} years"
    since = "the record was made" if rule.after == "row" else rule.after or "the record was made"
    because = f" because of: {rule.ground}" if rule.ground else ""
    return f"{length} after {since}{because}"


def is_provided(source: str, beside: Beside, vocabulary: Vocabulary) -> bool:
    """What article 20 covers: what the person gave, and what was seen of their own use; not what others supplied or what was
    concluded about them. An unknown source counts for the person."""
    if any(vocabulary.covers(term, c) for term in _INFERRED for c in beside.categories):
        return False
    return not source or any(vocabulary.covers(term, source) for term in _GIVEN)
