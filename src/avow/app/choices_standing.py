"""How the real work of choices and campaigns stands: answers that wait, stores that nobody took answers from, messages after a no.

Counts only. Refuses to call answers taken in while some wait longer than a worker may be away.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from avow.app.rights import open_keys
from avow.control import campaigns, choices
from avow.control.session import Session
from avow.prove.scene import Standing, StoreScene
from avow.prove.verdict import BROKE, COULD_NOT, HELD

if TYPE_CHECKING:
    from avow.app.duty_look import Look

LONGEST = timedelta(minutes=15)
_WORK = "run `avow work`, and see that it stays up"
# An answer that stood in the company's tables before waits since it was noted; a store that was applied by an earlier version does
# not say since when.
_OLDEST = (
    "SELECT count(*), min(coalesce((to_jsonb(c) ->> 'noted')::timestamptz, at)) FROM avow.choice c WHERE NOT taken"
)


def _session(look: Look) -> Session:
    settings = look.project.settings
    return Session(look.connection, settings.company, open_keys(settings), look.now, uuid4)


def read_choices(look: Look) -> Iterator[Standing]:
    """Answers that wait in Avow's record to be spread, and those that wait in stores to be taken in."""
    count, oldest = choices.count_waiting(_session(look))
    yield _waiting(look, "answers-spread", f"{count} answers wait to be spread", oldest)
    for store in look.stores:
        if any(table.outcomes for table in store.map.tables) and store.applied:
            yield _taken(look, store)


def _taken(look: Look, store: StoreScene) -> Standing:
    name = f"answers-taken-{store.name}"
    if store.open_plant is None:
        words = f"no credential is given that may look how many answers wait in store `{store.name}`"
        return Standing("choices", name, COULD_NOT, words)
    with store.open_plant() as connection:
        row = connection.execute(_OLDEST).fetchone()
    count, oldest = row or (0, None)
    return _waiting(look, name, f"{count} answers wait in store `{store.name}`", oldest)


def _waiting(look: Look, name: str, seen: str, oldest: datetime | None) -> Standing:
    """`oldest`: since when the one that waits longest does; None where none waits."""
    if oldest is None or look.now - oldest <= LONGEST:
        return Standing("choices", name, HELD, seen)
    return Standing("choices", name, BROKE, f"{seen}, the oldest too long", repair=_WORK)


def read_campaigns(look: Look) -> Iterator[Standing]:
    """Messages that were put for people who had said no before: the gate must have let none pass."""
    count = campaigns.count_mailed_after_no(_session(look))
    seen = f"{count} messages were put for people who had said no to their class before"
    repair = "find out by which campaign, stop it in the outbox, and mend the gate" if count else ""
    yield Standing("campaigns", "after-a-no", BROKE if count else HELD, seen, repair=repair)
