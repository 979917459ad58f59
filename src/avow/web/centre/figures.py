"""What left us, in numbers, for everybody: by year and ground. Small numbers are kept back where the policy in force speaks of how
large a group has to be before a statistic of it is shown.

Counts alone. Refuses to show a firm, a person or a day.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from avow.duties.disclosures.figures import find_smallest, show_years
from avow.web.centre import words
from avow.web.centre.policy import find_in_force, list_versions
from avow.web.counter import get_desk


@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    in_force = find_in_force()
    rules = [rule for one in list_versions() if one.version == in_force for rule in one.rules]
    smallest = find_smallest(rules)
    years = [
        (year, [(words.GROUNDS.get(line.ground, line.ground), line) for line in year.lines])
        for year in show_years(get_desk().disclosure_years(), smallest)
    ]
    return render(request, "centre/figures.html", {"years": years, "smallest": smallest})
