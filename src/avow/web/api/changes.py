"""The company's own portal tells that it changed somebody's address or sign-in: exports and erasures wait after it.

Takes the person's key in the portal, never the old or the new value. Refuses to say whether the person is known.
"""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest
from ninja import Router
from ninja.decorators import decorate_view

from avow.web.api.gate import Token, once
from avow.web.api.problems import no_portal
from avow.web.api.requests import ERRORS, past
from avow.web.api.schemas import ChangeIn, ChangeTaken, Problem
from avow.web.counter import get_desk
from avow.web.doors import now

router = Router(tags=["changes"])


@router.post("/changes", response={201: ChangeTaken, ERRORS: Problem}, auth=Token("changes:write"))
@decorate_view(once)
def record_change(request: HttpRequest, body: ChangeIn) -> tuple[int, ChangeTaken]:
    """Records that an address, a number or a way to sign in was changed in the portal. Send it with each change, at once."""
    store, _, table = settings.AVOW.desk.portal.partition(".")
    if not table:
        raise no_portal()
    at = past(body.at) or now()
    desk = get_desk()
    desk.record_changed_elsewhere((store, table, body.person), at)
    return 201, ChangeTaken(waits_until=at + timedelta(hours=desk.office.rules.wait_hours))
