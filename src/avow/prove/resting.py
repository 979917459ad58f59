"""Which rules rest on a column of a store, by what the data map says that the column is. Pure.

A column carries a rule because it holds the rule's data, because rows are told apart by it (an attribute that a rule's `when`
names, a case), because it leads to the person (keys, owner paths), because a time or a source is read from it, or because
Avow keeps marks there. Refuses to say whether the rule would be broken: that is for a probe.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from avow.datamap.holds import categories_of
from avow.datamap.model import StoreMap, Table
from avow.policy.promise import Rule
from avow.prove.scene import Terms
from avow.prove.scope import tables_of

_HOLDING = ("permit", "require.field", "require.source")
_BY_PERSON = ("right", "bound", "require.choice")
_STATES = ("state_absent", "state_present", "case_open", "consent_for_recipient")
_ENFORCED = ("permit", "forbid", "require.source", "require.choice", "require.field", "bound")


def rules_on(column: str, table: Table, store: StoreMap, rules: Iterable[Rule], terms: Terms) -> Iterator[Rule]:
    """The rules that rest on the column; inventories are left out, as they rest on every column of their tables."""
    here = [rule for rule in rules if table in tables_of(rule, store, terms)]
    held = table.find_column(column)
    categories = categories_of(held) if held else frozenset()
    if column.startswith("avow_"):
        yield from (rule for rule in here if rule.kind in _ENFORCED)
        return
    attributes = {a.name for a in table.attributes if a.column == column}
    person = column in _leading(table)
    case = any(column in (c.column, c.state, c.key) for c in store.cases if c.table == table.name)
    for rule in rules:
        conditions = (*rule.when, *rule.unless)
        if case and any(c.kind == "case_open" for c in conditions):
            yield rule
        elif rule in here:
            named = any(c.kind in ("row", "own_rows") and c.name in attributes for c in conditions)
            named = named or rule.detail.get("attribute") in attributes
            by_state = person and any(c.kind in _STATES for c in conditions)
            by_person = person and rule.kind in _BY_PERSON
            holding = rule.kind in _HOLDING and any(terms.covers(t, c) for t in rule.data for c in categories)
            if named or by_state or by_person or holding or _is_read(rule, column, table):
                yield rule


def _leading(table: Table) -> frozenset[str]:
    """The columns that lead from a row to its person."""
    return frozenset({table.key, *(path.steps[0].column for path in table.owners if path.steps)} - {""})


def _is_read(rule: Rule, column: str, table: Table) -> bool:
    """A time, a source or an answer is read from the column."""
    source, outcomes = table.source, table.outcomes
    origins = {source.column, source.party.column if source.party else ""} if source else set()
    answers = {outcomes.channel, *outcomes.purposes.values()} if outcomes else set()
    return (
        (rule.kind == "require.source" and column in origins)
        or (rule.kind == "bound" and column == table.clock)
        or (rule.kind == "require.choice" and column in answers)
    )
