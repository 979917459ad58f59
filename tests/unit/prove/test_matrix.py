"""The compiled matrix becomes what probes compare with, without losing a condition."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from avow.datamap.model import Pair
from avow.prove.matrix import rights_of
from avow.prove.scene import RowRule

PAIR = Pair("marketing.own", "internal.sales")


@dataclass(frozen=True)
class Fact:
    name: str
    values: tuple[str, ...]
    holds: bool = True
    own: bool = False


@dataclass(frozen=True)
class Term:
    rows: tuple[Fact, ...] = ()
    absent: frozenset[str] = frozenset()
    present: frozenset[str] = frozenset()
    since: str = ""
    cases: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Formula:
    terms: tuple[Term, ...]

    @property
    def always(self) -> bool:
        return Term() in self.terms

    def sorted_terms(self) -> list[Term]:
        return list(self.terms)


@dataclass(frozen=True)
class Right:
    read: dict[str, Formula]
    write: dict[str, Formula]
    rows: Formula

    @property
    def rectangular(self) -> bool:
        return len(set(self.read.values())) <= 1


@dataclass(frozen=True)
class Matrix:
    rights: dict[tuple[Pair, str], Any] = field(default_factory=dict)


ALWAYS = Formula((Term(),))
SOME = Formula(
    (Term((Fact("role", ("delivery",)), Fact("kind", ("test",), False)), frozenset({"objected"}), frozenset({"told"})),)
)


def test_every_condition_of_a_formula_survives() -> None:
    (found,) = rights_of(
        Matrix({(PAIR, "public.t"): Right({"a": SOME}, {"a": SOME}, SOME)}), [PAIR], {PAIR: ("r", "s")}
    )
    table = found.tables["public.t"]
    rule = RowRule({"role": ("delivery",)}, frozenset({"objected"}), frozenset({"told"}), {"kind": ("test",)})
    assert (table.rows, table.barrier, table.write) == ((rule,), False, frozenset({"a"}))
    assert (found.role, found.schema) == ("r", "s")


def test_columns_with_rows_of_their_own_close_the_table_and_the_writes() -> None:
    right = Right({"a": SOME, "b": ALWAYS}, {"a": SOME}, ALWAYS)
    (found,) = rights_of(Matrix({(PAIR, "public.t"): right}), [PAIR], {})
    table = found.tables["public.t"]
    assert (table.barrier, table.write, list(table.column_rows), table.some_rows) == (True, frozenset(), ["a"], False)


def test_a_pair_without_any_right_has_no_table() -> None:
    (found,) = rights_of(Matrix(), [PAIR], {})
    assert (found.tables, found.role) == ({}, "")


def test_a_row_that_must_be_the_askers_own_and_have_a_constant_as_well_keeps_both_conditions() -> None:
    facts = (
        Fact("reseller", ("7", "8")),
        Fact("reseller", ("@own",), own=True),
        Fact("firm", ("@own",), False, own=True),
    )
    both = Formula((Term((*facts, Fact("firm", ("9",), False))),))
    (found,) = rights_of(Matrix({(PAIR, "public.t"): Right({"a": both}, {}, both)}), [PAIR], {})
    (rule,) = found.tables["public.t"].rows
    assert (rule.where, rule.own) == ({"reseller": ("7", "8")}, frozenset({"reseller"}))
    assert (rule.where_not, rule.not_own) == ({"firm": ("9",)}, frozenset({"firm"}))
    assert not rule.empty
    only_own = Formula((Term((Fact("reseller", ("@own",), own=True),)),))
    (found,) = rights_of(Matrix({(PAIR, "public.t"): Right({"a": only_own}, {}, only_own)}), [PAIR], {})
    assert found.tables["public.t"].some_rows
