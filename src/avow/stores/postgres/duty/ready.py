"""Whether a store is ready for duties: what would make an erasure slow, wrong or impossible, told before one is asked for.

Promises: the catalogue is read and nothing is changed; every finding names the table and what to do. Warnings do not stop
duties, errors do. Refuses to look at rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import psycopg

from avow.errors import Diagnostic, Place
from avow.stores.postgres.duty import fates
from avow.stores.postgres.duty.catalogue import statement
from avow.stores.postgres.duty.spelling import Mapped, World, neutral

_SO = "nothing is erased in this store until it is mended"


def check(connection: psycopg.Connection[tuple[Any, ...]], world: World, place: Place) -> tuple[Diagnostic, ...]:
    """Every finding, sorted."""
    found = [*_missing(world), *_unindexed(world), *_impossible(world), *_scanned(connection, world)]
    found += _rights(connection, world)
    return tuple(sorted(Diagnostic(Place(f"{place.file} {where}"), *rest) for where, *rest in found))


def check_rights(connection: psycopg.Connection[tuple[Any, ...]], world: World, place: Place) -> tuple[Diagnostic, ...]:
    """Rights that the login lacks, and rows that are hidden from it."""
    return tuple(
        sorted(Diagnostic(Place(f"{place.file} {where}"), *rest) for where, *rest in _rights(connection, world))
    )


def list_hidden(connection: psycopg.Connection[tuple[Any, ...]], tables: Iterable[str]) -> list[str]:
    """Those of the tables of which row security may hide rows from this login."""
    rows = connection.execute(statement("rights"), [list(tables)]).fetchall()
    return sorted(name for name, _, hidden in rows if hidden)


def _missing(world: World) -> Iterator[tuple[str, ...]]:
    for table in world.spec.tables:
        mapped = world.find(table.name)
        if mapped is None:
            cause = f"the data map names `{table.name}`, which the store does not have as a table with that key"
            yield table.name, "store.no-such-table", cause, "correct `datamap.yaml`, or run `avow map`", _SO
            continue
        for column in (c.name for c in table.columns if c.name not in mapped.live.columns):
            cause = f"the data map names `{table.name}.{column}`, which the store does not have"
            yield table.name, "store.no-such-table", cause, "correct `datamap.yaml`, or run `avow map`", _SO
        if len(world.people_of(mapped)) < len(table.people):
            cause = f"an owner path of `{table.name}` crosses a table or column that the store does not have"
            yield table.name, "store.no-such-table", cause, "correct the path in `datamap.yaml`", _SO


def _unindexed(world: World) -> Iterator[tuple[str, ...]]:
    """A delete looks up every row that refers to the deleted one: without an index it reads the whole table each time."""
    deleted = {t.name for t in world.tables if t.spec.erasure == "delete" and world.people_of(t)}
    for reference in world.catalogue.references:
        if reference.to_table in deleted and not reference.indexed:
            listed = ", ".join(reference.columns)
            cause = f"the foreign key `{reference.name}` of `{reference.table}` ({listed}) has no index"
            help = f"CREATE INDEX CONCURRENTLY ON {reference.table} ({listed})"
            so = f"each row deleted from `{reference.to_table}` would read all of `{reference.table}`; {_SO}"
            yield reference.table, "store.unindexed-reference", cause, help, so


def _impossible(world: World) -> Iterator[tuple[str, ...]]:
    for table in world.tables:
        yield from _unlinkable(world, table)
        for column in table.columns:
            if (
                column.spec.kind == "value"
                and column.telling
                and neutral(column.live) is None
                and _may_stay(world, table)
            ):
                cause = f"`{table.name}.{column.name}` may not be empty, and no value of its type stands for nothing"
                help = "allow NULL there, or say `erasure: delete` or `keep` for the table"
                yield table.name, "store.cannot-anonymise", cause, help, _SO
        key = table.find(table.spec.key)
        if (
            key
            and key.spec.kind == "value"
            and (table.spec.erasure == "anonymise" or world.catalogue.to_table(table.name))
        ):
            cause = f"the key `{table.name}.{key.name}` is itself personal, and rows of the table have to stay"
            yield table.name, "store.cannot-anonymise", cause, "say `erasure: delete` or `keep` for the table", _SO


def _unlinkable(world: World, table: Mapped) -> Iterator[tuple[str, ...]]:
    """A link that is part of a key cannot be emptied: rows of two people, or rows that stay, would keep it."""
    paths = world.people_of(table)
    stays = table.spec.erasure == "anonymise" or len(paths) > 1
    for column in {path.steps[0].column for path in paths if len(path.steps) == 1} if stays else set():
        reference = world.catalogue.find_reference(table.name, column)
        if not fates.link_can_go(world, table, column) and reference is None:
            cause = (
                f"the link `{table.name}.{column}` is required and part of a key, so it cannot be taken out of a row"
            )
            help = "allow NULL there, declare the reference, or say `erasure: delete` or `keep` for the table"
            yield table.name, "store.cannot-anonymise", cause, help, _SO


def _may_stay(world: World, table: Mapped) -> bool:
    return (
        table.spec.erasure == "anonymise"
        or len(world.people_of(table)) > 1
        or bool(world.catalogue.to_table(table.name))
    )


def _scanned(connection: psycopg.Connection[tuple[Any, ...]], world: World) -> Iterator[tuple[str, ...]]:
    """Identifier columns of large tables that no index serves: slow, and right all the same."""
    indexed = {tuple(row) for row in connection.execute(statement("normal_indexes")).fetchall()}
    large = {row[0] for row in connection.execute(statement("large")).fetchall()}
    for table in world.tables:
        for column in table.identifying if table.name in large else ():
            if (
                column.spec.identifies in ("email", "customer_number", "cookie")
                and (table.name, column.name) not in indexed
            ):
                cause = f"no index serves `lower(btrim({column.name}))` of `{table.name}`"
                help = f"CREATE INDEX CONCURRENTLY ON {table.name} (lower(btrim({column.name})))"
                so = "each erasure reads the whole table to find the person's identifiers; many at once share one reading"
                yield table.name, "store.unindexed-identifier", cause, help, so, "warning"


def _concerns_people(world: World, table: Mapped) -> bool:
    """Whether a duty may have to change a row of it: the others are only read."""
    return bool(world.people_of(table)) or any(c.spec.kind in ("value", "text", "json") for c in table.columns)


def _rights(connection: psycopg.Connection[tuple[Any, ...]], world: World) -> Iterator[tuple[str, ...]]:
    names = [table.name for table in world.tables if _concerns_people(world, table)]
    for name, lacking, blind in connection.execute(statement("rights"), [names]).fetchall():
        help = "run `avow grants` and give the duty login what is printed there, then apply"
        if lacking:
            yield name, "store.no-right", f"the duty login may not {lacking} rows of `{name}`", help, _SO
        if blind:
            cause = f"row security hides rows of `{name}` from the duty login"
            yield name, "store.no-right", cause, help, "rows would be left out of answers and erasures; " + _SO
