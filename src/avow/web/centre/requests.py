"""The page of a request: where it stands, what happened, what comes next, messages; and what its asker may do with it.

Every view takes the request through `access_request`: what is somebody else's is not found. A guest on another device shows the
code that goes to the address of the request; the page is the same whether or not the reference exists.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language_bidi, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from avow.duties.rights.model import CLOSED, FEE, IDENTITY, MERGED, REFUSED, REVIEW, WAITING, Event, Request
from avow.errors import RightsError
from avow.web.centre import pictures, words
from avow.web.centre.asker import access_request, find_asker, is_holder, is_shown, record_shown
from avow.web.centre.forms import CodeForm, DocumentForm, FactsForm, MessageForm, ReferenceForm
from avow.web.centre.kinds import get_kind
from avow.web.centre.stepup import ask_again
from avow.web.counter import get_desk

_REFUSED_DOCUMENT: dict[str, words.Text] = {
    "rights.bad-request": gettext_lazy("Send a PDF, JPEG, PNG or WebP file of at most 10 MB."),
    "rights.no-tries-left": gettext_lazy("This was tried too often. Write to us: a person will help."),
}
WITHDRAWABLE = ("received", IDENTITY, "clarifying", FEE, "finding", REVIEW, WAITING)


@dataclass(frozen=True)
class Line:
    """One line of the timeline, in public words."""

    at: Any
    says: words.Text


@require_GET
def show_all(request: HttpRequest) -> HttpResponse:
    """Every request of the account; a guest is asked for a reference."""
    asker = find_asker(request)
    if not asker.account:
        return redirect("follow")
    desk = get_desk()
    found = {one.id: one for one in desk.requests_of(account=asker.account)}
    if asker.subject:
        found |= {one.id: one for one in desk.requests_of(subject=asker.subject)}
    rows = sorted(found.values(), key=lambda one: (one.state in CLOSED, one.due_at))
    return render(request, "centre/requests.html", {"rows": [summarise(one) for one in rows]})


def summarise(found: Request) -> dict[str, Any]:
    """What lists show of a request."""
    return {
        "asked": found,
        "kind": get_kind(found.kind),
        "state": words.say_state(found.state),
        "tone": words.TONES.get(found.state, "now"),
        "due": words.say_day(found.due_at),
        "open": found.state not in CLOSED,
    }


@require_GET
def show(request: HttpRequest, reference: str) -> HttpResponse:
    """The page of one request. A guest without the code in this browser is asked for it."""
    try:
        found = access_request(request, reference)
    except Http404:
        if find_asker(request).account:
            raise
        return redirect("request_code", reference)
    return render(request, "centre/request.html", _describe(request, found))


def _describe(request: HttpRequest, found: Request) -> dict[str, Any]:
    desk = get_desk()
    proven = is_holder(request, found) or is_shown(request, found)
    events = desk.timeline(found.id)
    return {
        **summarise(found),
        "proven": proven,
        "lines": list_lines(events),
        "path": pictures.draw_path(found.state, found.kind, get_language_bidi()),
        "messages_of": desk.messages(found.id) if proven else [],
        "message_form": MessageForm(),
        "code_form": CodeForm(),
        "facts_form": FactsForm(),
        "looks": words.list_looks(desk.looks_at_request(found.id)) if proven else [],
        "can_withdraw": found.state in WITHDRAWABLE,
        "can_contest": found.state == REFUSED,
        "fee": desk.fee_standing(found.id) if found.state == FEE else None,
        "answer": desk.answer(found.id) if proven and found.kind in ("access", "copy") else None,
        "certificate": proven and found.kind == "erasure" and desk.certificate(found.id) is not None,
        "progress": _list_progress(found) if proven else [],
        "goes_on": desk.goes_on_in(found.id) if found.state == MERGED else None,
        "refusal": words.say_reason(found.reason) if found.state == REFUSED else "",
    }


def list_lines(events: list[Event]) -> list[Line]:
    """Events in public words, each thing once: steps of the workshop that say the same are drawn together."""
    lines: list[Line] = []
    for event in events:
        says = words.find_event(event.name, event.from_state, event.to_state)
        if says is not None and (not lines or str(lines[-1].says) != str(says)):
            lines.append(Line(event.at, says))
    return lines


def _list_progress(found: Request) -> list[tuple[str, words.Text]]:
    """(where, how far), for those places that a person waits for."""
    says = {
        "done": _("done"),
        "waiting": _("to come"),
        "failed": _("does not answer; we try again"),
        "open_task": _("being done by hand"),
        "held": _("kept for a legal reason"),
    }
    names = dict(settings.AVOW.store_names)
    return [
        (names.get(one.store, one.store), _("not reached") if one.covered == "not" else says.get(one.state, one.state))
        for one in get_desk().stores(found.id)
    ]


@require_GET
def sent(request: HttpRequest, reference: str) -> HttpResponse:
    """The confirmation: reference, what happens next and by when, whom to ask. Made to be printed or kept."""
    found = access_request(request, reference)
    context = {**summarise(found), "code_form": CodeForm(), "next": words.say_next(found)}
    return render(request, "centre/ask/sent.html", context)


@require_http_methods(["GET", "POST"])
def follow(request: HttpRequest) -> HttpResponse:
    """A guest types the reference of a request."""
    form = ReferenceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return redirect("request_code", form.cleaned_data["reference"])
    return render(request, "centre/follow.html", {"form": form})


@require_http_methods(["GET", "POST"])
def code(request: HttpRequest, reference: str) -> HttpResponse:
    """Takes the code that went to the address of the request. Says the same for a reference that does not exist."""
    form = CodeForm(request.POST if request.POST.get("code") is not None else None)
    found = get_desk().find_by_reference(reference)
    if request.method == "POST" and form.is_bound and form.is_valid():
        if found is not None and _is_right(request, found, form.cleaned_data["code"]):
            record_shown(request, found)
            return redirect("request", found.reference)
        form.add_error("code", _("This code is not right, or it is too old. Ask for a new one."))
    return render(request, "centre/code.html", {"form": form, "reference": reference})


def _is_right(request: HttpRequest, found: Request, typed: str) -> bool:
    """In the identity step the code moves the request on; later it only opens the page."""
    desk, actor = get_desk(), find_asker(request).actor
    if found.state == IDENTITY and found.identity_needed == "code":
        return desk.answer_challenge(found.id, typed, actor)
    return desk.answer_view_code(found.id, typed)


@require_POST
def resend(request: HttpRequest, reference: str) -> HttpResponse:
    """Sends a code to the address of the request, if there is one. The answer is the same in every case."""
    found = get_desk().find_by_reference(reference)
    if found is not None and found.state == IDENTITY and found.identity_needed == "code":
        get_desk().resend_code(found.id)
    elif found is not None:
        get_desk().send_view_code(found.id)
    messages.info(request, _("If this reference is right, a code is on its way to the address that was given with it."))
    return redirect("request_code", reference)


@require_POST
def add_message(request: HttpRequest, reference: str) -> HttpResponse:
    found = access_request(request, reference)
    form = MessageForm(request.POST)
    if form.is_valid():
        get_desk().add_message(found.id, form.cleaned_data["text"], find_asker(request).actor)
        messages.success(request, _("Your message is with the people who work on your request."))
        return redirect("request", found.reference)
    return render(request, "centre/request.html", {**_describe(request, found), "message_form": form}, status=422)


@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, reference: str) -> HttpResponse:
    """Takes the request back, after one plain question."""
    found = access_request(request, reference)
    if request.method == "POST":
        return _do(
            request, found, lambda: get_desk().withdraw(found.id, find_asker(request).actor), _("It is taken back.")
        )
    return render(request, "centre/withdraw.html", summarise(found))


@require_http_methods(["GET", "POST"])
def contest(request: HttpRequest, reference: str) -> HttpResponse:
    """Asks for a second look at a refusal, or at a fee that somebody decided on."""
    found = access_request(request, reference, proven=True)
    form = MessageForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["text"]
        return _do(
            request,
            found,
            lambda: get_desk().contest(found.id, text, find_asker(request).actor),
            _("Another person looks at it now."),
        )
    return render(request, "centre/contest.html", {**summarise(found), "form": form})


@require_POST
def decide_fee(request: HttpRequest, reference: str) -> HttpResponse:
    """Accepts or declines the fee that was announced."""
    found = access_request(request, reference)
    desk, actor = get_desk(), find_asker(request).actor
    if request.POST.get("fee") == "accept":
        return _do(request, found, lambda: desk.accept_fee(found.id, actor), _("You accepted the fee."))
    return _do(request, found, lambda: desk.decline_fee(found.id, actor), _("You declined the fee. Nothing is owed."))


@require_POST
def offer_facts(request: HttpRequest, reference: str) -> HttpResponse:
    """Things that the company should know already, in place of a code."""
    found = access_request(request, reference)
    form = FactsForm(request.POST)
    if form.is_valid():
        facts = {key: value for key, value in form.cleaned_data.items() if value}
        says = _("Thank you. We compare this with what we hold.")
        return _do(request, found, lambda: get_desk().offer_facts(found.id, facts, find_asker(request).actor), says)
    return render(request, "centre/request.html", {**_describe(request, found), "facts_form": form}, status=422)


@require_http_methods(["GET", "POST"])
def offer_document(request: HttpRequest, reference: str) -> HttpResponse:
    """Takes the paper that a person asked for; there is no such page while nobody did."""
    found = access_request(request, reference)
    if found.state != IDENTITY or found.identity_needed != "document":
        raise Http404
    form = DocumentForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            get_desk().offer_document(found.id, form.cleaned_data["document"].read(), find_asker(request).actor)
        except RightsError as error:
            says = _REFUSED_DOCUMENT.get(error.codes[0], _REFUSED_DOCUMENT["rights.bad-request"])
            form.add_error("document", str(says))
        else:
            messages.success(request, _("Thank you. A person looks at it, and then it is deleted."))
            return redirect("request", found.reference)
    elif request.method == "POST":
        form = DocumentForm(request.POST, request.FILES)
    days = get_desk().office.rules.lapse_days
    status = 422 if form.is_bound else 200
    return render(request, "centre/document.html", {**summarise(found), "form": form, "days": days}, status=status)


@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest, reference: str) -> HttpResponse:
    """The holder of the account shows the password or passkey again, and the request goes on."""
    found = access_request(request, reference, proven=True)
    if (again := ask_again(request)) is not None:
        return again
    desk, actor = get_desk(), find_asker(request).actor
    return _do(request, found, lambda: desk.record_reauthenticated(found.id, actor), _("Thank you, that was all."))


def _do(request: HttpRequest, found: Request, act: Any, says: str) -> HttpResponse:
    """Does it and says so; a move that came too late is told, and the page shows where the request stands now."""
    try:
        act()
        messages.success(request, says)
    except RightsError:
        messages.error(request, _("That is no longer possible: the request has moved on."))
    return redirect("request", found.reference)
