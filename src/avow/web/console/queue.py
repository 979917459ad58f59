"""The queue by due date, failures of stores, and statistics. References, kinds, states and dates; no person's value is shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language_bidi

from avow.duties.rights.model import CLOSED
from avow.web.console.access import staff_of
from avow.web.console.accounts import addresses_of
from avow.web.console.charts import bars
from avow.web.console.forms import QueueForm
from avow.web.console.lists import say
from avow.web.console.watching import query_without
from avow.web.counter import get_desk
from avow.web.doors import get_oversight, now

PER_PAGE = 25
SHOWN_DUE = 20  # tasks, and holds, that wait for their owner; the page of tasks has all


def queue(request: HttpRequest) -> HttpResponse:
    """Open requests, the one that is due next first. A reference that is known leads straight to its case."""
    form = QueueForm(request.GET or None)
    data = form.cleaned_data if form.is_bound and form.is_valid() else {}
    if data.get("reference") and (found := get_desk().find_by_reference(data["reference"])):
        return redirect("case", found.reference)
    number = _page_of(request)
    failed = {step.request for step in get_oversight().failures()}
    listed = _list(data, staff_of(request).ref, number)
    if data.get("failed"):
        listed = [one for one in listed if one.id in failed]
    names = addresses_of({one.owner for one in listed})
    context = {
        "form": form,
        "requests": [(one, one.id in failed, names.get(one.owner, "")) for one in listed[:PER_PAGE]],
        "unknown_reference": data.get("reference", ""),
        "number": number,
        "more": len(listed) > PER_PAGE,
        "query": query_without(request, "page"),
        "failures": len(failed),
        **_due(),
    }
    return render(request, "console/queue.html", context)


def _due() -> dict[str, Any]:
    """Tasks whose owner was reminded or whose date has passed, and holds to be looked at again."""
    desk, today = get_desk(), now()
    tasks = [task for task in desk.tasks() if task.reminded_at or task.due_at < today]
    holds = desk.holds_to_review()
    names = addresses_of({task.owner for task in tasks} | {hold.owner for hold in holds})
    return {
        "due_tasks": [(task, names.get(task.owner, task.owner)) for task in tasks[:SHOWN_DUE]],
        "due_holds": [(hold, names.get(hold.owner, hold.owner)) for hold in holds[:SHOWN_DUE]],
        "due_more": max(0, len(tasks) - SHOWN_DUE) + max(0, len(holds) - SHOWN_DUE),
        "now": today,
    }


def _page_of(request: HttpRequest) -> int:
    text = request.GET.get("page", "1")
    return min(max(int(text), 1), 100_000) if text.isdecimal() and len(text) < 7 else 1


def _list(data: dict[str, Any], me: str, number: int) -> list[Any]:
    """One more than a page holds, so that the link to the next one is honest."""
    state = data.get("state", "")
    filters: dict[str, Any] = {"kind": data.get("kind", ""), "overdue": bool(data.get("overdue"))}
    filters["state"] = CLOSED if state == "closed" else state
    owner = data.get("owner", "")
    filters["owner"] = me if owner == "me" else ""
    if data.get("failed") or owner == "nobody":  # the desk has no filter for these two: look through all open ones
        found = get_desk().queue(**filters, page=1, size=5000)
        found = [one for one in found if owner != "nobody" or not one.owner]
        return found[(number - 1) * PER_PAGE : number * PER_PAGE + 1] if not data.get("failed") else found
    first = get_desk().queue(**filters, page=number, size=PER_PAGE)
    return (
        [*first, *get_desk().queue(**filters, page=number + 1, size=PER_PAGE)[:1]] if len(first) == PER_PAGE else first
    )


def failures(request: HttpRequest) -> HttpResponse:
    """Steps of stores that failed: the cause in words, when it is tried again, and a button for those who may."""
    context = {"failures": get_oversight().failures()}
    return render(request, "console/failures.html", context)


def statistics(request: HttpRequest) -> HttpResponse:
    """Counts of the last twelve months."""
    today = now()
    found, turned = get_oversight().statistics(today - timedelta(days=365), today), get_language_bidi()
    context = {
        "found": found,
        "since": datetime.now(UTC) - timedelta(days=365),
        "days": bars([(say(kind), days) for kind, days in sorted(found.median_days.items())], turned),
        "kinds": bars([(say(kind), n) for kind, n in sorted(found.kinds.items(), key=lambda e: -e[1])], turned),
        "open": bars([(say(state), n) for state, n in sorted(found.open.items(), key=lambda e: -e[1])], turned),
        "refused": bars([(say(code), n) for code, n in sorted(found.refused.items(), key=lambda e: -e[1])], turned),
    }
    return render(request, "console/statistics.html", context)
