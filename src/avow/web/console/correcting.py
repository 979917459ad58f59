"""What an asker wants corrected, written down by staff field by field: from a letter, a call, a form without an account.

Shows the fields of the records that were found, and what shall stand there; never what stands there now: the web looks into no
store. Refuses a member with a department, who may not see every field.
"""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from avow.duties.rights.correcting import list_correctable
from avow.duties.rights.model import REVIEW, WishedChange
from avow.errors import AvowError
from avow.web.console.case import actor_of, approval_of, look, shared
from avow.web.console.forms import CorrectionForm
from avow.web.console.judging import said
from avow.web.counter import get_desk


def case_corrections(request: HttpRequest, reference: str) -> HttpResponse:
    """GET: what is written down. POST: one more of them, or with `out` one less."""
    found, _cut = look(request, reference)
    fields = list_correctable(get_desk().office.rules, found.matches)
    written = found.wish.changes if found.wish else ()
    form = CorrectionForm(None if "out" in request.POST else request.POST or None, fields=fields)
    if request.method == "POST" and ("out" in request.POST or form.is_valid()):
        try:
            get_desk().write_corrections(found.request.id, _changed(written, form, request), actor_of(request))
        except AvowError as error:
            messages.error(request, said(error))
        else:
            messages.success(request, _("Written down. Nothing is changed before somebody lets it go on."))
        return redirect("case_corrections", reference)
    context = {
        **shared(request, found.request),
        **approval_of(request, found),
        "case": found,
        "form": form,
        "written": written,
        "fields": fields,
        "waits": found.request.kind == "rectification" and found.request.state == REVIEW,
    }
    return render(request, "console/case_corrections.html", context)


def _changed(written: tuple[WishedChange, ...], form: CorrectionForm, request: HttpRequest) -> list[WishedChange]:
    """The list with one more, which takes the place of another about the same field, or with one less."""
    if "out" in request.POST:
        return [one for number, one in enumerate(written) if str(number) != request.POST["out"]]
    one = (*form.chosen, form.cleaned_data["value"])
    return [*(other for other in written if other[:4] != one[:4]), one]
