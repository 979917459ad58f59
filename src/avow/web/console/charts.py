"""Small pictures of numbers: where each block of an SVG stands. Pure: numbers in, places out; templates draw them.

Refuses to tell by colour alone: every picture comes with the same numbers as text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from avow.control.checks import CheckRun

ORDER: tuple[str, ...] = ("broken", "unproven", "attested", "kept", "not_checkable")
SHAPES: Mapping[str, str] = {"kept": "✓", "broken": "✗", "attested": "✎", "unproven": "?", "not_checkable": "–"}


@dataclass(frozen=True)
class Block:
    """A rectangle: `kind` names its class; `title` is what it says in words."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    title: str


@dataclass(frozen=True)
class Mark:
    """One check of one statement: `shape` tells the verdict where colour does not."""

    x: float
    kind: str
    shape: str
    title: str


@dataclass(frozen=True)
class Bar:
    """One line of a bar chart: `width` in per cent of the longest."""

    label: str
    value: float
    text: str
    y: float
    width: float


def stack_history(runs: Sequence[CheckRun], width: float = 600, height: float = 120) -> tuple[Block, ...]:
    """Each check as a column of its verdicts, oldest first; heights in share of all statements."""
    found: list[Block] = []
    step = width / max(len(runs), 12)
    for number, run in enumerate(reversed(runs)):
        total, y = sum(run.totals.values()) or 1, height
        for verdict in reversed(ORDER):
            count = run.totals.get(verdict, 0)
            tall = height * count / total
            y -= tall
            if count:
                words = f"{run.checked_at:%d %b %Y}: {count} {verdict.replace('_', ' ')}"
                found.append(
                    Block(round(number * step, 2), round(y, 2), round(step * 0.8, 2), round(tall, 2), verdict, words)
                )
    return tuple(found)


def mark_history(runs: Sequence[CheckRun], statement: str, step: float = 22) -> tuple[Mark, ...]:
    """The verdicts of one statement, oldest first."""
    marks = []
    for number, run in enumerate(reversed(runs)):
        verdict = run.verdicts.get(statement, "")
        words = f"{run.checked_at:%d %b %Y, %H:%M}: {verdict.replace('_', ' ') or 'not in this version'}"
        marks.append(Mark(number * step, verdict or "absent", SHAPES.get(verdict, "·"), words))
    return tuple(marks)


def bars(values: Iterable[tuple[str, float]], unit: str = "", step: float = 34) -> tuple[Bar, ...]:
    """Horizontal bars; the longest is 100 wide."""
    listed = list(values)
    most = max((value for _, value in listed), default=0) or 1
    return tuple(
        Bar(label, value, f"{value:g}{unit}", round(i * step, 2), round(100 * value / most, 2))
        for i, (label, value) in enumerate(listed)
    )
