"""Who of the staff may open which address: one table, read by one gate that stands before every page.

Deny by default: an address that is not in the table opens for nobody. Refuses a session without a second factor, and an account
that has left, with the next page. A test proves the table complete over the address list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.mfa.signals import authenticator_added
from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth import get_user_model
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.dispatch import receiver
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render

from avow.app.roles import ROLES, permissions_of
from avow.control.staff import Member
from avow.duties.places.addresses import is_local
from avow.web.doors import get_register, get_staffing
from avow.web.failures import elsewhere

SECOND_FACTOR = "staff_second_factor"  # in the session: whose second factor was set up in it
SIGNED_IN = "signed in"  # any member with a second factor

# address -> permission for looking (GET), permission for doing (POST); "" where there is nothing to do
PAGES: Mapping[str, tuple[str, str]] = {
    "home": (SIGNED_IN, ""),
    "queue": ("queue:see", ""),
    "case": ("case:see", ""),
    "case_values": ("case:values", ""),
    "case_preview": ("case:values", ""),
    "case_file": ("case:values", ""),
    "case_erasure": ("case:values", ""),
    "case_letter": ("case:values", "case:values"),
    "case_corrections": ("case:values", "case:work"),
    "case_law": ("case:work", "case:work"),
    "case_left": ("case:work", "case:work"),
    "case_message": ("", "case:work"),
    "case_assign": ("", "case:work"),
    "case_match": ("", "case:work"),
    "case_named": ("", "case:work"),
    "case_mask": ("", "case:work"),
    "case_hold": ("", "case:work"),
    "case_release_hold": ("", "case:work"),
    "case_retry": ("", "case:work"),
    "case_payment": ("", "case:work"),
    "case_identity": ("", "case:work"),
    "case_document": ("case:values", ""),
    "case_search_again": ("", "case:work"),
    "case_close": ("", "case:work"),
    "case_reopen": ("", "case:refuse"),
    "case_approve": ("", "case:approve"),
    "failures": ("case:see", ""),
    "enter": ("request:enter", "request:enter"),
    "entered": ("request:enter", ""),
    "tasks": ("tasks:see", ""),
    "task": ("tasks:see", "tasks:finish"),
    "verdicts": ("verdicts:see", ""),
    "verdict": ("verdicts:see", ""),
    "verdict_publish": ("", "verdicts:publish"),
    "verdict_hold": ("", "verdicts:publish"),
    "reading_approve": ("", "verdicts:publish"),
    "principles": ("verdicts:see", ""),
    "notices": ("notices:see", ""),
    "ledger": ("ledger:search", ""),
    "outbox": ("outbox:see", ""),
    "outbox_approve": ("", "outbox:decide"),
    "outbox_bind": ("", "outbox:decide"),
    "choices": ("choices:see", ""),
    "disclosures": ("disclosures:see", ""),
    "disclosure_review": ("", "disclosures:review"),
    "disclosure_confirm": ("", "disclosures:review"),
    "whereabouts": ("disclosures:see", ""),
    "intakes": ("intakes:see", ""),
    "intake_hand_in": ("intakes:hand-in", "intakes:hand-in"),
    "delivery": ("intakes:see", ""),
    "retention": ("retention:see", "retention:hold"),
    "company_cases": ("duties:see", ""),
    "company_case_open": ("duties:work", "duties:work"),
    "company_case": ("duties:see", ""),
    "company_case_work": ("", "duties:work"),
    "company_case_approve": ("", "duties:approve"),
    "breach": ("duties:see", ""),
    "breach_work": ("", "duties:work"),
    "breach_approve": ("", "duties:approve"),
    "vault": ("duties:see", ""),
    "reviews": ("duties:see", ""),
    "review": ("duties:see", "reviews:sign"),
    "statistics": ("statistics:see", ""),
    "looks": ("looks:see", ""),
    "staff": ("staff:manage", ""),
    "staff_invite": ("staff:manage", "staff:manage"),
    "staff_invitation_withdraw": ("", "staff:manage"),
    "staff_member": ("staff:manage", "staff:manage"),
    "staff_end": ("", "staff:manage"),
    "clients": ("clients:manage", "clients:manage"),
    "client_revoke": ("", "clients:manage"),
}

# what shows people's data: opened only from where staff may see it ([places] staff)
VALUES: frozenset[str] = frozenset({"case:values"})

# what cannot be cut without lying about it: refused to members with a department, by a page that names who may
WHOLE: frozenset[str] = frozenset({"case_preview", "case_file", "case_document", "case_corrections"})

# opened without signing in: each of them checks for itself
OPEN: frozenset[str] = frozenset(
    {
        "health",
        "set_language",
        "join",
        "account_login",
        "account_logout",
        "account_inactive",
        "account_reset_password",
        "account_reset_password_done",
        "account_reset_password_from_key",
        "account_reset_password_from_key_done",
        "account_email_verification_sent",
        "mfa_authenticate",
        "mfa_login_webauthn",
    }
)

# for every member who signed in, also before the second factor is set up
OWN: frozenset[str] = frozenset(
    {
        "account_reauthenticate",
        "account_change_password",
        "mfa_index",
        "mfa_reauthenticate",
        "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
        "mfa_download_recovery_codes",
        "mfa_activate_totp",
        "mfa_deactivate_totp",
        "mfa_list_webauthn",
        "mfa_add_webauthn",
        "mfa_reauthenticate_webauthn",
        "mfa_remove_webauthn",
        "mfa_edit_webauthn",
    }
)

# what allauth brings and the console does not have: nobody signs up, nobody changes their address alone
CLOSED: frozenset[str] = frozenset(
    {
        "account_signup",
        "account_email",
        "account_set_password",
        "account_confirm_login_code",
    }
)


@dataclass(frozen=True)
class Staff:
    """Who looks at this page. `ref` is what records hold, `address` what colleagues see; no `departments`: the privacy office."""

    ref: str
    address: str
    roles: tuple[str, ...]
    departments: tuple[str, ...] = ()

    @property
    def permissions(self) -> frozenset[str]:
        return permissions_of(self.roles)

    def may(self, permission: str) -> bool:
        return permission == SIGNED_IN or permission in self.permissions

    def role_for(self, permission: str) -> str:
        """The role in which this is done: the first that permits it. It is what the data subject is told."""
        return next((role for role in ROLES if role in self.roles and permission in ROLES[role].permits), "")


def staff_of(request: HttpRequest) -> Staff:
    """Who the gate let in. Raises PermissionDenied where there is nobody."""
    found = getattr(request, "staff", None)
    if not isinstance(found, Staff):
        raise PermissionDenied
    return found


class Gate:
    """The middleware: looks the address up in the table before the page runs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: object, args: tuple[object, ...], kwargs: dict[str, object]
    ) -> HttpResponseBase | None:
        match = request.resolver_match
        if match is None or match.app_names == ["ninja"]:
            return None  # the API has tokens, and asks for a scope at each of its addresses
        name = match.view_name
        if name in OPEN:
            request.staff = self._find(request)  # type: ignore[attr-defined]
            return None
        if name in CLOSED:
            raise Http404
        return self._check(request, name)

    def _check(self, request: HttpRequest, name: str) -> HttpResponseBase | None:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path() if request.method == "GET" else "/")
        staff = self._find(request)
        if staff is None:
            raise PermissionDenied
        request.staff = staff  # type: ignore[attr-defined]
        if name in OWN:
            return None
        if not has_second_factor(request):
            return redirect("mfa_index")
        looking, doing = PAGES.get(name, ("", ""))
        needed = looking if request.method in ("GET", "HEAD") else doing
        if not needed or not staff.may(needed):
            raise PermissionDenied
        if needed in VALUES and get_register().refuses_look(staff.ref, address_of(request)):
            return elsewhere(request)
        return not_for_department(request) if name in WHOLE and staff.departments else None

    def _find(self, request: HttpRequest) -> Staff | None:
        if not request.user.is_authenticated:
            return None
        ref = str(request.user.pk)
        member: Member | None = get_staffing().find_member(ref)
        address = str(getattr(request.user, "email", "") or ref)
        return Staff(ref, address, member.roles, member.departments) if member else None


def not_for_department(request: HttpRequest) -> HttpResponse:
    """The page that says why something is not shown, and who sees it."""
    model: Any = get_user_model()
    there = model.objects.filter(pk__in=[member.ref for member in get_staffing().list_privacy_office()])
    who = sorted(str(user.email or user.pk) for user in there)
    return render(request, "console/not_for_department.html", {"who": who}, status=403)


def sees_company_values(request: HttpRequest) -> bool:
    """Whether words of a company's case show: they are of everybody's data at once, so to the privacy office alone, and from where
    staff may see it."""
    staff = staff_of(request)
    return (
        staff.may("case:values")
        and not staff.departments
        and not get_register().refuses_look(staff.ref, address_of(request))
    )


def address_of(request: HttpRequest) -> str:
    """Whence the request comes: the peer; behind a proxy on this machine what that proxy says, which is the last of the list."""
    peer = str(request.META.get("REMOTE_ADDR") or "")
    told = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return told if told and is_local(peer) else peer


def has_second_factor(request: HttpRequest) -> bool:
    """True when this session was opened with a second factor or a passkey, or one was set up in it."""
    user: Any = request.user
    if not is_mfa_enabled(user):
        return False
    used = any(record.get("method") == "mfa" for record in get_authentication_records(request, user))
    return used or request.session.get(SECOND_FACTOR) == str(user.pk)


@receiver(authenticator_added)
def note_second_factor(sender: object, request: HttpRequest, user: Any, **kwargs: object) -> None:
    """Setting one up proves that it is held, as using it does."""
    request.session[SECOND_FACTOR] = str(user.pk)
