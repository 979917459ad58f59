"""The compiler's matrix against the reference engine, without a database: thousands of cells.

The matrix is computed symbolically, the reference asks one cell at a time; where they differ one of the two is wrong.
Only facts that a database can test are compared for equality; what it cannot test must be a named gate and must fall to
the safe side. `AVOW_DIFFERENTIAL_CASES=n` asks for a longer run.
"""

from __future__ import annotations

import importlib.util
import os
import random
import sys
from pathlib import Path

import pytest

from avow.compilers.formula import Formula
from avow.compilers.reach import reach
from avow.datamap.holds import categories_of
from avow.datamap.model import StoreMap, Table

_spec = importlib.util.spec_from_file_location("avow_worlds", Path(__file__).with_name("worlds.py"))
assert _spec
assert _spec.loader
worlds = importlib.util.module_from_spec(_spec)
sys.modules["avow_worlds"] = worlds
_spec.loader.exec_module(worlds)
make = worlds.make

SEEDS = range(max(120, int(os.environ.get("AVOW_DIFFERENTIAL_CASES", "0")) // 25))


def holds(formula: Formula | None, row, state: frozenset[str], own=None) -> bool:
    return formula is not None and any(
        not term.absent & state
        and term.present <= state
        and (not term.since or (row.collected is not None and row.collected.isoformat() >= term.since))
        and all((row.words.get(fact.name) in values_of(fact, own or {})) == fact.holds for fact in term.rows)
        for term in formula.terms
    )


def values_of(fact, own) -> tuple[str, ...]:
    """The words of a row fact; of one about the asker's own rows their key, if they have any."""
    return fact.values if not fact.own else tuple(own[name] for name in own if name == fact.name)


def cells(rng: random.Random, store: StoreMap):
    """Every pair, personal column and verb of each table, with rows made for it."""
    for table in store.tables:
        rows = [worlds.make_row(rng, number, table) for number in range(6)]
        for pair in store.pairs:
            for column in table.columns:
                if categories_of(column):
                    for do in ("read", "write"):
                        yield table, pair, column, do, rng.choice(rows)


def formula_of(matrix, table: Table, pair, column, do: str) -> Formula | None:
    right = matrix.find(pair, table.name)
    return None if right is None else (right.read if do == "read" else right.write).get(column.name)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_matrix_allows_exactly_the_cells_that_the_reference_allows(seed):
    rng = random.Random(seed)
    world = worlds.make_world(rng, "s", 3, (*make.ENFORCED, *make.OWNED) if seed % 2 else (*make.ENFORCED, *make.GATED))
    safe = worlds.safe_version(world.version)
    matrix = reach(world.version, worlds.VOCABULARY, world.store)
    for table, pair, column, do, row in cells(rng, world.store):
        state = frozenset(make.some(rng, make.DENY) + make.some(rng, worlds.ADMIT, 0, 4))
        own = {"reseller": rng.choice("ab"), "tier": rng.choice(make.TIERS)} if rng.random() < 0.7 else {}
        expected = worlds.is_allowed(safe, table, column, pair, do, row, state, own)
        compiled = holds(formula_of(matrix, table, pair, column, do), row, state, own)
        if table.owners or not worlds.uses_state(safe):
            assert compiled == expected, (seed, table.name, str(pair), column.name, do, row, state)
        else:  # nobody's row: a right that hangs on a person's state is not given
            assert expected or not compiled, (seed, table.name, str(pair), column.name, do, row, state)


@pytest.mark.parametrize("seed", SEEDS[:40])
def test_what_a_database_cannot_test_is_a_named_gate_and_never_allows_more_than_the_reference(seed):
    rng = random.Random(10_000 + seed)
    world = worlds.make_world(rng, "s", 2, make.GATED, earlier=False)
    matrix = reach(world.version, worlds.VOCABULARY, world.store)
    for table, pair, column, do, row in cells(rng, world.store):
        if holds(formula_of(matrix, table, pair, column, do), row, frozenset()):
            assert worlds.is_allowed(world.version, table, column, pair, do, row, frozenset())
    named = {gate.rule for gate in matrix.gates}
    assert named <= {rule.id for rule in world.version.rules}
    for rule in world.version.rules:
        gated = [c for c in (*rule.when, *rule.unless) if c.kind in make.GATED]
        alone = reach(worlds.make_version([rule]), worlds.VOCABULARY, world.store)
        if rule.kind == "permit" and rule.form == "rows" and gated:
            assert not alone.rights, "a permit under a gate was granted"
            touched = any(_touches(rule, *cell) for cell in cells(rng, world.store))
            assert not touched or rule.id in {gate.rule for gate in alone.gates}


def _touches(rule, table: Table, pair, column, do: str, _) -> bool:
    """Would the rule allow the cell of some row, were its conditions met?"""
    rows = [worlds.Row(0, {"contact_role": role, "tier": tier}, ()) for role in make.ROLES for tier in make.TIERS]
    met = (worlds.replace(rule, when=()),)
    return any(worlds.is_allowed(worlds.make_version(met), table, column, pair, do, row, frozenset()) for row in rows)


def test_the_random_worlds_give_both_answers_often_enough():
    answers = []
    for seed in range(40):
        rng = random.Random(seed)
        world = worlds.make_world(rng, "s", 3, make.ENFORCED)
        for table, pair, column, do, row in cells(rng, world.store):
            state = worlds.joint_state(row, world.states) if table.owners else frozenset()
            answers.append(worlds.is_allowed(world.version, table, column, pair, do, row, state))
    assert len(answers) > 1_000
    assert 0.03 < sum(answers) / len(answers) < 0.9, sum(answers) / len(answers)
