"""The ways in with their deliveries, and what goes when: how far each delivery is, which sweeps ran, what a hold keeps.

Shows names, counts and days. Refuses to show a line of a delivery or the key of a held person, and holds no credential of a store:
a delivery that is handed in here waits for a worker.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from avow.datamap.ways_in import BATCH_FACTS
from avow.duties.intakes.delivering import read_lines
from avow.errors import AvowError
from avow.web.console.access import staff_of
from avow.web.console.accounts import addresses_of
from avow.web.console.refusals import explain, say_finding
from avow.web.console.words import terms
from avow.web.doors import get_intakes, get_retention, now

LARGEST = 20 * 1024 * 1024  # bytes of a file that is handed in by hand


def intakes(request: HttpRequest) -> HttpResponse:
    """Every way in, and deliveries, newest first."""
    desk = get_intakes()
    listed = desk.deliveries(50)
    names = addresses_of({one.opened_by for one in listed})
    context = {
        "ways": [way for way in desk.ways() if not way.login],
        "programs": [way for way in desk.ways() if way.login],
        "deliveries": [(one, names.get(one.opened_by, one.opened_by)) for one in listed],
    }
    return render(request, "console/intakes.html", context)


def intake_hand_in(request: HttpRequest, way: str) -> HttpResponse:
    """The form of one way in, and a file that is handed in by it."""
    found = next((one for one in get_intakes().ways() if one.name == way and not one.login), None)
    if found is None:
        raise Http404
    if request.method == "POST" and (done := _take(request, way)) is not None:
        return done
    facts = [(name, BATCH_FACTS[name], request.POST.get(name, "")) for name in found.batch]
    return render(request, "console/intake_hand_in.html", {"way": found, "facts": facts})


def _take(request: HttpRequest, way: str) -> HttpResponse | None:
    """None where something is wrong: the form says what."""
    desk, file = get_intakes(), request.FILES.get("file")
    if file is None or (file.size or 0) > LARGEST:
        messages.error(request, _("Choose a CSV file of at most 20 MB."))
        return None
    facts = {name: str(value) for name, value in request.POST.items() if name in desk.get_way(way)[1].batch}
    try:
        lines = read_lines(file.read().decode("utf-8-sig"), desk.get_way(way)[1], _("the file"))
        made, new = desk.hand_in(way, facts, lines, "file", staff_of(request).ref, request.POST.get("notice", ""))
    except UnicodeDecodeError:
        messages.error(request, _("The file is not UTF-8."))
        return None
    except AvowError as error:
        for one in error.diagnostics[:5]:
            messages.error(request, say_finding(one))
        return None
    words = (
        _("Handed in: a worker takes it from here.") if new else _("It was handed in before: nothing is done twice.")
    )
    messages.success(request, words)
    return redirect("delivery", made.id)


def delivery(request: HttpRequest, id: UUID) -> HttpResponse:
    """One delivery: how far it is, and which lines were left out, by number and reason."""
    desk = get_intakes()
    found = desk.find(id)
    if found is None or found.synthetic:
        raise Http404
    rejects = desk.rejects(id)
    context = {"one": found, "facts": _told(found.facts), "rejects": rejects[:500], "more": max(0, len(rejects) - 500)}
    return render(request, "console/delivery.html", context)


def _told(facts: Any) -> list[tuple[str, str]]:
    return [(name, terms(value, "purpose") if isinstance(value, list) else str(value)) for name, value in facts.items()]


def retention(request: HttpRequest) -> HttpResponse:
    """Every sweep with its newest run, and the holds that stand."""
    desk = get_retention()
    if request.method == "POST":
        _hold_or_release(request)
        return redirect("retention")
    sweeps, undated = desk.sweeps()
    runs = {(run.rule, run.store, run.table): run for run in desk.runs()}
    lines = [(sweep, runs.get((sweep.rule, sweep.store, sweep.table))) for sweep in sweeps]
    tables = [(s.name, t.name) for s in desk.project.datamap.stores for t in s.tables if t.key]
    context = {"lines": lines, "undated": undated, "holds": desk.holds(), "tables": tables, "today": now().date()}
    return render(request, "console/retention.html", context)


def _hold_or_release(request: HttpRequest) -> None:
    desk, given = get_retention(), request.POST
    try:
        if given.get("release"):
            desk.release(UUID(given["release"]))
            messages.success(request, _("The hold has ended."))
            return
        store, _space, table = given.get("table", "").partition(" ")
        until = date.fromisoformat(given.get("until", ""))
        desk.hold(store, table, given.get("key", ""), given.get("reason", ""), staff_of(request).ref, until)
    except ValueError:
        messages.error(request, _("Write the day as in 2027-03-31."))
    except AvowError as error:
        messages.error(request, explain(error))
    else:
        messages.success(request, _("These rows stay until then."))
