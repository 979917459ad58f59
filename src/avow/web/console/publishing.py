"""What customers see of a sentence, holds of a fall, approved readings, how people are told of versions, and the ten principles.

Refuses to show or to write any other verdict than that of the newest check: nothing here takes a verdict from a form.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from avow.app.telling import get_told
from avow.control import publishing
from avow.control.publishing import LOOKED_INTO, Reading, quote_digest
from avow.duties.notices.readings import reading_digest, rule_words
from avow.errors import AvowError
from avow.policy import Promise, read_version
from avow.prove.principles import list_principles
from avow.vocabulary import load_vocabulary
from avow.web.console.access import staff_of
from avow.web.console.accounts import addresses_of
from avow.web.counter import get_desk
from avow.web.doors import get_oversight, get_register, lend, now
from avow.web.process import current

HOURS = (4, 24, 72)


def describe(version: str, statement: Mapping[str, Any]) -> dict[str, Any]:
    """What the page of a statement shows beside its verdict."""
    company, name = current().company, str(statement["id"])
    with lend() as connection:
        shown = name in publishing.list_shown(connection, company, [statement])
        seen = publishing.find_shown(connection, company, version, now())
        held = publishing.list_holds(connection, company).get(name)
        approved = publishing.list_readings(connection, company, version).get(name)
    promise = _find_promise(version, name)
    return {
        "shown": shown,
        "seen": seen.verdicts.get(name, ""),
        "preview": statement["verdict"],
        "looked_into": LOOKED_INTO,
        "holds": held[0] if held else 0,
        "held_until": held[1] if held and held[1] > now() else None,
        "hours": HOURS,
        "reading": [rule_words(rule) for rule in promise.rules] if promise else [],
        "approved": approved if approved and promise and _fits(approved, promise) else None,
    }


def _find_promise(version: str, statement: str) -> Promise | None:
    try:
        read = read_version(current().project, version, current().company, load_vocabulary())
    except AvowError:
        return None
    return next((one for one in read.promises if one.id == statement), None)


def _fits(reading: Reading, promise: Promise) -> bool:
    same_words = reading.quote_sha256 == quote_digest(promise.quote.exact)
    return same_words and reading.reading_sha256 == reading_digest(promise)


def _get_statement(statement: str) -> tuple[str, Mapping[str, Any]]:
    """(policy version, statement) of the newest check."""
    check = get_oversight().newest_check()
    found = next((one for one in check.statements if one["id"] == statement), None) if check else None
    if check is None or found is None:
        raise Http404
    return check.policy_version, found


@require_POST
def verdict_publish(request: HttpRequest, statement: str) -> HttpResponse:
    """Switches one sentence on or off, for the words that it has now."""
    _version, found = _get_statement(statement)
    on = request.POST.get("shown") == "yes"
    with lend() as connection:
        publishing.record_switch(
            connection, current().company, statement, found["quote"], on, staff_of(request).ref, now()
        )
    messages.success(request, _("Customers see this verdict.") if on else _("Customers see nothing of it."))
    return redirect("verdict", statement)


@require_POST
def verdict_hold(request: HttpRequest, statement: str) -> HttpResponse:
    """Holds a fall: customers read that it is being looked into. Ends by itself."""
    _version, found = _get_statement(statement)
    reason, hours = request.POST.get("reason", "").strip(), request.POST.get("hours", "")
    if found["verdict"] != "broken" or not reason or not hours.isdigit() or int(hours) not in HOURS:
        messages.error(request, _("A hold needs a sentence that is broken, a reason and a time."))
        return redirect("verdict", statement)
    with lend() as connection:
        by = staff_of(request).ref
        publishing.record_hold(connection, current().company, statement, reason, by, now(), int(hours))
    messages.success(
        request, _("Held. Customers read that it is being looked into, and how often it was held is counted.")
    )
    return redirect("verdict", statement)


@require_POST
def reading_approve(request: HttpRequest, statement: str) -> HttpResponse:
    """Bound to the words and the rules that were shown: with others it no longer counts."""
    version, _found = _get_statement(statement)
    promise = _find_promise(version, statement)
    if promise is None:
        raise Http404
    reading = Reading(
        statement, quote_digest(promise.quote.exact), reading_digest(promise), staff_of(request).ref, now()
    )
    with lend() as connection:
        publishing.record_reading(connection, current().company, version, reading)
    messages.success(request, _("Approved. `avow notices readings` writes it into the project, for Git."))
    return redirect("verdict", statement)


def principles(request: HttpRequest) -> HttpResponse:
    """Ten principles, one line each, with the figures of the newest check."""
    check = get_oversight().newest_check()
    found = list_principles(check.statements) if check else ()
    return render(request, "console/principles.html", {"check": check, "principles": found})


def notices(request: HttpRequest) -> HttpResponse:
    """Every published version, newest first: how people are told of it, by whose decision, and how many were."""
    project = get_register().project
    with get_desk().session() as session:
        told = [get_told(session, project, version) for version in reversed(project.versions)]
    found = [one for one in told if one.effective]
    names = addresses_of({one.decision.by for one in found if one.decision.by})
    lines = [(one, names.get(one.decision.by, one.decision.by)) for one in found]
    return render(request, "console/notices.html", {"lines": lines})
