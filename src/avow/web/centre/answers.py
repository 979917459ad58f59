"""The answer to download: files with sizes and checksums, after the password, passkey or code was asked for again.

A download resumes (HTTP Range, one range) and is never held in memory. Nothing of it is kept by browser or proxy.
Source: RFC 9110 section 14 (range requests).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from avow.duties.rights.certificate.document import certificate_file as write_certificate
from avow.duties.rights.model import Request
from avow.errors import RightsError
from avow.web.centre import words
from avow.web.centre.asker import access_request, find_asker
from avow.web.centre.ranges import read_range
from avow.web.centre.requests import summarise
from avow.web.centre.stepup import ask_again_for
from avow.web.counter import get_desk

_SHOWN_IN_BROWSER = ("text/html", "application/pdf")


@require_GET
def show(request: HttpRequest, reference: str) -> HttpResponse:
    """What the answer holds, and until when it can be fetched."""
    found = access_request(request, reference, proven=True)
    if (again := ask_again_for(request, found)) is not None:
        return again
    answer = get_desk().answer(found.id)
    context = {**summarise(found), "answer": answer}
    if answer is not None:
        context["until"] = words.say_day(answer.expires_at)
        files = sorted(answer.files, key=lambda file: words.place_of_file(file.name))
        context["files"] = [(file, words.say_file(file.name), file.sha256.hex()) for file in files]
    return render(request, "centre/answer.html", context)


@require_http_methods(["GET", "HEAD"])
def download(request: HttpRequest, reference: str, name: str) -> HttpResponseBase:
    """One file, or the rest of it."""
    found = access_request(request, reference, proven=True)
    if (again := ask_again_for(request, found)) is not None:
        return again
    file = next((one for one in get_desk().answer_files(found.id) if one.name == name), None)
    if file is None:
        raise Http404
    tag = f'"{file.sha256.hex()}"'
    whole = request.headers.get("If-Range", tag) != tag
    part = None if whole else read_range(request.headers.get("Range", ""), file.size)
    if part == ():
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{file.size}"})
    start, end = part or (0, file.size - 1)
    response = StreamingHttpResponse(
        _bytes(found, name, start, end, request.method == "HEAD"),
        status=206 if part else 200,
        content_type=file.media_type,
    )
    if part:
        response["Content-Range"] = f"bytes {start}-{end}/{file.size}"
    kind = "inline" if file.media_type.split(";")[0] in _SHOWN_IN_BROWSER else "attachment"
    headers = {
        "Content-Length": str(end - start + 1),
        "Accept-Ranges": "bytes",
        "ETag": tag,
        "Content-Disposition": f'{kind}; filename="{found.reference}-{name}"',
        "Cache-Control": "no-store",
    }
    for header, value in headers.items():
        response[header] = value
    return response


def _bytes(found: Request, name: str, start: int, end: int, nothing: bool) -> Iterator[bytes]:
    left = 0 if nothing else end - start + 1
    if not left:
        return
    for chunk in get_desk().read_answer(found.id, name, start):
        yield chunk[:left]
        left -= len(chunk)
        if left <= 0:
            return


@require_POST
def make_again(request: HttpRequest, reference: str) -> HttpResponse:
    """A fresh answer from what is held now."""
    found = access_request(request, reference, proven=True)
    try:
        get_desk().remake_answer(found.id, find_asker(request).actor)
        messages.success(request, _("We are making the answer again. It takes a minute or so."))
    except RightsError:
        messages.error(request, _("It can no longer be made again. Send a new request instead; that costs nothing."))
    return redirect("request", found.reference)


@require_GET
def certificate(request: HttpRequest, reference: str) -> HttpResponse:
    """What was deleted, what is still fading, signed: a page to keep."""
    found = access_request(request, reference, proven=True)
    kept = get_desk().certificate(found.id)
    if kept is None:
        raise Http404
    document, signature = kept
    context = {**summarise(found), "document": document, "signature": signature.hex(), **_in_words(document)}
    return render(request, "centre/certificate.html", context)


def _in_words(document: Mapping[str, Any]) -> dict[str, Any]:
    """The stores of a certificate as people call them, with records by what became of them; grounds and residues that the
    certificate writes by its own words are said in the reader's language."""
    names = dict(settings.AVOW.store_names)

    def named(one: Mapping[str, Any]) -> dict[str, Any]:
        return {**one, "name": names.get(one.get("store", one.get("name")), one.get("store", one.get("name")))}

    return {
        "places": [{**named(store), "fates": _fates(store["counts"])} for store in document["stores"]],
        "kept": [
            {**named(one), "ground": words.CERTIFIED.get(one["ground"], one["ground"])} for one in document["kept"]
        ],
        "fading": [
            {**named(one), "where": words.CERTIFIED.get(one["where"], one["where"])} for one in document["residuals"]
        ],
    }


def _fates(counts: Iterable[Mapping[str, Any]]) -> list[tuple[words.Text, int]]:
    """What became of how many records, all tables of a store together."""
    found: Counter[str] = Counter()
    for each in counts:
        found[each["action"] if each["action"] in words.FATES else ""] += each["rows"]
    return [(say, found[action]) for action, say in words.FATES.items() if found[action]]


@require_GET
def certificate_file(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The certificate as the file that the offline program reads."""
    found = access_request(request, reference, proven=True)
    kept = get_desk().certificate(found.id)
    if kept is None:
        raise Http404
    name = f"{found.reference}-certificate.json"
    return FileResponse(
        BytesIO(write_certificate(*kept)), as_attachment=True, filename=name, content_type="application/json"
    )
