"""What those who watch see: verdicts sentence by sentence with their history, the ledger with its proofs, the looks of staff.

Shows names, counts and times. A search for the person of a case is a look at that person, and recorded as one. Refuses to show a
person's value: none of what is read here holds one.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _

from avow.duties.rights.model import Actor
from avow.errors import LedgerError
from avow.ledger import Kind
from avow.ledger.search import Page, Wanted
from avow.web.console.access import staff_of
from avow.web.console.accounts import addresses_of
from avow.web.console.charts import ORDER, SHAPES, STEP, mark_history, stack_history
from avow.web.console.forms import LedgerForm
from avow.web.console.lists import say
from avow.web.console.publishing import describe
from avow.web.console.refusals import explain
from avow.web.counter import get_desk
from avow.web.doors import find_subject_names, get_oversight, get_staffing

PER_PAGE = 25
SHOWN_CHECKS, ALL_CHECKS = 12, 40  # as marks, in the list of sentences and on the page of one


def verdicts(request: HttpRequest) -> HttpResponse:
    """The newest check, statement by statement, and how the counts went over the last checks."""
    check = get_oversight().newest_check()
    history = get_oversight().history()
    turned, width = get_language_bidi(), SHOWN_CHECKS * STEP
    wanted, search = request.GET.get("verdict", ""), request.GET.get("q", "").strip().lower()
    statements = [
        {**one, "marks": mark_history(history[:SHOWN_CHECKS], one["id"], width, turned)}
        for one in (check.statements if check else ())
        if (not wanted or one["verdict"] == wanted) and (not search or search in f"{one['id']} {one['quote']}".lower())
    ]
    statements.sort(key=lambda one: ORDER.index(one["verdict"]))
    page = Paginator(statements, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "check": check,
        "blocks": stack_history(history, turned),
        "runs": len(history),
        "width": width,
        "page": page,
        "verdict": wanted,
        "q": request.GET.get("q", ""),
        "totals": [(verdict, SHAPES[verdict], check.totals.get(verdict, 0)) for verdict in ORDER] if check else [],
        "query": query_without(request, "page"),
    }
    return render(request, "console/verdicts.html", context)


def verdict(request: HttpRequest, statement: str) -> HttpResponse:
    """One statement: its words, its rules and probes, and every check that judged it."""
    check = get_oversight().newest_check()
    found = next((one for one in check.statements if one["id"] == statement), None) if check else None
    if check is None or found is None:
        raise Http404
    history = [run for run in get_oversight().history() if statement in run.verdicts]
    changes = [
        (run, run.verdicts[statement])
        for run, older in zip(history, [*history[1:], None], strict=True)
        if older is None or older.verdicts[statement] != run.verdicts[statement]
    ]
    width = ALL_CHECKS * STEP
    marks = mark_history(history[:ALL_CHECKS], statement, width, get_language_bidi())
    context = {"check": check, "statement": found, "marks": marks, "width": width, "changes": changes}
    context |= describe(check.policy_version, found)
    return render(request, "console/verdict.html", context)


def ledger(request: HttpRequest) -> HttpResponse:
    """Entries by the person of a case, pair, kind and time, each with what its proof says."""
    form = LedgerForm(request.GET or None)
    form.fields["kind"].choices = _kinds()  # type: ignore[attr-defined]
    found, problem = Page(), ""
    if not form.is_bound or form.is_valid():
        data = form.cleaned_data if form.is_bound else {}
        try:
            found = _search(request, data)
        except LedgerError as error:
            problem = explain(error)
    entries = [(one, datetime.fromtimestamp(one.entry.at / 1e6, UTC)) for one in found.found]
    context = {
        "form": form,
        "found": found,
        "entries": entries,
        "problem": problem,
        "query": query_without(request, "before"),
    }
    return render(request, "console/ledger.html", context)


def _kinds() -> list[tuple[str, str]]:
    return [("", _("every kind")), *((kind.name.lower(), say(kind.name.lower())) for kind in Kind)]


def _search(request: HttpRequest, data: dict[str, Any]) -> Page:
    wanted = Wanted(
        pair=data.get("pair") or "",
        kind=data.get("kind") or "",
        since=_micros(data.get("since")),
        until=_micros(data["until"] + timedelta(days=1)) if data.get("until") else 0,
    )
    before = data.get("before") or 0
    if not data.get("reference"):
        return get_oversight().search(wanted, before)
    _record_search(request, data["reference"])
    return get_oversight().search_about(find_subject_names(data["reference"]), wanted, before)


def _record_search(request: HttpRequest, reference: str) -> None:
    """To read who used a person's data for what is a look at that person."""
    one = get_desk().find_by_reference(reference)
    if one is not None:
        staff = staff_of(request)
        get_desk().record_search(one.id, Actor("staff", staff.ref), staff.role_for("ledger:search"))


def _micros(day: date | None) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp() * 1e6) if day else 0


def looks(request: HttpRequest) -> HttpResponse:
    """Who looked at whose data: newest first. The person concerned sees date, purpose and role."""
    number = max(1, int(request.GET.get("page") or "1")) if (request.GET.get("page") or "1").isdigit() else 1
    found = get_oversight().looks(page=number, per_page=PER_PAGE + 1)
    programs = {str(client.id): client.name for client in get_staffing().clients()}
    names = programs | addresses_of({look.staff_ref for look in found} - programs.keys())
    context = {
        "looks": [(look, names.get(look.staff_ref, look.staff_ref)) for look in found[:PER_PAGE]],
        "number": number,
        "more": len(found) > PER_PAGE,
    }
    return render(request, "console/looks.html", context)


def query_without(request: HttpRequest, without: str) -> str:
    """The filters of this page for the links to others."""
    kept = request.GET.copy()
    kept.pop(without, None)
    return kept.urlencode()
