"""Who may call: token, scope, rate, and that a repeated call has its effect once.

A token is looked up by its digest for every call, so that a revoked one stops at once. Refuses a call above the limit with the
time to wait, and an idempotency key that stands for another call.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja.security import HttpBearer

from avow.control.staff import Client, KeptAnswer
from avow.errors import AvowError
from avow.web.api.problems import ApiProblem, answer_of, key_busy, key_reused, no_token, rate_limited, scope_missing
from avow.web.doors import get_staffing, now
from avow.web.process import current

View = Callable[..., HttpResponse]
LONGEST_KEY = 200


def client_of(request: HttpRequest) -> Client:
    """The client of this call, looked up and counted once. Raises ApiProblem."""
    known: Client | None = getattr(request, "avow_client", None)
    if known is not None:
        return known
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    client = get_staffing().find_client(secret.strip()) if scheme.lower() == "bearer" else None
    if client is None:
        raise no_token()
    _count(client)
    request.avow_client = client  # type: ignore[attr-defined]
    return client


def _count(client: Client) -> None:
    limit = current().desk.calls_per_minute
    if get_staffing().take_call(client.id) > limit:
        raise rate_limited(limit, 60 - now().second)


class Token(HttpBearer):
    """`Authorization: Bearer <token>` of a client that holds `scope`."""

    openapi_scheme = "bearer"

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> Client:
        client = client_of(request)
        if self.scope not in client.scopes:
            raise scope_missing(self.scope)
        return client

    def authenticate(self, request: HttpRequest, token: str) -> Client:  # the bearer is read by `client_of`
        return client_of(request)


def once(view: View) -> View:
    """With the header `Idempotency-Key` a call has its effect once; every repetition within 24 hours gets the first answer."""

    @wraps(view)
    def run(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        key = request.headers.get("Idempotency-Key", "")
        if not key:
            return view(request, *args, **kwargs)
        try:  # the library's handlers of errors stand inside of the view
            return _once(request, key, lambda: view(request, *args, **kwargs))
        except AvowError as error:
            return answer_of(error)

    return run


def _once(request: HttpRequest, key: str, run: Callable[[], HttpResponse]) -> HttpResponse:
    client = client_of(request)
    if len(key) > LONGEST_KEY or not key.isprintable():
        raise ApiProblem(
            "api.bad-request", "the idempotency key is no printable text of at most 200 characters", "send a UUID"
        )
    digest = sha256(b"\0".join((str(request.method).encode(), request.path.encode(), request.body))).digest()
    kept = get_staffing().begin_answer(client.id, key, digest)
    if kept is not None:
        return _replay(kept, digest)
    return _run_and_keep(client, key, run)


def _replay(kept: KeptAnswer, digest: bytes) -> HttpResponse:
    if kept.digest != digest:
        raise key_reused()
    if not kept.status:
        raise key_busy()
    answer = HttpResponse(json.dumps(kept.body), status=kept.status, content_type="application/json; charset=utf-8")
    answer["Idempotency-Replayed"] = "true"
    return answer


def _run_and_keep(client: Client, key: str, run: Callable[[], HttpResponse]) -> HttpResponse:
    """Only what was done is kept: after a refusal the key is free again."""
    try:
        answer = run()
    except BaseException:
        get_staffing().drop_answer(client.id, key)
        raise
    if answer.status_code < 300:
        get_staffing().keep_answer(client.id, key, answer.status_code, json.loads(answer.content or b"{}"))
    else:
        get_staffing().drop_answer(client.id, key)
    return answer
