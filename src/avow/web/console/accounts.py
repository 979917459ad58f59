"""Staff accounts, invitations and the tokens of programs: what an administrator does. No case and no person is seen here.

An invitation is a one-time link; it is shown once, here, and goes to the invited person by mail through the outbox. Refuses to
show a link or a token a second time.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from avow.app.roles import PERMISSIONS, ROLES
from avow.errors import AvowError
from avow.web.console.access import staff_of
from avow.web.console.forms import InvitationForm, RightsForm, TokenForm
from avow.web.console.mails import send_invitation
from avow.web.console.refusals import explain
from avow.web.doors import get_staffing, now
from avow.web.process import current


def addresses_of(refs: set[str]) -> dict[str, str]:
    """What colleagues are called: the address of their account. Accounts that are gone keep their id."""
    model: Any = get_user_model()
    return {
        str(user.pk): user.email or str(user.pk) for user in model.objects.filter(pk__in=[r for r in refs if _is_id(r)])
    }


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def staff(request: HttpRequest) -> HttpResponse:
    members = get_staffing().members()
    events = get_staffing().events()
    refs = {m.ref for m in members} | {e.actor_ref for e in events} | {e.about for e in events}
    names = addresses_of(refs)
    return render(
        request,
        "console/staff.html",
        {
            "members": [(m, names.get(m.ref, m.ref)) for m in members],
            "invitations": get_staffing().invitations(),
            "events": [(e, names.get(e.actor_ref, e.actor_ref), names.get(e.about, e.about)) for e in events[:50]],
            "roles": ROLES.values(),
            "permissions": PERMISSIONS,
        },
    )


def staff_invite(request: HttpRequest) -> HttpResponse:
    form = InvitationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = get_staffing().invite(
                form.cleaned_data["roles"], staff_of(request).ref, form.cleaned_data["departments"]
            )
        except AvowError as error:
            form.add_error("roles", explain(error))
        else:
            link = f"{current().desk.address}/join/{made.secret}/"
            sent = send_invitation(form.cleaned_data["email"], link)
            context = {"link": link, "ends": made.ends, "sent": sent}
            return render(request, "console/staff_invited.html", context)
    return render(
        request, "console/staff_invite.html", {"form": form, "roles": ROLES.values(), "permissions": PERMISSIONS}
    )


@require_POST
def staff_invitation_withdraw(request: HttpRequest, id: UUID) -> HttpResponse:
    get_staffing().withdraw_invitation(id, staff_of(request).ref)
    messages.success(request, _("The invitation opens nothing any more."))
    return redirect("staff")


def staff_member(request: HttpRequest, ref: UUID) -> HttpResponse:
    member = get_staffing().find_member(str(ref))
    if member is None:
        raise Http404
    form = RightsForm(
        request.POST or None, initial={"roles": list(member.roles), "departments": list(member.departments)}
    )
    if request.method == "POST" and form.is_valid():
        try:
            data = form.cleaned_data
            get_staffing().set_rights(member.ref, data["roles"], data["departments"], staff_of(request).ref)
        except AvowError as error:
            form.add_error("roles", explain(error))
        else:
            messages.success(request, _("This holds from the next page on."))
            return redirect("staff")
    address = addresses_of({member.ref}).get(member.ref, member.ref)
    return render(request, "console/staff_member.html", {"member": member, "address": address, "form": form})


@require_POST
def staff_end(request: HttpRequest, ref: UUID) -> HttpResponse:
    try:
        get_staffing().end(str(ref), staff_of(request).ref)
    except AvowError as error:
        messages.error(request, explain(error))
    else:
        messages.success(request, _("The account opens nothing any more."))
    return redirect("staff")


def clients(request: HttpRequest) -> HttpResponse:
    form = TokenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        days = form.cleaned_data["days"]
        ends = now() + timedelta(days=days) if days else None
        made = get_staffing().issue_token(
            form.cleaned_data["name"], form.cleaned_data["scopes"], staff_of(request).ref, ends
        )
        return render(request, "console/client_made.html", {"made": made, "name": form.cleaned_data["name"]})
    return render(request, "console/clients.html", {"form": form, "clients": get_staffing().clients()})


@require_POST
def client_revoke(request: HttpRequest, id: UUID) -> HttpResponse:
    get_staffing().revoke_token(id, staff_of(request).ref)
    messages.success(request, _("The token opens nothing any more."))
    return redirect("clients")
