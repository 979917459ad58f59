"""Whether this process answers, for whatever watches it. Tells nothing else, and asks no database."""

from django.http import HttpRequest, HttpResponse


def health(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=204)
