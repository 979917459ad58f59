"""The banner that tells whoever is signed in of a new version of the policy, until they press that they have read of it.

Shown where the company decided that the version is told by a banner; asked for with each page of somebody who is signed in, and for
nobody else. The press is a POST, recorded with version and time; a GET changes nothing. Refuses to take a press for a version that
is not told by a banner, or for anybody but the signed-in person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import SimpleLazyObject
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from avow.app import choices
from avow.control import telling
from avow.web.centre.asker import find_asker
from avow.web.counter import get_desk
from avow.web.doors import now


@dataclass(frozen=True)
class News:
    """A version that the signed-in person has not read of. `ahead`: it takes effect on a day to come."""

    version: str
    effective: date
    ahead: bool


def news(request: HttpRequest) -> dict[str, Any]:
    """For templates: nothing is looked up before a template asks."""
    return {"policy_news": SimpleLazyObject(lambda: find_news(request))}


def find_news(request: HttpRequest) -> News | None:
    if not request.user.is_authenticated:
        return None
    with get_desk().session() as session:
        shown = telling.find_to_show(session)
    if shown is None:
        return None
    version, effective = shown
    subject = _subject(request)
    if subject is not None:
        with get_desk().session() as session:
            if telling.find_acknowledged(session, version, subject):
                return None
    return News(version, effective, effective > now().date())


def _subject(request: HttpRequest) -> UUID | None:
    asker = find_asker(request)
    return asker.subject or choices.find_subject(get_desk(), asker.account)


@login_required
@require_POST
def acknowledge(request: HttpRequest, version: str) -> HttpResponse:
    """Back to the page on which the button stood."""
    with get_desk().session() as session:
        shown = telling.find_to_show(session)
    if shown is None or shown[0] != version:
        raise Http404
    asker = find_asker(request)
    subject = _subject(request) or choices.get_subject(get_desk(), asker.account, asker.email)
    with get_desk().session() as session:
        telling.record_acknowledged(session, version, subject)
    messages.success(request, _("Noted: you have read of the new version."))
    back = request.POST.get("back", "")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return redirect(back if safe and back.startswith("/") else "home")
