"""Requests over the API: open, list, read, their timeline and messages, withdraw; and choices without a request form.

What a client opens is the asker's own words, handed on. Refuses to give a contact or a wish back: a program that opened a request
knows them, and any other has no business with them.
"""

from __future__ import annotations

from datetime import UTC, datetime

from django.http import HttpRequest
from ninja import Query, Router
from ninja.decorators import decorate_view

from avow.duties.rights.model import Actor, Contact, Event, Request, Wish
from avow.web.api.gate import Token, client_of, once
from avow.web.api.problems import bad_input, not_found, not_past
from avow.web.api.schemas import (
    ChoiceIn,
    ContactIn,
    EventOut,
    MessageIn,
    MessageOut,
    Messages,
    MessageTaken,
    Problem,
    RequestFilter,
    RequestIn,
    RequestOut,
    RequestPage,
    Timeline,
    WishIn,
)
from avow.web.counter import get_desk

router = Router(tags=["requests"])
PROGRAM = "program"  # the role in which a client looks
ERRORS = frozenset({400, 401, 403, 404, 409, 422, 429})


@router.get("/requests", response={200: RequestPage, ERRORS: Problem}, auth=Token("requests:read"))
def list_requests(request: HttpRequest, filters: Query[RequestFilter]) -> RequestPage:
    """Requests, the one that is due next first."""
    page = int(filters.after or "1")
    found = get_desk().queue(
        state=filters.state, kind=filters.kind, overdue=filters.overdue, page=page, size=filters.limit
    )
    # whether more follow is asked for, not guessed: a full page may be the last one
    more = len(found) == filters.limit and bool(
        get_desk().queue(
            state=filters.state, kind=filters.kind, overdue=filters.overdue, page=page + 1, size=filters.limit
        )
    )
    return RequestPage(items=[show_request(one) for one in found], next=str(page + 1) if more else None)


@router.post("/requests", response={201: RequestOut, ERRORS: Problem}, auth=Token("requests:write"))
@decorate_view(once)
def open_request(request: HttpRequest, body: RequestIn) -> tuple[int, RequestOut]:
    """Opens a request, or hands on a ticket that is one. The answer is the same whether or not the person is known; an open
    duplicate is given back."""
    made = get_desk().open_request(
        body.kind,
        read_contact(body.contact),
        read_wish(body.wish),
        body.channel,
        body.jurisdiction,
        _actor(request),
        received_at=past(body.received_at),
    )
    return 201, show_request(made)


@router.get("/requests/{reference}", response={200: RequestOut, ERRORS: Problem}, auth=Token("requests:read"))
def read_request(request: HttpRequest, reference: str) -> RequestOut:
    """One request by its reference."""
    return show_request(find_request(reference))


@router.get("/requests/{reference}/timeline", response={200: Timeline, ERRORS: Problem}, auth=Token("requests:read"))
def read_timeline(request: HttpRequest, reference: str) -> Timeline:
    """Every step of the request, oldest first."""
    events = get_desk().timeline(find_request(reference).id)
    return Timeline(items=[show_event(event) for event in events])


@router.get("/requests/{reference}/messages", response={200: Messages, ERRORS: Problem}, auth=Token("messages:read"))
def read_messages(request: HttpRequest, reference: str) -> Messages:
    """The messages of the request, oldest first. The person sees that a program read them, and when."""
    found = get_desk().read_messages(find_request(reference).id, _actor(request), PROGRAM)
    items = [MessageOut(at=m.at, direction=m.direction, by=m.actor_kind, text=m.text) for m in found]
    return Messages(items=items)


@router.post(
    "/requests/{reference}/messages", response={201: MessageTaken, ERRORS: Problem}, auth=Token("messages:write")
)
@decorate_view(once)
def write_message(request: HttpRequest, reference: str, body: MessageIn) -> tuple[int, MessageTaken]:
    """Adds a message of the asker's to the request."""
    found = find_request(reference)
    get_desk().add_message(found.id, body.text, _actor(request))
    return 201, MessageTaken(reference=found.reference)


@router.post(
    "/requests/{reference}/withdraw", response={200: RequestOut, ERRORS: Problem}, auth=Token("requests:write")
)
@decorate_view(once)
def withdraw_request(request: HttpRequest, reference: str) -> RequestOut:
    """Withdraws the request for the asker. 409 when it is closed or cannot be stopped any more."""
    found = find_request(reference)
    get_desk().withdraw(found.id, _actor(request))
    return show_request(get_desk().get_request(found.id))


@router.post("/choices", response={201: RequestOut, ERRORS: Problem}, auth=Token("requests:write"), tags=["choices"])
@decorate_view(once)
def record_choice(request: HttpRequest, body: ChoiceIn) -> tuple[int, RequestOut]:
    """Records an objection or a withdrawal of consent for purposes. Its effect in each store is on the timeline."""
    wish = Wish(purposes=tuple(body.purposes), ground=body.ground)
    contact = read_contact(body.contact)
    made = get_desk().open_request(body.kind, contact, wish, "api", body.jurisdiction, _actor(request))
    return 201, show_request(made)


def find_request(reference: str) -> Request:
    """Raises ApiProblem `api.not-found`."""
    found: Request | None = get_desk().find_by_reference(reference)
    if found is None:
        raise not_found("request")
    return found


def show_request(found: Request) -> RequestOut:
    """What a program may know of a request."""
    return RequestOut(**{name: getattr(found, name) for name in RequestOut.model_fields})


def show_event(event: Event) -> EventOut:
    return EventOut(
        at=event.at,
        by=event.actor.kind,
        name=event.name,
        from_state=event.from_state,
        to_state=event.to_state,
        detail=dict(event.detail),
    )


def read_contact(body: ContactIn) -> Contact:
    """Raises ApiProblem when the asker could be reached in no way."""
    if not (body.email or body.phone or body.postal_address):
        raise bad_input(["contact: needs an e-mail address, a phone number or a postal address"])
    identifiers = tuple((one.kind, one.value) for one in body.identifiers)
    return Contact(body.email, body.name, body.phone, body.postal_address, body.language, identifiers)


def read_wish(body: WishIn) -> Wish:
    return Wish(text=body.text, scope=tuple(body.scope), purposes=tuple(body.purposes), ground=body.ground)


def past(at: datetime | None) -> datetime | None:
    """Raises ApiProblem for a time to come, or one without a zone."""
    if at is not None and (at.tzinfo is None or at > datetime.now(UTC)):
        raise not_past()
    return at


def _actor(request: HttpRequest) -> Actor:
    return Actor("api", str(client_of(request).id))
