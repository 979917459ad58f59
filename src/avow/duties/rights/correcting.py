"""What is to be corrected, written down by staff from words: a letter, a telephone call, a form without an account.

Promises: a correction names a field of a record that was found to be the asker's; it is sealed with the request, stands on its page
before anything is changed, and voids what was approved before. Refuses to touch what an asker wrote down field by field, and to
look into a store: the worker does, and says when a record is not the asker's any more.
Source: GDPR article 16.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from uuid import UUID

from avow.control import cases, rights
from avow.control.cases import MatchRow
from avow.control.session import Session
from avow.duties.rights.approvals import RELEASE
from avow.duties.rights.model import REVIEW, Actor, WishedChange
from avow.duties.rights.moves import access_wish, as_text, get_locked, record_event, refuse
from avow.duties.rights.rules import Office, Rules
from avow.duties.rights.stores import THEIRS

WRITTEN = "corrections"  # the item under which it stands that staff wrote them down
MOST, LONGEST = 200, 2_000


def list_correctable(rules: Rules, matches: Iterable[MatchRow]) -> list[tuple[str, str, str, str]]:
    """(store, table, row, column) of every field that a correction may name: those of the records that are the asker's."""
    return [
        (match.store, match.table, match.key, column)
        for match in matches
        if match.verdict == THEIRS
        for column in rules.correctable.get((match.store, match.table), ())
    ]


def record_corrections(
    session: Session, office: Office, request: UUID, changes: Sequence[WishedChange], staff: Actor
) -> None:
    """These take the place of what staff wrote down before. Raises RightsError."""
    row = get_locked(session, request)
    wish = access_wish(session, row)
    if staff.kind != "staff" or row.kind != "rectification" or row.state != REVIEW or wish is None:
        raise refuse(
            "rights.no-such-move", "this request waits for no correction to be written down", "look at its page"
        )
    if wish.changes and not any(one.item == WRITTEN for one in cases.get_decisions(session, request)):
        raise refuse("rights.no-such-move", "the asker wrote down each field", "let it go on, or refuse a part of it")
    matches = cases.access_matches(session, [request]).get(request, [])
    known = set(list_correctable(office.rules, matches))
    if len(changes) > MOST or any(change[:4] not in known or len(change[4]) > LONGEST for change in changes):
        raise refuse(
            "rights.bad-request",
            "a correction names a field that is not the asker's, or is too long",
            "choose a field of a record that was found, and shorten what shall stand there",
            "nothing was written down",
        )
    rights.record_wish(session, row, as_text(replace(wish, changes=tuple(changes))))
    cases.record_decision(session, request, WRITTEN, "written", str(len(changes)), staff.ref)
    cases.record_decisions_void(session, request, RELEASE)
    record_event(session, request, "corrections written down", staff, {"count": len(changes)})
