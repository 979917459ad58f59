"""What a mapped column may hold, read the careful way.

Promises: what nobody confirmed counts as `any.personal`. Refuses to look anywhere but at the map.
"""

from __future__ import annotations

from avow.datamap.model import Column


def categories_of(column: Column) -> frozenset[str]:
    """All categories a column may hold: its own, those of its keys, and `any.personal` for what nobody confirmed."""
    below: frozenset[str] = frozenset(c for found in column.keys.values() for c in found)
    own = column.categories | below
    return own or (frozenset({"any.personal"}) if column.free_text else own)
