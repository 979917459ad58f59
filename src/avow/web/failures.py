"""Pages for what goes wrong. They say what to do next and tell nothing of what lies behind them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "failures/400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "failures/403.html", status=403)


def elsewhere(request: HttpRequest) -> HttpResponse:
    """For staff who may see people's data, but not from where they are."""
    return render(request, "failures/elsewhere.html", status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The same page for what is not there and for what is somebody else's."""
    return render(request, "failures/404.html", status=404)


def broken(request: HttpRequest) -> HttpResponse:
    return render(request, "failures/500.html", status=500)


def csrf(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "failures/csrf.html", status=403)
