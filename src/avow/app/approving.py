"""Agreeing to a request on the command line, as a named member of the staff.

Promises what the console asks: the member's role permits it, and an answer is approved by whoever may see the whole of it. On a
command line nobody can prove to be that member: the timeline says so. Refuses what the desk refuses.
"""

from __future__ import annotations

from avow.app.actors import get_actor
from avow.app.departments import check_seen
from avow.app.desk import Desk
from avow.control.staff import StaffRecords
from avow.duties.rights.model import EXPORTS, Actor, Request


def approve_by_name(desk: Desk, request: Request, said: str, reason: str) -> bool:
    """Agrees that a request goes on, as the member whom `said` names; True when it does. Raises ControlError, RightsError, and
    AvowError `staff.not-for-department`: an answer is approved by whoever may see the whole of it."""
    with desk.session() as session:
        ref = get_actor(session.connection, session.company, said, "case:approve")
        member = StaffRecords(session.connection, session.company).find_member(ref)
    check_seen(request.kind not in EXPORTS or not (member and member.departments))
    return desk.approve(request.id, Actor("staff", ref), reason, by_cli=True)
