"""The places of the console that this member of staff may open, for the navigation of every page. Shows no door that is closed."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from avow.web.console.access import PAGES, Staff, has_second_factor

PLACES: tuple[tuple[str, Any], ...] = (
    ("queue", _("Queue")),
    ("enter", _("Enter a request")),
    ("tasks", _("Tasks")),
    ("company_cases", _("Company cases")),
    ("reviews", _("Reviews")),
    ("vault", _("Vault")),
    ("failures", _("Failures")),
    ("verdicts", _("Verdicts")),
    ("principles", _("Principles")),
    ("notices", _("New versions")),
    ("ledger", _("Ledger")),
    ("looks", _("Looks")),
    ("choices", _("Choices")),
    ("disclosures", _("Disclosures")),
    ("whereabouts", _("Places")),
    ("intakes", _("Ways in")),
    ("retention", _("What goes when")),
    ("outbox", _("Outbox")),
    ("statistics", _("Statistics")),
    ("staff", _("Staff")),
    ("clients", _("Programs")),
)
WITHIN: dict[str, str] = {
    "entered": "enter",
    "task": "tasks",
    "verdict": "verdicts",
    "review": "reviews",
    "client_revoke": "clients",
    "intake_hand_in": "intakes",
    "delivery": "intakes",
}


def places(request: HttpRequest) -> dict[str, Any]:
    """`places` for the template: address, label, whether we are there."""
    staff = getattr(request, "staff", None)
    if not isinstance(staff, Staff) or not has_second_factor(request):
        return {"places": []}
    match = request.resolver_match
    here = _place_of(match.view_name if match else "")
    listed = [
        {"address": reverse(name), "label": label, "here": name == here}
        for name, label in PLACES
        if staff.may(PAGES[name][0])
    ]
    return {"places": listed, "permissions": staff.permissions}


def _place_of(name: str) -> str:
    if name.startswith("case"):
        return "queue"
    if name.startswith("company_case"):
        return "company_cases"
    if name.startswith("staff"):
        return "staff"
    return WITHIN.get(name, name)
