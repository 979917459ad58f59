"""The policy at its fixed address, and what a version changed, in words.

Shows the registered words, never those of a file that somebody can edit. An address at which nothing was published is not found.
Refuses to put anything between the words: what is beside the policy stands beside it.
"""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.views.decorators.http import require_safe

from avow.control import notices
from avow.duties.notices.differences import tell_difference
from avow.policy import PolicyVersion, split_sentences
from avow.web.centre.policy import list_blocks_of, list_versions
from avow.web.doors import lend, now


@require_safe
def published(request: HttpRequest, place: str) -> HttpResponse:
    """What stands at an address that a version named. Read for each request: publishing needs no restart."""
    with lend() as control:
        shown = notices.find_shown(control, settings.AVOW.company, f"/{place}", now().date())
    if shown is None:
        return _elsewhere(place)
    version = next((one for one in list_versions() if one.version == shown.version), None)
    context = {
        "shown": shown,
        "written_in": version.language if version else "en",
        "blocks": list(list_blocks_of(shown.text, split_sentences(shown.text), {})),
        "changed": version is not None and _earlier(version.version) is not None,
    }
    return render(request, "centre/published.html", context)


def _elsewhere(place: str) -> HttpResponse:
    """An address of the centre without its last slash is that address; any other is not found."""
    if not place.endswith("/"):
        try:
            if resolve(f"/{place}/").view_name != "published":
                return HttpResponsePermanentRedirect(f"/{place}/")
        except Resolver404:
            pass
    raise Http404


@require_safe
def changes(request: HttpRequest, version: str) -> HttpResponse:
    """What a version says otherwise than the one before it."""
    found = next((one for one in list_versions() if one.version == version), None)
    earlier = _earlier(version)
    if found is None or earlier is None:
        raise Http404
    context = {"version": found, "earlier": earlier, "told": tell_difference(earlier, found)}
    return render(request, "centre/changes.html", context)


def _earlier(version: str) -> PolicyVersion | None:
    """The version that was in force before."""
    listed = sorted(list_versions(), key=lambda one: one.published)
    names = [one.version for one in listed]
    at = names.index(version) if version in names else 0
    return listed[at - 1] if at else None
