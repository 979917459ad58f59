"""What the person who is signed in wants to be written to about, by which ways, and what they said so far, with receipts.

A change counts from the moment of the press. Refuses to show or to change anybody's choices but those of the signed-in person: the
subject comes from the session.
"""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from avow.app import choices
from avow.web.centre.asker import find_asker
from avow.web.centre.words import list_terms
from avow.web.counter import get_desk

WAYS = {"email": gettext_lazy("e-mail"), "phone": gettext_lazy("telephone"), "post": gettext_lazy("letter")}
SAID = {
    "given": gettext_lazy("Yes"),
    "refused": gettext_lazy("No"),
    "withdrawn": gettext_lazy("No"),
    "unanswered": gettext_lazy("Not answered"),
}
HOW = {
    "centre": gettext_lazy("here"),
    "one-click": gettext_lazy("by one press in a message"),
    "link": gettext_lazy("by the link in a message"),
    "staff": gettext_lazy("told to our staff"),
}


@login_required
@require_http_methods(["GET", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    asker = find_asker(request)
    subject = asker.subject or choices.find_subject(get_desk(), asker.account)
    if request.method == "POST":
        subject = subject or choices.get_subject(get_desk(), asker.account, asker.email)
        wanted = {
            use: {way: f"{use}:{way}" in request.POST for way in WAYS} for use in choices.list_uses(get_desk().office)
        }
        count = choices.record_preferences(get_desk(), subject, wanted)
        messages.success(request, _("Saved. It counts from now on.") if count else _("Nothing was changed."))
        return redirect("preferences")
    found = choices.get_preferences(get_desk(), subject)
    labels = dict(list_terms([one.purpose for one in found], "purpose"))
    rows = [
        {
            "purpose": one.purpose,
            "label": labels.get(one.purpose, one.purpose),
            "wanted": one.wanted,
            "ways": [(way, label, one.channels[way]) for way, label in WAYS.items()],
        }
        for one in found
    ]
    return render(request, "centre/preferences.html", {"rows": rows, "history": _history(subject)})


def _history(subject: UUID | None) -> list[dict[str, object]]:
    records = choices.list_history(get_desk(), subject)[:50]
    labels = dict(list_terms(sorted({one.purpose for one in records}), "purpose"))
    return [
        {
            "at": one.said_at,
            "label": labels.get(one.purpose, one.purpose),
            "way": WAYS.get(one.channel, ""),
            "said": SAID[one.outcome],
            "how": HOW.get(one.method, _("with an order")),
            "receipt": one.id if one.receipt else None,
        }
        for one in records
    ]


@login_required
@require_GET
def receipt(request: HttpRequest, consent: UUID) -> HttpResponse:
    """The signed receipt of an answer of the person who is signed in."""
    asker = find_asker(request)
    subject = asker.subject or choices.find_subject(get_desk(), asker.account)
    found = choices.find_receipt(get_desk(), subject, consent) if subject else None
    if found is None:
        raise Http404
    headers = {"Content-Disposition": f'attachment; filename="receipt-{consent}.json"'}
    return HttpResponse(found, content_type="application/json", headers=headers)
