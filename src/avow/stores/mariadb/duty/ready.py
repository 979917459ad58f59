"""Whether a MariaDB database is ready for duties: what would make an erasure wrong or impossible.

Promises: the catalogue is read and nothing is changed. Refuses to look at rows. (An index behind each foreign key is
InnoDB's own rule.)
"""

from __future__ import annotations

from collections.abc import Iterator

from avow.errors import Diagnostic, Place
from avow.stores.mariadb.duty.catalogue import Mapped, World
from avow.stores.mariadb.duty.erasing import neutral

_SO = "nothing is erased in this store until it is mended"


def check(world: World, place: Place) -> tuple[Diagnostic, ...]:
    """Every finding, sorted."""
    found = [*_missing(world), *(one for table in world.tables.values() for one in _impossible(world, table))]
    return tuple(sorted(Diagnostic(Place(f"{place.file} {where}"), *rest) for where, *rest in found))


def _missing(world: World) -> Iterator[tuple[str, ...]]:
    help = "correct `datamap.yaml`, or run `avow map`"
    for table in world.spec.tables:
        mapped = world.tables.get(table.name)
        if mapped is None:
            cause = f"the data map names `{table.name}`, which the store does not have as a table with that key"
            yield table.name, "store.no-such-table", cause, help, _SO
            continue
        for column in (c.name for c in table.columns if c.name not in mapped.columns):
            cause = f"the data map names `{table.name}.{column}`, which the store does not have"
            yield table.name, "store.no-such-table", cause, help, _SO
        if len(world.people_of(mapped)) < len(table.people):
            cause = f"an owner path of `{table.name}` crosses a table or column that the store does not have"
            yield table.name, "store.no-such-table", cause, "correct the path in `datamap.yaml`", _SO


def _impossible(world: World, table: Mapped) -> Iterator[tuple[str, ...]]:
    paths = world.people_of(table)
    stays = table.spec.erasure == "anonymise" or len(paths) > 1
    for column in sorted({path.steps[0].column for path in paths if len(path.steps) == 1}) if stays else ():
        if not world.link_can_go(table, column) and world.find_reference(table.name, column) is None:
            cause = (
                f"the link `{table.name}.{column}` is required and part of a key, so it cannot be taken out of a row"
            )
            help = "allow NULL there, declare the reference, or say `erasure: delete` or `keep` for the table"
            yield table.name, "store.cannot-anonymise", cause, help, _SO
    stays = stays or any(r.to_table == table.name for r in world.references)
    for c in table.personal if stays else ():
        live = table.columns[c.name]
        if c.kind == "value" and c.telling and neutral(live) is ... and not live.is_text and c.name not in table.key:
            cause = f"`{table.name}.{c.name}` may not be empty, and no value of its type stands for nothing"
            help = "allow NULL there, or say `erasure: delete` or `keep` for the table"
            yield table.name, "store.cannot-anonymise", cause, help, _SO
