"""Two judgements about a case: which law applies to it, and whose a value is that a search found after an erasure or a correction.

What can be decided stands on the page; why something cannot, is said there in words. Shows names of places and counts, never a
value: whoever judges looks into the store. Refuses a judgement without a reason.
"""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from avow.app.departments import check_seen
from avow.duties.rights.model import Request
from avow.errors import AvowError
from avow.law import due_of
from avow.web.console.case import actor_of, find_case, find_cut, shared
from avow.web.console.forms import LawForm, LeftForm
from avow.web.console.refusals import explain
from avow.web.counter import get_desk
from avow.web.doors import now


def case_law(request: HttpRequest, reference: str) -> HttpResponse:
    """Which law applies: the due date is read anew, and a case that waited for it goes on."""
    one = find_case(reference)
    form = LawForm(request.POST or None, due=list_due(one), initial={"law": one.jurisdiction})
    if request.method == "POST" and form.is_valid():
        try:
            get_desk().decide_jurisdiction(one.id, form.cleaned_data["law"], actor_of(request))
        except AvowError as error:
            form.add_error(None, explain(error))
        else:
            messages.success(request, _("The law is recorded; the due date was read anew."))
            return redirect("case", one.reference)
    return render(request, "console/case_law.html", {**shared(request, one), "form": form})


def list_due(one: Request) -> dict[str, date]:
    """The laws that the company chose, and when this request would be due by each; one that does not know the kind is left out."""
    law = get_desk().office.law
    found = {}
    for name, profile in sorted(law.profiles.items()):
        try:
            found[name] = due_of(profile, one.kind, one.received_at, now(), holidays=law.holidays).day
        except AvowError:
            continue
    return found


def case_left(request: HttpRequest, reference: str) -> HttpResponse:
    """Where something still stands, and whose it is."""
    one = find_case(reference)
    left = get_desk().residuals(one.id)
    form = LeftForm(request.POST or None, left=left)
    if request.method == "POST" and form.is_valid():
        place = left[int(form.cleaned_data["place"])]
        try:
            if cut := find_cut(request, one.subject):
                check_seen(cut.sight.sees_column(place.store, place.table, place.column))
            verdict, reason = form.cleaned_data["verdict"], form.cleaned_data["reason"]
            get_desk().decide_residual(
                one.id, place.store, place.table, place.column, verdict, reason, actor_of(request)
            )
        except AvowError as error:
            form.add_error(None, explain(error))
        else:
            messages.success(request, _("Recorded. The store is searched again now."))
            return redirect("case", one.reference)
    return render(request, "console/case_left.html", {**shared(request, one), "form": form, "left": left})
