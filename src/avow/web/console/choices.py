"""What people said, in numbers, and what became of each campaign. Shows counts and names of campaigns; never who said what."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from avow.app import choices as room
from avow.web.console.words import term
from avow.web.counter import get_desk

OUTCOMES = ("given", "refused", "withdrawn", "unanswered")


def choices(request: HttpRequest) -> HttpResponse:
    """Totals by use and way, answers that wait, the newest campaigns."""
    overview = room.get_overview(get_desk())
    rows: dict[tuple[str, str], dict[str, int]] = {}
    for purpose, channel, outcome, _explicit, people in overview.totals:
        counts = rows.setdefault((purpose, channel), dict.fromkeys(OUTCOMES, 0))
        counts[outcome] += people
    totals = [
        {"label": term(purpose, "purpose"), "channel": channel, "counts": [counts[one] for one in OUTCOMES]}
        for (purpose, channel), counts in rows.items()
    ]
    campaigns = [
        {"line": line, "label": term(line.purpose, "purpose"), "counts": sorted(line.counts.items())}
        for line in overview.campaigns
    ]
    context = {"totals": totals, "campaigns": campaigns, "waiting": overview.waiting, "outcomes": OUTCOMES}
    return render(request, "console/choices.html", context)
