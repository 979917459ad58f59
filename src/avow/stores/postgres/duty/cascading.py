"""What the deletion of a row would take with it: rows that go by ON DELETE CASCADE, rows that would change, rows that refuse.

Promises: every declared key on the way is followed, however far, those of single partitions too; a row that comes round to a
table again waits instead of being followed without end. Refuses to look at values: whose a row is comes from the owner
paths of the data map alone, so a table that the map does not have is nobody's here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from psycopg.sql import SQL, Composable, Identifier, Literal

from avow.stores.duty import PathSpec

REFUSES, TAKES = ("a", "r"), "c"


@dataclass(frozen=True)
class Edge:
    """A declared key: rows of `child` refer to rows of `parent`; `on_delete` is the letter of the catalogue.
    `parent_part` and `child_part`: the partitions that the key is declared on, "" where it is declared on the whole table."""

    parent: str
    to_columns: tuple[str, ...]
    child: str
    columns: tuple[str, ...]
    on_delete: str
    lockable: bool = True  # this login may lock rows of the child
    parent_part: str = ""
    child_part: str = ""


@dataclass(frozen=True)
class Owned:
    """Whose rows of a table are: the column that is the key of a person ("" none), and the paths that lead to people."""

    key: str
    paths: tuple[PathSpec, ...]


Chain = tuple[Edge, ...]


def chains_from(table: str, edges: Sequence[Edge]) -> tuple[Chain, ...]:
    """Every way from a row of the table along keys that delete, each ended by any key; one that comes round ends there."""
    return tuple(_chains(table, edges, ()))


def _chains(table: str, edges: Sequence[Edge], before: Chain) -> Iterator[Chain]:
    for edge in (e for e in edges if e.parent == table):
        chain = (*before, edge)
        yield chain
        if edge.on_delete == TAKES and not comes_round(chain):
            yield from _chains(edge.child, edges, chain)


def comes_round(chain: Chain) -> bool:
    """Whether the last table was met before on this way."""
    return any(edge.parent == chain[-1].child for edge in chain)


def refused_by(chains: Sequence[Chain]) -> list[Composable]:
    """One test for each way on which some row that stays refers to the row `t`, or to one that goes with it."""
    found: list[Composable] = []
    for chain in chains:
        last = chain[-1]
        if last.on_delete == TAKES and comes_round(chain):
            found.append(_exists(chain))
        elif last.on_delete in REFUSES:
            # a row that goes as well does not refuse: keys are tested when the statement ends
            also = [
                c for c in chains if c[-1].child == last.child and c[-1].on_delete == TAKES and last.on_delete == "a"
            ]
            goes = [_goes_too(other, Identifier(f"k{len(chain)}")) for other in also]
            found.append(_exists(chain, *(SQL("NOT {}").format(one) for one in goes)))
    return found


def held_by(
    chains: Sequence[Chain], owned: Mapping[str, Owned], held: Mapping[str, Sequence[str]]
) -> dict[str, Composable]:
    """Table -> rows there of a held person would go with the row `t`, or be changed."""
    found: dict[str, list[Composable]] = {}
    for chain in chains:
        last, whose = chain[-1], _whose(owned, chain[-1])
        if whose is None or last.on_delete in REFUSES:
            continue
        alias = f"k{len(chain)}"
        tests = [leads_to(p, whose.key, held[p.subject], alias) for p in whose.paths if held.get(p.subject)]
        if tests:
            found.setdefault(last.child, []).append(_exists(chain, any_of(tests)))
    return {table: any_of(tests) for table, tests in found.items()}


def others_by(chains: Sequence[Chain], owned: Mapping[str, Owned], table: str) -> dict[str, Composable]:
    """Table -> rows there of a person whom the row `t` of `table` does not lead to would go with it."""
    own = owned.get(table, Owned("", ()))
    found: dict[str, list[Composable]] = {}
    for chain in chains:
        last, whose = chain[-1], _whose(owned, chain[-1])
        if whose is None or last.on_delete != TAKES:
            continue
        alias = f"k{len(chain)}"
        for path in (p for p in whose.paths if not p.organisation):
            mine = [people_of(p, own.key, "t") for p in own.paths if p.subject == path.subject]
            known = (  # a row that leads to nobody gives a null, which would make NOT IN neither true nor false
                SQL(" AND NOT EXISTS (SELECT FROM ({}) m (v) WHERE m.v = w.v)").format(SQL(" UNION ALL ").join(mine))
                if mine
                else SQL("")
            )
            test = SQL("EXISTS (SELECT FROM ({}) w (v) WHERE w.v IS NOT NULL{})").format(
                people_of(path, whose.key, alias), known
            )
            found.setdefault(last.child, []).append(_exists(chain, test))
    return {child: any_of(tests) for child, tests in found.items()}


def taken_along(
    chains: Sequence[Chain], owned: Mapping[str, Owned]
) -> Iterator[tuple[Identifier, Composable, Composable]]:
    """(alias of the rows that go with rows `t`, the tables on the way there, what ties them to `t`), for tables of the data map."""
    for chain in sorted((c for c in chains if c[-1].on_delete == TAKES and not comes_round(c)), key=len):
        if _whose(owned, chain[-1]) is not None and chain[-1].lockable:
            yield Identifier(f"k{len(chain)}"), _tables(chain, "k"), _tied(chain, "k")


def _whose(owned: Mapping[str, Owned], edge: Edge) -> Owned | None:
    """By the whole table, and by its partition where the data map has that alone."""
    return owned.get(edge.child) or owned.get(edge.child_part)


def any_of(tests: Sequence[Composable]) -> Composable:
    return SQL("({})").format(SQL(" OR ").join(tests)) if tests else SQL("false")


def leads_to(path: PathSpec, key: str, keys: Sequence[str], alias: str = "t") -> Composable:
    """The row leads to one of the people."""
    return SQL("EXISTS (SELECT FROM ({}) h (v) WHERE h.v = ANY ({}))").format(
        people_of(path, key, alias), Literal(list(keys))
    )


def people_of(path: PathSpec, key: str, alias: str) -> Composable:
    """The keys, as text, of the people to whom the row leads by the path; a query without rows or with nulls: nobody."""
    row = Identifier(alias)
    if not path.steps:
        return SQL("SELECT {}.{}::text").format(row, Identifier(key))
    steps, last = path.steps, len(path.steps) - 1
    value = SQL("{}.{}").format(row, Identifier(steps[0].column))
    if not last:
        return SQL("SELECT {}::text").format(value)
    joins: list[Composable] = [SQL("{} p1").format(table_of(steps[0].to_table))]
    for number in range(1, last):
        here, before, step = Identifier(f"p{number + 1}"), Identifier(f"p{number}"), steps[number]
        link = SQL("{}.{} = {}.{}").format(here, Identifier(step.to_column), before, Identifier(step.column))
        joins.append(SQL("JOIN {} {} ON {}").format(table_of(step.to_table), here, link))
    return SQL("SELECT {}.{}::text FROM {} WHERE p1.{} = {}").format(
        Identifier(f"p{last}"),
        Identifier(steps[last].column),
        SQL(" ").join(joins),
        Identifier(steps[0].to_column),
        value,
    )


def _tables(chain: Chain, prefix: str) -> Composable:
    """The chain's tables as <prefix>1, <prefix>2 and so on."""
    return SQL(", ").join(
        SQL("{} {}").format(table_of(edge.child), Identifier(f"{prefix}{number}"))
        for number, edge in enumerate(chain, 1)
    )


def _tied(chain: Chain, prefix: str) -> Composable:
    """The first of them refers to the row `t`, each other one to the one before."""
    parts: list[Composable] = []
    for number, edge in enumerate(chain, 1):
        here, before = Identifier(f"{prefix}{number}"), Identifier("t" if number == 1 else f"{prefix}{number - 1}")
        parts += [
            SQL("{}.{} = {}.{}").format(here, Identifier(column), before, Identifier(to))
            for column, to in zip(edge.columns, edge.to_columns, strict=True)
        ]
        parts += [
            SQL("{}.tableoid IN (SELECT relid FROM pg_partition_tree({}::regclass))").format(
                alias, Literal(table_of(part).as_string())
            )
            for alias, part in ((here, edge.child_part), (before, edge.parent_part))
            if part
        ]
    return SQL(" AND ").join(parts)


def _exists(chain: Chain, *tests: Composable, prefix: str = "k") -> Composable:
    return SQL("EXISTS (SELECT FROM {} WHERE {})").format(
        _tables(chain, prefix), SQL(" AND ").join([_tied(chain, prefix), *tests])
    )


def _goes_too(chain: Chain, row: Identifier) -> Composable:
    """The row itself goes by another way."""
    last = Identifier(f"g{len(chain)}")
    same = SQL("{}.tableoid = {}.tableoid AND {}.ctid = {}.ctid").format(last, row, last, row)
    return _exists(chain, same, prefix="g")


def table_of(name: str) -> Identifier:
    home, _, table = name.rpartition(".")
    return Identifier(home, table)
