"""What is held about the person who is signed in: where from, who received it, who looked, what goes when; corrections.

Every page is about the signed-in person and nobody else: the subject comes from the session, never from the address.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from avow.control.disclosures import Given
from avow.duties.rights.model import Contact, Wish
from avow.web.centre import words
from avow.web.centre.asker import find_asker, record_sent
from avow.web.centre.stepup import ask_again
from avow.web.counter import get_desk

MOST_GIVEN = 200  # lines of the register on one page
_LARGEST = 20_000_000  # bytes of an answer that is looked through for corrections


@login_required
@require_GET
def recipients(request: HttpRequest) -> HttpResponse:
    """Firms that received or may receive it, as counted last; then each time that something was given, from the register of now."""
    subject = find_asker(request).subject
    given = [_as_gift(one) for one in get_desk().given_of(subject)] if subject else []
    return _show(request, "recipients", {"given": given[:MOST_GIVEN], "more": max(0, len(given) - MOST_GIVEN)})


def _as_gift(one: Given) -> dict[str, Any]:
    """A line of the register in words. `ground` is one of `words.GROUNDS`."""
    return {
        "at": one.at,
        "who": one.entity or words.say_term(one.kind or one.recipient, "recipient"),
        "place": one.place.upper(),
        "purpose": words.say_term(one.purpose, "purpose"),
        "ground": words.GROUNDS.get(one.ground, one.ground),
        "data": [words.say_term(term) for term in one.data],
    }


@login_required
@require_GET
def sources(request: HttpRequest) -> HttpResponse:
    return _show(request, "sources")


@login_required
@require_GET
def keeping(request: HttpRequest) -> HttpResponse:
    return _show(request, "keeping")


@login_required
@require_GET
def looks(request: HttpRequest) -> HttpResponse:
    """Dates, purposes and roles of staff; a question about a look is one press away."""
    subject = find_asker(request).subject
    found = get_desk().looks_at(subject) if subject else []
    return render(request, "centre/mine/looks.html", {"looks": words.list_looks(found)})


def _show(request: HttpRequest, page: str, more: Mapping[str, Any] | None = None) -> HttpResponse:
    """One of the lists that were counted with the holdings."""
    subject = find_asker(request).subject
    held = get_desk().holdings(subject) if subject else None
    lines = {"recipients": held.recipients, "sources": held.sources, "keeping": held.retention}[page] if held else ()
    return render(request, f"centre/mine/{page}.html", {"held": held, "lines": lines, **(more or {})})


@dataclass(frozen=True)
class Item:
    """One value of the last answer, as it can be corrected. `place` is (store, table, row, column)."""

    number: int
    label: str
    where: str
    value: str
    place: tuple[str, str, str, str]


class NewValueForm(forms.Form):
    """What should stand there instead."""

    value = forms.CharField(
        label=_("What should it say?"),
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Write what should stand there.")},
    )
    ground = forms.CharField(
        label=_("How do we know that this is right?"),
        help_text=_("A sentence is enough. It helps where we have to check."),
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


@login_required
def correct(request: HttpRequest) -> HttpResponse:
    """The values of the last answer, to choose one from. Without an answer: how to get one, and free words instead."""
    if (again := ask_again(request)) is not None:
        return again
    items = _list_items(request)
    wanted = request.GET.get("q", "").strip().casefold()
    shown = [one for one in items or () if wanted in f"{one.label} {one.value}".casefold()]
    context = {
        "items": shown[:200],
        "has_answer": items is not None,
        "q": request.GET.get("q", ""),
        "more": len(shown) > 200,
    }
    return render(request, "centre/mine/correct.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def correct_item(request: HttpRequest, number: int) -> HttpResponse:
    """The new value, then before and after side by side, then it is sent."""
    if (again := ask_again(request)) is not None:
        return again
    item = next((one for one in _list_items(request) or () if one.number == number), None)
    if item is None:
        raise Http404
    form = NewValueForm(request.POST or None, initial={"value": item.value})
    if request.method != "POST" or not form.is_valid():
        return render(request, "centre/mine/new_value.html", {"item": item, "form": form})
    if "send" not in request.POST:
        context = {"item": item, "form": form, "new": form.cleaned_data, **_foresee("rectification")}
        return render(request, "centre/mine/before_after.html", context)
    return _send(request, item, form.cleaned_data)


def _foresee(kind: str) -> dict[str, Any]:
    """By when, by which law, and at what cost: said before the holder of an account sends anything."""
    preview = get_desk().preview(kind, settings.AVOW.desk.jurisdictions[0], "centre", signed_in=True)
    return {"preview": preview, "due": words.say_day(preview.due_at)}


def _send(request: HttpRequest, item: Item, new: Mapping[str, str]) -> HttpResponse:
    asker = find_asker(request)
    made = get_desk().open_request(
        "rectification",
        Contact(email=asker.email, language=get_language() or "en"),
        Wish(changes=((*item.place, new["value"]),), ground=new["ground"]),
        "centre",
        settings.AVOW.desk.jurisdictions[0],
        asker.actor,
        subject=asker.subject,
        account=asker.account,
    )
    record_sent(request, made)
    return redirect("request_sent", made.reference)


def _list_items(request: HttpRequest) -> list[Item] | None:
    """Items of the newest answer of this account; None where there is none."""
    desk, asker = get_desk(), find_asker(request)
    for one in sorted(desk.requests_of(account=asker.account), key=lambda r: r.received_at, reverse=True):
        if one.kind == "access" and desk.answer(one.id) is not None:
            return _read_items(one.id)
    return None


def _read_items(request_id: UUID) -> list[Item]:
    content = b""
    for chunk in get_desk().read_answer(request_id, "data.json"):
        content += chunk
        if len(content) > _LARGEST:
            return []
    document = json.loads(content or b"{}")
    fields = document.get("fields", {})
    return [item for raw in document.get("items", ()) if (item := _as_item(raw, fields.get(raw["field"], {})))]


def _as_item(raw: Mapping[str, Any], field: Mapping[str, Any]) -> Item | None:
    """None for what is masked: it is about somebody else too, and a person has to look."""
    if raw.get("left_out") != "no" or not raw.get("record") or "store" not in field:
        return None
    label = ", ".join(words.say_term(term) for term in field.get("categories", ())) or str(field["name"])
    place = (str(field["store"]["name"]), str(field["table"]), str(raw["record"]), str(field["name"]))
    return Item(int(raw["number"]), label, str(field.get("kind_of_record") or field["table"]), str(raw["value"]), place)
