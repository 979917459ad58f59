"""How an invited person becomes a member of staff: the one-time link, a password, and then the second factor.

The link is used when the account is made, in one transaction with it. Refuses a used or ended link with the page of an address
that does not exist, so that guessing tells nothing.
"""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from django.contrib.auth import get_user_model, login
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters

from avow.app.roles import ROLES
from avow.control.staff import Invitation
from avow.web.console.forms import JoinForm
from avow.web.doors import get_staffing


@sensitive_post_parameters("password", "again")
def join(request: HttpRequest, secret: str) -> HttpResponse:
    invitation = get_staffing().find_invitation(secret)
    if invitation is None:
        raise Http404
    form = JoinForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _make_account(request, secret, form)
    return render(request, "console/join.html", {"form": form, "roles": _roles(invitation)})


def _roles(invitation: Invitation) -> list[Any]:
    return [ROLES[role] for role in invitation.roles if role in ROLES]


def _make_account(request: HttpRequest, secret: str, form: JoinForm) -> HttpResponse:
    model: Any = get_user_model()
    with transaction.atomic():
        user = model.objects.create_user(form.cleaned_data["email"], form.cleaned_data["password"])
        _verify_address(user)
        if get_staffing().join(secret, str(user.pk)) is None:  # somebody was faster
            transaction.set_rollback(True)
            raise Http404
    login(request, user, backend="allauth.account.auth_backends.AuthenticationBackend")
    record_authentication(request, user, "password", email=user.email, reauthenticated=True)
    return redirect("mfa_index")


def _verify_address(user: Any) -> None:
    """Whoever holds the link that went to the address holds the address; allauth asks for it at sign-in."""
    from allauth.account.models import EmailAddress

    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
