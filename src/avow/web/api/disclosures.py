"""Files that wait for a firm outside: the program of the firm lists and fetches its own, and nobody else's.

A token belongs to the firm whose id in recipients.yaml is the token's name. Refuses what is over: contract, place and person are
looked at again with every call.
"""

from __future__ import annotations

from hashlib import sha256
from uuid import UUID

from django.http import HttpRequest
from ninja import Router

from avow.control.disclosures import READY
from avow.web.api.gate import Token, client_of
from avow.web.api.requests import ERRORS
from avow.web.api.schemas import DisclosureFile, DisclosureList, DisclosureOut, Problem
from avow.web.doors import get_register

router = Router(tags=["disclosures"])


@router.get("/disclosures", response={200: DisclosureList, ERRORS: Problem}, auth=Token("disclosures:receive"))
def list_files(request: HttpRequest) -> DisclosureList:
    """The files that wait for the firm of this token, newest first."""
    lines = get_register().lines(READY, recipient=client_of(request).name)
    items = [
        DisclosureOut(
            id=one.id, reference=one.reference, at=one.at, purpose=one.purpose, lines=one.people, sha256=one.sha256
        )
        for one in lines
    ]
    return DisclosureList(items=items)


@router.get(
    "/disclosures/{id}/file", response={200: DisclosureFile, ERRORS: Problem}, auth=Token("disclosures:receive")
)
def fetch(request: HttpRequest, id: UUID) -> DisclosureFile:
    """One file, as CSV: a line for each person, whose first column is how both sides name it afterwards."""
    content = get_register().fetch(id, client_of(request).name)
    return DisclosureFile(id=id, sha256=sha256(content).hexdigest(), csv=content.decode())
