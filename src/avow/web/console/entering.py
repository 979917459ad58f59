"""Entering a request that came by e-mail, telephone, letter or ticket: the form, what the law makes of it, and the reference.

The clock runs from the day on which it came. An objection or a withdrawal names the uses that it is about, so that nobody who
says no to marketing is asked who they are. Whoever enters a request is never one of those who approve it: the desk sees to that.
Refuses to say whether the person is known: the page after it is the same for everybody.
"""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from avow.duties.rights.model import Actor, Contact, Wish
from avow.duties.rights.rules import is_marketing
from avow.errors import RightsError
from avow.web.console.access import staff_of
from avow.web.console.forms import BY_HAND, EnterForm
from avow.web.console.refusals import explain
from avow.web.console.words import term as say_term
from avow.web.counter import get_desk
from avow.web.naming import list_named
from avow.web.process import current


def enter(request: HttpRequest) -> HttpResponse:
    """The form; then the due date and what happens next; then the request is open."""
    form = EnterForm(request.POST or None, jurisdictions=_jurisdictions(), purposes=list_purposes())
    if request.method != "POST" or not form.is_valid() or "change" in request.POST:
        return render(request, "console/enter.html", {"form": form})
    data = form.cleaned_data
    if "confirmed" in request.POST:
        try:
            made = _open(form, staff_of(request).ref)
        except RightsError as error:
            form.add_error(None, explain(error))
        else:
            return redirect("entered", made.reference)
        return render(request, "console/enter.html", {"form": form})
    preview = get_desk().preview(
        data["kind"], data["jurisdiction"], data["channel"], purposes=form.chosen, received_at=form.came_at()
    )
    context = {
        "form": form,
        "preview": preview,
        "data": data,
        "channel": dict(BY_HAND)[data["channel"]],
        "purposes": [label for term, label in list_purposes() if term in form.chosen],
        # without an e-mail address no code can be sent: a person makes sure
        "needed": "facts" if preview.identity_needed == "code" and not data["email"] else preview.identity_needed,
    }
    return render(request, "console/enter_check.html", context)


def _jurisdictions() -> tuple[str, ...]:
    return tuple(sorted(get_desk().office.law.profiles))


def list_purposes() -> list[tuple[str, str]]:
    """(term, words) of each use that can be objected to; marketing is always one of them."""
    known = get_desk().office.rules.purposes
    if not any(is_marketing((term,)) for term in known):
        known = ("marketing.own", *known)
    named = [(term, say_term(term, "purpose").capitalize()) for term in known]
    return sorted(named, key=lambda pair: (not is_marketing(pair[:1]), pair[1]))


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
        Wish(text=data["text"], purposes=form.chosen, ground=data["ground"]),
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
