"""Small pictures of numbers: where each block of an SVG stands. Numbers in, places out; templates draw them.

Refuses to tell by colour alone: every picture comes with the same numbers as text. Time runs as the language is read, and bars
begin where its lines do: `from_right` turns the places round.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from avow.control.checks import CheckRun
from avow.web.console.words import verdict_words

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

    x: int
    kind: str
    shape: str
    title: str


@dataclass(frozen=True)
class Bar:
    """One line of a bar chart: `width` in per cent of the longest, from `start`."""

    label: str
    value: float
    text: str
    y: float
    width: float
    start: float = 0


STEP = 22  # from one mark to the next
_MARK = 19  # the width of a mark


def stack_history(
    runs: Sequence[CheckRun], from_right: bool = False, width: float = 600, height: float = 120
) -> tuple[Block, ...]:
    """Each check as a column of its verdicts, oldest first; heights in share of all statements."""
    found: list[Block] = []
    step = width / max(len(runs), 12)
    for number, run in enumerate(reversed(runs)):
        x = width - number * step - step * 0.8 if from_right else number * step
        total, y = sum(run.totals.values()) or 1, height
        for verdict in reversed(ORDER):
            count = run.totals.get(verdict, 0)
            tall = height * count / total
            y -= tall
            if count:
                words = f"{date_format(run.checked_at, 'j M Y')}: {count} {verdict_words(verdict)}"
                found.append(Block(round(x, 2), round(y, 2), round(step * 0.8, 2), round(tall, 2), verdict, words))
    return tuple(found)


def mark_history(runs: Sequence[CheckRun], statement: str, width: int, from_right: bool = False) -> tuple[Mark, ...]:
    """The verdicts of one statement, oldest first, in a picture of this width."""
    marks = []
    for number, run in enumerate(reversed(runs)):
        verdict = run.verdicts.get(statement, "")
        said = verdict_words(verdict) if verdict else _("not in this version")
        words = f"{date_format(run.checked_at, 'SHORT_DATETIME_FORMAT')}: {said}"
        x = width - _MARK - number * STEP if from_right else number * STEP
        marks.append(Mark(x, verdict or "absent", SHAPES.get(verdict, "·"), words))
    return tuple(marks)


def bars(
    values: Iterable[tuple[str, float]], from_right: bool = False, unit: str = "", step: float = 34
) -> tuple[Bar, ...]:
    """Horizontal bars; the longest is 100 wide."""
    listed = list(values)
    most = max((value for _, value in listed), default=0) or 1
    wide = [round(100 * value / most, 2) for _label, value in listed]
    return tuple(
        Bar(label, value, f"{value:g}{unit}", round(i * step, 2), wide[i], 100 - wide[i] if from_right else 0)
        for i, (label, value) in enumerate(listed)
    )
