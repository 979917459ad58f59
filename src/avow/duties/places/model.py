"""One thing that holds or receives data and its place, and what is wrong with a list of them. Frozen values, pure.

Refuses to round up: what has no place is neither inside nor outside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Fact:
    """`what` is store, server, replica, archive, backup, relay, records, foreign server, subscription or
    recipient; `name` which one; `place` a
    place term ("" nobody knows); `live` whether a machine said so now, or a person wrote it down; `seen` how it is known."""

    what: str
    name: str
    place: str
    live: bool
    seen: str

    def __str__(self) -> str:
        return f"{self.what} `{self.name}`"


@dataclass(frozen=True)
class Judged:
    """`outside` are in a place that is not allowed, of the `unknown` nobody knows."""

    outside: tuple[Fact, ...]
    unknown: tuple[Fact, ...]
    inside: tuple[Fact, ...]


def judge_places(facts: Iterable[Fact], allowed: Iterable[str], covers: Callable[[str, str], bool]) -> Judged:
    """By the places that the policy promises; none: everything is inside."""
    listed, promised = list(dict.fromkeys(facts)), tuple(allowed)
    unknown = tuple(fact for fact in listed if not fact.place)
    known = [fact for fact in listed if fact.place]
    inside = tuple(f for f in known if not promised or any(covers(place, f.place) for place in promised))
    return Judged(tuple(fact for fact in known if fact not in inside), unknown, inside)
