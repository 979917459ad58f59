"""The API itself: its routers, its one shape of errors, its description in OpenAPI 3.1.

Every endpoint asks for a token with a scope, but the description. Refuses to let a library's own error text through.
"""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, AuthorizationError, HttpError, ValidationError

import avow
from avow.errors import AvowError
from avow.web.api import campaigns, changes, disclosures, duties, intakes, requests, screening, verdicts, webhooks
from avow.web.api.problems import ApiProblem, answer_of, bad_input, no_token, not_found

ABOUT = """Requests, choices, screening, verdicts, webhooks and the own duties of one company, by its Avow.

Every call carries `Authorization: Bearer <token>`. A call that changes something may carry `Idempotency-Key`: repeated within
24 hours it has no second effect and gets the first answer. Everything that goes wrong comes in one shape: `code`, `cause`,
`help`, `findings`."""

api = NinjaAPI(
    title="Avow",
    version=avow.__version__,
    description=ABOUT,
    docs_url=None,  # the page would load scripts from elsewhere; docs/reference/api.md says the same
    openapi_url="/openapi.json",
    urls_namespace="api",
)
api.add_router("", requests.router)
api.add_router("", changes.router)
api.add_router("", screening.router)
api.add_router("", verdicts.router)
api.add_router("", webhooks.router)
api.add_router("", disclosures.router)
api.add_router("", intakes.router)
api.add_router("", campaigns.router)
api.add_router("", duties.router)


@api.exception_handler(AvowError)
def on_avow_error(request: HttpRequest, error: AvowError) -> HttpResponse:
    return answer_of(error)


@api.exception_handler(ValidationError)
def on_bad_input(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Places and kinds of mistakes only: the library's own text would quote the value."""
    return answer_of(bad_input(f"{_place(one)}: {one.get('type', 'value')}" for one in error.errors))


def _place(one: Any) -> str:
    return ".".join(str(part) for part in one.get("loc", ()) if part not in ("body", "query", "path"))


@api.exception_handler(AuthenticationError)
def on_no_token(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return answer_of(no_token())


@api.exception_handler(AuthorizationError)
def on_not_allowed(request: HttpRequest, error: AuthorizationError) -> HttpResponse:
    return answer_of(no_token())


@api.exception_handler(Http404)
def on_not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    return answer_of(not_found("address"))


@api.exception_handler(HttpError)
def on_http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    """The library raises this for a body that is no JSON."""
    cause, help = "the body is not JSON", "send a JSON object, in UTF-8, with `Content-Type: application/json`"
    return answer_of(ApiProblem("api.bad-json", cause, help))
