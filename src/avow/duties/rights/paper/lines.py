"""What is to stand on paper, line by line, before anything sets it.

Refuses to load what sets it (reportlab takes a third of a second): most commands that could write a paper write none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Line:
    """`style` is title, h1, h2, text, value or soft; `rows` makes it a table, its first row the head; `label` stands before."""

    style: str
    text: str = ""
    label: str = ""
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass
class Paper:
    """One document before it is made. `made_at` is the time it states; `page_of` words the page number."""

    title: str
    author: str
    language: str
    right_to_left: bool
    made_at: datetime
    page_of: Callable[[int], str]
    footer: str = ""
    lines: list[Line] = field(default_factory=list)

    def add(self, style: str, text: str = "", label: str = "", rows: Iterable[Sequence[str]] = ()) -> None:
        self.lines.append(Line(style, text, label, tuple(map(tuple, rows))))
