"""What is to be corrected, written down by staff from words: a letter, a telephone call, a form without an account.

Promises: a correction names a field of a record that was found to be the asker's; it is sealed with the request, stands on its page
before anything is changed, and voids what was approved before. Refuses to touch what an asker wrote down field by field, and to
look into a store: the worker does, and says when a record is not the asker's any more.
Source: GDPR article 16.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from avow.control import cases, rights
from avow.control.cases import MatchRow
from avow.control.session import Session
from avow.duties.rights.approvals import RELEASE, WRITTEN, list_writers
from avow.duties.rights.changing import is_held_up, list_left
from avow.duties.rights.model import REVIEW, Actor
from avow.duties.rights.moves import access_wish, as_text, get_locked, record_event, refuse
from avow.duties.rights.rules import Office, Rules
from avow.duties.rights.stores import THEIRS

MOST, LONGEST = 200, 2_000
Place = tuple[str, str, str, str]  # store, table, row, column


def list_correctable(rules: Rules, matches: Iterable[MatchRow]) -> list[Place]:
    """Every field that a correction may name: those of the records that are the asker's."""
    return [
        (match.store, match.table, match.key, column)
        for match in matches
        if match.verdict == THEIRS
        for column in rules.correctable.get((match.store, match.table), ())
    ]


def record_correction(
    session: Session, office: Office, request: UUID, place: Place, value: str | None, staff: Actor
) -> None:
    """What shall stand in one field, in the place of what was written down about it before; None takes it out. Two of the staff may
    write at once. Raises RightsError."""
    row = get_locked(session, request)
    wish = access_wish(session, row)
    waits = row.kind == "rectification" and row.state == REVIEW and not is_held_up(session, request)
    if staff.kind != "staff" or not waits or wish is None:
        raise refuse(
            "rights.no-such-move", "this request waits for no correction to be written down", "look at its page"
        )
    decisions = cases.get_decisions(session, request)
    if wish.changes and not list_writers(decisions):
        raise refuse("rights.no-such-move", "the asker wrote down each field", "let it go on, or refuse a part of it")
    changes = [change for change in wish.changes if change[:4] != place]
    if value is not None:
        matches = cases.access_matches(session, [request]).get(request, [])
        known = list_left([(*one, value) for one in list_correctable(office.rules, matches)], decisions)
        if (*place, value) not in known or len(value) > LONGEST or len(changes) >= MOST:
            raise refuse(
                "rights.bad-request",
                "a correction names a field that is not the asker's or was refused, is too long, or is one too many",
                "choose a field of a record that was found, and shorten what shall stand there",
                "nothing was written down",
            )
        changes.append((*place, value))
    rights.record_wish(session, row, as_text(replace(wish, changes=tuple(changes))))
    cases.record_decision(session, request, WRITTEN, "written", "", staff.ref)
    cases.record_decisions_void(session, request, RELEASE)
    record_event(session, request, "corrections written down", staff, {"count": len(changes)})
