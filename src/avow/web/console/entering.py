"""Entering a request that came by e-mail, telephone or letter: the form, what the law makes of it, and the reference.

The clock runs from the day on which it came. Whoever enters a request is never one of those who approve it: the desk sees to that.
Refuses to say whether the person is known: the page after it is the same for everybody.
"""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from avow.duties.rights.model import Actor, Contact, Wish
from avow.errors import RightsError
from avow.web.console.access import staff_of
from avow.web.console.forms import EnterForm
from avow.web.counter import get_desk
from avow.web.naming import list_named
from avow.web.process import current


def enter(request: HttpRequest) -> HttpResponse:
    """The form; then the due date and what happens next; then the request is open."""
    form = EnterForm(request.POST or None, jurisdictions=_jurisdictions())
    if request.method != "POST" or not form.is_valid() or "change" in request.POST:
        return render(request, "console/enter.html", {"form": form})
    data = form.cleaned_data
    if "confirmed" in request.POST:
        try:
            made = _open(form, staff_of(request).ref)
        except RightsError as error:
            form.add_error(None, f"{error.diagnostics[0].cause}: {error.diagnostics[0].help}")
        else:
            return redirect("entered", made.reference)
        return render(request, "console/enter.html", {"form": form})
    preview = get_desk().preview(data["kind"], data["jurisdiction"], data["channel"])
    return render(request, "console/enter_check.html", {"form": form, "preview": preview, "data": data})


def _jurisdictions() -> tuple[str, ...]:
    return tuple(sorted(get_desk().office.law.profiles))


def _open(form: EnterForm, ref: str) -> Any:
    data = form.cleaned_data
    contact = Contact(
        email=data["email"],
        name=data["name"],
        phone=data["phone"],
        postal_address=data["postal_address"],
        identifiers=list_named(data),
    )
    return get_desk().open_request(
        data["kind"],
        contact,
        Wish(text=data["text"]),
        data["channel"],
        data["jurisdiction"],
        Actor("staff", ref),
        received_at=form.came_at(),
    )


def entered(request: HttpRequest, reference: str) -> HttpResponse:
    """What the person can be told: the reference and by when."""
    found = get_desk().find_by_reference(reference)
    if found is None:
        raise Http404
    return render(request, "console/entered.html", {"one": found, "centre": current().desk.address})
