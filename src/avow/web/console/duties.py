"""The company's own duties in the console: its cases, the vault, the reviews that somebody signs.

Whoever may see the values of people sees the facts of a case; others see kind, state and dates. Refuses to hand data over here: the
web holds no store, `avow case disclose` does. A signature needs what every page here needs: a session with a second factor.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from avow.control import vault as papers
from avow.control.duty_cases import DutyCase
from avow.duties.cases import KINDS
from avow.duties.cases.kinds import FACTS
from avow.errors import AvowError, ControlError
from avow.web.console.access import sees_company_values, staff_of
from avow.web.console.accounts import addresses_of
from avow.web.console.refusals import explain
from avow.web.console.words import says
from avow.web.counter import get_desk
from avow.web.doors import find_case, get_cases, get_reviews, now


class WordsForm(forms.Form):
    words = forms.CharField(
        label=gettext_lazy("In a sentence"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )


class SignForm(forms.Form):
    words = forms.CharField(
        label=gettext_lazy("What you looked at, and what follows"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


def company_cases(request: HttpRequest) -> HttpResponse:
    """Those that have not ended first; left-lying ones are marked."""
    desk = get_cases()
    lying = {case.id for case in desk.unworked()}
    found = desk.listed()
    names = addresses_of({case.owner for case in found if case.owner})
    rows = [(case, case.id in lying, names.get(case.owner, case.owner)) for case in found]
    return render(request, "console/company_cases.html", {"rows": rows, "kinds": KINDS.values()})


def company_case(request: HttpRequest, id: UUID) -> HttpResponse:
    case, desk = _get(id), get_cases()
    history = desk.history(id)
    names = addresses_of({event.actor for event in history} | {case.requested_by, case.approved_by, case.owner} - {""})
    may_see = sees_company_values(request)
    context = {
        "case": case,
        "kind": KINDS[case.kind],
        "facts": [(says(FACTS.get(name, name)), value) for name, value in case.facts.items()] if may_see else [],
        "scope": case.scope if may_see else {},
        "history": [(event, names.get(event.actor, event.actor)) for event in history],
        "asked_by": names.get(case.requested_by, case.requested_by),
        "approved_by": names.get(case.approved_by, case.approved_by),
        "owner": names.get(case.owner, case.owner),
        "own": case.requested_by == staff_of(request).ref,
        "may_see": may_see,
        "left": desk.disclosures(id),
        "form": WordsForm(),
    }
    return render(request, "console/company_case.html", context)


def company_case_open(request: HttpRequest) -> HttpResponse:
    """Step one chooses the kind; step two asks for its facts."""
    kind = KINDS.get(request.GET.get("kind", ""))
    if kind is None:
        return render(request, "console/company_case_kinds.html", {"kinds": KINDS.values()})
    form = _fact_form(kind.facts, kind.opens)(request.POST or None)
    if request.method == "POST" and form.is_valid():
        facts = {name: form.cleaned_data[name] for name in kind.facts}
        try:
            case = get_cases().ask(kind.name, facts, form.cleaned_data.get("about", ""), staff_of(request).ref)
        except ControlError as error:
            messages.error(request, explain(error))
        else:
            return redirect("company_case", case.id)
    return render(request, "console/company_case_open.html", {"kind": kind, "form": form})


def _fact_form(facts: tuple[str, ...], opens: bool) -> type[forms.Form]:
    fields: dict[str, Any] = {name: forms.CharField(label=says(FACTS[name]), max_length=2000) for name in facts}
    if opens:
        help_text = _("store:schema.table:key, such as main:public.organisations:17")
        fields["about"] = forms.CharField(label=_("The row that it is about"), max_length=300, help_text=help_text)
    return type("FactForm", (forms.Form,), fields)


@require_POST
def company_case_work(request: HttpRequest, id: UUID) -> HttpResponse:
    """take, note or close."""
    case, desk, me = _get(id), get_cases(), staff_of(request).ref
    words, deed = request.POST.get("words", ""), request.POST.get("deed", "")
    try:
        if deed == "take":
            desk.take(case.id, me)
        elif deed == "note" and words.strip():
            desk.note(case.id, words, me)
        elif deed == "close":
            desk.close(case.id, words, me)
        messages.success(request, _("Recorded."))
    except AvowError as error:
        messages.error(request, explain(error))
    return redirect("company_case", case.id)


@require_POST
def company_case_approve(request: HttpRequest, id: UUID) -> HttpResponse:
    """Approve or refuse, as the second person."""
    case, desk, me = _get(id), get_cases(), staff_of(request).ref
    try:
        if request.POST.get("deed") == "refuse":
            desk.refuse(case.id, request.POST.get("words", ""), me)
        else:
            desk.approve(case.id, me)
        messages.success(request, _("Recorded."))
    except AvowError as error:
        messages.error(request, explain(error))
    return redirect("company_case", case.id)


def vault(request: HttpRequest) -> HttpResponse:
    with get_desk().session() as session:
        found = papers.list_documents(session)
    return render(request, "console/vault.html", {"documents": found, "today": now().date()})


def reviews(request: HttpRequest) -> HttpResponse:
    desk = get_reviews()
    found = desk.listed()
    names = addresses_of({one.signed_by for one in found if one.signed_by})
    rows = [(one, names.get(one.signed_by, one.signed_by)) for one in found]
    return render(request, "console/reviews.html", {"rows": rows, "due": desk.due(), "now": now()})


def review(request: HttpRequest, id: UUID) -> HttpResponse:
    found = get_reviews().find(id)
    if found is None or found.synthetic:
        raise Http404
    form = SignForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            get_reviews().sign(id, staff_of(request).ref, form.cleaned_data["words"])
        except AvowError as error:
            messages.error(request, explain(error))
        else:
            messages.success(request, _("Signed."))
            return redirect("reviews")
    figures = [(name, value) for name, value in found.evidence.items() if not isinstance(value, list)]
    context = {"review": found, "figures": figures, "stores": found.evidence.get("stores", []), "form": form}
    context["signed_by"] = addresses_of({found.signed_by}).get(found.signed_by, found.signed_by)
    return render(request, "console/review.html", context)


def _get(id: UUID) -> DutyCase:
    found = find_case(id)
    if found is None:
        raise Http404
    return found
