"""Screening of an import: which of these addresses and numbers must not be used, because somebody objected or was erased.

Values come in, a word for each goes out. Refuses to keep them: the timeline of imports holds counts only.
"""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router
from ninja.decorators import decorate_view

from avow.app import importing
from avow.stores.duty import Identifier
from avow.web.api.gate import Token, client_of, once
from avow.web.api.requests import ERRORS
from avow.web.api.schemas import Problem, ScreenedValue, ScreenIn, ScreenOut
from avow.web.counter import get_desk

router = Router(tags=["screening"])


@router.post("/screen", response={200: ScreenOut, ERRORS: Problem}, auth=Token("screen"))
@decorate_view(once)
def screen(request: HttpRequest, body: ScreenIn) -> ScreenOut:
    """Tells for each value, in the order given, whether it may be imported, and if not, why."""
    values = tuple(Identifier(one.kind, one.value) for one in body.values)
    found = importing.screen(get_desk(), values, body.purpose, client_of(request).id)
    items = [ScreenedValue(index=i, allowed=not reasons, reasons=list(reasons)) for i, reasons in enumerate(found)]
    refused = sum(not item.allowed for item in items)
    return ScreenOut(items=items, allowed=len(items) - refused, refused=refused)
