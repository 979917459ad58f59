"""What happens to each row of a batch: deleted, made anonymous, emptied, cleaned, or kept.

Promises: a row that is also another person's is never deleted; a row that something else still refers to is emptied and
stays, so that no cascade takes a row that nobody decided on; children are decided before their parents. Refuses to change
anything: it only writes down the fates (d delete, a anonymous, s anonymous and shared, e emptied, c cleaned, k kept).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import psycopg
from psycopg.sql import SQL, Composable, Literal

from avow.stores.duty import PathSpec
from avow.stores.ordering import children_first
from avow.stores.postgres.duty.catalogue import Reference, template
from avow.stores.postgres.duty.hits import somebody_else
from avow.stores.postgres.duty.spelling import Mapped, T, World, any_of, ident, of

Connection = psycopg.Connection[tuple[Any, ...]]
_ERASURE = {"delete": "d", "anonymise": "a", "keep": "k"}
KEPT_DELETES = ("n", "d")  # ON DELETE SET NULL, SET DEFAULT: the reference goes by itself


def in_order(world: World) -> tuple[Mapped, ...]:
    """The tables so that whatever refers to a row, declared or along an owner path, comes before it."""
    references = [(r.table, r.to_table) for r in world.catalogue.references]
    references += [(t.name, p.steps[0].to_table) for t in world.tables for p in world.people_of(t) if p.steps]
    found = {table.name: table for table in world.tables}
    return tuple(found[name] for name in children_first(list(found), references))


def decide(connection: Connection, world: World, ordered: Sequence[Mapped], hit: Mapping[int, set[str]]) -> None:
    """Writes one fate per row into the working table. `hit` has the tables that were hit, and how."""
    erasures = SQL(" ").join(
        SQL("WHEN {} THEN {}").format(Literal(t.number), Literal(_ERASURE[t.spec.erasure])) for t in world.tables
    )
    connection.execute(template("decide").format(erasure=SQL("(CASE t {} END)").format(erasures)))
    for table in (t for t in ordered if t.number in hit):
        paths = world.people_of(table)
        if len(paths) > 1 or (paths and hit[table.number] != {"p"}):
            _share(connection, world, table, paths)
        for reference in _blocking(world, table):
            _block(connection, world, table, reference, hit)


def _share(connection: Connection, world: World, table: Mapped, paths: Iterable[PathSpec]) -> None:
    """A row that also leads to a person outside the batch is that person's too."""
    key = table.find(table.spec.key)
    own = bool(key and key.spec.identifies)  # a list of addresses: its own key is the same person, whoever that is
    others = any_of(somebody_else(world, table, path) for path in paths if path.steps or not own)
    connection.execute(
        SQL(
            "UPDATE avow_row r SET fate = 's' FROM {} t WHERE r.t = {} AND r.fate IN ('d', 'a')"
            " AND t.tableoid = r.part AND t.ctid = r.at AND {}"
        ).format(table.ident, Literal(table.number), others)
    )


def _blocking(world: World, table: Mapped) -> list[Reference]:
    return [r for r in world.catalogue.to_table(table.name) if r.on_delete not in KEPT_DELETES]


def _block(
    connection: Connection, world: World, table: Mapped, reference: Reference, hit: Mapping[int, set[str]]
) -> None:
    """Rows to be deleted that a staying row refers to are emptied instead."""
    child = world.find(reference.table)
    if child and _all_go(connection, world, table, child, reference, hit):
        return
    gone: Composable = SQL("false")
    if child:
        emptied = link_can_go(world, child, reference.columns[0]) if len(reference.columns) == 1 else False
        led = any(_is_link(path, table, reference) for path in world.people_of(child))
        fates = ("d", "a", "s") if emptied and led else ("d",)
        gone = template("gone").format(child=Literal(child.number), fates=Literal(list(fates)))
    pairs = SQL(" AND ").join(
        SQL("{} = {}").format(of(SQL("c"), own), of(T, other))
        for own, other in zip(reference.columns, reference.to_columns, strict=True)
    )
    statement = template("block").format(
        table=table.ident, number=Literal(table.number), child=ident(reference.table), pairs=pairs, gone=gone
    )
    while connection.execute(statement).rowcount > 0 and reference.table == table.name:
        pass  # within one table a row that now stays may keep the next one


def _all_go(
    connection: Connection,
    world: World,
    table: Mapped,
    child: Mapped,
    reference: Reference,
    hit: Mapping[int, set[str]],
) -> bool:
    """The reference is an owner path itself, so every row of it was collected, and each of them is deleted."""
    if child is table or hit.get(table.number) != {"p"}:
        return False
    if not any(_is_link(path, table, reference) for path in world.people_of(child)):
        return False
    if child.number not in hit:
        return True
    found = connection.execute(
        "SELECT EXISTS (SELECT FROM avow_row WHERE t = %s AND fate <> 'd')", [child.number]
    ).fetchone()
    return found == (False,)


def _is_link(path: PathSpec, table: Mapped, reference: Reference) -> bool:
    return (
        len(path.steps) == 1
        and path.subject == table.name
        and reference.columns == (path.steps[0].column,)
        and reference.to_columns == (path.steps[0].to_column,)
    )


def link_can_go(world: World, table: Mapped, column: str) -> bool:
    """Whether a link to a person can be taken out of a row: it may be NULL, or a value that refers to nobody may stand there."""
    live = table.live.columns[column]
    if live.generated:
        return False
    if not live.required:
        return True
    return not live.unique and world.catalogue.find_reference(table.name, column) is None
