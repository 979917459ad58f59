"""The verdicts of the policy's sentences, as the newest finished check left them. Refuses to judge anything itself."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router

from avow.web.api.gate import Token
from avow.web.api.problems import not_found
from avow.web.api.requests import ERRORS
from avow.web.api.schemas import Problem, StatementOut, VerdictsOut
from avow.web.doors import get_oversight

router = Router(tags=["verdicts"])


@router.get("/verdicts", response={200: VerdictsOut, ERRORS: Problem}, auth=Token("verdicts:read"))
def list_verdicts(request: HttpRequest) -> VerdictsOut:
    """Every statement with its verdict; `checked_at` null: no check has finished yet."""
    check = get_oversight().newest_check()
    if check is None:
        return VerdictsOut(policy_version="", checked_at=None, totals={}, items=[])
    items = [
        StatementOut(**{name: one.get(name, "") for name in StatementOut.model_fields}) for one in check.statements
    ]
    return VerdictsOut(
        policy_version=check.policy_version, checked_at=check.checked_at, totals=dict(check.totals), items=items
    )


@router.get("/verdicts/{statement}", response={200: StatementOut, ERRORS: Problem}, auth=Token("verdicts:read"))
def read_verdict(request: HttpRequest, statement: str) -> StatementOut:
    """One statement by its id."""
    check = get_oversight().newest_check()
    found = next((one for one in check.statements if one["id"] == statement), None) if check else None
    if found is None:
        raise not_found("statement")
    return StatementOut(**{name: found.get(name, "") for name in StatementOut.model_fields})
