"""The one shape of errors also where the API's own code never ran: unknown addresses, wrong methods, mistakes of Avow's own."""

from __future__ import annotations

import json
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from avow.errors import Diagnostic, Place
from avow.web.api.problems import body_of, not_found

_METHOD = Diagnostic(
    Place("API"),
    "api.bad-method",
    "this address does not take that method",
    "the header `Allow` names those that it takes",
    "nothing was changed",
)
_FAILED = Diagnostic(
    Place("API"),
    "api.failed",
    "the call failed by a mistake of Avow's own",
    "repeat it with the same idempotency key; the log of the console's process has the cause",
    "nothing is known to have been changed",
)
GetResponse = Callable[[HttpRequest], HttpResponseBase]


def one_shape(get_response: GetResponse) -> GetResponse:
    """The middleware. Answers outside /api/ pass as they are."""

    def run(request: HttpRequest) -> HttpResponseBase:
        answer = get_response(request)
        if not request.path.startswith("/api/") or answer.status_code < 400:
            return answer
        if answer.headers.get("Content-Type", "").startswith("application/json"):
            return answer
        return _reshape(answer)

    return run


def _reshape(answer: HttpResponseBase) -> HttpResponse:
    known = {404: not_found("address").diagnostics[0], 405: _METHOD}
    body = json.dumps(body_of(known.get(answer.status_code, _FAILED)))
    shaped = HttpResponse(body, status=answer.status_code, content_type="application/json; charset=utf-8")
    if "Allow" in answer.headers:
        shaped.headers["Allow"] = answer.headers["Allow"]
    return shaped
