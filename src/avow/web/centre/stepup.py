"""Asks for the password or passkey once more before something that must not happen on a borrowed screen.

A sign-in within the last minutes counts; so does a code from the mail, for a guest. Somebody who only signs in elsewhere
(the company's portal, OpenID Connect) has nothing to show here, and is sent to sign in there again. Never waves anybody through.
"""

from __future__ import annotations

import time

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from allauth.core.exceptions import ReauthenticationRequired
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from avow.duties.rights.model import Request
from avow.web.accounts.models import User
from avow.web.centre.asker import PROOF_LASTS, is_holder, is_shown

FRESH = 300  # seconds
SIGNED_IN_AT = "signed_in_at"


def is_fresh(request: HttpRequest) -> bool:
    """Whether the holder of the account showed a password, passkey or sign-on link within five minutes."""
    if not isinstance(request.user, User):
        return False
    records = get_authentication_records(request, request.user)
    latest = max([record.get("at", 0) for record in records], default=0)
    return bool(time.time() - max(latest, request.session.get(SIGNED_IN_AT, 0)) <= FRESH)


def ask_again(request: HttpRequest) -> HttpResponse | None:
    """None when fresh; else the page to send. Raises ReauthenticationRequired, which brings the person back here."""
    if is_fresh(request):
        return None
    if isinstance(request.user, User) and get_reauthentication_flows(request.user):
        raise ReauthenticationRequired
    return render(request, "centre/sign_in_again.html", status=403)


def ask_again_for(request: HttpRequest, found: Request) -> HttpResponse | None:
    """As `ask_again`, for a request that a guest may have been shown by code."""
    if is_holder(request, found):
        return ask_again(request)
    if is_shown(request, found, within=PROOF_LASTS):
        return None
    return redirect("request_code", found.reference)
