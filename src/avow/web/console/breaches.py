"""The breach room in the console: figures, clocks, drafts, what is unknown, who was told, and the letter to approve.

Counting and writing need a store and are done by workers. Refuses words of staff to those who may not see the values of people, and
the list of who is affected to everybody: `avow breach people` writes it.
"""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from avow.app.breaches import Breaches
from avow.control.duty_cases import DutyCase
from avow.duties.breaches import read_moment
from avow.duties.breaches.drafts import NEEDED, WORDS
from avow.duties.rights.letters.writing import letter_text
from avow.errors import AvowError
from avow.web.console.access import sees_company_values, staff_of
from avow.web.console.accounts import addresses_of
from avow.web.console.refusals import explain
from avow.web.console.words import term
from avow.web.doors import find_case, get_breaches, now

CLOCK_STATES = {
    "told": gettext_lazy("told in time"),
    "late": gettext_lazy("told late"),
    "decided": gettext_lazy("decided not to tell"),
    "running": gettext_lazy("running"),
    "overdue": gettext_lazy("ran out"),
    "not-due": gettext_lazy("nobody must be told"),
    "unjudged": gettext_lazy("depends on the risk"),
    "waits": gettext_lazy("starts when people are told"),
    "not-in-force": gettext_lazy("not in force"),
}
WHOM = {"authority": gettext_lazy("the authority"), "people": gettext_lazy("the people concerned")}
RISKS = {
    "unlikely": gettext_lazy("a risk is unlikely"),
    "risk": gettext_lazy("a risk"),
    "high": gettext_lazy("a high risk"),
}
LABELS = {
    "nature": gettext_lazy("What happened"),
    "consequences": gettext_lazy("Likely consequences"),
    "measures": gettext_lazy("What was done and will be done"),
    "advice": gettext_lazy("What people can do"),
    "late": gettext_lazy("Why a clock ran out"),
    "counts": gettext_lazy("a count of who is affected"),
    "contact": gettext_lazy("whom to ask: [contact] in avow.toml"),
}


class ExtentForm(forms.Form):
    what = forms.CharField(
        label=gettext_lazy("What was breached"),
        max_length=300,
        help_text=gettext_lazy(
            "store:main, table:main:public.orders, row:main:public.contacts:7, login:main:shop or pair:main:PURPOSE/RECIPIENT"
        ),
    )
    since = forms.CharField(label=gettext_lazy("From (UTC, 2026-03-02T09:00)"), max_length=40)
    until = forms.CharField(label=gettext_lazy("Until (UTC; empty: it lasts)"), max_length=40, required=False)


class RiskForm(forms.Form):
    risk = forms.ChoiceField(label=gettext_lazy("Risk to people"), choices=tuple(RISKS.items()))
    why = forms.CharField(label=gettext_lazy("Why, in a sentence"), max_length=2000)


class WordsForm(forms.Form):
    """What staff says for the letters."""

    nature = forms.CharField(
        label=LABELS["nature"], max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    consequences = forms.CharField(
        label=LABELS["consequences"], max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    measures = forms.CharField(
        label=LABELS["measures"], max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    advice = forms.CharField(
        label=LABELS["advice"], max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    late = forms.CharField(
        label=LABELS["late"], max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class ToldForm(forms.Form):
    to = forms.ChoiceField(label=gettext_lazy("Who"), choices=tuple(WHOM.items()))
    at = forms.CharField(label=gettext_lazy("When (UTC; empty: now)"), max_length=40, required=False)
    words = forms.CharField(label=gettext_lazy("How, or why not"), max_length=2000)
    decided = forms.BooleanField(label=gettext_lazy("It was decided not to tell"), required=False)


def _get(id: UUID) -> DutyCase:
    found = find_case(id)
    if found is None or found.kind != "breach":
        raise Http404
    return found


def breach(request: HttpRequest, id: UUID) -> HttpResponse:
    case, staff = _get(id), staff_of(request)
    room = get_breaches().room(id, get_language() or "en")
    names = addresses_of(
        {one.by for one in room.told}
        | {one.asked_by for one in room.letters}
        | {one.approved_by for one in room.letters} - {""}
    )
    may_see = sees_company_values(request)
    context = {
        "case": case,
        "room": room,
        "may_see": may_see,
        "clocks": [(clock, WHOM[clock.to], CLOCK_STATES[clock.state]) for clock in room.clocks],
        "categories": [(term(name, "category"), count) for name, count in (room.figures.per_category or {}).items()],
        "subjects": [(term(name, "subject"), count) for name, count in (room.figures.per_subject or {}).items()],
        "risk": RISKS.get(room.breach.risk, ""),
        "told": [(one, WHOM[one.to], names.get(one.by, one.by)) for one in room.told],
        "letters": [(one, names.get(one.asked_by, one.asked_by), one.asked_by == staff.ref) for one in room.letters],
        "drafts": [
            (WHOM[to], letter_text(draft.letter), [LABELS[name] for name in draft.missing])
            for to, draft in (("authority", room.authority), ("people", room.letter))
        ],
        "extent_form": ExtentForm(initial={"since": f"{room.breach.aware_at:%Y-%m-%dT%H:%M}"}, prefix="extent"),
        "risk_form": RiskForm(initial={"risk": room.breach.risk}, prefix="risk"),
        "words_form": WordsForm(initial=dict(room.breach.words), prefix="words"),
        "told_form": ToldForm(prefix="told"),
        "needed": NEEDED,
    }
    return render(request, "console/breach.html", context)


@require_POST
def breach_work(request: HttpRequest, id: UUID) -> HttpResponse:
    """extent, withdraw, count, risk, words, told or letter."""
    _get(id)
    deed = _DEEDS.get(request.POST.get("deed", ""))
    try:
        if deed is None:
            raise Http404
        wrong = deed(get_breaches(), id, request, staff_of(request).ref)
        if wrong:
            messages.error(request, _("Something is missing: look at what you wrote."))
        else:
            messages.success(request, _("Recorded."))
    except AvowError as error:
        messages.error(request, explain(error))
    return redirect("breach", id)


def _extent(desk: Breaches, id: UUID, request: HttpRequest, me: str) -> bool:
    form = ExtentForm(request.POST, prefix="extent")
    if form.is_valid():
        until = form.cleaned_data["until"]
        since = read_moment(form.cleaned_data["since"])
        desk.add_extent(id, form.cleaned_data["what"], since, read_moment(until) if until else None, me)
    return not form.is_valid()


def _withdraw(desk: Breaches, id: UUID, request: HttpRequest, me: str) -> bool:
    try:
        desk.withdraw_extent(id, UUID(request.POST.get("extent", "")), me)
    except ValueError:
        return True
    return False


def _count(desk: Breaches, id: UUID, request: HttpRequest, me: str) -> bool:
    desk.count_again(id, me)
    return False


def _risk(desk: Breaches, id: UUID, request: HttpRequest, me: str) -> bool:
    form = RiskForm(request.POST, prefix="risk")
    if form.is_valid():
        desk.judge_risk(id, form.cleaned_data["risk"], form.cleaned_data["why"], me)
    return not form.is_valid()


def _words(desk: Breaches, id: UUID, request: HttpRequest, me: str) -> bool:
    form = WordsForm(request.POST, prefix="words")
    if form.is_valid():
        desk.say(id, {name: form.cleaned_data[name] for name in (*WORDS, "late")}, me)
    return not form.is_valid()


def _told(desk: Breaches, id: UUID, request: HttpRequest, me: str) -> bool:
    form = ToldForm(request.POST, prefix="told")
    if form.is_valid():
        said = form.cleaned_data
        at = read_moment(said["at"]) if said["at"] else now()
        desk.tell(id, said["to"], "", at, said["words"], me, said["decided"])
    return not form.is_valid()


def _letter(desk: Breaches, id: UUID, request: HttpRequest, me: str) -> bool:
    desk.ask_letter(id, me, get_language() or "en")
    return False


_DEEDS = {
    "extent": _extent,
    "withdraw": _withdraw,
    "count": _count,
    "risk": _risk,
    "words": _words,
    "told": _told,
    "letter": _letter,
}


@require_POST
def breach_approve(request: HttpRequest, id: UUID) -> HttpResponse:
    """Lets the letter go to everybody affected, or refuses it."""
    _get(id)
    try:
        letter = UUID(request.POST.get("letter", ""))
        get_breaches().approve_letter(id, letter, staff_of(request).ref, request.POST.get("deed") == "approve")
        messages.success(request, _("Recorded."))
    except ValueError as error:
        raise Http404 from error
    except AvowError as error:
        messages.error(request, explain(error))
    return redirect("breach", id)
