"""Sign-on from the company's own portal: a signed link (`avow.web.centre.links`) that works once.

Refuses a link that was used before, here or in any other process. A GET shows one button, so that a scanner that follows
links uses nothing up and nobody is signed in by a picture.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from datetime import UTC, datetime

from django.conf import settings
from django.contrib.auth import login
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from avow.web.accounts.models import User
from avow.web.centre.asker import bind_session
from avow.web.centre.links import Link, check_link
from avow.web.centre.models import PortalPerson, SpentLink
from avow.web.centre.stepup import SIGNED_IN_AT
from avow.web.counter import get_desk

_FIELDS = ("subject", "expires", "nonce", "signature")


@csrf_exempt  # the portal may send the form itself; the signature says more than a cookie would
@require_http_methods(["GET", "POST"])
def sign_on(request: HttpRequest) -> HttpResponse:
    """GET asks for one press of a button; POST signs in."""
    values = request.POST if request.method == "POST" else request.GET
    link = Link(**{name: values.get(name, "") for name in _FIELDS})
    desk = settings.AVOW.desk
    if not check_link(link, desk.portal_key, desk.address, time.time()):
        return render(request, "centre/portal_refused.html", status=403)
    if request.method == "GET":
        return render(request, "centre/portal.html", {"link": link})
    if not _spend(link):
        return render(request, "centre/portal_refused.html", status=403)
    _sign_in(request, link.subject)
    return redirect("home")


def _spend(link: Link) -> bool:
    """Uses the link up; False when that was done before, here or in any other process."""
    SpentLink.objects.filter(expires_at__lt=datetime.now(UTC)).delete()
    digest = hashlib.sha256(f"{link.subject}\n{link.expires}\n{link.nonce}".encode()).hexdigest()
    try:
        with transaction.atomic():
            SpentLink.objects.create(digest=digest, expires_at=datetime.fromtimestamp(int(link.expires), UTC))
    except IntegrityError:
        return False
    return True


def _sign_in(request: HttpRequest, subject: str) -> None:
    with transaction.atomic():
        user = _account_of(subject)
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    request.session[SIGNED_IN_AT] = int(time.time())
    store, _, table = settings.AVOW.desk.portal.partition(".")
    if table:
        bind_session(request, str(user.pk), get_desk().bind_portal_subject(str(user.pk), store, table, subject))


def _account_of(subject: str) -> User:
    """The account that stands for the portal's key; made at the first visit, without a password and without an address."""
    digest = hmac.new(settings.SECRET_KEY.encode(), b"portal\0" + subject.encode(), hashlib.sha256).hexdigest()
    known = PortalPerson.objects.select_related("user").filter(digest=digest).first()
    if known is None:
        known = PortalPerson.objects.create(digest=digest, user=User.objects.create_user(None))
    return known.user
