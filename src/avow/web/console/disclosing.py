"""What went to whom on which ground, what was refused, what has to be judged afterwards, and which firms have to be told.

Shows names of firms, kinds of data and counts. Refuses to show a file, and a reason in words to anybody but who may judge it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from avow.app.places import declared_places, judge
from avow.errors import AvowError
from avow.web.console.access import address_of, staff_of
from avow.web.console.accounts import addresses_of
from avow.web.console.refusals import explain
from avow.web.console.words import term, terms
from avow.web.doors import get_register, now

YEAR = timedelta(days=365)
PER_PAGE = 50


def disclosures(request: HttpRequest) -> HttpResponse:
    """The register, newest first; what waits for a person stands before it."""
    state = "refused" if request.GET.get("state") == "refused" else ""
    register = get_register()
    lines = register.lines(state, PER_PAGE)
    due = [one for one in register.lines(limit=500) if one.review_due_at and not one.reviewed_at]
    staff = staff_of(request)
    may_judge = staff.may("disclosures:review") and not register.refuses_look(staff.ref, address_of(request))
    names = addresses_of({one.asked_by for one in (*lines, *due)})
    at = now()
    context = {
        "lines": [_line(one, names) for one in lines],
        "due": [{**_line(one, names), "why": register.why(one.id) if may_judge else ""} for one in due],
        "notices": register.notices(),
        "figures": [(term(f.kind, "recipient"), f) for f in register.figures(at - YEAR, at)],
        "firms": [
            (entry, term(entry.kind, "recipient"), entry.is_contracted(at.date()))
            for entry in register.project.register
        ],
        "state": state,
        "now": at,
    }
    return render(request, "console/disclosures.html", context)


def _line(one: Any, names: dict[str, str]) -> dict[str, Any]:
    return {
        "one": one,
        "kind": term(one.kind, "recipient"),
        "who": names.get(one.asked_by, one.asked_by),
        "data": terms(one.data, "category"),
    }


@require_POST
def disclosure_review(request: HttpRequest, id: UUID) -> HttpResponse:
    """Somebody else than who gave it away says whether it should have gone."""
    try:
        get_register().review(id, staff_of(request).ref, request.POST.get("decision") == "justified")
    except AvowError as error:
        messages.error(request, explain(error))
    else:
        messages.success(request, _("Your judgement is on record."))
    return redirect("disclosures")


@require_POST
def disclosure_confirm(request: HttpRequest, id: UUID) -> HttpResponse:
    """The firm answered that it did as it was told."""
    try:
        get_register().confirm(id)
    except AvowError as error:
        messages.error(request, explain(error))
    else:
        messages.success(request, _("The answer of the firm is on record."))
    return redirect("disclosures")


def whereabouts(request: HttpRequest) -> HttpResponse:
    """Where data is, as far as it was written down; what live servers tell stands in the newest check."""
    project = get_register().project
    judged = judge(project, declared_places(project))
    parts = (("outside", judged.outside), ("unknown", judged.unknown), ("inside", judged.inside))
    facts = [(state, fact, term(fact.place, "place")) for state, part in parts for fact in part]
    return render(request, "console/whereabouts.html", {"facts": facts})
