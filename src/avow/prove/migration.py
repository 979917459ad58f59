"""Which sentences of the policy a migration would make false, tried on an empty clone before anybody runs it.

Promises: the migration runs in a scratch database on a scratch server and is rolled back; the real store is only described.
Each finding names what changes and the sentences that rest on it. Refuses to call a migration harmless: no finding means
that its change of shape, of grants and of routines breaks nothing that the map and the rules speak of; what it
does to rows is not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import psycopg
from psycopg import sql

from avow.datamap.clone import Connection, open_clone
from avow.datamap.coverage import says_a_use
from avow.datamap.holds import categories_of
from avow.datamap.model import StoreMap
from avow.datamap.names import find_by_name
from avow.errors import Collector, DataMapError, Diagnostic, Place
from avow.policy.promise import PolicyVersion, Rule
from avow.stores.port import StoreDescription, TableInfo
from avow.stores.postgres.describe import read_description
from avow.vocabulary import Vocabulary

_FILE = Place("migration")
_USES = ("permit", "forbid")


def diff_migration(
    description: StoreDescription,
    scratch_dsn: str,
    migration_sql: str,
    version: PolicyVersion,
    vocabulary: Vocabulary,
    store_map: StoreMap,
) -> tuple[Diagnostic, ...]:
    """`scratch_dsn` names a superuser of a PostgreSQL that holds nothing of value (Avow's own). Raises DataMapError:
    `map.migration-fails` when the migration does not run on the clone, `map.migration-not-postgresql` for other stores."""
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
    with open_clone(description, scratch_dsn) as (clone, _):
        before = read_description(clone)
        _run(clone, migration_sql)
        after = read_description(clone)
    found = Collector()
    inquiry = _Inquiry(version, vocabulary, store_map, found)
    inquiry.compare_columns(before, after)
    inquiry.compare_grants(before, after)
    inquiry.compare_ways_round(before, after)
    return tuple(sorted(found.found))


def _run(clone: Connection, migration: str) -> None:
    """Its own BEGIN and COMMIT are left out, and indexes are built plainly: everything happens in one transaction."""
    text = re.sub(r"(?im)^\s*(BEGIN|START TRANSACTION|COMMIT|END)\s*(WORK|TRANSACTION)?\s*;\s*$", "", migration)
    text = re.sub(r"(?i)\bCONCURRENTLY\b", "", text)
    try:
        clone.execute("SET LOCAL search_path = public")
        clone.execute(sql.SQL(text))  # the company's own file
        clone.execute("SET LOCAL search_path = pg_catalog")
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
    """Compares two descriptions and tells the sentences that rest on each difference."""

    def __init__(self, version: PolicyVersion, vocabulary: Vocabulary, store_map: StoreMap, found: Collector) -> None:
        self.version, self.vocabulary, self.map, self.found = version, vocabulary, store_map, found

    def compare_columns(self, before: StoreDescription, after: StoreDescription) -> None:
        for table in before.tables:
            now = after.find_table(table.name)
            names = {c.name for c in now.columns} if now else set()
            for column in table.columns:
                if column.name not in names:
                    self._tell_lost(table.name, column.name)
        for table in after.tables:
            then = before.find_table(table.name)
            known = {c.name for c in then.columns} if then else set()
            new = [c for c in table.columns if c.name not in known]
            if new:
                self._tell_new(table, [c.name for c in new], [c.comment for c in new], then is None)

    def _tell_lost(self, table: str, column: str) -> None:
        mapped = self.map.find_table(table)
        held = mapped.find_column(column) if mapped else None
        if held and mapped and (categories := categories_of(held)):
            rules = list(self._reaching(categories, ("permit", "require.field", "require.source")))
            self._tell(f"`{table}.{column}` would be gone", rules, "change the map and the policy with it")

    def _tell_new(self, table: TableInfo, names: list[str], comments: list[str], whole: bool) -> None:
        """New columns: an inventory sentence becomes false at once; others only where the name tells a category."""
        mapped = self.map.find_table(table.name)
        guessed = [find_by_name(n, c) for n, c in zip(names, comments, strict=True)]
        categories = frozenset(c for found in guessed for c in found)
        listed = ", ".join(f"`{table.name}.{name}`" for name in names)
        what = f"{'the new table with ' if whole else ''}{listed} would hold data that nobody has mapped"
        what += f" (by name {', '.join(f'`{c}`' for c in sorted(categories))})" if categories else ""
        personal = bool(categories) or bool(mapped and mapped.personal)
        inventories = [r for r in self.version.rules if r.kind == "require.inventory"] if personal else []
        self._tell(
            what, inventories, "map the columns, and list what they hold in the policy, before the migration runs"
        )
        rules = self.version.rules
        uncovered = [c for c in sorted(categories) if not any(says_a_use(r, c, self.vocabulary) for r in rules)]
        if uncovered:
            self.found.add(
                "map.migration-needs-promise",
                _FILE,
                f"{listed} would hold {', '.join(f'`{c}`' for c in uncovered)}, and no promise says what for",
                "say it in the policy, or leave it out",
                "the policy would no longer tell everything that is held",
            )

    def compare_grants(self, before: StoreDescription, after: StoreDescription) -> None:
        then = {login.name: set(login.privileges) for login in before.logins}
        for login in after.logins:
            grants = sorted(set(login.privileges) - then.get(login.name, set()))
            for grant in grants:
                self._tell_grant(login.name, grant)
            was = next((old for old in before.logins if old.name == login.name), None)
            above = login.superuser or login.bypass_row_security
            if above and not (was and (was.superuser or was.bypass_row_security)):
                rules = [r for r in self.version.rules if r.kind in _USES]
                self._tell(
                    f"`{login.name}` would go round every control", rules, "declare a custodian, or leave it out"
                )
            groups = set(login.member_of) - set(was.member_of if was else ())
            for group in sorted(groups & {"pg_read_all_data", "pg_write_all_data"}):
                rules = [r for r in self.version.rules if r.kind in _USES]
                self._tell(f"`{login.name}` would be a member of `{group}`", rules, "grant only what its pairs need")

    def _tell_grant(self, login: str, grant: str) -> None:
        table_name, right, column = [*grant.split(":"), ""][:3]
        table = self.map.find_table(table_name)
        columns = [c for c in table.columns if not column or c.name == column] if table else []
        categories = frozenset(c for held in columns for c in categories_of(held))
        if categories:
            rules = [r for r in self._reaching(categories, _USES)]
            who = "everybody" if login == "PUBLIC" else f"`{login}`"
            what = f"{who} would get {right} on `{table_name}{f'.{column}' if column else ''}`, beside the pairs"
            self._tell(what, rules, "give the login a pair that the policy permits, and let `avow apply` grant it")

    def compare_ways_round(self, before: StoreDescription, after: StoreDescription) -> None:
        for table in before.tables:
            now = after.find_table(table.name)
            mapped = self.map.find_table(table.name)
            if now and mapped and table.row_security and not now.row_security:
                categories = frozenset(c for held in mapped.columns for c in categories_of(held))
                rules = list(self._reaching(categories, _USES))
                self._tell(f"row security on `{table.name}` would be off", rules, "leave it on: `avow apply` owns it")
        known = {(r.name, r.definition) for r in before.routines}
        for routine in after.routines:
            new = (routine.name, routine.definition) not in known
            if new and routine.security_definer and routine.public_execute:
                rules = [r for r in self.version.rules if r.kind in _USES and self._is_read_by(routine.definition, r)]
                what = f"everybody could run `{routine.name}` with the rights of `{routine.owner}`"
                self._tell(what, rules, "revoke EXECUTE from PUBLIC, or make it SECURITY INVOKER")

    def _is_read_by(self, definition: str, rule: Rule) -> bool:
        named = [t for t in self.map.tables if re.search(rf"\b{re.escape(t.name.rpartition('.')[2])}\b", definition)]
        categories = {c for t in named for held in t.columns for c in categories_of(held)}
        return any(self.vocabulary.covers(term, c) for term in rule.data for c in categories)

    def _reaching(self, categories: Iterable[str], kinds: tuple[str, ...]) -> Iterator[Rule]:
        wanted = set(categories)
        for rule in self.version.rules:
            if rule.kind in kinds and any(self.vocabulary.covers(t, c) for t in rule.data for c in wanted):
                yield rule

    def _tell(self, what: str, rules: list[Rule], help: str) -> None:
        """One diagnostic for each sentence."""
        for promise in (p for p in self.version.promises if any(r.promise == p.id for r in rules)):
            self.found.add(
                "map.migration-breaks-sentence",
                promise.place if promise.place.file else Place("promises"),
                f"{what}; the sentence of `{promise.id}` would no longer be true: \u201c{promise.quote.exact}\u201d",
                help,
                "after the migration `avow check` would call the sentence broken or unproven",
            )
