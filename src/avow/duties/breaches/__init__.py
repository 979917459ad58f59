"""Breaches: what was breached, who has to be told by when, and what the letters say. Pure: no connection, no person's value.

Doors: `read_extent`, `plan_clocks`, `draft_authority`, `draft_people`. Refuses a letter that names somebody, and to call a clock
met that nobody met.
"""

from avow.duties.breaches.clocks import Clock, Told, is_settled, plan_clocks
from avow.duties.breaches.drafts import BreachFacts, Draft, draft_authority, draft_people
from avow.duties.breaches.extent import EXTENTS, Extent, read_extent, read_moment
from avow.duties.breaches.figures import Figures, Logged, Place

__all__ = [
    "EXTENTS",
    "BreachFacts",
    "Clock",
    "Draft",
    "Extent",
    "Figures",
    "Logged",
    "Place",
    "Told",
    "draft_authority",
    "draft_people",
    "is_settled",
    "plan_clocks",
    "read_extent",
    "read_moment",
]
