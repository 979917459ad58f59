"""Campaigns by call: ask for one, ask what became of it. A worker puts it through the gate.

Answers count people. Refuses to say who was written to.
"""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest
from ninja import Router
from ninja.decorators import decorate_view

from avow.app.campaigns import Words
from avow.control.campaigns import CampaignLine
from avow.web.api.gate import Token, client_of, once
from avow.web.api.requests import ERRORS
from avow.web.api.schemas import CampaignIn, CampaignOut, Problem
from avow.web.doors import get_campaigns

router = Router(tags=["campaigns"])


@router.post("/campaigns", response={202: CampaignOut, ERRORS: Problem}, auth=Token("campaigns"))
@decorate_view(once)
def ask_campaign(request: HttpRequest, body: CampaignIn) -> tuple[int, CampaignOut]:
    """Asks for a campaign. Above the company's limit it waits for a second person, as every large batch does."""
    words = Words(body.use, body.name, body.subject_line, body.text)
    return 202, _told(get_campaigns().ask(words, str(client_of(request).id)))


@router.get("/campaigns/{id}", response={200: CampaignOut, ERRORS: Problem}, auth=Token("campaigns"))
def read_campaign(request: HttpRequest, id: UUID) -> CampaignOut:
    """What became of a campaign that this program asked for."""
    found = get_campaigns().find(id)
    if found is None or found.made_by != str(client_of(request).id):
        raise Http404  # another program's campaign is nobody's business here
    return _told(found)


def _told(one: CampaignLine) -> CampaignOut:
    return CampaignOut(
        id=one.id, use=one.purpose, name=one.name, state=one.state, made_at=one.made_at, seen=one.seen, counts=dict(one.counts),
        refused=one.refused,
    )  # fmt: skip
