"""What a column holds, as every room must count it, and how a person names a column.

Promises: one answer to "which categories may a value of this column hold?", in which what nobody confirmed counts as
`any.personal`; and look-up of `contacts.email` in a data map. Refuses to choose where a name fits several columns.
"""

from __future__ import annotations

from avow.datamap.model import Column, DataMap, StoreMap, Table
from avow.errors import DataMapError, Diagnostic, Place

UNCONFIRMED = "any.personal"


def categories_of(column: Column) -> frozenset[str]:
    """Every category that a value may hold; unconfirmed columns and free text of no category hold `any.personal`."""
    found = column.categories.union(*column.keys.values()) if column.keys else column.categories
    if not column.confirmed or (column.free_text and not found):
        return found | {UNCONFIRMED}
    return found


def find_column(datamap: DataMap, name: str) -> tuple[StoreMap, Table, Column] | None:
    """The one column named `table.column`, `schema.table.column` or `store:schema.table.column`; None where none fits.

    Raises DataMapError `map.ambiguous-column` where several fit, with the names that tell them apart."""
    fits = [(s, t, c) for s in datamap.stores for t in s.tables for c in t.columns if name in _names(s, t, c)]
    if len(fits) < 2:
        return fits[0] if fits else None
    help = "write one of " + ", ".join(f"`{_names(*fit)[-1]}`" for fit in fits)
    so = "it cannot be said which promises are about it"
    cause = f"`{name}` fits several columns"
    raise DataMapError(Diagnostic(Place(datamap.file), "map.ambiguous-column", cause, help, so))


def _names(store: StoreMap, table: Table, column: Column) -> tuple[str, str, str]:
    short = table.name.rpartition(".")[2]
    full = f"{table.name}.{column.name}"
    return f"{short}.{column.name}", full, f"{store.name}:{full}"
