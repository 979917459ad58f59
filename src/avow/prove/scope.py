"""What a rule speaks of in a store: the mapped columns of its data, the tables in scope, the pairs it names.

Pure. Unconfirmed free text and JSON without a closed list count as `any.personal`: they are in the scope of a rule
about personal data, and of nothing narrower, because nobody has said what they hold.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from avow.datamap.coverage import columns_reached
from avow.datamap.holds import categories_of
from avow.datamap.model import Pair, StoreMap, Table
from avow.policy.promise import Rule
from avow.prove.scene import Terms

ANY_PERSONAL = "any.personal"


@dataclass(frozen=True, order=True)
class Field:
    """One mapped column: `table` is "schema.table"."""

    table: str
    column: str

    def __str__(self) -> str:
        return f"{self.table}.{self.column}"


def tables_of(rule: Rule, store: StoreMap, terms: Terms) -> tuple[Table, ...]:
    """The mapped tables that hold data of the rule, of a kind of subject that it names."""
    fields = fields_of(rule, store, terms)
    names = {f.table for f in fields}
    return tuple(t for t in store.tables if t.name in names)


def fields_of(rule: Rule, store: StoreMap, terms: Terms) -> tuple[Field, ...]:
    """The mapped columns that hold data of the rule, legacy copies included."""
    return tuple(Field(table.name, column.name) for table, column in columns_reached(rule, store, terms.covers))


def free_fields(tables: Iterable[Table]) -> tuple[Field, ...]:
    """The mapped columns of the tables that hold nothing personal: keys, sources, clocks, states."""
    return tuple(Field(t.name, c.name) for t in tables for c in t.columns if not categories_of(c))


def personal_tables(store: StoreMap) -> tuple[str, ...]:
    return tuple(t.name for t in store.tables if t.personal and not t.ignore)


def pairs_of(rule: Rule, store: StoreMap, terms: Terms) -> tuple[Pair, ...]:
    """The mapped pairs that the rule names; for a rule without purposes or recipients, every one."""
    return tuple(
        pair
        for pair in store.pairs
        if (not rule.purposes or _covers_any(terms, rule.purposes, (pair.purpose,)))
        and (not rule.recipients or _covers_any(terms, rule.recipients, (pair.recipient,)))
    )


def named_columns(fields: Iterable[Field], most: int = 6) -> str:
    """ "public.a (x, y), public.b (z)", cut after `most` columns with the number of the rest."""
    chosen = sorted(set(fields))
    shown: dict[str, list[str]] = {}
    for one in chosen[:most]:
        shown.setdefault(one.table, []).append(one.column)
    words = ", ".join(f"{table} ({', '.join(columns)})" for table, columns in shown.items())
    return words if len(chosen) <= most else f"{words} and {len(chosen) - most} more columns"


def _covers_any(terms: Terms, general: Iterable[str], special: Iterable[str]) -> bool:
    names = tuple(special)
    return any(g == s or terms.covers(g, s) for g in general for s in names)
