"""Pictures as plain numbers for SVG templates: the path of a request, and bars of what is held.

Nothing is said by a picture alone: the pages repeat all of it as text. Coordinates turn round for languages read from the right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from avow.duties.rights.model import CLOSED, WORDS

WIDTH, MARGIN = 720, 70


@dataclass(frozen=True)
class Station:
    """One stop. `state` is done, now or to-come; `x` in the picture's own units, `before` the stop that leads here."""

    x: int
    before: int
    says: str
    state: str


@dataclass(frozen=True)
class Bar:
    """One bar of what is held: `width` of at most 100, from `start`."""

    label: str
    count: int
    width: int
    start: int


_STAGES = {
    "received": 0,
    "identity": 1,
    "fee": 1,
    "clarifying": 1,
    "finding": 2,
    "review": 3,
    "waiting": 3,
    "working": 3,
    "hands": 3,
}


def draw_path(state: str, kind: str, from_right: bool) -> list[Station]:
    """The stops of a request and where it stands."""
    names = [_("Received"), _("You confirm"), _("We look"), _("We work on it"), _("Finished")]
    if kind in WORDS:
        names = [_("Received"), _("A person reads it"), _("Finished")]
    last = len(names) - 1
    at = last if state in CLOSED else min(_STAGES.get(state, 0), last - 1)
    step = (WIDTH - 2 * MARGIN) // last
    places = [MARGIN + step * number for number in range(len(names))]
    if from_right:
        places = [WIDTH - x for x in places]
    return [
        Station(x, places[max(number - 1, 0)], name, _how(number, at, state in CLOSED))
        for number, (x, name) in enumerate(zip(places, names, strict=True))
    ]


def _how(number: int, at: int, closed: bool) -> str:
    if number < at or closed:
        return "done"
    return "now" if number == at else "to-come"


def draw_bars(counts: Sequence[tuple[str, int]], from_right: bool) -> list[Bar]:
    """Largest first; the longest bar is 100 wide, and what is not nothing is at least 2."""
    largest = max((count for _label, count in counts), default=0) or 1
    ordered = sorted(counts, key=lambda pair: (-pair[1], pair[0]))
    widths = [max(2, round(100 * count / largest)) if count else 0 for _label, count in ordered]
    return [
        Bar(label, count, width, 100 - width if from_right else 0)
        for (label, count), width in zip(ordered, widths, strict=True)
    ]
