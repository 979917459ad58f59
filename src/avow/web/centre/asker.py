"""Who is asking in this browser, and which requests they may see. The only way from an address to a request.

Three kinds of people: holders of an account; guests who sent a request in this session; guests who showed the code that
went to their address. Refuses with the same "not found" what does not exist and what is somebody else's.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from uuid import UUID

from django.http import Http404, HttpRequest

from avow.duties.rights.model import Actor, Request
from avow.web.accounts.models import User
from avow.web.centre.models import AccountPerson
from avow.web.counter import get_desk

PROOF_LASTS = 15 * 60  # seconds after a code or a password in which a download may begin
_SENT, _SHOWN, _SUBJECT = "sent_requests", "shown_requests", "subject"


@dataclass(frozen=True)
class Asker:
    """`account` is the id of a centre account, "" for guests; `email` verified; `subject` whom the desk knows them to be."""

    account: str = ""
    email: str = ""
    subject: UUID | None = None

    @property
    def actor(self) -> Actor:
        return Actor("person", self.account) if self.account else Actor("guest")


def find_asker(request: HttpRequest) -> Asker:
    user = request.user
    if not isinstance(user, User):
        return Asker()
    known = request.session.get(_SUBJECT, "")
    return Asker(str(user.pk), verified_email(user), UUID(known) if known else None)


def verified_email(user: User) -> str:
    """The account's address if its holder has shown that it is theirs, else ""."""
    from allauth.account.models import EmailAddress

    return user.email or "" if EmailAddress.objects.filter(user=user, email=user.email, verified=True).exists() else ""


def bind_session(request: HttpRequest, account: str, subject: UUID) -> None:
    """Notes whom the desk knows the account holder to be: for this session, and for the day of their erasure."""
    request.session[_SUBJECT] = str(subject)
    AccountPerson.objects.update_or_create(user_id=account, defaults={"subject": subject})


def access_request(request: HttpRequest, reference: str, proven: bool = False) -> Request:
    """The request behind a reference, for somebody who may see it. Raises Http404. With `proven`, a guest who only sent it
    from this browser is not enough: the code must have been shown. Who held the account that an erasure took along still sees it in
    this session, until they sign out."""
    found = get_desk().find_by_reference(reference)
    if found is not None and is_holder(request, found):
        if found.kind == "erasure" and not is_shown(request, found):
            record_shown(request, found)  # the account goes with it, and the certificate is for whoever held it
        return found
    if found is not None and is_shown(request, found):
        return found
    if found is not None and not proven and str(found.id) in request.session.get(_SENT, []):
        return found
    raise Http404


def is_holder(request: HttpRequest, found: Request) -> bool:
    """Whether it was sent by, or is about, the account that is signed in."""
    asker = find_asker(request)
    if not asker.account:
        return False
    if asker.subject is not None and found.subject == asker.subject:
        return True
    return any(one.id == found.id for one in get_desk().requests_of(account=asker.account))


def record_sent(request: HttpRequest, found: Request) -> None:
    request.session[_SENT] = [*request.session.get(_SENT, []), str(found.id)][-20:]


def record_shown(request: HttpRequest, found: Request) -> None:
    """A code from the mail was right: this browser may see the request, and download for a quarter of an hour."""
    request.session[_SHOWN] = {**request.session.get(_SHOWN, {}), str(found.id): int(time.time())}


def is_shown(request: HttpRequest, found: Request, within: int | None = None) -> bool:
    at = request.session.get(_SHOWN, {}).get(str(found.id))
    return at is not None and (within is None or time.time() - at <= within)
