"""Which column leads to which table: declared foreign keys, and references that nobody declared.

Promises: an undeclared reference is proposed only where the name (or a comment) points at a table, the types agree and
the sampled values stand in the other table's key as far as the samples can show; each with its reasons. Refuses to
propose a reference by values alone: small numbers stand in every key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from avow.datamap.names import stem
from avow.datamap.proposal import Reference
from avow.datamap.samples import Samples
from avow.stores.port import ColumnInfo, StoreDescription, TableInfo

_ENOUGH = 0.95  # of the sampled values must stand in the other key; a few orphans are normal where nothing is declared
_KEYISH = re.compile(r"int|serial|uuid|char|text|numeric|decimal", re.IGNORECASE)


def find_references(description: StoreDescription, samples: Samples) -> tuple[Reference, ...]:
    """Declared ones first, then undeclared; at most one target for each undeclared column."""
    declared = [
        Reference(t.name, k.columns[0], k.to_table, k.to_columns[0], True, 1.0, (f"foreign key `{k.name}`",))
        for t in description.tables
        for k in t.foreign_keys
        if len(k.columns) == 1
    ]
    known = {(r.table, r.column) for r in declared}
    targets = [t for t in description.tables if t.kind == "table" and len(t.primary_key) == 1]
    found = [
        best
        for table in description.tables
        if table.kind == "table"
        for column in table.columns
        if (table.name, column.name) not in known and (best := _best(table, column, targets, samples))
    ]
    return (*declared, *found)


def _best(table: TableInfo, column: ColumnInfo, targets: list[TableInfo], samples: Samples) -> Reference | None:
    if table.primary_key == (column.name,) or not _KEYISH.search(column.type):
        return None
    found = [reference for target in targets for reference in _tried(table, column, target, samples)]
    return max(found, key=lambda reference: reference.confidence, default=None)


def _tried(table: TableInfo, column: ColumnInfo, target: TableInfo, samples: Samples) -> Iterator[Reference]:
    key = target.find_column(target.primary_key[0])
    hint, reason = _hint(column, target)
    if key is None or not hint or _family(key.type) != _family(column.type):
        return
    weight, words = _inclusion(table, column, target, key, samples)
    if weight >= 0:
        reasons = (reason, words)
        yield Reference(table.name, column.name, target.name, key.name, False, round(hint + weight, 2), reasons)


def _hint(column: ColumnInfo, target: TableInfo) -> tuple[float, str]:
    """How strongly name and comment point at the table (0: not at all)."""
    wanted = stem(target.name)
    name = re.sub(r"_?(id|no|nr|ref|key|code|uuid|fk)$", "", column.name.lower())
    has_suffix = name != column.name.lower()
    parts = stem(name) if name else ""
    if parts and (parts == wanted or wanted.endswith(f"_{parts}")) and has_suffix:
        return 0.6, f"`{column.name}` is named after `{target.name}`"
    if has_suffix and parts.endswith(f"_{wanted}"):
        return 0.5, f"`{column.name}` ends with the name of `{target.name}`"
    if len(parts) >= 3 and not has_suffix and wanted.startswith(parts):
        return 0.35, f"`{column.name}` may be short for `{target.name}`"
    if wanted in {stem(word) for word in re.findall(r"[a-z_]{4,}", column.comment.lower())}:
        return 0.4, f"the comment on `{column.name}` speaks of `{target.name}`"
    return 0.0, ""


def _inclusion(
    table: TableInfo, column: ColumnInfo, target: TableInfo, key: ColumnInfo, samples: Samples
) -> tuple[float, str]:
    """A weight (below 0: refuted) and what was seen, in numbers only."""
    here = samples.column(table, column.name)
    theirs, whole = samples.key(target, key.name)
    if not here or not theirs:
        return 0.0, "no sample to compare"
    mine = set(map(str, here))
    share = len(mine & theirs) / len(mine)
    if whole:
        seen = f"{share:.0%} of {len(mine)} sampled values stand in `{target.name}.{key.name}`"
        return (0.3 if share >= _ENOUGH else -1.0), seen
    if _family(column.type) == "int":
        # the other sample is a part only: refute what lies outside its range by far
        low, high = min(map(int, theirs)), max(map(int, theirs))
        outside = sum(not low - (high - low) <= int(v) <= high + (high - low) for v in mine)
        return (0.1 if not outside else -1.0), f"the values lie in the range of `{target.name}.{key.name}`"
    return (0.1 if share else -1.0), f"values of `{target.name}.{key.name}` appear"


def _family(kind: str) -> str:
    for family, words in (("int", "int|serial|numeric|decimal"), ("uuid", "uuid"), ("text", "char|text")):
        if re.search(words, kind, re.IGNORECASE):
            return family
    return kind
