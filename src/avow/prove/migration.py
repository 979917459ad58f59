"""Which sentences of the policy a migration would make false, tried on an empty clone before anybody runs it.

Promises: the migration runs in a scratch database on a scratch server and is rolled back; the real store is only described.
Who reaches what, and what an inventory lists, is compared before and after by the same questions that a check asks. Each
finding names what changes and the sentences that rest on it. Refuses to call a migration harmless: no finding means that
its change of shape, of rights and of routines breaks nothing that the map and the rules speak of; what it does to rows, and
to triggers and policies that stand in the store already, is not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

import psycopg
from psycopg import sql

from avow.datamap.clone import Connection, open_clone
from avow.datamap.coverage import says_a_use
from avow.datamap.holds import categories_of
from avow.datamap.model import StoreMap
from avow.datamap.names import find_by_name
from avow.errors import Collector, DataMapError, Diagnostic, Place
from avow.policy.promise import PolicyVersion, Rule
from avow.prove.live import Live, read_live
from avow.prove.probes.inventory import inventory_faults
from avow.prove.resting import rules_on
from avow.prove.scope import Field, fields_of, named_columns, tables_of
from avow.prove.way import READ, Way
from avow.prove.ways import find_ways, judge, opaque_routines
from avow.stores.port import ColumnInfo, StoreDescription, TableInfo
from avow.stores.postgres.describe import read_description
from avow.vocabulary import Vocabulary

_FILE = Place("migration")
_USES = ("permit", "forbid")


@dataclass(frozen=True)
class _Reading:
    """The clone at one moment: its shape, and who reaches what in it."""

    shape: StoreDescription
    live: Live


def diff_migration(
    description: StoreDescription,
    scratch_dsn: str,
    migration_sql: str,
    version: PolicyVersion,
    vocabulary: Vocabulary,
    store_map: StoreMap,
    today: date = date.min,
) -> tuple[Diagnostic, ...]:
    """`scratch_dsn` names a superuser of a PostgreSQL that holds nothing of value (Avow's own); on `today` custodians' declarations
    are judged. Raises DataMapError: `map.migration-fails` when the migration does not run on the clone,
    `map.migration-not-postgresql` for other stores."""
    if description.kind != "postgresql":
        raise DataMapError(
            Diagnostic(
                _FILE,
                "map.migration-not-postgresql",
                f"store `{store_map.name}` is of kind `{description.kind}`; only PostgreSQL's migrations are tried on a clone",
                "run the migration on a copy of the store, and `avow lint` and `avow check` against that copy",
                "nothing can be said about what it would change",
            )
        )
    tables = [table.name for table in store_map.tables]
    with open_clone(description, scratch_dsn) as (clone, _):
        before = _read(clone, tables)
        _run(clone, migration_sql)
        after = _read(clone, tables)
    found = Collector()
    inquiry = _Inquiry(version, vocabulary, store_map, found, today)
    inquiry.compare_columns(before.shape, after.shape)
    inquiry.compare_inventories(before.shape, after.shape)
    inquiry.compare_ways(before.live, after.live)
    inquiry.compare_row_rules(before.live, after.live)
    inquiry.compare_views(before.live, after.live, before.shape)
    return tuple(sorted(found.found))


def _read(clone: Connection, tables: list[str]) -> _Reading:
    clone.execute("SET LOCAL search_path = pg_catalog")  # so that definitions name their schemas, before and after
    return _Reading(read_description(clone), read_live(clone, tables))


def _run(clone: Connection, migration: str) -> None:
    """Its own BEGIN and COMMIT are left out, and indexes are built plainly: everything happens in one transaction."""
    text = re.sub(r"(?im)^\s*(BEGIN|START TRANSACTION|COMMIT|END)\s*(WORK|TRANSACTION)?\s*;\s*$", "", migration)
    text = re.sub(r"(?i)\bCONCURRENTLY\b", "", text)
    try:
        clone.execute("SET LOCAL search_path = public")
        clone.execute(sql.SQL(text))  # the company's own file
    except psycopg.Error as error:
        raise DataMapError(
            Diagnostic(
                _FILE,
                "map.migration-fails",
                f"the migration does not run on an empty clone of the schema (SQLSTATE {error.sqlstate or 'none'})",
                "mend it, or split off the part that needs rows, policies or psql's own commands",
                "nothing can be said about what it would change",
            )
        ) from error


class _Inquiry:
    """Compares two readings and tells the sentences that rest on each difference."""

    def __init__(
        self, version: PolicyVersion, vocabulary: Vocabulary, store_map: StoreMap, found: Collector, today: date
    ) -> None:
        self.version, self.vocabulary, self.map, self.found = version, vocabulary, store_map, found
        self.today = today

    def compare_columns(self, before: StoreDescription, after: StoreDescription) -> None:
        for table in before.tables:
            now = after.find_table(table.name)
            lost = [c.name for c in table.columns if now is None or now.find_column(c.name) is None]
            self._tell_lost(table.name, lost, "would be gone", "change the map and the policy with it")
            changed = [c.name for c in table.columns if now and _is_spoiled(c, now.find_column(c.name))]
            help = "leave Avow's own columns as `avow apply` made them"
            self._tell_lost(table.name, changed, "would no longer be as Avow made it", help)
        for table in after.tables:
            then = before.find_table(table.name)
            new = [c for c in table.columns if then is None or then.find_column(c.name) is None]
            if new:
                self._tell_new(table, new)

    def _tell_lost(self, name: str, columns: list[str], what: str, help: str) -> None:
        """One sentence for each promise, with all of its columns."""
        table = self.map.find_table(name)
        if table is None:
            return
        if table is None or not columns:
            return
        carried = {c: list(rules_on(c, table, self.map, self.version.rules, self.vocabulary)) for c in columns}
        resting: dict[tuple[str, ...], list[Rule]] = {}
        for rule in self.version.rules:
            needed = tuple(c for c in columns if rule in carried[c])
            if needed:
                resting.setdefault(needed, []).append(rule)
        for needed, rules in resting.items():
            listed = ", ".join(f"`{name}.{column}`" for column in needed)
            self._tell(f"{listed} {what}", rules, help)

    def _tell_new(self, table: TableInfo, new: list[ColumnInfo]) -> None:
        """Names that tell a category of which no promise says what it is for."""
        categories = sorted({c for column in new for c in find_by_name(column.name, column.comment)})
        rules = self.version.rules
        uncovered = [c for c in categories if not any(says_a_use(r, c, self.vocabulary) for r in rules)]
        if uncovered:
            listed = ", ".join(f"`{table.name}.{column.name}`" for column in new)
            self.found.add(
                "map.migration-needs-promise",
                _FILE,
                f"{listed} would hold {', '.join(f'`{c}`' for c in uncovered)}, and no promise says what for",
                "say it in the policy, or leave it out",
                "the policy would no longer tell everything that is held",
            )

    def compare_inventories(self, before: StoreDescription, after: StoreDescription) -> None:
        """What the inventory's probe would find after the migration and does not find before."""
        for rule in (r for r in self.version.rules if r.kind == "require.inventory"):
            scope = tables_of(rule, self.map, self.vocabulary)
            known = set(inventory_faults(scope, self.map, before))
            new = [fault for fault in inventory_faults(scope, self.map, after) if fault not in known]
            if new:
                help = "map what is new, and list what it holds in the policy, before the migration runs"
                self._tell(f"after it {_some(new)}", [rule], help)

    def compare_ways(self, before: Live, after: Live) -> None:
        fields = frozenset(
            Field(table.name, column.name)
            for table in self.map.tables
            for column in table.columns
            if not table.ignore and categories_of(column)
        )
        help = "give the login a pair that the policy permits and let `avow apply` grant it, or declare a custodian"
        ways = self._ways(after, fields) - self._ways(before, fields)
        for rule, own in self._by_promise(ways):
            self._tell(f"{_say(own)}, beside the pairs", [rule], help)
        hidden = self._hidden(after, fields) - self._hidden(before, fields)
        for rule, own in self._by_promise(hidden):
            told = "; ".join(sorted({f"{_who(way.role)} could run {way.how}" for way in own}))
            self._tell(told, [rule], "write out which tables it reads, make it SECURITY INVOKER, or declare it")

    def _ways(self, live: Live, fields: frozenset[Field]) -> set[Way]:
        return set(judge(find_ways(live, (), fields), self.map, self.today).open)

    def _hidden(self, live: Live, fields: frozenset[Field]) -> set[Way]:
        """One for each rule's fields, as a routine that nobody can see through names but the first that it may reach."""
        return {
            way
            for rule in self.version.rules
            if rule.kind in _USES
            for own in [frozenset(fields_of(rule, self.map, self.vocabulary)) & fields]
            for way in opaque_routines(live, self.map, own, self.today).open
        }

    def _by_promise(self, ways: Iterable[Way]) -> list[tuple[Rule, set[Way]]]:
        """The ways that reach the data of each promise, beside one of its rules."""
        found: dict[str, tuple[Rule, set[Way]]] = {}
        known = list(ways)
        for rule in self.version.rules if known else ():
            if rule.kind in _USES:
                fields = set(fields_of(rule, self.map, self.vocabulary))
                hit = {way for way in known if way.field in fields}
                if hit:
                    found.setdefault(rule.promise, (rule, set()))[1].update(hit)
        return list(found.values())

    def compare_row_rules(self, before: Live, after: Live) -> None:
        """Row security that is switched off, and policies that let more rows through."""
        for name, table in before.tables.items():
            now = after.tables.get(name)
            rules = list(self._reaching(name))
            if now and table.row_security and not now.row_security:
                self._tell(f"row security on `{name}` would be off", rules, "leave it on: `avow apply` owns it")
            known = [policy for policy in before.policies if policy.table_name == name]
            for policy in (p for p in after.policies if p.table_name == name and p.permissive and p not in known):
                what = f"the row policy `{policy.name}` would let {', '.join(map(_who, policy.roles))} see more of `{name}`"
                self._tell(what, rules, "leave row policies to `avow apply`")

    def compare_views(self, before: Live, after: Live, then: StoreDescription) -> None:
        """New views of mapped columns that nobody mapped, whoever may read them."""
        shown: dict[str, list[str]] = {}
        for view, table, column in sorted(set(after.shown) - set(before.shown)):
            mapped = self.map.find_table(table)
            held = mapped.find_column(column) if mapped else None
            if held and categories_of(held) and then.find_table(view) is None and self.map.find_table(view) is None:
                shown.setdefault(view, []).append(f"`{table}.{column}`")
        for view, columns in shown.items():
            self.found.add(
                "map.unmapped-table",
                _FILE,
                f"the new view `{view}` would show {', '.join(columns)}, and nobody has mapped it",
                "add it to the map as `copy_of` that table, or leave it out",
                "`avow lint` would call it unmapped; whoever may read it reads with the rights of its owner",
            )

    def _reaching(self, table: str) -> Iterator[Rule]:
        mapped = self.map.find_table(table)
        for rule in self.version.rules:
            if rule.kind in _USES and mapped in tables_of(rule, self.map, self.vocabulary):
                yield rule

    def _tell(self, what: str, rules: Iterable[Rule], help: str) -> None:
        """One diagnostic for each sentence."""
        named = {rule.promise for rule in rules}
        for promise in (p for p in self.version.promises if p.id in named):
            self.found.add(
                "map.migration-breaks-sentence",
                promise.place if promise.place.file else Place("promises"),
                f"{what}; the sentence of `{promise.id}` would no longer be true: \u201c{promise.quote.exact}\u201d",
                help,
                "after the migration `avow check` would call the sentence broken or unproven",
            )


def _is_spoiled(was: ColumnInfo, now: ColumnInfo | None) -> bool:
    """A column of Avow's own whose type, default or NOT NULL is another one."""
    kept = now is None or (was.type, was.default, was.nullable) == (now.type, now.default, now.nullable)
    return was.name.startswith("avow_") and not kept


def _say(ways: Iterable[Way]) -> str:
    """One sentence: who would reach which columns, and how."""
    found: dict[tuple[str, str], list[Way]] = {}
    for way in ways:
        found.setdefault((way.role, way.how), []).append(way)
    return _some([_say_one(role, how, own) for (role, how), own in sorted(found.items())])


def _say_one(role: str, how: str, ways: list[Way]) -> str:
    who, columns = _who(role), named_columns(way.field for way in ways)
    rights = sorted({way.privilege for way in ways})
    if how == "by a grant of its own":
        return f"{who} would get {', '.join(rights)} on {columns}"
    routine = how.removeprefix("through the routine ")
    if routine != how:
        return f"{who} could run {routine} and reads {columns}"
    verbs = [verb for verb, has in (("read", READ in rights), ("write", rights != [READ])) if has]
    return f"{who} could {' and '.join(verbs)} {columns} {how}"


def _who(role: str) -> str:
    return "everybody" if role == "PUBLIC" else f"`{role}`"


def _some(words: list[str], most: int = 6) -> str:
    rest = f"; and {len(words) - most} more" if len(words) > most else ""
    return "; ".join(words[:most]) + rest
