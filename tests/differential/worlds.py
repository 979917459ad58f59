"""Random worlds for the differential tests: a policy, a data map, people with states, rows with owners.

Every choice comes from a `random.Random`, so a divergence is named by its seed and can be written down as a case. The
expected answer is always asked of the reference engine, cell by cell; nothing here knows how the compiler works.
"""

from __future__ import annotations

import importlib.util
import random
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path

from avow.datamap.holds import categories_of
from avow.datamap.model import Attribute, Column, Login, OwnerPath, Pair, RecordKind, Step, StoreMap, Table
from avow.decide import ColumnUse, Kind, Question, decide_column
from avow.policy.promise import Anchor, PolicyVersion, Promise, Quote, Rule
from avow.vocabulary import load_vocabulary

_path = Path(__file__).parent.parent / "property" / "strategies.py"
_spec = importlib.util.spec_from_file_location("avow_random_rules", _path)
assert _spec
assert _spec.loader
make = importlib.util.module_from_spec(_spec)
sys.modules["avow_random_rules"] = make
_spec.loader.exec_module(make)

VOCABULARY = load_vocabulary()
COVERS = cache(VOCABULARY.covers)
MARKS = (*make.DENY, *make.ADMIT)
PEOPLE = 6
COLUMNS = ("one", "two", "three", "four")
ROLE_COLUMN = {
    "delivery": "D",
    "billing": "billing",
    "support": "S'x",
}  # the rules' words and what stands in the column


@dataclass(frozen=True)
class World:
    version: PolicyVersion
    store: StoreMap
    states: Mapping[int, frozenset[str]]  # person -> marks


@dataclass(frozen=True)
class Row:
    """`words` are the attributes in the rules' words (missing: null); `owners` the people the row is about."""

    id: int
    words: Mapping[str, str]
    owners: tuple[int | None, ...]


def make_version(rules: Iterable[Rule]) -> PolicyVersion:
    by_promise = {rule.promise: rule for rule in rules}
    promises = tuple(
        Promise(name, Quote("x"), Anchor(0, 1, 1, 1), "use", "does", rules=(rule,)) for name, rule in by_promise.items()
    )
    return PolicyVersion("random", "1", date(2026, 1, 1), "en", (), "", "x", "0" * 64, promises, ())


def make_world(rng: random.Random, schema: str, tables: int, kinds: tuple[str, ...], login: str = "") -> World:
    permits = [make.make_rule(rng, "permit", kinds) for _ in range(rng.randint(5, 12))]
    rules = permits + [make.make_rule(rng, "forbid", kinds) for _ in range(rng.randint(0, 2))]
    pairs = _pairs(rng, permits)
    made = (_people(rng, schema), *(_table(rng, schema, n) for n in range(tables)))
    logins = (Login(login or "somebody", pairs, pairs[0], "enforce"),)
    states = {person: frozenset(make.some(rng, make.DENY) + make.some(rng, make.ADMIT)) for person in range(PEOPLE)}
    return World(make_version(rules), StoreMap("main", "postgresql", "uk", made, logins), states)


def _pairs(rng: random.Random, permits: list[Rule]) -> tuple[Pair, ...]:
    """Two to five pairs, most of them of a use that some permit names."""
    chosen = set()
    for rule in rng.choices(permits, k=rng.randint(2, 5)):
        purposes = [p for p in make.PURPOSES if any(COVERS(term, p) for term in rule.purposes)]
        recipients = [r for r in make.RECIPIENTS if any(COVERS(term, r) for term in rule.recipients)]
        anywhere = rng.random() < 0.15
        chosen.add(Pair(rng.choice(make.PURPOSES if anywhere else purposes), rng.choice(recipients)))
    return tuple(sorted(chosen, key=str))


def _people(rng: random.Random, schema: str) -> Table:
    name = f"{schema}.people"
    return replace(_table(rng, schema, 0), name=name, key="id", owners=(OwnerPath(name),))


def _table(rng: random.Random, schema: str, number: int) -> Table:
    people = f"{schema}.people"
    paths = [OwnerPath(people, (Step(column, people, "id"),)) for column in ("owner", "other")]
    owners = tuple(paths[: rng.choice((1, 1, 2))]) if rng.random() < 0.85 else ()
    personal = [_column(rng, name) for name in COLUMNS[: rng.randint(1, len(COLUMNS))]]
    links = [Column(name, link=True) for name in ("id", "owner", "other")]
    free = [Column("role"), Column("tier")]
    attributes = [Attribute("contact_role", "role", ROLE_COLUMN), Attribute("tier", "tier")][: rng.choice((1, 2, 2, 2))]
    return Table(
        f"{schema}.t{number}",
        (*links, *free, *personal),
        _records(rng, attributes),
        owners=owners,
        attributes=tuple(attributes),
    )


def _column(rng: random.Random, name: str) -> Column:
    if rng.random() < 0.15:
        return Column(name, free_text=True)
    if rng.random() < 0.1:
        return Column(name, keys={key: frozenset(make.some(rng, make.CATEGORIES[1:], 1)) for key in "ab"})
    return Column(name, frozenset(make.some(rng, make.CATEGORIES, 1)))


def _records(rng: random.Random, attributes: list[Attribute]) -> tuple[RecordKind, ...]:
    """One kind for every row, or kinds by attribute: they may leave rows of no kind, and rows of two."""

    def subjects() -> tuple[str, ...]:
        return make.some(rng, make.SUBJECTS, 1)

    if rng.random() < 0.5:
        return (RecordKind("every", subjects()),)
    words = {"contact_role": make.ROLES, "tier": make.TIERS}
    wheres = [{a.name: rng.choice(words[a.name])} for a in attributes for _ in range(rng.randint(0, 2))]
    kinds = [RecordKind(f"kind{n}", subjects(), where) for n, where in enumerate(wheres)]
    return tuple(kinds) or (RecordKind("every", subjects()),)


def make_row(rng: random.Random, number: int, table: Table) -> Row:
    words = {"contact_role": rng.choice((*make.ROLES, "")), "tier": rng.choice((*make.TIERS, ""))}
    owners = (number % PEOPLE,) if table.key else tuple(rng.choice((*range(PEOPLE), None)) for _ in table.owners)
    return Row(number, {name: word for name, word in words.items() if word}, owners)


def states_of(row: Row, states: Mapping[int, frozenset[str]]) -> list[frozenset[str]]:
    """The state of each person that the row is about; of nobody: no mark."""
    return [states[person] for person in row.owners if person is not None] or [frozenset()]


def joint_state(row: Row, states: Mapping[int, frozenset[str]]) -> frozenset[str]:
    """What the row of several people carries: every deny mark that any of them has, the admit marks that all of them have."""
    held = states_of(row, states)
    return (frozenset().union(*held) & frozenset(make.DENY)) | (frozenset.intersection(*held) & frozenset(make.ADMIT))


def is_allowed(
    rules: tuple[Rule, ...], table: Table, column: Column, pair: Pair, do: str, row: Row, state: frozenset[str]
) -> bool:
    """The reference: may the pair `do` this cell? Only attributes that the map declares are facts of the row."""
    words = {a.name: row.words[a.name] for a in table.attributes if a.name in row.words}
    kinds = tuple(
        Kind(kind.name, kind.subjects, kind.where)
        for kind in table.records
        if all(words.get(name) == word for name, word in kind.where.items())
    )
    use = ColumnUse(f"{table.name}.{column.name}", categories_of(column), kinds)
    question = Question("", pair.purpose, pair.recipient, do, row=words or {"": ""}, state=state)
    return decide_column(rules, use, question, COVERS).allowed


def safe_side(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """What a target without the gated facts must keep: a permit under a gated condition is none, a forbid's gated `when`
    counts as holding, its gated `unless` as not holding."""
    kept = []
    for rule in rules:
        when, unless = (tuple(c for c in part if c.kind not in make.GATED) for part in (rule.when, rule.unless))
        granted = rule.kind != "permit" or when == rule.when
        purposes = rule.purposes if granted else ("risk.credit",)  # it still names what class words do not reach
        kept.append(replace(rule, purposes=purposes, when=when, unless=unless))
    return tuple(kept)


def uses_state(rules: Iterable[Rule]) -> bool:
    return any(c.kind.startswith("state_") for rule in rules for c in (*rule.when, *rule.unless))


def inverts_state(rules: Iterable[Rule]) -> bool:
    """Does a prohibition hold *because of* a mark? On rows of several people the joint state then says too little: the
    target hides such a row as soon as one of them, or a mixture of them, meets the prohibition."""
    return any(c.kind.startswith("state_") for rule in rules if rule.kind == "forbid" for c in rule.when)
