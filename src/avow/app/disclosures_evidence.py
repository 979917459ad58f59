"""How real disclosures stand: emergencies that nobody reviewed, notices that nobody gave, and the ends of contracts in the stores.

Counts and names of firms alone; refuses to say whose data went.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from uuid import uuid4

from avow.app.duty_look import Look
from avow.app.rights import open_keys
from avow.control import disclosures
from avow.control.session import Session
from avow.prove.scene import Standing
from avow.prove.verdict import BROKE, HELD

DUTY = "disclosures"


def read_disclosures(look: Look) -> Iterable[Standing]:
    """Every fact that a check has to know beside what the shopper tried."""
    settings = look.project.settings
    session = Session(look.connection, settings.company, open_keys(settings), look.now, uuid4)
    reviews, notices = disclosures.count_overdue(session)
    yield _counted(
        "reviews", "emergency", reviews, "emergencies that nobody reviewed in time", "review them in the console"
    )
    yield _counted(
        "notices", "downstream", notices, "notices of erased or corrected data untold for a week", "tell the firms"
    )
    yield from _contracts(look)


def _counted(name: str, aspect: str, count: int, words: str, repair: str) -> Standing:
    result = BROKE if count else HELD
    return Standing(DUTY, name, result, f"{count or 'no'} {words}", aspect, repair if count else "")


def _contracts(look: Look) -> Iterator[Standing]:
    """The controls that close logins stand as apply left them."""
    for scene in look.stores:
        closing = {login.name for login in scene.map.logins if login.recipient}
        if not closing or not scene.applied:
            continue
        wrong = [drift for drift in scene.drift if _closes(drift.key, closing)]
        seen = "; ".join(f"`{drift.key}` is {drift.found}" for drift in wrong[:4])
        repair = "run avow doctor --repair" if wrong else ""
        words = seen or f"store `{scene.name}` closes {len(closing)} logins of firms with their contracts"
        yield Standing(DUTY, f"contracts-{scene.name}", BROKE if wrong else HELD, words, "contract", repair)


def _closes(key: str, logins: set[str]) -> bool:
    kind, _, rest = key.partition(":")
    return (kind == "contract" and rest in logins) or (kind == "policy" and rest.endswith("_contract"))
