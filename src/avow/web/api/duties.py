"""The company's own duties by call: cases of company life, breaches and their clocks, reviews, the vault, limits, places, versions.

Another program of the company (an abuse desk, a monitor, a board of figures) opens a case and sees where everything stands. Tells
kinds, states, counts and dates. Refuses to tell what a case is about, whose rows a breach met, or what a document says: those are
seen in the console, where each look is recorded; and to approve, sign or close: a person does.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.http import Http404, HttpRequest
from ninja import Query, Router
from ninja.decorators import decorate_view

from avow.app.duty_cases import Cases
from avow.app.places import declared_places, judge
from avow.app.telling import get_told
from avow.control import breaches, vault
from avow.control.breaches import Breach
from avow.control.duty_cases import DutyCase
from avow.duties.breaches import Clock
from avow.duties.cases import is_unworked
from avow.web.api import schemas as out
from avow.web.api.gate import Token, client_of, once
from avow.web.api.requests import ERRORS
from avow.web.counter import get_desk
from avow.web.doors import find_case, get_breaches, get_cases, get_register, get_retention, get_reviews, lend, now
from avow.web.process import current

router = Router(tags=["duties"])
READ = Token("duties:read")


@router.get("/cases", response={200: out.CasePage, ERRORS: out.Problem}, auth=READ)
def list_cases(request: HttpRequest, filters: Query[out.CaseFilter]) -> out.CasePage:
    """Cases, those that go on first."""
    desk, page = get_cases(), int(filters.after or "1")
    found = desk.listed(filters.kind, limit=filters.limit + 1, offset=(page - 1) * filters.limit)
    items = [_case(one, desk) for one in found[: filters.limit]]
    return out.CasePage(items=items, next=str(page + 1) if len(found) > filters.limit else None)


@router.post("/cases", response={201: out.CaseOut, ERRORS: out.Problem}, auth=Token("duties:write"))
@decorate_view(once)
def open_case(request: HttpRequest, body: out.CaseIn) -> tuple[int, out.CaseOut]:
    """Asks for a case. Where its kind needs a second person it opens nothing before a member of the staff approved it."""
    made = get_cases().ask(body.kind, body.facts, body.about, f"client:{client_of(request).id}")
    return 201, _case(made, get_cases())


@router.get("/cases/{id}", response={200: out.CaseOut, ERRORS: out.Problem}, auth=READ)
def read_case(request: HttpRequest, id: UUID) -> out.CaseOut:
    """One case, as far as it is told."""
    found = find_case(id)
    if found is None:
        raise Http404
    return _case(found, get_cases())


def _case(one: DutyCase, desk: Cases) -> out.CaseOut:
    lying = is_unworked(one, desk.numbers, now()) if desk.numbers.unworked_days else None
    return out.CaseOut(
        id=one.id, reference=one.reference, kind=one.kind, state=one.state, requested_at=one.requested_at,
        opened_at=one.opened_at, expires_at=one.expires_at, ended_at=one.ended_at, lying=lying,
    )  # fmt: skip


@router.get("/breaches", response={200: out.BreachList, ERRORS: out.Problem}, auth=READ)
def list_breaches(request: HttpRequest) -> out.BreachList:
    """Every breach with the clocks of the laws, oldest first; `unwritten` people were not written to yet."""
    laws = get_breaches().laws
    with lend() as connection:
        found = breaches.list_breaches(connection, current().company)
    return out.BreachList(items=[_breach(one, laws.clocks(one, told, now())) for one, told in found])


def _breach(one: Breach, running: Iterable[Clock]) -> out.BreachOut:
    clocks = [out.ClockOut(law=c.law, to=c.to, state=c.state, due=c.due, late=c.late, source=c.source) for c in running]
    people = (one.figures or {}).get("people")
    return out.BreachOut(
        case=one.case, aware_at=one.aware_at, risk=one.risk, people=people, counted_at=one.counted_at,
        unwritten=one.unwritten, clocks=clocks,
    )  # fmt: skip


@router.get("/reviews", response={200: out.ReviewList, ERRORS: out.Problem}, auth=READ)
def list_reviews(request: HttpRequest) -> out.ReviewList:
    """When each kind of review is due, by whose number, and those that were made."""
    desk = get_reviews()
    due = [
        out.ReviewDue(kind=d.kind, days=d.days, owner=d.owner, last_signed=d.last_signed, due=d.due) for d in desk.due()
    ]
    made = [
        out.ReviewOut(id=r.id, kind=r.kind, made_at=r.made_at, signed_at=r.signed_at, findings=len(r.findings))
        for r in desk.listed()
        if not r.synthetic
    ]
    return out.ReviewList(due=due, made=made)


@router.get("/vault", response={200: out.VaultList, ERRORS: out.Problem}, auth=READ)
def list_vault(request: HttpRequest) -> out.VaultList:
    """Documents and attestations with the time for which they hold; not what they say."""
    with get_desk().session() as session:
        found = vault.list_documents(session)
    items = [
        out.DocumentOut(
            id=one.id, kind=one.kind, name=one.name, valid_from=one.valid_from, valid_until=one.valid_until,
            holds=one.withdrawn_at is None and one.valid_from <= now().date() <= one.valid_until,
        )
        for one in found
    ]  # fmt: skip
    return out.VaultList(items=items)


@router.get("/retention", response={200: out.LimitList, ERRORS: out.Problem}, auth=READ)
def list_limits(request: HttpRequest) -> out.LimitList:
    """Every limit of every table with its newest run, what cannot be dated, and how many legal holds stand."""
    desk = get_retention()
    sweeps, undated = desk.sweeps()
    runs = {(run.rule, run.store, run.table): run for run in desk.runs()}
    items = []
    for sweep in sweeps:
        run = runs.get((sweep.rule, sweep.store, sweep.table))
        items.append(
            out.LimitOut(
                rule=sweep.rule, promise=sweep.promise, store=sweep.store, table=sweep.table, days=sweep.days, end=sweep.end,
                began_at=run.started_at if run else None, finished_at=run.finished_at if run else None,
                swept=run.swept if run else 0, waiting=run.held + run.referred + run.others if run else 0,
            )
        )  # fmt: skip
    names = [f"{one.store}:{one.table}" for one in undated]
    return out.LimitList(items=items, undated=names, holds=len(desk.holds()))


@router.get("/places", response={200: out.PlaceList, ERRORS: out.Problem}, auth=READ)
def list_places(request: HttpRequest) -> out.PlaceList:
    """Where data is, as far as it was written down; what live servers tell stands with the verdicts."""
    project = get_register().project
    judged = judge(project, declared_places(project))
    parts = (("outside", judged.outside), ("unknown", judged.unknown), ("inside", judged.inside))
    return out.PlaceList(
        items=[
            out.PlaceOut(what=f.what, name=f.name, place=f.place, state=state) for state, part in parts for f in part
        ]
    )


@router.get("/notices", response={200: out.NoticeList, ERRORS: out.Problem}, auth=READ)
def list_notices(request: HttpRequest) -> out.NoticeList:
    """Every published version of the policy, newest first, and how people are told of it."""
    project = get_register().project
    with get_desk().session() as session:
        told = [get_told(session, project, version) for version in reversed(project.versions)]
    items = [
        out.NoticeOut(version=one.version, effective=one.effective, ways=list(one.decision.ways), fault=one.fault)
        for one in told
        if one.effective
    ]
    return out.NoticeList(items=items)
