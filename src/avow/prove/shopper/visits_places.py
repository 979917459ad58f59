"""Visits that try to put data where the policy says that none is: a copy, a replica, a mail relay, a firm, a server elsewhere.

What is asked is what every plan and apply asks. Refuses to move anything: the project is changed in memory, for one attempt.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from avow.prove.inquiry import CannotTell
from avow.prove.shopper.shop import Saw, Shop, judged


class Office(Protocol):
    def promised(self) -> tuple[str, ...]:
        """The places that the policy promises; () none."""

    def seen(self) -> tuple[Sequence[str], Sequence[str], Sequence[str]]:
        """(inside, outside, unknown) of everything live and declared, in words."""

    def attempts(self) -> Sequence[tuple[str, bool, str]]:
        """(what was added, whether a plan refused it, what it said) for a copy, a replica, an archive, a mail relay, a firm and
        a store in a place outside."""

    def plans_as_it_is(self) -> bool:
        """Whether a plan goes through with nothing added."""


def visit_places(shop: Shop) -> Iterator[Saw]:
    """Everything has a place within the promised ones; whatever is added outside is refused before anything is planned."""
    office: Office = shop.office_of("places")
    if not office.promised():
        raise CannotTell("no sentence of the policy promises a place")
    inside, outside, unknown = office.seen()
    wrong = [*(f"{one} is outside" for one in outside), *(f"nobody knows where {one} is" for one in unknown)]
    listed = ", ".join(office.promised())
    yield judged("resolved", wrong, f"{len(inside)} stores, servers, copies, relays and firms are in {listed}")
    tried = office.attempts()
    wrong = [f"{what} outside was planned with" for what, refused, _ in tried if not refused]
    wrong += [
        f"{what} was refused without a word of where it is" for what, refused, said in tried if refused and not said
    ]
    wrong += [] if office.plans_as_it_is() or outside else ["a plan is refused with nothing added"]
    named = ", ".join(what for what, _, _ in tried)
    yield judged(
        "refused", wrong, f"outside of {listed}, each was refused and named before anything was planned: {named}"
    )
