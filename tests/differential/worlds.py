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
from avow.datamap.model import (
    Aggregate,
    Attribute,
    CaseKind,
    Column,
    Group,
    Login,
    Measure,
    OwnerPath,
    Pair,
    RecordKind,
    Step,
    StoreMap,
    Table,
)
from avow.decide import ColumnUse, Kind, Question, decide_column
from avow.policy.promise import Anchor, Condition, Owed, PolicyVersion, Promise, Quote, Rule
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
ADMIT = (
    *make.ADMIT,
    *(
        f"{word}:{about}"
        for word in ("told", "consented")
        for about in ("marketing.own", "billing.invoice", "internal.sales")
    ),
)
MARKS = (*make.DENY, *ADMIT)
EARLIER = (date(2025, 3, 1), date(2025, 9, 1))  # the days on which later versions ended what two earlier ones promise
DAYS = (
    None,
    date(2024, 1, 1),
    date(2025, 2, 28),
    date(2025, 3, 1),
    date(2025, 8, 31),
    date(2025, 9, 1),
    date(2026, 2, 1),
)
PEOPLE = 6
LARGE = 1_000  # people: more than any permit of statistics asks for
CASES = ("credit", "enquiry")
NEVER = Condition("row", ("nobody",), "no such attribute")
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
    cases: Mapping[int, frozenset[str]]  # person -> kinds of case that are open about them
    own: Mapping[str, str]  # row attribute -> the key of whoever asks


@dataclass(frozen=True)
class Row:
    """`words` are the attributes in the rules' words (missing: null); `owners` the people the row is about."""

    id: int
    words: Mapping[str, str]
    owners: tuple[int | None, ...]
    collected: date | None = None


def make_version(rules: Iterable[Rule]) -> PolicyVersion:
    by_promise = {rule.promise: rule for rule in rules}
    promises = tuple(
        Promise(name, Quote("x"), Anchor(0, 1, 1, 1), "use", "does", rules=(rule,)) for name, rule in by_promise.items()
    )
    return PolicyVersion("random", "1", date(2026, 1, 1), "en", (), "", "x", "0" * 64, promises, ())


def make_world(
    rng: random.Random,
    schema: str,
    tables: int,
    kinds: tuple[str, ...],
    login: str = "",
    earlier: bool = True,
    groups: int = 0,
) -> World:
    """With a login that has keys of its own in three worlds of four, and kinds of case in the map where a rule may ask for one;
    `groups`: so many views of groups, with permits of statistics."""
    permits = [make.make_rule(rng, "permit", kinds) for _ in range(rng.randint(5, 12))]
    rules = permits + [make.make_rule(rng, "forbid", kinds) for _ in range(rng.randint(0, 2))]
    pairs = _pairs(rng, permits)
    made = (_people(rng, schema), *(_table(rng, schema, n) for n in range(tables)))
    own = {"tier": rng.choice(make.TIERS), "reseller": "a"} if "own_rows" in kinds and rng.random() < 0.75 else {}
    logins = (Login(login or "somebody", pairs, pairs[0], "enforce", own=own),)
    named = make.some(rng, CASES, 1) if "case_open" in kinds and login else ()
    cases = {person: frozenset(make.some(rng, named, 0, 1)) for person in range(PEOPLE)}
    states = {person: frozenset(make.some(rng, make.DENY) + make.some(rng, make.ADMIT)) for person in range(PEOPLE)}
    store = StoreMap(
        "main", "postgresql", "uk", made, logins, cases=tuple(CaseKind(k, f"{schema}.people") for k in named)
    )
    world = World(make_version(rules), store, states, cases, own)
    world = with_groups(random.Random(f"groups of {permits[0].id}"), world, kinds, groups)
    return with_earlier_versions(random.Random(permits[0].id), world, kinds) if earlier else world


def with_earlier_versions(rng: random.Random, world: World, kinds: tuple[str, ...]) -> World:
    """In two worlds of five: one or two versions before, which permitted some of what the last one does, some of it only
    under a condition, and forbade something; most tables then say when their rows were collected."""
    if rng.random() < 0.6:
        return world
    owed = []
    for number, until in enumerate(EARLIER[rng.randint(0, 1) :]):
        kept = [r for r in world.version.rules if r.kind == "permit" and rng.random() < 0.6]
        kept = [
            replace(r, when=(*r.when, *make.make_conditions(rng, kinds))) if rng.random() < 0.3 else r for r in kept
        ]
        kept = [_counted_otherwise(rng, r) if r.form == "aggregate" and rng.random() < 0.4 else r for r in kept]
        kept += [make.make_rule(rng, "forbid", kinds) for _ in range(rng.choice((0, 0, 1)))]
        owed.append(Owed(f"0{number}", until, tuple(kept)))
    states = {person: marks | set(make.some(rng, ADMIT, 0, 3)) for person, marks in world.states.items()}
    tables = tuple(
        replace(t, columns=(*t.columns, Column("seen")), clock="seen") if rng.random() < 0.8 else t
        for t in world.store.tables
    )
    store = replace(world.store, tables=tables)
    return replace(world, version=replace(world.version, owed=tuple(owed)), store=store, states=states)


def with_groups(rng: random.Random, world: World, kinds: tuple[str, ...], wanted: int) -> World:
    """Views of groups in the map, and permits of statistics: most of them of what some view shows, for some pair of the map."""
    if not wanted:
        return world
    aggregates = tuple(_aggregate(rng, world.store, number) for number in range(wanted))
    store = replace(world.store, aggregates=aggregates)
    permits = [_statistics(rng, store, kinds) for _ in range(wanted)]
    return replace(world, store=store, version=make_version([*world.version.rules, *permits]))


def _aggregate(rng: random.Random, store: StoreMap, number: int) -> Aggregate:
    """Groups by columns of the table, personal or not, and by one of the people to whom its rows lead."""
    table, people = rng.choice(store.tables), store.tables[0]
    names = [c.name for c in table.columns if not c.link]
    groups = [Group(name) for name in make.some(rng, tuple(names), 0 if rng.random() < 0.2 else 1)]
    if not table.key and rng.random() < 0.4:
        column = rng.choice([c.name for c in people.columns if not c.link])
        groups.append(Group(column, (Step(rng.choice(("owner", "other")), people.name, "id"),)))
    return Aggregate(
        f"groups{number}",
        table.name,
        tuple(groups),
        (Measure("count"), Measure("sum", "id")),  # the sum of the rows' numbers tells which rows were counted
        subject="id" if table.key else "owner",
    )


def _statistics(rng: random.Random, store: StoreMap, kinds: tuple[str, ...]) -> Rule:
    rule = make.make_rule(rng, "permit", kinds)
    shown = tuple(sorted(shown_by(store, rng.choice(store.aggregates))))
    pair = rng.choice(store.pairs)
    data = tuple(dict.fromkeys((*shown, *make.some(rng, rule.data)))) if rng.random() < 0.8 else rule.data
    return replace(
        rule,
        data=data,
        purposes=tuple(dict.fromkeys((pair.purpose, *rule.purposes))),
        recipients=tuple(dict.fromkeys((pair.recipient, *rule.recipients))),
        do=frozenset({"read"}),
        when=rule.when if rng.random() < 0.6 else (),
        form="aggregate",
        at_least=rng.choice((2, 2, 3)),
    )


def _counted_otherwise(rng: random.Random, rule: Rule) -> Rule:
    """The permit as an earlier version may have had it: about other people, or of larger groups."""
    if rng.random() < 0.5:
        return replace(rule, subjects=make.some(rng, make.SUBJECTS, 1))
    return replace(rule, at_least=rule.at_least + rng.choice((1, 5)))


def shown_by(store: StoreMap, aggregate: Aggregate) -> frozenset[str]:
    """The categories of what a view of groups shows; of its whole table where it shows nothing personal but counts."""
    table = store.find_table(aggregate.table)
    assert table is not None
    found = [*cells_of_groups(store, aggregate), *((table, m.column) for m in aggregate.measures if m.column)]
    shown = {category for home, name in found for category in categories_of(home.find_column(name))}
    return frozenset(shown or {category for column in table.columns for category in categories_of(column)})


def cells_of_groups(store: StoreMap, aggregate: Aggregate) -> list[tuple[Table, str]]:
    return [(store.find_table(g.via[-1].to_table if g.via else aggregate.table), g.column) for g in aggregate.groups]


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
    known = {name: word for name, word in words.items() if word}
    return Row(number, known, owners, random.Random(f"{table.name} {number} {owners} {words}").choice(DAYS))


def states_of(row: Row, states: Mapping[int, frozenset[str]]) -> list[frozenset[str]]:
    """The state of each person that the row is about; of nobody: no mark."""
    return [states.get(person, frozenset()) for person in row.owners if person is not None] or [frozenset()]


def joint_state(row: Row, states: Mapping[int, frozenset[str]]) -> frozenset[str]:
    """What the row of several people carries: every deny mark that any of them has, the admit marks that all of them have."""
    held = states_of(row, states)
    return (frozenset().union(*held) & frozenset(make.DENY)) | (frozenset.intersection(*held) & frozenset(ADMIT))


def is_allowed(
    version: PolicyVersion,
    table: Table,
    column: Column,
    pair: Pair,
    do: str,
    row: Row,
    state: frozenset[str],
    own: Mapping[str, str] = {},
    cases: frozenset[str] = frozenset(),
) -> bool:
    """The reference: may the pair `do` this cell? Only what the map declares are facts of the row."""
    asked = Question("", pair.purpose, pair.recipient, do, state=state, own=own, cases=cases)
    return _decided(version, table, categories_of(column), row, asked)


def may_count(
    version: PolicyVersion,
    table: Table,
    categories: frozenset[str],
    pair: Pair,
    row: Row,
    states: Mapping[int, frozenset[str]],
    group: int,
) -> bool:
    """The reference: may the pair see these categories of the row in statistics over so many people?"""
    asked = Question("", pair.purpose, pair.recipient, form="aggregate", group=group)
    return all(
        _decided(version, table, categories, row, replace(asked, state=state)) for state in states_of(row, states)
    )


def _decided(version: PolicyVersion, table: Table, categories: frozenset[str], row: Row, asked: Question) -> bool:
    words = {a.name: row.words[a.name] for a in table.attributes if a.name in row.words}
    kinds = tuple(
        Kind(kind.name, kind.subjects, kind.where)
        for kind in table.records
        if all(words.get(name) == word for name, word in kind.where.items())
    )
    use = ColumnUse(table.name, categories, kinds)
    asked = replace(asked, row=words or {"": ""}, collected=row.collected if table.clock else None)
    return decide_column(version, use, asked, COVERS).allowed


def covers_groups(version: PolicyVersion, permit: Rule, table: Table, categories: frozenset[str], pair: Pair) -> bool:
    """Whether the permit, were its conditions met and nothing forbidden, allows statistics of some kind of the table's rows."""
    if not any(COVERS(t, pair.purpose) for t in permit.purposes) or "read" not in permit.do:
        return False
    free = replace(permit, when=(), unless=())
    others = tuple(replace(r, when=(NEVER,)) for r in version.rules if r.kind == "permit" and r.id != permit.id)
    kinds = tuple(Kind(kind.name, kind.subjects, kind.where) for kind in table.records)
    asked = Question("", pair.purpose, pair.recipient, form="aggregate", group=LARGE)
    found = decide_column((free, *others), ColumnUse(table.name, categories, kinds), asked, COVERS)
    return any(found.kinds().values())


def only_by(version: PolicyVersion, permit: Rule) -> PolicyVersion:
    """The version in which no other permit permits anything; what they name stays named."""
    promises = tuple(
        replace(
            p,
            rules=tuple(r if r == permit or r.kind != "permit" else replace(r, when=(*r.when, NEVER)) for r in p.rules),
        )
        for p in version.promises
    )
    return replace(version, promises=promises)


def safe_version(version: PolicyVersion, gated: tuple[str, ...] = make.GATED) -> PolicyVersion:
    """The version on the safe side, together with what earlier ones owe."""
    promises = tuple(replace(p, rules=safe_side(p.rules, gated)) for p in version.promises)
    owed = tuple(replace(o, rules=safe_side(o.rules, gated)) for o in version.owed)
    return replace(version, promises=promises, owed=owed)


def safe_side(rules: Iterable[Rule], gated: tuple[str, ...] = make.GATED) -> tuple[Rule, ...]:
    """What a target without the gated facts must keep: a permit under a gated condition is none, a forbid's gated `when`
    counts as holding, its gated `unless` as not holding. A case opens something or is a gate: no case may have to be absent."""
    kept = []
    for rule in rules:
        in_when = gated if rule.kind == "permit" else (*gated, "case_open")
        when = tuple(c for c in rule.when if c.kind not in in_when)
        unless = tuple(c for c in rule.unless if c.kind not in gated)
        if rule.kind == "permit" and when != rule.when:
            when = (*when, NEVER)  # it permits nothing, and still names its data, purposes and recipients
        kept.append(replace(rule, when=when, unless=unless))
    return tuple(kept)


def uses_state(version: PolicyVersion) -> bool:
    conditions = (c for rule in version.rules for c in (*rule.when, *rule.unless))
    return bool(version.owed) or any(c.kind.startswith("state_") for c in conditions)


def inverts_state(version: PolicyVersion) -> bool:
    """Does a prohibition hold *because of* a mark? On rows of several people the joint state then says too little: the
    target hides such a row as soon as one of them, or a mixture of them, meets the prohibition."""
    rules = (*version.rules, *(rule for owed in version.owed for rule in owed.rules))
    return any(c.kind.startswith("state_") for rule in rules if rule.kind == "forbid" for c in rule.when)
