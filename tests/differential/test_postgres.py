"""PostgreSQL against the reference engine: random policies, maps, people and rows, compared cell by cell.

A case is one pair on one table: as the pair's role, taken by the login of the map, the view of its schema is read (which rows,
which cells), every personal column is written (which cells change), every row is deleted and some are written anew, on the real
server. Half of the rows stand before the plan is applied, the others are inserted after it, and people's states are set and
cases about them opened and ended in between, so that backfill, state changes and the trigger for new rows are all part of what
is compared. `AVOW_DIFFERENTIAL_CASES=n` asks for a longer run (cases over all servers).
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import random
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from avow.compilers import Gate, Right, apply_plan, pair_roles, plan_postgres, reach
from avow.datamap.holds import categories_of
from avow.datamap.model import Aggregate, Column, Group, Pair, Table
from avow.errors import CompileRefused
from avow.policy.promise import PolicyVersion, Rule

_spec = importlib.util.spec_from_file_location("avow_worlds", Path(__file__).with_name("worlds.py"))
assert _spec
assert _spec.loader
worlds = importlib.util.module_from_spec(_spec)
sys.modules["avow_worlds"] = worlds
_spec.loader.exec_module(worlds)
make = worlds.make

WANTED = int(os.environ.get("AVOW_DIFFERENTIAL_CASES", "2000"))
TABLES, ROWS, VIEWS = 20, 8, 9
TESTED = (*make.ENFORCED, *make.ENFORCED, *make.OWNED, *make.OWNED, *make.CASED)
GATED = tuple(kind for kind in make.GATED if kind not in make.CASED)
NEW = 1000  # what is added to a row's id where it is written anew


def cases_per_server(servers: int) -> int:
    """All of them together look at `WANTED` cases."""
    return -(-WANTED // servers)


class Bench:
    """One world on one server: its database, what stands in it, and what went unenforced by name."""

    def __init__(self, dsn: str, seed: int, login: str) -> None:
        self.rng = random.Random(seed)
        self.dsn, self.seed, self.login = dsn, seed, login
        kinds = TESTED if seed % 3 else (*make.ENFORCED, *TESTED, *GATED)
        self.world = worlds.make_world(self.rng, "company", TABLES, kinds, login, groups=VIEWS)
        self.version = worlds.safe_version(self.world.version, GATED)
        self.rows = {t.name: [worlds.make_row(self.rng, n, t) for n in range(ROWS)] for t in self.world.store.tables}
        self.rows["company.people"] = self.rows["company.people"][: worlds.PEOPLE]
        self.refused: list[str] = []

    def make_company(self, conn: psycopg.Connection[Any]) -> None:
        statements = [
            f"CREATE SCHEMA company; CREATE ROLE {self.login} LOGIN; GRANT USAGE ON SCHEMA company TO {self.login}"
        ]
        statements += [_create(table) for table in self.world.store.tables]
        conn.execute("; ".join(statements))
        for table in self.world.store.tables:
            self.insert(conn, table, self.rows[table.name][::2] if not table.key else self.rows[table.name])

    def insert(self, conn: psycopg.Connection[Any], table: Table, rows: list[Any]) -> None:
        values = [_values(table, row) for row in rows]
        conn.cursor().executemany(f"INSERT INTO {table.name} VALUES ({', '.join(['%s'] * len(values[0]))})", values)

    def apply(self) -> None:
        """Apply; a table that is refused by name is left out and counted, and the rest is applied."""
        while True:
            try:
                apply_plan(self.dsn, self.world.version, worlds.VOCABULARY, self.world.store)
                return
            except CompileRefused as refusal:
                names = [
                    t.name
                    for t in self.world.store.tables
                    if any(f"`{t.name}`" in d.cause for d in refusal.diagnostics)
                ]
                if not names:
                    raise
                self.refused += names
                left = tuple(t for t in self.world.store.tables if t.name not in names)
                counted = tuple(a for a in self.world.store.aggregates if a.table not in names)
                store = worlds.replace(self.world.store, tables=left, aggregates=counted)
                self.world = worlds.replace(self.world, store=store)

    def change_people(self, conn: psycopg.Connection[Any]) -> None:
        """States first for the rows that stand, then the other rows by insert, and some rows change their owner."""
        exists = conn.execute("SELECT to_regprocedure('avow.set_state(text, text, text, boolean)')").fetchone()
        for person, marks in self.world.states.items() if exists and exists[0] else ():
            for mark in sorted(marks):
                conn.execute("SELECT avow.set_state('company.people', %s, %s, true)", (str(person), mark))
        self.open_cases(conn)
        for table in self.world.store.tables:
            if not table.key:
                self.insert(conn, table, self.rows[table.name][1::2])
                self.rows[table.name][0] = self.move(conn, table, self.rows[table.name][0])

    def open_cases(self, conn: psycopg.Connection[Any]) -> None:
        """Of each kind about everybody: some are open; of the others one has ended, and one is past its end."""
        exists = conn.execute("SELECT to_regclass('avow.case_open'), to_regproc('avow.open_case')").fetchone()
        for kind in (case.kind for case in self.world.store.cases if exists and all(exists)):
            for person, opened in self.world.cases.items():
                is_open = kind in opened
                for name, day in (("first", 1), ("second", 1 if is_open else -1)):
                    case = f"{kind} {name} of {person}"
                    conn.execute(
                        "SELECT avow.open_case(%s, %s, 'company.people', %s, now() + %s * interval '1 day')",
                        (case, kind, str(person), day),
                    )
                    if name == "first":
                        conn.execute("SELECT avow.end_case(%s)", (case,))

    def move(self, conn: psycopg.Connection[Any], table: Table, row: Any) -> Any:
        owners = tuple(self.rng.choice(range(worlds.PEOPLE)) for _ in row.owners)
        for column, owner in zip(("owner", "other"), owners, strict=False):
            conn.execute(f"UPDATE {table.name} SET {column} = %s WHERE id = %s", (owner, row.id))
        return worlds.replace(row, owners=owners)

    def most(self, table: Table, pair: Pair, do: str) -> set[tuple[int, str]]:
        """The cells that the reference allows for every person that the row is about."""
        return {
            (row.id, column.name)
            for row, column in self.cells(table)
            if all(self.allows(table, column, pair, do, row, s) for s in worlds.states_of(row, self.world.states))
        }

    def least(self, table: Table, pair: Pair, do: str) -> set[tuple[int, str]]:
        """The cells that must not be kept back: those allowed under the joint state of the row's people."""
        inverted = worlds.inverts_state(self.version)
        return {
            (row.id, column.name)
            for row, column in self.cells(table)
            if not (inverted and len(set(row.owners)) > 1)
            and self.allows(table, column, pair, do, row, worlds.joint_state(row, self.world.states))
        }

    def allows(self, table: Table, column: Column, pair: Pair, do: str, row: Any, state: frozenset[str]) -> bool:
        """A case about the row is one about the person to whom its first owner path leads."""
        cases = self.world.cases.get(row.owners[0], frozenset()) if row.owners else frozenset()
        return worlds.is_allowed(self.version, table, column, pair, do, row, state, self.world.own, cases)

    def whole_rows(self, table: Table, pair: Pair, columns: set[str], rows: list[Any], least: bool) -> set[int]:
        """The rows of which the reference allows the pair to write each of these columns."""
        inverted = worlds.inverts_state(self.version)
        return {
            row.id
            for row in rows
            if not (least and inverted and len(set(row.owners)) > 1)
            and all(
                self.allows(table, column, pair, "write", row, state)
                for column in table.columns
                if column.name in columns
                for state in (
                    [worlds.joint_state(row, self.world.states)] if least else worlds.states_of(row, self.world.states)
                )
            )
        }

    def new_rows(self, table: Table) -> list[Any]:
        """Three rows like those that stand, as they would be written anew; of the table of people: of people nobody knows."""
        chosen = random.Random(f"{self.seed} {table.name}").sample(self.rows[table.name], 3)
        return [
            worlds.replace(row, id=row.id + NEW, owners=(row.id + NEW,) if table.key else row.owners) for row in chosen
        ]

    def cells(self, table: Table) -> list[tuple[Any, Column]]:
        return [(row, column) for row in self.rows[table.name] for column in table.columns if categories_of(column)]


def _create(table: Table) -> str:
    clock = ("date", "timestamptz", "timestamp")[len(table.columns) % 3]
    types = {"id": "int PRIMARY KEY", "owner": "int", "other": "int", "seen": clock}
    columns = [f"{c.name} {'jsonb' if c.keys else types.get(c.name, 'text')}" for c in table.columns]
    return f"CREATE TABLE {table.name} ({', '.join(columns)})"


def _values(table: Table, row: Any) -> list[Any]:
    owners = dict(zip(("owner", "other"), row.owners, strict=False)) if not table.key else {}
    role = worlds.ROLE_COLUMN.get(row.words.get("contact_role", ""))
    seen = f"{row.collected} 00:00:00+00" if row.collected else None
    known = {
        "seen": seen,
        "id": row.id,
        "owner": None,
        "other": None,
        **owners,
        "role": role,
        "tier": row.words.get("tier"),
    }
    return [known.get(c.name, '{"a": 1}' if c.keys else f"{c.name}{row.id % 2}") for c in table.columns]


@contextlib.contextmanager
def taken(conn: psycopg.Connection[Any], login: str, role: str) -> Iterator[None]:
    """As the login that took the pair, within one transaction."""
    both = sql.SQL("SET LOCAL SESSION AUTHORIZATION {}; SET LOCAL ROLE {}")
    conn.execute(both.format(sql.Identifier(login), sql.Identifier(role)))
    yield
    conn.execute("SET LOCAL SESSION AUTHORIZATION DEFAULT")


def read_cells(conn: psycopg.Connection[Any], table: Table, schema: str) -> set[tuple[int, str]]:
    """The personal cells that the view shows; none where the pair has no view of the table."""
    view = sql.Identifier(schema, table.name.split(".")[1])
    found = conn.execute("SELECT to_regclass(%s)", (view.as_string(conn),)).fetchone()
    if not found or found[0] is None:
        return set()
    cursor = conn.execute(sql.SQL("SELECT * FROM {}").format(view))
    names = [column.name for column in cursor.description or ()]
    personal = {c.name for c in table.columns if categories_of(c)}
    shown = {
        (row[names.index("id")], n)
        for row in cursor
        for n, v in zip(names, row, strict=True)
        if n in personal and v is not None
    }
    return shown


def granted_columns(conn: psycopg.Connection[Any], role: str, table: Table, privilege: str) -> set[str]:
    query = (
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
        " AND has_column_privilege(%s, attrelid, attnum, %s)"
    )
    return {row[0] for row in conn.execute(query, (table.name, role, privilege))}


def written_cells(conn: psycopg.Connection[Any], table: Table, login: str, role: str) -> set[tuple[int, str]]:
    """The cells that the role can change, one column at a time, each try rolled back."""
    changed = set()
    granted = granted_columns(conn, role, table, "UPDATE")
    for column in table.columns:
        if categories_of(column) and column.name in granted:
            new = '{"b": 1}' if column.keys else "new"
            conn.execute("SAVEPOINT try")
            with taken(conn, login, role):
                conn.execute(sql.SQL("UPDATE {} SET {} = %s").format(_name(table), sql.Identifier(column.name)), (new,))
            query = sql.SQL("SELECT id FROM {} WHERE {} = %s").format(_name(table), sql.Identifier(column.name))
            changed |= {(row[0], column.name) for row in conn.execute(query, (new,))}
            conn.execute("ROLLBACK TO try")
    return changed


def deleted_rows(conn: psycopg.Connection[Any], table: Table, login: str, role: str) -> set[int]:
    """The rows that the role can delete, rolled back."""
    may = conn.execute("SELECT has_table_privilege(%s, %s, 'DELETE')", (role, table.name)).fetchone()
    if not may or not may[0]:
        return set()
    all_of_them = sql.SQL("SELECT id FROM {}").format(_name(table))
    before = {row[0] for row in conn.execute(all_of_them)}
    conn.execute("SAVEPOINT try")
    with taken(conn, login, role):
        conn.execute(sql.SQL("DELETE FROM {}").format(_name(table)))
    left = {row[0] for row in conn.execute(all_of_them)}
    conn.execute("ROLLBACK TO try")
    return before - left


def inserted_rows(conn: psycopg.Connection[Any], table: Table, login: str, role: str, rows: list[Any]) -> set[int]:
    """Which of these rows the role can write, with every column that it may give; each rolled back."""
    granted = granted_columns(conn, role, table, "INSERT")
    given = [c.name for c in table.columns if c.name in granted]
    words = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
        _name(table),
        sql.SQL(", ").join(map(sql.Identifier, given)),
        sql.SQL(", ").join([sql.Placeholder()] * len(given)),
    )
    written = set()
    for row in rows if given else ():
        values = dict(zip((c.name for c in table.columns), _values(table, row), strict=True))
        conn.execute("SAVEPOINT try")
        with contextlib.suppress(psycopg.errors.InsufficientPrivilege), taken(conn, login, role):
            conn.execute(words, [values[name] for name in given])
            written.add(row.id)
        conn.execute("ROLLBACK TO try")
    return written


def _name(table: Table) -> sql.Identifier:
    return sql.Identifier(*table.name.split("."))


def compare(bench: Bench, conn: psycopg.Connection[Any], gates: list[str], seen: Counter[str]) -> None:
    roles = pair_roles(conn)
    matrix = reach(bench.world.version, worlds.VOCABULARY, bench.world.store)
    for table in bench.world.store.tables:
        for pair in bench.world.store.pairs:
            role, schema = roles[pair]
            right, new = matrix.find(pair, table.name), bench.new_rows(table)
            with conn.transaction(force_rollback=True):
                with taken(conn, bench.login, role):
                    shown = read_cells(conn, table, schema)
                asked = conn, table, bench.login, role
                case = Case(bench, table, pair, shown, written_cells(*asked))
                case.deleted, case.inserted = deleted_rows(*asked), inserted_rows(*asked, new)
            gated = any(f"writes of {pair} on {table.name}," in gate for gate in gates)
            case.check(right, gated)
            case.check_rows(right, new, gated)
            case.count(seen)


@dataclass
class Case:
    """What one pair could do with one table, beside what the reference allows."""

    bench: Bench
    table: Table
    pair: Pair
    shown: set[tuple[int, str]]
    written: set[tuple[int, str]]
    deleted: set[int] = field(default_factory=set)
    inserted: set[int] = field(default_factory=set)
    narrower: int = 0

    def check(self, right: Right | None, gated: bool) -> None:
        name = f"seed {self.bench.seed}, {self.table.name}, {self.pair}"
        readable, writable = (self.bench.most(self.table, self.pair, do) for do in ("read", "write"))
        assert self.shown <= readable, f"{name}: showed what nobody permits {sorted(self.shown - readable)}"
        assert self.written <= writable, f"{name}: wrote what nobody permits {sorted(self.written - writable)}"
        if not self.table.owners and worlds.uses_state(self.bench.version):
            return  # a right that hangs on a person's state is not given on rows of nobody: a named gate of the matrix
        kept_back = self.bench.least(self.table, self.pair, "read") - self.shown
        assert not kept_back, f"{name}: hid what is permitted {sorted(kept_back)}"
        must = self.bench.least(self.table, self.pair, "write")
        for row, column in must - self.written:
            whole = right is not None and {c for r, c in must if r == row} >= set(right.write)
            assert gated or not whole or not (right and right.read), (
                f"{name}: kept `{column}` of row {row} from being written"
            )
        self.narrower = len(must - self.written)

    def check_rows(self, right: Right | None, new: list[Any], gated: bool) -> None:
        """Deleted and written anew: rows of which every column that the pair may ever write may be written. Nothing is deleted
        by who may read nothing of the table."""
        name = f"seed {self.bench.seed}, {self.table.name}, {self.pair}"
        columns = set(right.write) if right else set()
        for did, of in ((self.deleted, self.bench.rows[self.table.name]), (self.inserted, new)):
            may = self.bench.whole_rows(self.table, self.pair, columns, of, least=False) if columns else set()
            assert did <= may, f"{name}: deleted or inserted what nobody permits {sorted(did - may)}"
            if gated or not columns or (not self.table.owners and worlds.uses_state(self.bench.version)):
                continue
            if did is self.deleted and not (right and right.read):
                continue
            must = self.bench.whole_rows(self.table, self.pair, columns, of, least=True)
            assert must <= did, f"{name}: kept from being deleted or inserted {sorted(must - did)}"

    def count(self, seen: Counter[str]) -> None:
        personal = sum(bool(categories_of(c)) for c in self.table.columns)
        seen["cases"] += 1
        seen["readable cells"] += len(self.shown)
        seen["hidden cells"] += len(self.bench.rows[self.table.name]) * personal - len(self.shown)
        seen["written cells"] += len(self.written)
        seen["deleted rows"] += len(self.deleted)
        seen["inserted rows"] += len(self.inserted)
        seen["permitted writes kept narrower"] += self.narrower


Groups = dict[
    tuple[str | None, ...], tuple[int, int]
]  # values of a group -> how many rows it counts, the sum of their numbers


def read_groups(conn: psycopg.Connection[Any], bench: Bench, role: str, schema: str, name: str) -> Groups | None:
    """What the pair sees in its view of groups; None where it has none."""
    view = sql.Identifier(schema, name)
    with conn.transaction(force_rollback=True), taken(conn, bench.login, role):
        found = conn.execute("SELECT to_regclass(%s)", (view.as_string(conn),)).fetchone()
        if not found or found[0] is None:
            return None
        rows = conn.execute(sql.SQL("SELECT * FROM {}").format(view)).fetchall()
    return {tuple(None if v is None else str(v) for v in row[:-2]): (row[-2], int(row[-1])) for row in rows}


def expected_groups(bench: Bench, aggregate: Aggregate, pair: Pair, permit: Rule) -> Groups:
    """What the reference engine lets the pair see of the groups by this permit: it is asked about every row and every person
    that is counted, and about the person in whose row a group's value stands."""
    version = worlds.only_by(bench.version, permit)
    table = bench.world.store.find_table(aggregate.table)
    shown = worlds.shown_by(bench.world.store, aggregate)
    groups: dict[tuple[str | None, ...], list[Any]] = {}
    for row in bench.rows[aggregate.table]:
        if worlds.may_count(version, table, shown, pair, row, bench.world.states, worlds.LARGE):
            key = tuple(_group_value(bench, version, pair, table, group, row) for group in aggregate.groups)
            groups.setdefault(key, []).append(row)
    found = {}
    for key, rows in groups.items():
        people = len({row.owners[0] for row in rows if row.owners and row.owners[0] is not None})
        if all(worlds.may_count(version, table, shown, pair, row, bench.world.states, people) for row in rows):
            found[key] = (len(rows), sum(row.id for row in rows))
    return found


def _group_value(bench: Bench, version: PolicyVersion, pair: Pair, table: Table, group: Group, row: Any) -> str | None:
    """Of a person to whom the row leads it is nothing where that person is not known, or the permit does not reach the cell."""
    home = table
    if group.via:
        owner = dict(zip(("owner", "other"), row.owners, strict=False)).get(group.via[0].column)
        home, rows = bench.world.store.tables[0], [r for r in bench.rows["company.people"] if r.id == owner]
        categories = categories_of(home.find_column(group.column))
        if not rows or not worlds.may_count(version, home, categories, pair, rows[0], bench.world.states, worlds.LARGE):
            return None
        row = rows[0]
    value = dict(zip((c.name for c in home.columns), _values(home, row), strict=True))[group.column]
    return None if value is None else str(json.loads(value)) if home.find_column(group.column).keys else value


def compare_groups(bench: Bench, conn: psycopg.Connection[Any], gates: tuple[Gate, ...], seen: Counter[str]) -> None:
    """Each view of groups shows what the strictest permit that covers it lets it show, or is refused by name."""
    roles = pair_roles(conn)
    for aggregate in bench.world.store.aggregates:
        table = bench.world.store.find_table(aggregate.table)
        categories = worlds.shown_by(bench.world.store, aggregate)
        for pair in bench.world.store.pairs:
            name = f"seed {bench.seed}, {aggregate.name} of {aggregate.table}, {pair}"
            given = [r for r in bench.world.version.rules if r.form == "aggregate"]
            covering = [r for r in given if worlds.covers_groups(bench.world.version, r, table, categories, pair)]
            strictest = [r for r in covering if r.at_least == max(c.at_least for c in covering)]
            shown = read_groups(conn, bench, *roles[pair], aggregate.name)
            gated = [g for g in gates if g.construct.startswith(f"groups of {aggregate.name}:")]
            gated = [g for g in gated if g.rule in {r.id for r in strictest}]
            if shown is None:
                assert gated or not covering, f"{name}: kept back without a word"
                assert not gated or _may_be_refused(bench, table, strictest), f"{name}: {gated} without reason"
                seen["views of groups refused by name"] += bool(gated)
                continue
            expected = [expected_groups(bench, aggregate, pair, rule) for rule in strictest]
            assert shown in expected, f"{name}: shows {shown}, and may show {expected}"
            seen["views of groups"] += 1
            seen["groups"] += len(shown)
            seen["groups of more than one"] += sum(count > 1 for count, _ in shown.values())


def _may_be_refused(bench: Bench, table: Table, permits: list[Rule]) -> bool:
    """A prohibition, an earlier version or a condition that groups cannot test, or not on rows of nobody, stands in the way."""
    version = bench.world.version
    tested = ("state_absent", "state_present", "row") if table.owners else ("row",)
    barred = bool(version.owed) or any(rule.kind == "forbid" for rule in version.rules)
    return barred or any(c.kind not in tested for rule in permits for c in (*rule.when, *rule.unless))


@pytest.mark.timeout(600)
def test_postgresql_shows_and_changes_exactly_what_the_reference_allows(cluster: Any) -> None:
    seen: Counter[str] = Counter()
    seed = cluster.version * 1000
    found = sys.modules["avow_test_servers"]
    wanted = cases_per_server(len(found.get_external() or found.find_versions()))
    while seen["cases"] < wanted:
        seed += 1
        dsn = cluster.create_database()
        bench = Bench(dsn, seed, f"dif_{cluster.version}_{seed}")
        with psycopg.connect(dsn, autocommit=True) as conn:
            bench.make_company(conn)
            bench.apply()
            bench.change_people(conn)
            plan = plan_postgres(conn, bench.world.version, worlds.VOCABULARY, bench.world.store)
            assert plan.empty, plan.statements
            compare(bench, conn, [gate.construct for gate in plan.gates], seen)
            compare_groups(bench, conn, plan.gates, seen)
            seen["refused tables"] += len(bench.refused)
            seen["gates"] += len(plan.gates)
            seen["policies"] += 1
            seen["earlier versions"] += len(bench.world.version.owed)
            for right in reach(bench.world.version, worlds.VOCABULARY, bench.world.store).rights.values():
                terms = [term for formula in (*right.read.values(), *right.write.values()) for term in formula.terms]
                seen["rights on own rows"] += any(fact.own for term in terms for fact in term.rows)
                seen["rights on cases"] += any(term.cases for term in terms)
    print(f"\nPostgreSQL {cluster.version}:", ", ".join(f"{number} {name}" for name, number in seen.items()))
    assert min(seen["readable cells"], seen["hidden cells"]) > 1_000, seen
    assert seen["written cells"] > 200, seen
    assert seen["earlier versions"] > 3, seen
    assert min(seen["rights on own rows"], seen["rights on cases"]) > 20, seen
    assert min(seen["deleted rows"], seen["inserted rows"]) > 100, seen
    assert min(seen["groups of more than one"], seen["views of groups refused by name"]) > 40, seen


LOOSENED = {
    "a policy that lets every row through": "ALTER POLICY {policy} ON {table} USING (true)",
    "row security turned off": "ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
    "a state that was wiped from the rows": "UPDATE {table} SET avow_mask = 0",
}


@pytest.mark.parametrize("how", LOOSENED)
def test_the_comparison_sees_what_was_loosened_behind_its_back(cluster: Any, how: str) -> None:
    dsn = cluster.create_database()
    bench = Bench(dsn, 15_002, f"dif_{cluster.version}_loose")
    with psycopg.connect(dsn, autocommit=True) as conn:
        bench.make_company(conn)
        bench.apply()
        bench.change_people(conn)
        policies = conn.execute(
            "SELECT policyname, schemaname || '.' || tablename FROM pg_policies"
            " WHERE cmd = 'SELECT' AND qual LIKE '%avow_mask%' ORDER BY 2, 1"
        ).fetchall()
        assert policies, "the world of this seed has no policy that depends on a state"
        for policy, table in policies:
            conn.execute(LOOSENED[how].format(policy=policy, table=table))
        with pytest.raises(AssertionError, match="permit"):
            compare(
                bench,
                conn,
                [f"writes of {p} on {t.name}," for p in bench.world.store.pairs for t in bench.world.store.tables],
                Counter(),
            )
