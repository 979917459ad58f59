"""Subscriptions to webhooks: a client sees and ends its own alone. Deliveries are signed and go through the outbox.

Refuses an address that is not https: a delivery names references of requests. Has no idempotency key: an answer that holds a
secret is not kept.
"""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest
from ninja import Router

from avow.web.api.gate import Token, client_of
from avow.web.api.problems import not_found
from avow.web.api.requests import ERRORS
from avow.web.api.schemas import Problem, WebhookIn, WebhookList, WebhookMade, WebhookOut
from avow.web.doors import get_webhooks

router = Router(tags=["webhooks"])


@router.get("/webhooks", response={200: WebhookList, ERRORS: Problem}, auth=Token("webhooks"))
def list_webhooks(request: HttpRequest) -> WebhookList:
    """The live subscriptions of this token."""
    found = get_webhooks().list(client_of(request).id)
    items = [WebhookOut(id=one.id, url=one.url, events=list(one.events), made_at=one.made_at) for one in found]
    return WebhookList(items=items)


@router.post("/webhooks", response={201: WebhookMade, ERRORS: Problem}, auth=Token("webhooks"))
def subscribe(request: HttpRequest, body: WebhookIn) -> tuple[int, WebhookMade]:
    """Subscribes to moves of requests: names of states, or `*`. The secret is told once; deliveries carry `webhook-signature`
    in the form of Standard Webhooks."""
    made, secret = get_webhooks().subscribe(client_of(request).id, body.url, body.events)
    return 201, WebhookMade(id=made.id, url=made.url, events=list(made.events), made_at=made.made_at, secret=secret)


@router.delete("/webhooks/{id}", response={204: None, ERRORS: Problem}, auth=Token("webhooks"))
def end(request: HttpRequest, id: UUID) -> tuple[int, None]:
    """Ends a subscription of this token; nothing more is sent there."""
    if not get_webhooks().end(id, client_of(request).id):
        raise not_found("subscription")
    return 204, None
