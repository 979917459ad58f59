"""What a column holds, as every room must count it, and how a person names a column.

Promises: one answer to "which categories may a value of this column hold?", in which what nobody confirmed counts as
`any.personal`; and look-up of `contacts.email` in a data map. Refuses to choose where a name fits several columns.
"""

from __future__ import annotations

from avow.datamap.model import Column, DataMap, StoreMap, Table
from avow.errors import DataMapError, Diagnostic, Place
from avow.yamlplaces import did_you_mean

UNCONFIRMED = "any.personal"


def categories_of(column: Column) -> frozenset[str]:
    """Every category that a value may hold; unconfirmed columns and free text of no category hold `any.personal`."""
    found = column.categories.union(*column.keys.values())
    if not column.confirmed or (column.free_text and not found):
        return found | {UNCONFIRMED}
    return found


def get_column(datamap: DataMap, name: str) -> tuple[StoreMap, Table, Column]:
    """The one column named `table.column`, `schema.table.column` or `store:schema.table.column`.

    Raises DataMapError `map.unknown-column` where none or more than one fits, with the nearest name."""
    fits = [(s, t, c) for s in datamap.stores for t in s.tables for c in t.columns if name in _names(s, t, c)]
    if len(fits) == 1:
        return fits[0]
    every = [f"{s.name}:{t.name}.{c.name}" for s, t, c in fits] or [
        n for s in datamap.stores for t in s.tables for c in t.columns for n in _names(s, t, c)
    ]
    cause = f"`{name}` fits several columns" if fits else f"no mapped table has the column `{name}`"
    help = "write one of " + ", ".join(f"`{n}`" for n in every) if fits else did_you_mean(name, every)
    so = "it cannot be said which promises are about it"
    raise DataMapError(Diagnostic(Place(datamap.file), "map.unknown-column", cause, help, so))


def _names(store: StoreMap, table: Table, column: Column) -> tuple[str, str, str]:
    short = table.name.rpartition(".")[2]
    full = f"{table.name}.{column.name}"
    return f"{short}.{column.name}", full, f"{store.name}:{full}"
