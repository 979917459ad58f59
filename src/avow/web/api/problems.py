"""What goes wrong in the API, in one shape: `code`, `cause`, `help`, and where it is known the `place` of each finding.

Every code has a page in docs/errors. Refuses to send a stack trace, a text of a library or a value of a person.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpResponse

from avow.errors import AvowError, Diagnostic, Place

STATUS: Mapping[str, int] = {
    "api.no-token": 401,
    "api.scope-missing": 403,
    "api.not-found": 404,
    "disclosure.not-yours": 404,
    "api.bad-method": 405,
    "api.key-busy": 409,
    "api.key-reused": 409,
    "api.not-past": 409,
    "api.bad-json": 400,
    "api.bad-request": 400,
    "api.bad-input": 422,
    "api.rate-limited": 429,
    "api.failed": 500,
}


class ApiProblem(AvowError):
    """An answer other than the asked one. `status` is the HTTP status; `headers` go with it."""

    def __init__(
        self, code: str, cause: str, help: str, headers: Mapping[str, str] | None = None, findings: Iterable[str] = ()
    ) -> None:
        super().__init__(Diagnostic(Place("API"), code, cause, help, "nothing was changed"))
        self.status = STATUS[code]
        self.headers = dict(headers or {})
        self.findings = tuple(findings)


def body_of(diagnostic: Diagnostic, findings: Iterable[str] = ()) -> dict[str, Any]:
    """The one JSON shape of everything that went wrong."""
    return {
        "code": diagnostic.code,
        "cause": diagnostic.cause,
        "help": diagnostic.help,
        "findings": list(findings),
    }


def status_of(error: AvowError) -> int:
    """409: what was asked cannot be done as things stand; a code of the API has a status of its own."""
    if isinstance(error, ApiProblem):
        return error.status
    code = error.codes[0] if error.codes else ""
    return STATUS.get(code, 404 if code.endswith("-not-found") else 409)


def answer_of(error: AvowError) -> HttpResponse:
    """The HTTP answer that tells it."""
    findings = error.findings if isinstance(error, ApiProblem) else [d.cause for d in error.diagnostics[1:]]
    body = json.dumps(body_of(error.diagnostics[0], findings))
    answer = HttpResponse(body, status=status_of(error), content_type="application/json; charset=utf-8")
    for name, value in error.headers.items() if isinstance(error, ApiProblem) else ():
        answer.headers[name] = value
    return answer


def no_token() -> ApiProblem:
    return ApiProblem(
        "api.no-token",
        "the call carries no token that holds",
        "send `Authorization: Bearer <token>`; `avow staff token` and the console make one",
        {"WWW-Authenticate": 'Bearer realm="avow"'},
    )


def scope_missing(scope: str) -> ApiProblem:
    return ApiProblem(
        "api.scope-missing",
        f"the token does not hold the scope `{scope}`",
        "ask an administrator for a token with that scope",
    )


def not_found(what: str) -> ApiProblem:
    return ApiProblem(
        "api.not-found", f"there is no such {what}", "look at its reference; lists are under the collection"
    )


def rate_limited(limit: int, wait: int) -> ApiProblem:
    return ApiProblem(
        "api.rate-limited",
        f"more than {limit} calls in one minute",
        f"wait {wait} seconds, as `Retry-After` says",
        {"Retry-After": str(wait)},
    )


def not_past() -> ApiProblem:
    return ApiProblem(
        "api.not-past",
        "the time that was given is still to come, or has no zone",
        "give a time in the past with its zone, such as 2026-01-31T09:00:00Z, or leave it out",
    )


def no_portal() -> ApiProblem:
    return ApiProblem(
        "api.no-portal",
        "the project does not say whose keys the portal uses",
        "set `portal` under `[centre]` in `avow.toml` to the subject table of a store, such as main.public.contacts",
    )


def key_reused() -> ApiProblem:
    return ApiProblem(
        "api.key-reused",
        "this idempotency key stands for another call already",
        "use a new key for each call, and the same one only to repeat it",
    )


def key_busy() -> ApiProblem:
    return ApiProblem(
        "api.key-busy",
        "a call with this idempotency key is under way",
        "repeat it in a few seconds",
        {"Retry-After": "2"},
    )


def bad_input(findings: Iterable[str]) -> ApiProblem:
    return ApiProblem(
        "api.bad-input",
        "the call's values are not of the form that the API takes",
        "mend what `findings` names; the forms stand in /api/openapi.json",
        findings=findings,
    )
