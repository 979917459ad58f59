"""Sign-on from the company's own portal: a signed link that works once and for sixty seconds.

`subject`, `expires` (Unix seconds) and `nonce` are signed with HMAC-SHA-256 under a key that the portal and the centre share.
A link is refused when it was used before, when anything in it was changed, when it has expired, and when it claims to live longer
than a minute. A GET shows one button, so that a scanner that follows links uses nothing up and nobody is signed in by a picture.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from dataclasses import dataclass
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
from avow.web.centre.models import PortalPerson, SpentLink
from avow.web.centre.stepup import SIGNED_IN_AT
from avow.web.counter import get_desk

LIVES = 60  # seconds
SKEW = 30  # seconds that the portal's clock may be ahead of ours
_FIELDS = ("subject", "expires", "nonce", "signature")
_SHORTEST_NONCE, _LONGEST = 16, 200


@dataclass(frozen=True)
class Link:
    """What a link says. Nothing of it is believed before `check_link`."""

    subject: str
    expires: str
    nonce: str
    signature: str


def sign_link(key: str, subject: str, expires: int, nonce: str) -> str:
    """The signature in hex: HMAC-SHA-256 over the three fields, each on a line of its own."""
    text = f"{subject}\n{expires}\n{nonce}"
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()


def check_link(link: Link, key: str, now: float) -> bool:
    """Whether the link is genuine and in time. Whether it was used before is for the database to say."""
    if not key or not all(0 < len(part) <= _LONGEST for part in vars(link).values()):
        return False
    if not link.expires.isascii() or not link.expires.isdigit() or len(link.nonce) < _SHORTEST_NONCE:
        return False
    if any(c in "\r\n" for c in link.subject + link.nonce):
        return False
    expires = int(link.expires)
    right = hmac.compare_digest(sign_link(key, link.subject, expires, link.nonce), link.signature.lower())
    return right and now <= expires <= now + LIVES + SKEW


@csrf_exempt  # the portal may send the form itself; the signature says more than a cookie would
@require_http_methods(["GET", "POST"])
def sign_on(request: HttpRequest) -> HttpResponse:
    """GET asks for one press of a button; POST signs in."""
    values = request.POST if request.method == "POST" else request.GET
    link = Link(**{name: values.get(name, "") for name in _FIELDS})
    if not check_link(link, settings.AVOW.desk.portal_key, time.time()):
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
        bind_session(request, get_desk().bind_portal_subject(str(user.pk), store, table, subject))


def _account_of(subject: str) -> User:
    """The account that stands for the portal's key; made at the first visit, without a password and without an address."""
    digest = hmac.new(settings.SECRET_KEY.encode(), b"portal\0" + subject.encode(), hashlib.sha256).hexdigest()
    known = PortalPerson.objects.select_related("user").filter(digest=digest).first()
    if known is None:
        known = PortalPerson.objects.create(digest=digest, user=User.objects.create_user(None))
    return known.user
