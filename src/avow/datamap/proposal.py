"""What discovery proposes for a person to confirm: model values, each with reasons and a confidence.

Values only. Reasons name columns, types, shares and counts; refuses to carry a value of a row.
"""

from __future__ import annotations

from dataclasses import dataclass

from avow.datamap.model import Column, Table


@dataclass(frozen=True)
class Reference:
    """`table.column` leads to `to_table.to_column`: declared as a foreign key, or found by name, type and inclusion."""

    table: str
    column: str
    to_table: str
    to_column: str
    declared: bool
    confidence: float
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class ProposedColumn:
    """`column.confirmed` is always False: a person has not looked yet. `confidence` 0..1."""

    column: Column
    confidence: float
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class ProposedTable:
    """`table` holds what would stand in the map; `confidence` is that of its least sure personal column."""

    table: Table
    columns: tuple[ProposedColumn, ...]
    confidence: float
    reasons: tuple[str, ...]
    kind: str = "table"
    rows: int = 0


@dataclass(frozen=True)
class Discovery:
    """Everything proposed for one store. `not_sampled` names tables that could not be read, with the reason's code."""

    tables: tuple[ProposedTable, ...]
    references: tuple[Reference, ...]
    not_sampled: tuple[str, ...] = ()
    logins: tuple[str, ...] = ()
