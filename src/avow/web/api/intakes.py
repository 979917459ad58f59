"""Deliveries by registered ways: hand lines in, ask how far they are.

Answers name lines by number and reason. Refuses to give a line back.
"""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest
from ninja import Router
from ninja.decorators import decorate_view

from avow.control.intakes import Delivery
from avow.web.api.gate import Token, client_of, once
from avow.web.api.requests import ERRORS
from avow.web.api.schemas import DeliveryIn, DeliveryOut, Problem, RejectedLine
from avow.web.doors import get_intakes

router = Router(tags=["intakes"])


@router.post("/intakes/{way}", response={202: DeliveryOut, ERRORS: Problem}, auth=Token("intakes"))
@decorate_view(once)
def hand_in(request: HttpRequest, way: str, body: DeliveryIn) -> tuple[int, DeliveryOut]:
    """Hands lines in by a registered way. The same delivery again changes nothing and gives the same number."""
    client = str(client_of(request).id)
    made, _ = get_intakes().hand_in(way, body.facts, body.lines, "call", client, body.notice)
    return 202, _told(made)


@router.get("/deliveries/{id}", response={200: DeliveryOut, ERRORS: Problem}, auth=Token("intakes"))
def read_delivery(request: HttpRequest, id: UUID) -> DeliveryOut:
    """How far a delivery is, and which lines were left out, by number and reason."""
    found = get_intakes().find(id)
    if found is None or found.synthetic or found.opened_by != str(client_of(request).id):
        raise Http404  # another program's delivery is nobody's business here
    return _told(found)


def _told(one: Delivery) -> DeliveryOut:
    left = [RejectedLine(line=r.line, code=r.code, field=r.field) for r in get_intakes().rejects(one.id)]
    return DeliveryOut(
        id=one.id, way=one.intake, state=one.state, cause=one.cause, rows=one.rows, worked=one.worked,
        accepted=one.accepted, left_out=left,
    )  # fmt: skip
