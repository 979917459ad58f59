"""The identifiers that a row carries, as SQL for the functions of the suppression list.

Promises: one answer to which columns hold an address, a number or a cookie of the row's person. Refuses names and addresses
of the network: they are shared by many.
"""

from __future__ import annotations

from collections.abc import Sequence

from avow.compilers.duties import identifier_of
from avow.compilers.postgres.quoting import ident, literal
from avow.datamap.model import Table

LISTED = ("email", "phone", "customer_number", "cookie")


def identifying(table: Table, live: Sequence[str]) -> list[tuple[str, str]]:
    """(column, kind) of the identifiers that a row of the table carries."""
    return [(c.name, kind) for c in table.columns if c.name in live and (kind := identifier_of(c)) in LISTED]


def lists(row: str, found: Sequence[tuple[str, str]]) -> str:
    """The identifiers of a row as two SQL arrays: kinds and values."""
    kinds = ", ".join(literal(kind) for _, kind in found)
    values = ", ".join(f"{row}{ident(column)}::text" for column, _ in found)
    return f"ARRAY[{kinds}]::text[], ARRAY[{values}]::text[]"
