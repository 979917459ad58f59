"""What each pair may reach: policy and data map as a matrix of columns and row formulas, computed symbolically.

Promises: the meaning of the reference engine, by an independent computation. What a database cannot test (own rows,
the place, the time, consent for a recipient) becomes a named gate and falls to the safe side: a
permit under it is not granted, a prohibition stands. Refuses to touch a store and to compile free text.
Source: decision 0003 (the more protective reading); architecture, "The policy compiles into the database".
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from avow.compilers.formula import (
    ALWAYS,
    NEVER,
    Formula,
    all_of,
    any_of,
    case_open,
    collected_since,
    given_row,
    mark_absent,
    mark_present,
    negated,
    own_row,
    row_fact,
)
from avow.compilers.plan import Gate
from avow.datamap.holds import categories_of
from avow.datamap.model import OWN, Pair, RecordKind, StoreMap, Table
from avow.policy.promise import Condition, Owed, PolicyVersion, Rule

FREE_TEXT = "any.personal"


class Terms(Protocol):
    """The one question that is asked of the vocabulary."""

    def covers(self, general: str, special: str) -> bool: ...


@dataclass(frozen=True)
class Right:
    """What one pair may do with one table. `read` and `write` map a personal column to the formula of its rows;
    `why` maps a column to the promise ids that decided. A column that is never allowed is not in the mapping."""

    pair: Pair
    table: str
    read: Mapping[str, Formula]
    write: Mapping[str, Formula]
    why: Mapping[str, tuple[str, ...]]

    @property
    def rows(self) -> Formula:
        """The rows of which at least one column may be read."""
        return any_of(self.read.values())

    @property
    def rectangular(self) -> bool:
        """Every readable column may be read on the same rows."""
        return len(set(self.read.values())) <= 1

    @property
    def written(self) -> Formula:
        """The rows of which every writable column may be written."""
        return all_of(self.write.values()) if self.write else NEVER

    @property
    def promises(self) -> tuple[str, ...]:
        return tuple(sorted({promise for found in self.why.values() for promise in found}))


@dataclass(frozen=True)
class Matrix:
    """Every right by (pair, table), and what no database enforces. A pair without a right on a table is not in it."""

    rights: Mapping[tuple[Pair, str], Right] = field(default_factory=dict)
    gates: tuple[Gate, ...] = ()

    def find(self, pair: Pair, table: str) -> Right | None:
        return self.rights.get((pair, table))

    def of_table(self, table: str) -> list[Right]:
        return [right for (_, name), right in self.rights.items() if name == table]

    def marks(self, table: str) -> tuple[frozenset[str], frozenset[str]]:
        """(deny marks, admit marks) that any pair's rows of the table depend on."""
        formulas = [f for right in self.of_table(table) for f in (*right.read.values(), *right.write.values())]
        absent = frozenset(mark for f in formulas for mark in f.absent)
        return absent, frozenset(mark for f in formulas for mark in f.present)


@dataclass
class _Compiler:
    version: PolicyVersion
    terms: Terms
    target: str
    rules: tuple[Rule, ...] | None = None  # instead of the version's own
    kinds: frozenset[str] = frozenset()  # of case that the store's map names
    gates: set[Gate] = field(default_factory=set)
    cache: dict[tuple[str, str, Pair, str], tuple[Formula, frozenset[str]]] = field(default_factory=dict)
    of_pair: dict[tuple[str, Pair, str], list[Rule]] = field(default_factory=dict)

    @property
    def _rules(self) -> tuple[Rule, ...]:
        return self.version.rules if self.rules is None else self.rules

    def use(self, category: str, subject: str, pair: Pair, do: str) -> tuple[Formula, frozenset[str]]:
        """(the rows, the deciding promises) of one category of one kind of subject."""
        asked = (category, subject, pair, do)
        if asked not in self.cache:
            self.cache[asked] = self._use(*asked)
        return self.cache[asked]

    def _use(self, category: str, subject: str, pair: Pair, do: str) -> tuple[Formula, frozenset[str]]:
        permits = [r for r in self._reaching("permit", category, subject, pair, do) if r.form == "rows"]
        permits = [r for r in permits if self._names(r, category)]
        allowed = any_of(self._permitted(rule) for rule in permits)
        if allowed.never:
            return NEVER, frozenset()
        forbids = self._reaching("forbid", category, subject, pair, do)
        allowed = all_of([allowed, *(self._spared(rule) for rule in forbids)])
        allowed = all_of([allowed, *(self._owed(owed, category, subject, pair, do) for owed in self.version.owed)])
        return allowed, frozenset(rule.promise for rule in (*permits, *forbids))

    def _owed(self, owed: Owed, category: str, subject: str, pair: Pair, do: str) -> Formula:
        """The rows on which an earlier version does not stand in the way: younger ones, those whose own terms allow the use,
        and those of people who were told of it or consented to it."""
        bare = replace(self.version, promises=(), owed=())
        then = _Compiler(bare, self.terms, self.target, owed.rules, self.kinds)
        permits = [r for r in then._reaching("permit", category, subject, pair, do) if r.form == "rows"]
        permitted = any_of(then._permitted(rule) for rule in permits if then._names(rule, category))
        spared = all_of(then._spared(rule) for rule in then._reaching("forbid", category, subject, pair, do))
        admitted = all_of(
            any_of([mark_present(f"told:{term}"), mark_present(f"consented:{term}")]) for term in then._unnamed(pair)
        )
        self.gates |= {replace(gate, rule=f"{gate.rule} of version {owed.version}") for gate in then.gates}
        return any_of([collected_since(owed.until.isoformat()), all_of([spared, any_of([permitted, admitted])])])

    def _unnamed(self, pair: Pair) -> list[str]:
        """The recipient if no permit names it; the purpose if none names that one, or if both are named."""
        permits = [rule for rule in self._rules if rule.kind == "permit"]
        recipient = any(self._any(rule.recipients, pair.recipient) for rule in permits)
        purpose = any(self._any(rule.purposes, pair.purpose) for rule in permits)
        return [pair.purpose] * (not purpose or recipient) + [pair.recipient] * (not recipient)

    def _reaching(self, kind: str, category: str, subject: str, pair: Pair, do: str) -> list[Rule]:
        return [
            rule
            for rule in self._of_pair(kind, pair, do)
            if ((kind == "forbid" and not rule.data) or self._any(rule.data, category))
            and (not rule.subjects or (kind == "forbid" and not subject) or self._any(rule.subjects, subject))
        ]

    def _of_pair(self, kind: str, pair: Pair, do: str) -> list[Rule]:
        asked = (kind, pair, do)
        if asked not in self.of_pair:
            self.of_pair[asked] = [
                rule
                for rule in self._rules
                if rule.kind == kind
                and do in rule.do
                and ((kind == "forbid" and not rule.purposes) or self._any(rule.purposes, pair.purpose))
                and ((kind == "forbid" and not rule.recipients) or self._any(rule.recipients, pair.recipient))
            ]
        return self.of_pair[asked]

    def _any(self, generals: Iterable[str], special: str) -> bool:
        return any(general == special or self.terms.covers(general, special) for general in generals)

    def _names(self, permit: Rule, category: str) -> bool:
        """An `any.*` permit does not reach a category that a narrower permit of the version names."""
        if self._any([d for d in permit.data if not d.startswith("any.")], category) or category in permit.data:
            return True
        others = (r for r in self._rules if r.kind == "permit")
        return not any(self._any([d for d in r.data if not d.startswith("any.")], category) for r in others)

    def _permitted(self, permit: Rule) -> Formula:
        """The rows that a permit reaches."""
        unless = any_of(self._condition(permit, c, ALWAYS) for c in permit.unless)
        return all_of([*(self._met(permit, c) for c in permit.when), negated(unless)])

    def _spared(self, forbid: Rule) -> Formula:
        """The rows that a prohibition does not reach."""
        reached = all_of(self._condition(forbid, c, ALWAYS) for c in forbid.when)
        return any_of([negated(reached), *(self._met(forbid, c) for c in forbid.unless)])

    def _met(self, rule: Rule, condition: Condition) -> Formula:
        """The rows on which a condition holds that opens something. A case that would have to be absent stays a gate."""
        known = [kind for kind in condition.values if kind in self.kinds] if condition.kind == "case_open" else []
        if len(known) < len(condition.values) or not known:
            return any_of([*map(case_open, known), self._condition(rule, condition, NEVER)])
        return any_of(map(case_open, known))

    def _condition(self, rule: Rule, condition: Condition, unknown: Formula) -> Formula:
        if condition.kind == "state_absent":
            return all_of(map(mark_absent, condition.values))
        if condition.kind == "state_present":
            return all_of(map(mark_present, condition.values))
        if condition.kind == "row":
            return row_fact(condition.name, condition.values)
        if condition.kind == "own_rows" and self.target == "postgresql":
            return own_row(condition.name, OWN)
        named = " ".join(filter(None, (condition.kind, condition.name, *condition.values)))
        self.gates.add(Gate(rule.id, named, self.target))
        return unknown


_LAST: deque[tuple[tuple[PolicyVersion, Terms, StoreMap], Matrix]] = deque(maxlen=4)


def reach(version: PolicyVersion, vocabulary: Terms, store_map: StoreMap) -> Matrix:
    """The matrix of a store: for each pair and personal table the readable and writable columns with their rows.

    Pure. A column is usable where *all* its categories are, for *every* subject kind that the row may be about; a row
    of no record kind is nobody's to use. Marks on a table without owner path and row attributes that a table lacks are
    never satisfied there. Remembered for the maps that were asked about last: a plan, what carries it out and the doctor ask in
    one run, and it is half of their work."""
    asked = (version, vocabulary, store_map)
    for others, matrix in tuple(_LAST):
        if all(one is other for one, other in zip(asked, others, strict=True)):
            return matrix
    made = _compile(version, vocabulary, store_map)
    _LAST.append((asked, made))
    return made


def _compile(version: PolicyVersion, vocabulary: Terms, store_map: StoreMap) -> Matrix:
    kinds = frozenset(case.kind for case in store_map.cases)
    compiler = _Compiler(version, vocabulary, store_map.kind, kinds=kinds)
    rights = {}
    for table in store_map.tables:
        if table.personal and not table.ignore:
            for pair in store_map.pairs:
                right = _needed(store_map, _right(compiler, store_map, table, pair), vocabulary)
                if right.read or right.write:
                    rights[pair, table.name] = right
    return Matrix(rights, tuple(sorted(compiler.gates, key=lambda g: (g.rule, g.construct))))


def _needed(store_map: StoreMap, right: Right, terms: Terms) -> Right:
    """Where the map keeps a register of needs for the purpose, only the fields that stand in it may be used."""
    registers = [
        n for p, n in store_map.needs.items() if p == right.pair.purpose or terms.covers(p, right.pair.purpose)
    ]
    if not registers:
        return right
    fields = {place for register in registers for place in register}
    kept = {name for name in (*right.read, *right.write) if f"{right.table}.{name}" in fields}
    read, write = ({c: f for c, f in side.items() if c in kept} for side in (right.read, right.write))
    return replace(right, read=read, write=write, why={c: w for c, w in right.why.items() if c in kept})


def _right(compiler: _Compiler, store: StoreMap, table: Table, pair: Pair) -> Right:
    sides: dict[str, dict[str, Formula]] = {"read": {}, "write": {}}
    why: dict[str, tuple[str, ...]] = {}
    for column in table.columns:
        categories = categories_of(column)
        for do in ("read", "write") if categories else ():
            formula, promises = _column(compiler, store, table, categories, pair, do)
            if not formula.never:
                sides[do][column.name] = formula
                why[column.name] = tuple(sorted({*why.get(column.name, ()), *promises}))
    return Right(pair, table.name, sides["read"], sides["write"], why)


def _column(
    compiler: _Compiler, store: StoreMap, table: Table, categories: frozenset[str], pair: Pair, do: str
) -> tuple[Formula, frozenset[str]]:
    promises: set[str] = set()
    per_kind = []
    for record in table.records:
        uses = [compiler.use(c, s, pair, do) for c in sorted(categories) for s in record.subjects or ("",)]
        promises.update(promise for formula, found in uses if not formula.never for promise in found)
        per_kind.append((_where(record), given_row(all_of(formula for formula, _ in uses), record.where)))
    some_kind = any_of(where for where, _ in per_kind)
    each_kind = [any_of([negated(where), formula]) for where, formula in per_kind]
    return _testable(compiler, store, table, all_of([some_kind, *each_kind]), promises), frozenset(promises)


def _where(record: RecordKind) -> Formula:
    return all_of(row_fact(name, [value]) for name, value in sorted(record.where.items()))


def _testable(compiler: _Compiler, store: StoreMap, table: Table, formula: Formula, promises: set[str]) -> Formula:
    """Only what the table can show: facts on attributes it lacks are false, marks need an owner path."""
    if not table.clock and any(term.since for term in formula.terms):
        named = f"the day on which rows of {table.name} were collected: the map gives it no clock"
        compiler.gates |= {Gate(promise, named, compiler.target) for promise in promises}
    untold = {kind for kind in formula.cases if store.find_case_path(table, kind) is None}
    for kind in sorted(untold):
        named = f"cases of kind {kind} about rows of {table.name}: the map leads from there to no such case"
        compiler.gates |= {Gate(promise, named, compiler.target) for promise in promises}
    lacking = {fact.name for term in formula.terms for fact in term.rows if table.find_attribute(fact.name) is None}
    formula = Formula(
        frozenset(
            replace(term, rows=tuple(f for f in term.rows if f.name not in lacking))
            for term in formula.terms
            if not any(f.holds and f.name in lacking for f in term.rows)
            and (table.clock or not term.since)
            and not term.cases & untold
        )
    )
    if table.owners or not (formula.absent or formula.present):
        return any_of([formula])
    for promise in sorted(promises):
        compiler.gates.add(
            Gate(promise, f"state of a person on {table.name}, which has no owner path", compiler.target)
        )
    return any_of([Formula(frozenset(t for t in formula.terms if not (t.absent or t.present)))])
