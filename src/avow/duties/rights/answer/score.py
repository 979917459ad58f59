"""Counts how complete an answer is against article 15(1)(a) to (h) and the copy of 15(3), from what the answer holds.

Each letter is a point or it is not; what is missing is named, so that a person can mend it before release. Refuses to give a
point for a heading without content. A release under eight needs a reason of staff (`check_release`).
Source: GDPR article 15; EDPB guidelines 01/2022.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from avow.duties.rights.answer.items import UNCATEGORISED, Items
from avow.duties.rights.answer.model import Beside, Completeness, Facts
from avow.errors import Diagnostic, Place, RightsError

LETTERS = ("a", "b", "c", "d", "e", "f", "g", "h")
NEEDED_RIGHTS = ("rectification", "erasure", "restriction", "objection")


def score_answer(items: Items, facts: Facts, unread: Iterable[str] = ()) -> Completeness:
    """After the last item. `unread` are stores whose rows could not be read, by name."""
    besides = tuple(items.told.values())
    missing = {
        "a": _without(besides, lambda b: bool([u for u in b.register if not u.stopped] or b.uses), "purpose"),
        "b": _without(besides, lambda b: b.categories != (UNCATEGORISED,), "category"),
        "c": _recipients(facts),
        "d": () if facts.retention_otherwise else _without(besides, lambda b: bool(b.retention), "time of keeping"),
        "e": tuple(f"the right to {right}" for right in NEEDED_RIGHTS if right not in facts.rights),
        "f": () if facts.contact.authority else ("the supervisory authority",),
        "g": () if facts.source_otherwise else _sourceless(items),
        "h": () if facts.automated else ("a statement on automated decisions",),
        "copy": _copy(facts, unread),
    }
    missing = {letter: found for letter, found in missing.items() if found}
    points = sum(letter not in missing for letter in LETTERS)
    return Completeness(points, "copy" not in missing, missing)


def _sourceless(items: Items) -> tuple[str, ...]:
    return tuple(f"the source of {count} values in {place}" for place, count in sorted(items.unknown_source.items()))


def _without(besides: Iterable[Beside], has: Callable[[Beside], bool], what: str) -> tuple[str, ...]:
    lacking = {f"{b.store} {b.table}.{b.column}" for b in besides if not has(b)}
    return tuple(f"{what} of {place}" for place in sorted(lacking))


def _recipients(facts: Facts) -> tuple[str, ...]:
    if facts.recipients is None:
        return ("the list of recipients",)
    nameless = tuple(f"the name of the recipient of kind {r.kind}" for r in facts.recipients if not r.name)
    return nameless if facts.log_complete else (*nameless, "the use log, which could not be read whole")


def _copy(facts: Facts, unread: Iterable[str]) -> tuple[str, ...]:
    bare = {s.spec.name for s in facts.stores if s.covered == "not" or s.by_hand == "not copied"} | set(unread)
    return tuple(f"the data in store {name}" for name in sorted(bare))


def list_missing(completeness: Completeness) -> tuple[str, ...]:
    """What is missing, each with its letter: names of parts and places, never a value."""
    return tuple(f"({letter}) {what}" for letter, found in completeness.missing.items() for what in found)


def check_release(points: int, missing: Sequence[str], reason: str) -> None:
    """Raises RightsError `answer.incomplete` when something is missing and staff gave no reason."""
    if not missing or reason.strip():
        return
    named = list({part.partition(" ")[0]: part for part in reversed(missing)}.values())[
        ::-1
    ]  # the first of each letter
    more = f"; and {len(missing) - len(named)} more" if len(missing) > len(named) else ""
    raise RightsError(
        Diagnostic(
            Place("answer"),
            "answer.incomplete",
            f"the answer holds {points} of 8 points of article 15(1); missing: {'; '.join(named)}{more}",
            "mend the data map, recipients.yaml or the settings and make the answer again, or give a reason for the release",
            "it is not released: most complaints are about answers that leave these parts out",
        )
    )
