"""What no promise covers, what nothing in the map can satisfy, and what the live store shows besides.

Promises: one diagnostic for each personal column that no promise says a use for, each rule that reaches nothing, each
login nobody mapped, each copy, each missing owner path, each reference without an index, and everything that has drifted.
Refuses to decide whether a use is allowed: that is `decide`; lint tells only where there is nothing to decide with.
"""

from __future__ import annotations

from avow.datamap.coverage import columns_reached, says_a_use
from avow.datamap.drift import drift
from avow.datamap.holds import UNCONFIRMED, categories_of
from avow.datamap.model import Column, StoreMap, Table
from avow.datamap.names import find_by_name
from avow.errors import Collector, Diagnostic, Place
from avow.policy.promise import PolicyVersion, Rule
from avow.stores.port import StoreDescription, TableInfo
from avow.vocabulary import Vocabulary

# Rules of places, versions, duties and documents speak of no column.
_DATA_RULES = (
    "permit",
    "forbid",
    "require.source",
    "require.field",
    "require.choice",
    "require.inventory",
    "bound",
    "right",
    "observe",
)


def lint(
    version: PolicyVersion, vocabulary: Vocabulary, store_map: StoreMap, description: StoreDescription
) -> tuple[Diagnostic, ...]:
    """Errors and warnings, sorted by place. An empty tuple: nothing was found, which proves nothing about use."""
    found = Collector()
    for table in store_map.tables:
        if info := description.find_table(table.name):
            _check_ignored(table, info, found)
            _check_references(store_map, table, info, found)
        _check_table(version, vocabulary, table, found)
    for rule in version.rules:
        _check_rule(rule, vocabulary, store_map, found)
    return tuple(sorted({*found.found, *drift(store_map, description)}))


def _check_table(version: PolicyVersion, vocabulary: Vocabulary, table: Table, found: Collector) -> None:
    covered = frozenset(c for c in _held(table) if any(says_a_use(rule, c, vocabulary) for rule in version.rules))
    unread = [c.name for c in table.columns if not c.confirmed]
    for column in table.columns:
        for category in sorted(categories_of(column) - covered):
            if category != UNCONFIRMED or column.confirmed:
                _add_uncovered(table, column, category, found)
    if unread and UNCONFIRMED not in covered:
        found.add(
            "map.uncovered-column",
            table.place,
            f"nobody has confirmed {len(unread)} columns of `{table.name}`: they count as `any.personal`, and no promise "
            "says what that may be used for",
            "look at each, correct what is proposed, and take `confirmed: false` away",
            "under enforcement nobody may use them; until then everybody does, unsaid",
        )
    if not table.personal:
        return
    if not (table.key or table.owners or table.copy_of):
        found.add(
            "map.no-owner-path",
            table.place,
            f"`{table.name}` holds personal data, and no path leads from its rows to a data subject",
            "add `owners:` with the columns that lead to a subject table, or `key:` if each row is a person",
            "nobody's rows can be found, exported, restricted or erased there",
        )
    if table.copy_of:
        found.add(
            "map.copy",
            table.place,
            f"`{table.name}` is a copy of `{table.copy_of}`",
            "drop it, or keep it mapped and enforced like the original",
            "it goes on holding what the original has erased",
            "warning",
        )


def _held(table: Table) -> frozenset[str]:
    return frozenset(category for column in table.columns for category in categories_of(column))


def _add_uncovered(table: Table, column: Column, category: str, found: Collector) -> None:
    unread = category == UNCONFIRMED
    help = (
        "confirm what the text may hold, or write a promise about all personal data"
        if unread
        else "add a promise and a rule to the policy, stop holding it, or correct the map"
    )
    found.add(
        "map.uncovered-column",
        column.place if column.place.file else table.place,
        f"`{table.name}.{column.name}` holds `{category}`, and no promise says what that may be used for",
        help,
        "under enforcement nobody may use it; until then everybody does, unsaid",
    )


def _check_rule(rule: Rule, vocabulary: Vocabulary, store_map: StoreMap, found: Collector) -> None:
    speaks = rule.kind in _DATA_RULES and bool(rule.data or rule.subjects)
    if speaks and next(columns_reached(rule, store_map, vocabulary.covers), None) is None:
        whose = f" of {_words(rule.subjects)}" if rule.subjects else ""
        held = _words(rule.data) if rule.data else "anything personal"
        _add_unsatisfied(rule, f"no column of store `{store_map.name}` holds {held}{whose}", found)
        return
    pairs = [p for p in store_map.pairs if _is_for(rule, p.purpose, p.recipient, vocabulary)]
    if rule.kind == "permit" and store_map.logins and not pairs:
        _add_unsatisfied(rule, f"no login of store `{store_map.name}` is mapped to a use that it permits", found)
    missing = sorted(_attributes_of(rule) - {a.name for t in store_map.tables for a in t.attributes})
    if missing:
        _add_unsatisfied(
            rule, f"no table of store `{store_map.name}` has the attribute {_words(tuple(missing))}", found
        )
    if tables := _tables_named(rule) - {t.name for t in store_map.tables}:
        _add_unsatisfied(
            rule, f"store `{store_map.name}` has no table {_words(tuple(sorted(tables)))} in its map", found
        )
    if rule.kind == "require.choice" and not _is_asked(rule, vocabulary, store_map):
        _add_unsatisfied(rule, f"no table of store `{store_map.name}` records what people answer about its uses", found)


def _attributes_of(rule: Rule) -> set[str]:
    """The row attributes that a rule names, in its conditions or as what it requires or observes."""
    named = {c.name for c in (*rule.when, *rule.unless) if c.kind in ("row", "own_rows")}
    return named | ({str(rule.detail["attribute"])} if "attribute" in rule.detail else set())


def _tables_named(rule: Rule) -> set[str]:
    keys = ("table", "against", "answers") if rule.kind == "observe" else ()
    return {str(rule.detail[key]) for key in keys if key in rule.detail}


def _is_asked(rule: Rule, vocabulary: Vocabulary, store_map: StoreMap) -> bool:
    """A table is completed only after a question, and the answers about a use of the rule are recorded."""
    recorded = {t.name: t.outcomes.purposes for t in store_map.tables if t.outcomes}
    asked = [recorded.get(t.asks.recorded_in, {}) for t in store_map.tables if t.asks]
    wanted = rule.purposes
    return any(not wanted or any(vocabulary.covers(w, p) for w in wanted) for purposes in asked for p in purposes)


def _is_for(rule: Rule, purpose: str, recipient: str, vocabulary: Vocabulary) -> bool:
    wanted = ((rule.purposes, purpose), (rule.recipients, recipient))
    return all(not terms or any(vocabulary.covers(t, word) for t in terms) for terms, word in wanted)


def _add_unsatisfied(rule: Rule, cause: str, found: Collector) -> None:
    found.add(
        "map.unsatisfied-rule",
        rule.place if rule.place.file else Place("promises"),
        f"rule `{rule.id}` reaches nothing: {cause}",
        "map the columns, logins or attributes that it speaks of, or leave it if another store holds them",
        "this store says nothing about the sentence",
        "warning",
    )


def _check_ignored(table: Table, info: TableInfo, found: Collector) -> None:
    """`ignore` is a person's word; columns that are named for personal data speak against it."""
    names = [c.name for c in info.columns if table.ignore and max(find_by_name(c.name).values(), default=0) >= 0.8]
    if names:
        found.add(
            "map.ignored-looks-personal",
            table.place,
            f"`{table.name}` is ignored, but {_words(tuple(names))} are named like personal data",
            "map the table, or write in `ignore:` why these hold nobody's data",
            "what stands there is outside every promise",
            "warning",
        )


def _check_references(store_map: StoreMap, table: Table, info: TableInfo, found: Collector) -> None:
    """Each column that leads to a person must be indexed: erasure looks rows up by it."""
    steps = {path.steps[0].column for path in table.owners if path.steps}
    people = {t.name for t in store_map.tables if t.personal}
    keys = {key.columns[0]: key for key in info.foreign_keys if key.to_table in people}
    if info.kind not in ("table", "partition"):
        return
    for column in sorted(steps | {name for name, key in keys.items() if table.personal and not key.indexed}):
        leading = any(i.valid and i.columns[:1] == (column,) for i in info.indexes) or info.primary_key[:1] == (column,)
        if not leading and not (column in keys and keys[column].indexed):
            found.add(
                "map.unindexed-reference",
                table.place,
                f"`{table.name}.{column}` leads to a person and has no index",
                f"create one, as in CREATE INDEX CONCURRENTLY ON {table.name} ({column})",
                "finding or erasing one person reads the whole table, hundreds of times slower",
                "warning",
            )


def _words(terms: tuple[str, ...]) -> str:
    return ", ".join(f"`{term}`" for term in terms)
