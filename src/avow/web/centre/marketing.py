"""Stopping marketing: one page, one address, one press. No account, no code, no reason.

The answer is the same whether or not the address is known. A GET changes nothing: mail scanners follow links.
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods

from avow.duties.rights.model import Contact, Wish
from avow.web.centre.asker import find_asker, record_sent
from avow.web.centre.forms import StopForm
from avow.web.centre.wizard import list_purposes
from avow.web.counter import get_desk


@require_http_methods(["GET", "POST"])
def stop(request: HttpRequest) -> HttpResponse:
    asker = find_asker(request)
    form = StopForm(request.POST or None, initial={"email": asker.email or request.GET.get("email", "")})
    if request.method == "POST" and form.is_valid():
        contact = Contact(email=form.cleaned_data["email"], language=get_language() or "en")
        purposes = tuple(term for term, _label in list_purposes("objection") if term.split(".")[0] == "marketing")
        own = asker.email.casefold() == contact.email.casefold()
        made = get_desk().open_request(
            "objection",
            contact,
            Wish(purposes=purposes or ("marketing.own",)),
            "centre" if own else "guest_form",
            settings.AVOW.desk.jurisdictions[0],
            asker.actor,
            subject=asker.subject if own else None,
            account=asker.account if own else "",
        )
        record_sent(request, made)
        return redirect("request_sent", made.reference)
    return render(request, "centre/stop.html", {"form": form})
