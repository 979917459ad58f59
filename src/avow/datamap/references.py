"""Which column leads to which table: declared foreign keys, and references that nobody declared.

Promises: an undeclared reference is proposed only where the name (or a comment) points at a table, the types agree and
the sampled values stand in the other table's key as far as the samples can show; each with its reasons. Refuses to
propose a reference by values alone: small numbers stand in every key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

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
    targets = [(t, stem(t.name)) for t in description.tables if t.kind == "table" and len(t.primary_key) == 1]
    found = [
        best
        for table in description.tables
        if table.kind == "table"
        for column in table.columns
        if (table.name, column.name) not in known and (best := _best(table, column, targets, samples))
    ]
    return (*declared, *found)


def _best(
    table: TableInfo, column: ColumnInfo, targets: list[tuple[TableInfo, str]], samples: Samples
) -> Reference | None:
    if table.primary_key == (column.name,) or not _KEYISH.search(column.type):
        return None
    hints = _Hints.of(column)
    hinted = [(target, *hint) for target, wanted in targets if (hint := hints.at(wanted, target.name))]
    found = [reference for hint in hinted for reference in _tried(table, column, *hint, samples=samples)]
    return max(found, key=lambda reference: reference.confidence, default=None)


def _tried(
    table: TableInfo, column: ColumnInfo, target: TableInfo, hint: float, reason: str, samples: Samples
) -> Iterator[Reference]:
    key = target.find_column(target.primary_key[0])
    if key is None or _family(key.type) != _family(column.type):
        return
    weight, words = _inclusion(table, column, target, key, samples)
    if weight >= 0:
        reasons = (reason, words)
        yield Reference(table.name, column.name, target.name, key.name, False, round(hint + weight, 2), reasons)


@dataclass(frozen=True)
class _Hints:
    """What a column's name and comment point at, taken apart once for all tables."""

    column: str
    parts: str
    has_suffix: bool
    spoken: frozenset[str]

    @staticmethod
    def of(column: ColumnInfo) -> _Hints:
        name = re.sub(r"_?(id|no|nr|ref|key|code|uuid|fk)$", "", column.name.lower())
        words = frozenset(stem(word) for word in re.findall(r"[a-z_]{4,}", column.comment.lower()))
        return _Hints(column.name, stem(name) if name else "", name != column.name.lower(), words)

    def at(self, wanted: str, target: str) -> tuple[float, str] | None:
        """How strongly they point at the table whose stem is `wanted`, and why; None where they do not."""
        if self.parts and self.has_suffix and (self.parts == wanted or wanted.endswith(f"_{self.parts}")):
            return 0.6, f"`{self.column}` is named after `{target}`"
        if self.has_suffix and self.parts.endswith(f"_{wanted}"):
            return 0.5, f"`{self.column}` ends with the name of `{target}`"
        if len(self.parts) >= 3 and not self.has_suffix and wanted.startswith(self.parts):
            return 0.35, f"`{self.column}` may be short for `{target}`"
        if wanted in self.spoken:
            return 0.4, f"the comment on `{self.column}` speaks of `{target}`"
        return None


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
