"""The first page: the places that one's roles open."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from avow.web.console.access import staff_of


def home(request: HttpRequest) -> HttpResponse:
    """The queue for those who have one; a list of places for the others."""
    if staff_of(request).may("queue:see"):
        return redirect("queue")
    return render(request, "console/home.html")
