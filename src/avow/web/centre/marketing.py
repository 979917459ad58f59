"""Stopping marketing: one page, one address, one press; and the link of a message, which a mail program presses by itself.

The answer is the same whether or not the address or the link is known. A GET changes nothing: mail scanners follow links.
Refuses to ask for an account, a code or a reason.
Source: RFC 8058 (one-click), section 3.1: a POST without cookies, answered without a redirect.
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from avow.app import choices
from avow.duties.campaigns.gate import is_one_click
from avow.duties.rights.model import Contact, Wish
from avow.duties.rights.rules import is_marketing
from avow.web.centre.asker import find_asker, record_sent
from avow.web.centre.forms import StopForm
from avow.web.centre.wizard import list_purposes
from avow.web.centre.words import list_terms, say_day
from avow.web.counter import get_desk


@require_http_methods(["GET", "POST"])
def stop(request: HttpRequest) -> HttpResponse:
    """The form says by when it is done, and by which law, before anything is sent."""
    asker = find_asker(request)
    form = StopForm(request.POST or None, initial={"email": asker.email or request.GET.get("email", "")})
    purposes = _marketing_purposes()
    if request.method == "POST" and form.is_valid():
        contact = Contact(email=form.cleaned_data["email"], language=get_language() or "en")
        own = asker.email.casefold() == contact.email.casefold()
        made = get_desk().open_request(
            "objection",
            contact,
            Wish(purposes=purposes),
            "centre" if own else "guest_form",
            settings.AVOW.desk.jurisdictions[0],
            asker.actor,
            subject=asker.subject if own else None,
            account=asker.account if own else "",
        )
        record_sent(request, made)
        return redirect("request_sent", made.reference)
    law = settings.AVOW.desk.jurisdictions[0]
    preview = get_desk().preview("objection", law, "guest_form", bool(asker.account), purposes)
    return render(request, "centre/stop.html", {"form": form, "preview": preview, "due": say_day(preview.due_at)})


def _marketing_purposes() -> tuple[str, ...]:
    listed = tuple(term for term, _label in list_purposes("objection"))
    return tuple(term for term in listed if is_marketing((term,))) or ("marketing.own",)


@csrf_exempt  # a mail program has no cookie of ours; the link itself is the secret
@require_http_methods(["GET", "POST"])
def say_no(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows two buttons and changes nothing; POST says no, to the class of the message or to all of them."""
    if request.method == "POST" and is_one_click(request.POST.dict()):
        choices.press_link(get_desk(), token)
        return HttpResponse(status=200, content_type="text/plain")
    if request.method == "POST":
        everything = request.POST.get("what") == "everything"
        choices.press_link(get_desk(), token, everything, method=choices.LINK)
        return render(request, "centre/said_no.html", {"everything": everything})
    link = choices.find_link(get_desk(), token)
    label = dict(list_terms([link.purpose], "purpose")).get(link.purpose, "") if link else ""
    return render(request, "centre/say_no.html", {"label": label})
