"""The first page, and the page that says whom to write or call. A guest sees what can be asked; an account sees what is held."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language_bidi
from django.views.decorators.http import require_GET

from avow.duties.rights.model import CLOSED
from avow.web.centre import pictures, words
from avow.web.centre.asker import Asker, find_asker
from avow.web.centre.kinds import KINDS
from avow.web.centre.requests import summarise
from avow.web.counter import get_desk


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    asker = find_asker(request)
    if not asker.account:
        return render(request, "centre/welcome.html", {"kinds": KINDS})
    return render(request, "centre/home.html", _describe(asker))


def _describe(asker: Asker) -> dict[str, Any]:
    desk = get_desk()
    requests = desk.requests_of(account=asker.account)
    context: dict[str, Any] = {
        "kinds": KINDS,
        "open": [summarise(one) for one in requests if one.state not in CLOSED],
        "closed_count": sum(one.state in CLOSED for one in requests),
        "bars": [],
    }
    if asker.subject is None:
        return context
    held = desk.holdings(asker.subject)
    desk.ask_holdings(asker.subject)
    context["counting"] = held is None
    if held is not None:
        named = [(words.say_term(term), count) for term, count in held.counts.items()]
        context |= {"bars": pictures.draw_bars(named, get_language_bidi()), "counted_at": held.counted_at}
    return context


@require_GET
def contact(request: HttpRequest) -> HttpResponse:
    """Every way to reach a person: page, telephone, letter, and the authority above."""
    return render(request, "centre/contact.html")


@login_required
@require_GET
def account(request: HttpRequest) -> HttpResponse:
    """How one signs in, and how the account ends: with the deletion of the data."""
    return render(request, "centre/account.html", {"asker": find_asker(request)})
