"""Whether the reviews of the company's own procedures are signed in time, for a check.

Refuses to call a period kept that nobody put a number to.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from avow.app.review_dates import PERIODS, Due, say_due
from avow.control.duty_reviews import EFFECT, PROCEDURES
from avow.duties.reviews import is_overdue
from avow.prove.scene import Standing
from avow.prove.verdict import BROKE, COULD_NOT, HELD

if TYPE_CHECKING:
    from avow.app.duty_look import Look

_ASPECT = {PROCEDURES: "procedures-due", EFFECT: "effect-due"}
_SIGN = "look at the review in the console and sign it"


def read_reviews(look: Look) -> Iterator[Standing]:
    for kind, due in say_due(look.connection, look.project.settings):
        yield _stands(kind, due, look)


def _stands(kind: str, due: Due, look: Look) -> Standing:
    name, aspect = f"{kind}-signed", _ASPECT[kind]
    if due.due is None:
        repair = f"write [numbers.{PERIODS[kind]}] in avow.toml: words, days, owner"
        return Standing("reviews", name, COULD_NOT, f"nobody has said how often {kind} are reviewed", aspect, repair)
    day = f"{due.due:%Y-%m-%d}"
    if is_overdue(due.due, look.now):
        return Standing(
            "reviews", name, BROKE, f"the review of {kind} was due on {day} and nobody signed one", aspect, _SIGN
        )
    signed = f"signed on {due.last_signed:%Y-%m-%d}, the next" if due.last_signed else "none is signed yet, the first"
    return Standing("reviews", name, HELD, f"review of {kind}: {signed} is due on {day}, every {due.days} days", aspect)
