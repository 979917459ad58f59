"""The values that the page and the report show: all of them up to a limit, then a fair part of every kind of record.

Holds at most `limit` items, whatever streams by, and knows how many it has not kept. Refuses to drop a kind of record.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from avow.duties.rights.answer.model import SHOWN, AnswerItem, Beside
from avow.vocabulary import Vocabulary


@dataclass(frozen=True)
class Block:
    """All shown values of one column."""

    beside: Beside
    items: tuple[AnswerItem, ...]


@dataclass(frozen=True)
class Section:
    """One category of the highest level, with its blocks. `values` counts what is held, shown or not."""

    category: str
    label: str
    values: int
    blocks: tuple[Block, ...]


@dataclass
class Shown:
    limit: int = SHOWN
    seen: int = 0
    by_category: dict[str, int] = field(default_factory=dict)  # first category's root -> values
    _buckets: dict[str, list[AnswerItem]] = field(default_factory=dict)
    _kept: int = 0
    _most: int = 1 << 62

    def add(self, item: AnswerItem) -> None:
        self.seen += 1
        root = item.beside.categories[0].partition(".")[0]
        self.by_category[root] = self.by_category.get(root, 0) + 1
        bucket = self._buckets.setdefault(item.beside.key, [])
        if self._kept >= self.limit:
            if len(bucket) + 1 >= self._most:  # a fair part already; the longest bucket only ever gets shorter
                return
            largest = max(self._buckets.values(), key=len)
            self._most = len(largest)
            if len(largest) <= len(bucket) + 1:
                return
            largest.pop()
            self._kept -= 1
        bucket.append(item)
        self._kept += 1

    @property
    def kept(self) -> int:
        return self._kept

    def sections(self, vocabulary: Vocabulary) -> tuple[Section, ...]:
        """By the root of each column's first category, in the order of their labels; columns as they first appeared."""
        return tuple(sorted(self._sections(vocabulary), key=lambda s: s.label))

    def _sections(self, vocabulary: Vocabulary) -> Iterator[Section]:
        for root, values in self.by_category.items():
            own = (b for b in self._buckets.values() if b and b[0].beside.categories[0].partition(".")[0] == root)
            blocks = tuple(Block(bucket[0].beside, tuple(bucket)) for bucket in own)
            label = "any personal data" if root == "any" else vocabulary.label(root, "category")
            yield Section(root, label, values, blocks)
