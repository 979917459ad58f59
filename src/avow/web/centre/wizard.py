"""Asking for something, one question on a page: what, about what, where from, how to answer, check, send.

Promises that due date, its legal source, identity, fee and what happens next are shown before anything is sent, and that
nobody is asked again for what they have said. The half-finished request lives in the session and nowhere else. Refuses
to show the last page before every question is answered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from avow.duties.rights.model import Contact, Wish
from avow.errors import RightsError
from avow.web.centre import words
from avow.web.centre.asker import Asker, find_asker, record_sent
from avow.web.centre.forms import ContactForm, KindForm, PlaceForm, TraceForm, about_form
from avow.web.centre.kinds import GROUNDS, KINDS, PLACES, Kind, Text, find_kind
from avow.web.centre.stepup import ask_again
from avow.web.counter import get_desk
from avow.web.naming import list_named, say_address

DRAFT = "draft"
_MARKETING = "marketing.own"


@dataclass(frozen=True)
class Step:
    """One page of the wizard: its name in the address, its question, and why it is asked."""

    name: str
    question: Text
    why: Text = ""


def list_steps(kind: Kind | None, asker: Asker) -> list[Step]:
    """The questions for this kind and this asker, in order. Known things are not asked."""
    steps = [Step("kind", _("What would you like to do?"))]
    if kind is None:
        return steps
    steps.append(Step("about", kind.question))
    if len(settings.AVOW.desk.jurisdictions) > 1:
        why = _("The law of that place says how much time we have.")
        steps.append(Step("place", _("Where do you live?"), why))
    if not asker.email and not asker.subject:  # a person we know is told on the page of the request
        steps.append(Step("contact", _("How do we reach you?"), _("Only for this request. One way is enough.")))
    if kind.traced and not asker.account:
        why = _("Everything here is optional. It helps us to find data that does not carry your e-mail address.")
        steps.append(Step("trace", _("What else may we search for?"), why))
    return steps


@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, step: str = "kind") -> HttpResponse:
    """One question. A good answer leads to the next open one, or to the check."""
    asker, draft = find_asker(request), _draft_of(request)
    kind = find_kind(draft.get("kind", {}).get("kind", ""))
    steps = list_steps(kind, asker)
    here = next((one for one in steps if one.name == step), None)
    if here is None:
        return redirect("ask")
    form = _form_of(here, kind, request.POST if request.method == "POST" else None, _initial(request, draft, step))
    if request.method == "POST" and form.is_valid():
        _keep(request, step, form.cleaned_data)
        return redirect(_next_open(request, asker))
    number = steps.index(here)
    context = {
        "form": form,
        "step": here,
        "number": number + 1,
        "count": max(len(steps), 2) + 1,
        "back": reverse("ask_step", args=[steps[number - 1].name]) if number else "",
        "kinds": KINDS,
        "chosen": form["kind"].value() if step == "kind" else "",
    }
    return render(request, f"centre/ask/{'kind' if step == 'kind' else 'step'}.html", context)


def _draft_of(request: HttpRequest) -> dict[str, dict[str, Any]]:
    draft = request.session.get(DRAFT)
    return draft if isinstance(draft, dict) else {}


def _initial(request: HttpRequest, draft: dict[str, dict[str, Any]], step: str) -> dict[str, Any]:
    wanted = request.GET.get("kind", "") if step == "kind" else ""
    return {"kind": wanted} if find_kind(wanted) else draft.get(step, {})


def _keep(request: HttpRequest, step: str, answer: dict[str, Any]) -> None:
    draft = _draft_of(request)
    if step == "kind" and draft.get("kind") != answer:
        draft.pop("about", None)
    request.session[DRAFT] = {**draft, step: answer}


def _form_of(step: Step, kind: Kind | None, data: Any, initial: dict[str, Any]) -> forms.Form:
    if step.name == "about" and kind is not None:
        return about_form(kind, data, initial, list_purposes(kind.key))
    if step.name == "place":
        return PlaceForm(data, initial=initial, places=settings.AVOW.desk.jurisdictions)
    form: type[forms.Form] = {"contact": ContactForm, "trace": TraceForm}.get(step.name, KindForm)
    return form(data, initial=initial)


def list_purposes(kind: str) -> list[tuple[str, str]]:
    """Uses that can be objected to, or permissions that can be taken back, in the company's own terms."""
    purposes = get_desk().office.rules.purposes or (_MARKETING,)
    return words.list_terms(purposes, "purpose")


def _next_open(request: HttpRequest, asker: Asker) -> str:
    draft = _draft_of(request)
    kind = find_kind(draft.get("kind", {}).get("kind", ""))
    for step in list_steps(kind, asker):
        if step.name not in draft:
            return reverse("ask_step", args=[step.name])
    return reverse("ask_check")


@require_http_methods(["GET", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """Everything once more, with what will happen and by when. Sending is a POST of this page."""
    asker, draft = find_asker(request), _draft_of(request)
    kind = find_kind(draft.get("kind", {}).get("kind", ""))
    if kind is None or any(step.name not in draft for step in list_steps(kind, asker)):
        return redirect(_next_open(request, asker))
    wish, contact = _wish_of(draft), _contact_of(draft, asker)
    preview = get_desk().preview(kind.key, _place_of(draft), _channel(asker), bool(asker.account), wish.purposes)
    if request.method == "POST":
        confirm = preview.identity_needed == "reauthentication"
        if confirm and (again := ask_again(request)) is not None:
            return again
        return _send(request, confirm)
    # without an e-mail address no code can be sent: facts that are held already show who asks
    needed = "facts" if preview.identity_needed == "code" and not contact.email else preview.identity_needed
    context = {
        "kind": kind,
        "answers": _list_answers(kind, draft, asker),
        "preview": preview,
        "due": words.say_day(preview.due_at),
        "identity": words.IDENTITY[needed],
        "next": words.NEXT.get(preview.what_next if needed == preview.identity_needed else "person", ""),
        "waits": [words.say_wait(wait) for wait in preview.waits],
        "reach": contact.email or contact.phone or contact.postal_address or _("the page of your request"),
    }
    return render(request, "centre/ask/check.html", context)


def _send(request: HttpRequest, confirmed: bool = False) -> HttpResponse:
    asker, draft = find_asker(request), _draft_of(request)
    kind = draft["kind"]["kind"]
    desk = get_desk()
    try:
        made = desk.open_request(
            kind,
            _contact_of(draft, asker),
            _wish_of(draft),
            _channel(asker),
            _place_of(draft),
            asker.actor,
            subject=asker.subject,
            account=asker.account,
        )
        if confirmed:
            desk.record_reauthenticated(made.id, asker.actor)
    except RightsError as error:
        return render(request, "centre/ask/refused.html", {"diagnostics": error.diagnostics}, status=422)
    record_sent(request, made)
    request.session.pop(DRAFT, None)
    return redirect("request_sent", made.reference)


def _channel(asker: Asker) -> str:
    return "centre" if asker.account else "guest_form"


def _place_of(draft: dict[str, dict[str, Any]]) -> str:
    chosen = draft.get("place", {}).get("place", settings.AVOW.desk.jurisdictions[0])
    return "" if chosen == "other" else str(chosen)


def _contact_of(draft: dict[str, dict[str, Any]], asker: Asker) -> Contact:
    told, trace = draft.get("contact", {}), draft.get("trace", {})
    named = [*list_named(trace), *([("phone", str(trace["phone"]))] if trace.get("phone") else [])]
    return Contact(
        email=asker.email or told.get("email", ""),
        name=told.get("name", ""),
        phone=told.get("phone", ""),
        postal_address=told.get("post", ""),
        language=get_language() or "en",
        identifiers=tuple(named),
    )


def _wish_of(draft: dict[str, dict[str, Any]]) -> Wish:
    about = draft["about"]
    part = about.get("scope", "part") == "part"
    return Wish(
        text=about.get("text", "") if part else "",
        purposes=tuple(about.get("purposes", ())),
        ground=about.get("ground", ""),
    )


def _list_answers(kind: Kind, draft: dict[str, dict[str, Any]], asker: Asker) -> list[tuple[Text, list[Text], str]]:
    """(question, answer lines, address to change it), as the check page lists them."""
    lines: list[tuple[Text, list[Text], str]] = []
    for step in list_steps(kind, asker):
        said = _say_answer(step.name, draft[step.name], kind)
        lines.append((step.question, said or [_("Nothing")], reverse("ask_step", args=[step.name])))
    return lines


def _say_answer(step: str, answer: dict[str, Any], kind: Kind) -> list[Text]:
    if step == "kind":
        return [kind.title]
    if step == "place":
        return [PLACES.get("" if answer["place"] == "other" else answer["place"], answer["place"])]
    said: list[Text] = []
    if answer.get("scope") == "all":
        return [_("Everything")]
    said += [words.say_term(purpose, "purpose") for purpose in answer.get("purposes", ())]
    said += [title for key, title in GROUNDS if key == answer.get("ground")]
    texts = ("text", "email", "name", "phone", "post", "customer_number", "cookie")
    said += [str(answer[key]) for key in texts if answer.get(key)]
    return said + [address for address in (say_address(answer),) if address]
