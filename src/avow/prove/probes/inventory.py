"""Probe of require.inventory: are the live tables, columns and JSON keys exactly those that the map and the rule list?

*catalogue*: unmapped tables and columns, vanished columns, categories outside the rule. *contents*: a bounded sample goes
through the detector inside this process; strong evidence of a category that the column is not mapped to breaks the rule.
The report names the column, the category and the share: never a value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import partial
from typing import Any

from avow.datamap.detect import count_keys
from avow.datamap.holds import categories_of
from avow.datamap.model import Column, StoreMap, Table
from avow.policy.promise import Rule
from avow.prove.inquiry import CannotTell, Finding, Inquiry, Outcome, broke, held
from avow.prove.probes.access import _few, _some, governed
from avow.prove.scene import StoreScene
from avow.prove.scope import ANY_PERSONAL, tables_of
from avow.stores.port import ColumnInfo, StoreDescription, TableInfo

STRONG = 0.2  # share of a column's sample that counts as evidence of a category
ALARMING = 0.004  # for what must not stand in any text: two rows of a sample of 500
NEVER_IN_TEXT = ("payment.card_number", "identity.national_id")
HOLDS = {  # headings that are known to hold several kinds of thing
    "marketing.lead_contact": ("contact.", "identity.name", "organisation."),
    "financial.credit_information": ("identity.", "organisation."),
    "contact.fax": ("contact.phone",),  # both are telephone numbers: no value tells one from the other
}
PER_TABLE = 500
AVOW_COLUMNS = frozenset({"avow_mask", "avow_handling", "avow_batch"})
_TABLE_KINDS = ("table", "foreign table", "partition", "materialized view")


def probe_inventory(inquiry: Inquiry, rule: Rule) -> tuple[Outcome, ...]:
    """Both probes in every governed store: an unmapped table anywhere could hold what the rule lists."""
    found: list[Outcome] = []
    for store in governed(inquiry):
        found.append(inquiry.attempt("inventory-catalogue", "catalogue", partial(_catalogue, inquiry, store, rule)))
        found.append(inquiry.attempt("inventory-contents", "catalogue", partial(_contents, inquiry, store, rule)))
    return tuple(found)


def _catalogue(inquiry: Inquiry, store: StoreScene, rule: Rule) -> Finding:
    if store.down or store.description is None:
        raise CannotTell(f"store `{store.name}` could not be described: {store.down or 'no credential'}")
    scope = _subject_tables(inquiry, store, rule)
    wrong = inventory_faults(scope, store.map, store.description)
    for table in scope:
        wrong += _outside(inquiry, table, rule)
    if wrong:
        return broke(f"in store `{store.name}`: {_some(wrong)}", _few(_repairs(wrong)))
    if not scope:
        raise CannotTell("no mapped table holds data of the subjects of this rule")
    count = sum(len(t.columns) for t in scope)
    return held(f"in store `{store.name}` {count} live columns of {len(scope)} tables are mapped and within the list")


def _subject_tables(inquiry: Inquiry, store: StoreScene, rule: Rule) -> tuple[Table, ...]:
    """The tables that hold data of the rule, of the subjects that it names."""
    return tables_of(rule, store.map, inquiry.scene.terms)


def inventory_faults(scope: Iterable[Table], store_map: StoreMap, description: StoreDescription) -> list[str]:
    """Where the store and its map disagree: unmapped tables anywhere, and columns of the tables in scope on one side only."""
    mapped = {t.name for t in store_map.tables}
    unmapped = [t for t in description.tables if t.kind in _TABLE_KINDS and t.name not in mapped]
    wrong = [f"table {t.name} is not in the data map" for t in unmapped]
    for table in scope:
        info = description.find_table(table.name)
        wrong += _differences(table, info) if info else [f"table {table.name} of the map is not in the store"]
    return wrong


def _differences(table: Table, info: TableInfo) -> list[str]:
    live = {c.name for c in info.columns} - AVOW_COLUMNS
    mapped = {c.name for c in table.columns}
    return [
        *(f"column {table.name}.{name} is not in the data map" for name in sorted(live - mapped)),
        *(f"column {table.name}.{name} of the map is not in the store" for name in sorted(mapped - live)),
    ]


def _outside(inquiry: Inquiry, table: Table, rule: Rule) -> list[str]:
    """Mapped columns whose categories the rule does not list. Unconfirmed text and JSON may hold anything: outside."""
    covers = inquiry.scene.terms.covers
    # Beside named kinds, an `any.*` entry admits what nobody confirmed yet, never every kind there is.
    listed = [d for d in rule.data if not d.startswith("any.")] or list(rule.data)
    found = []
    for column in table.columns:
        kinds = categories_of(column) - (frozenset(rule.data) & {ANY_PERSONAL})
        extra = sorted(c for c in kinds if not any(c == d or covers(d, c) for d in listed))
        if extra:
            found.append(
                f"column {table.name}.{column.name} holds {', '.join(f'`{c}`' for c in extra)}, which the sentence does not list"
            )
    return found


def _repairs(wrong: Iterable[str]) -> list[str]:
    return [f"map or remove it: {words}" for words in wrong if "not in the data map" in words] or [
        "bring the data map and the store to agree, or change the sentence"
    ]


def _contents(inquiry: Inquiry, store: StoreScene, rule: Rule) -> Finding:
    detect = inquiry.scene.find_categories
    if store.down or store.sample is None or detect is None:
        raise CannotTell(f"the contents of store `{store.name}` cannot be sampled: {store.down or 'no credential'}")
    wrong: list[str] = []
    searched = 0
    for table in _subject_tables(inquiry, store, rule):
        found = inquiry.once(("contents", store.name, table.name), partial(_scan, inquiry, store, table))
        if found is None:
            continue
        searched += 1
        wrong += found
    if wrong:
        return broke(
            f"in store `{store.name}`: {_some(wrong)}",
            ("remove it from the column, or map the column to what it holds",),
        )
    if not searched:
        raise CannotTell("the row budget was used up before this content scan")
    where = f" on the replica `{store.replica}`" if store.replica else ""
    limits = (f"at most {PER_TABLE} rows of each table were sampled{where}",)
    return held(f"in store `{store.name}` samples of {searched} tables show no category outside the map", limits=limits)


def _scan(inquiry: Inquiry, store: StoreScene, table: Table) -> list[str] | None:
    """What the detector sees in a sample; None when the budget is used up."""
    left = inquiry.scene.budget.rows - inquiry.rows_read
    if left <= 0 or inquiry.out_of_time:
        inquiry.note_not_searched(f"contents of {table.name} in store `{store.name}`: the row budget was used up")
        return None
    assert store.sample is not None
    assert store.description is not None
    info = store.description.find_table(table.name)
    names = [c.name for c in table.columns if info and _may_hold_words(info.find_column(c.name)) and not c.link]
    rows = store.sample(table.name, names, min(PER_TABLE, left)) if names else []
    inquiry.rows_read += len(rows)
    found: list[str] = []
    for position, name in enumerate(names):
        found += _judge_column(inquiry, table, name, [row[position] for row in rows])
    return found


def _may_hold_words(column: ColumnInfo | None) -> bool:
    """A date, a flag or an amount of money looks like a telephone number often enough, and cannot hold one."""
    return column is not None and not re.match(
        r"date|time|bool|interval|numeric|decimal|double|real|float|money", column.type
    )


def _judge_column(inquiry: Inquiry, table: Table, name: str, values: list[Any]) -> list[str]:
    column = table.find_column(name)
    detect = inquiry.scene.find_categories
    if column is None or detect is None:
        return []
    found = []
    if column.keys:
        stray = sorted(count_keys(values).keys() - set(column.keys))
        found += [f"column {table.name}.{name} has JSON keys outside the closed list ({len(stray)})"] if stray else []
    mapped = categories_of(column)
    texts = [text for value in values if isinstance(text := _as_text(value), str) and text]
    for category, share in sorted(detect(texts).items()) if texts else []:
        if share >= _threshold(column, category) and not _known(inquiry, mapped, category):
            found.append(f"column {table.name}.{name} looks like `{category}` in {share:.0%} of a sample")
    return found


def _threshold(column: Column, category: str) -> float:
    return ALARMING if category in NEVER_IN_TEXT and column.free_text else STRONG


def _known(inquiry: Inquiry, mapped: frozenset[str], category: str) -> bool:
    """The same kind of thing under another heading (an organisation's e-mail is an e-mail) is no news."""
    covers = inquiry.scene.terms.covers
    last = category.rpartition(".")[2].rstrip("s")
    if any(category.startswith(part) for m in mapped for part in HOLDS.get(m, ())):
        return True
    return any(m == category or covers(m, category) or covers(category, m) or last in m for m in mapped)


def _as_text(value: Any) -> str | None:
    if value is None or isinstance(value, (bool, int, float, bytes)):
        return None
    return json.dumps(value) if isinstance(value, (dict, list)) else str(value)
