"""A digest of the shape of a store: it changes when any table, view or routine changes, and only then.

Promises: row counts, sizes, owners, grants and object numbers do not enter, so a restored copy of the same schema has
the same fingerprint. Refuses to look at rows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from avow.stores.port import RoutineInfo, TableInfo


def fingerprint(tables: Iterable[TableInfo], routines: Iterable[RoutineInfo]) -> str:
    """SHA-256 (hex) over names, columns, types, keys, indexes, view and routine definitions, row security."""
    shape = {
        "tables": sorted((_table_shape(table) for table in tables), key=lambda shape: str(shape[0])),
        "routines": sorted((r.name, r.security_definer, r.definition) for r in routines),
    }
    return hashlib.sha256(json.dumps(shape, ensure_ascii=False).encode()).hexdigest()


def _table_shape(table: TableInfo) -> list[object]:
    columns = [(c.name, c.type, c.nullable, c.default, c.comment, c.generated) for c in table.columns]
    keys = sorted((k.name, k.columns, k.to_table, k.to_columns) for k in table.foreign_keys)
    indexes = sorted((i.name, i.definition, i.valid) for i in table.indexes)
    rest = (table.comment, table.definition, table.row_security)
    return [table.name, table.kind, columns, table.primary_key, keys, indexes, *rest]
