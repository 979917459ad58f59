"""The order in which tables of a store are worked on.

Promises: whatever refers to a table comes before it; a circle of references is cut at its first table. Touches nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def children_first(names: Sequence[str], references: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """`references` are (table that refers, table referred to); names that are not listed are left out."""
    before: dict[str, set[str]] = {name: set() for name in names}
    for child, parent in references:
        if child in before and parent in before and child != parent:
            before[parent].add(child)
    order: list[str] = []
    while len(order) < len(before):
        left = [name for name in before if name not in order]
        order += [name for name in left if not before[name] - set(order)] or left[:1]
    return tuple(order)
