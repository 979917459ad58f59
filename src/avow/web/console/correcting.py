"""What an asker wants corrected, written down by staff field by field: from a letter, a call, a form without an account.

Shows the fields of the records that were found, and what shall stand there; never what stands there now: the web looks into no
store. Refuses a member with a department, who may not see every field.
"""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from avow.duties.rights.changing import list_left, list_refused
from avow.duties.rights.correcting import Place, list_correctable
from avow.duties.rights.model import REVIEW
from avow.errors import AvowError
from avow.web.console.case import actor_of, approval_of, look, shared
from avow.web.console.forms import CorrectionForm
from avow.web.console.refusals import explain
from avow.web.counter import get_desk


def case_corrections(request: HttpRequest, reference: str) -> HttpResponse:
    """GET: what is written down. POST: one more field, or with `out` one less."""
    found, _cut = look(request, reference)
    known = list_correctable(get_desk().office.rules, found.matches)
    fields = [change[:4] for change in list_left([(*place, "") for place in known], found.decisions)]
    out = "out" in request.POST
    form = CorrectionForm(None if out else request.POST or None, fields=fields)
    if request.method == "POST" and (out or form.is_valid()):
        place, value = (_place_of(request), None) if out else (form.chosen, form.cleaned_data["value"])
        try:
            get_desk().write_correction(found.request.id, place, value, actor_of(request))
        except AvowError as error:
            messages.error(request, explain(error))
        else:
            messages.success(request, _("Written down. Nothing is changed before somebody lets it go on."))
            return redirect("case_corrections", reference)
    request_waits = found.request.kind == "rectification" and found.request.state == REVIEW
    made = any(
        one.lasting for one in get_desk().residuals(found.request.id)
    )  # what stays is to be said, and nothing else
    context = {
        **shared(request, found.request),
        **approval_of(request, found),
        "case": found,
        "form": form,
        "written": list_left(found.wish.changes if found.wish else (), found.decisions),
        "refused": sorted(list_refused(found.decisions)),
        "fields": fields,
        "waits": request_waits and not made,
    }
    return render(request, "console/case_corrections.html", context)


def _place_of(request: HttpRequest) -> Place:
    store, table, row, column = (request.POST.get(name, "") for name in ("store", "table", "row", "column"))
    return store, table, row, column
