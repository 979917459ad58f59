"""The pages of a case: its record without values; the person and what was found; what the person gets; the erasure.

The first page shows no value and is for auditors too. Every other one is a look: the desk records who looked, in which role, for
which purpose, before anything is shown. Refuses a case that does not exist with the page of a wrong address.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp_replace, csp_update
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin

from avow.app.casework import Draft, decisions_of, find_draft_file, read_draft, read_draft_values
from avow.app.departments import Cut
from avow.app.desk_staff import Case
from avow.duties.rights.approvals import find_reason, list_writers
from avow.duties.rights.model import LADDER, NOES, Actor, Request
from avow.duties.rights.rules import is_reached
from avow.web.console.access import sees_company_values, staff_of
from avow.web.console.accounts import addresses_of
from avow.web.console.forms import HoldForm, MessageForm
from avow.web.counter import get_desk
from avow.web.doors import get_sight

VALUES_PER_PAGE = 50
ARTICLE_15 = "abcdefgh"
# a page of an answer holds values that people wrote: it runs nothing, loads nothing, and has no origin
FILE_POLICY = {
    "default-src": [NONE],
    "style-src": [UNSAFE_INLINE],
    "img-src": ["data:"],
    "frame-ancestors": [SELF],
    "sandbox": [""],
}


def find_case(reference: str) -> Request:
    """Raises Http404."""
    found: Request | None = get_desk().find_by_reference(reference)
    if found is None:
        raise Http404
    return found


def actor_of(request: HttpRequest) -> Actor:
    return Actor("staff", staff_of(request).ref)


_APPROVED_HERE = ("restriction", *NOES)  # the other kinds have a page of their own on which somebody agrees


def find_cut(request: HttpRequest, subject: UUID | None) -> Cut | None:
    """What takes values out for this member of staff; None for the privacy office."""
    departments = staff_of(request).departments
    return Cut(get_sight(departments, subject)) if departments else None


def look(request: HttpRequest, reference: str) -> tuple[Case, Cut | None]:
    """The case as far as this member of staff may see it, recorded as a look of theirs; and what was taken out."""
    one, staff = find_case(reference), staff_of(request)
    role = staff.role_for("case:values")
    found: Case = get_desk().case(one.id, actor_of(request), role, departments=staff.departments)
    cut = find_cut(request, one.subject)
    return (cut.case(found) if cut else found), cut


def shared(request: HttpRequest, one: Request) -> dict[str, Any]:
    """What every page of a case has: head, tabs, clock, ladder, owner."""
    here = request.resolver_match.view_name if request.resolver_match else ""
    staff = staff_of(request)
    tabs = [("case", _("Record"))]
    if staff.may("case:values"):
        tabs += [("case_values", _("Person and data"))]
        tabs += [("case_preview", _("What they get"))] if one.kind in ("access", "copy") else []
        tabs += [("case_erasure", _("Erasure"))] if one.kind == "erasure" else []
        tabs += [("case_corrections", _("Corrections"))] if one.kind == "rectification" else []
        tabs += [("case_letter", _("Letters"))]
    return {
        "one": one,
        "tabs": [{"address": reverse(n, args=[one.reference]), "label": label, "here": n == here} for n, label in tabs],
        "ladder": _ladder(one),
        "owner": addresses_of({one.owner}).get(one.owner, one.owner) if one.owner else "",
    }


def _is_approved_here(one: Request) -> bool:
    """What waits for somebody to agree, and not for its asker to show who they are."""
    known = is_reached(one.identity_reached, one.identity_needed)
    return one.state == "review" and one.kind in _APPROVED_HERE and known


def _ladder(one: Request) -> list[dict[str, Any]]:
    reached = LADDER.index(one.identity_reached) if one.identity_reached in LADDER else 0
    return [
        {"name": name, "reached": i <= reached, "is_reached": i == reached, "needed": name == one.identity_needed}
        for i, name in enumerate(LADDER)
    ]


def case(request: HttpRequest, reference: str) -> HttpResponse:
    """The record: stores, what was searched, tasks, decisions, timeline. No value."""
    one, desk = find_case(reference), get_desk()
    decisions = decisions_of(desk, one.id)
    names = addresses_of({d.actor_ref for d in decisions})
    context = {
        **shared(request, one),
        "stores": desk.stores(one.id),
        "left": desk.residuals(one.id),
        "document": desk.has_document(one.id),
        "goes_on": desk.goes_on_in(one.id),
        "searched": desk.searched(one.id),
        "tasks": desk.tasks(state="", request_id=one.id),
        "decisions": [(d, names.get(d.actor_ref, d.actor_ref)) for d in decisions],
        "reasons_show": sees_company_values(request),  # how somebody knows is said in words of their own
        "timeline": desk.timeline(one.id),
        "certificate": desk.certificate(one.id),
    }
    return render(request, "console/case.html", context)


def case_values(request: HttpRequest, reference: str) -> HttpResponse:
    """Who asks for what, what was found and whose it is, what is masked, what was written."""
    found, cut = look(request, reference)
    draft = read_draft_of(request, found, cut)
    page = Paginator(draft.items, VALUES_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        **shared(request, found.request),
        "case": found,
        "matches": [(match, _card(match.card)) for match in found.matches],
        "draft": draft,
        "page": page,
        "message_form": MessageForm(),
        "withheld": cut.taken if cut else (),
        "approves_here": _is_approved_here(found.request),
        "document": get_desk().has_document(found.request.id),
        **approval_of(request, found),
    }
    return render(request, "console/case_values.html", context)


def _card(text: str) -> Sequence[tuple[str, str]]:
    """What stands in an undecided row, as label and value."""
    values = json.loads(text) if text else {}
    pairs = values.items() if isinstance(values, dict) else [("", value) for value in values]
    return [(str(key), str(value)) for key, value in pairs]


def read_draft_of(request: HttpRequest, found: Case, cut: Cut | None) -> Draft:
    """The values of the draft as far as this member of staff may see them; recorded as a look where there are any."""
    if found.draft is None:
        return Draft()
    staff = staff_of(request)
    role, one = staff.role_for("case:values"), found.request.id
    draft = read_draft_values(get_desk(), one, actor_of(request), role, found.masks, staff.departments)
    return cut.draft(draft) if cut else draft


@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type]  # its types know no views with arguments
def case_preview(request: HttpRequest, reference: str) -> HttpResponse:
    """Exactly what the person gets, and what it lacks against article 15(1)."""
    found, cut = look(request, reference)
    draft = read_draft_of(request, found, cut)
    missing = draft.missing or {}
    context = {
        **shared(request, found.request),
        "case": found,
        "draft": draft,
        "letters": [(letter, letter not in missing, missing.get(letter, ())) for letter in ARTICLE_15],
        **approval_of(request, found),
    }
    return render(request, "console/case_preview.html", context)


def approval_of(request: HttpRequest, found: Case) -> dict[str, Any]:
    """Who agreed so far, and whether this member of staff may."""
    staff, names = staff_of(request), addresses_of(set(found.approved_by))
    waits = found.request.state == "review" and staff.ref not in found.approved_by
    may = (
        staff.may("case:approve")
        and waits
        and not (found.approvals_needed and staff.ref in list_writers(found.decisions))
    )
    said = find_reason(found.decisions)
    lacks = found.draft.missing if found.draft and not said else ()
    return {
        "approvers": [names.get(ref, ref) for ref in found.approved_by],
        "may_approve": may,
        "lacks": lacks,
        "reason_said": said,
    }


@xframe_options_sameorigin
@csp_replace(FILE_POLICY)  # type: ignore[arg-type]  # its types know no views with arguments
def case_file(request: HttpRequest, reference: str, name: str) -> HttpResponseBase:
    """One file of the draft. A page of the answer is shown without scripts and without an origin."""
    one = find_case(reference)
    file = find_draft_file(get_desk(), one.id, name)
    if file is None:
        raise Http404
    role = staff_of(request).role_for("case:values")
    answer = StreamingHttpResponse(
        read_draft(get_desk(), one.id, name, actor_of(request), role), content_type=file.media_type
    )
    kind = "inline" if file.media_type.startswith("text/html") else "attachment"
    answer["Content-Disposition"] = f'{kind}; filename="{one.reference}-{name}"'
    answer["Content-Length"] = str(file.size)
    return answer


def _by_fate(planned: tuple[str, str, int]) -> tuple[int, str]:
    """What goes first, then what changes, then what stays; tables by name."""
    order = ("delete", "anonymise", "clean", "keep")
    return (order.index(planned[1]) if planned[1] in order else len(order), planned[0])


def case_erasure(request: HttpRequest, reference: str) -> HttpResponse:
    """The dry run: what each store would lose and keep, holds, and who agreed."""
    found, _cut = look(request, reference)
    if found.request.kind != "erasure":
        raise Http404
    context = {
        **shared(request, found.request),
        "case": found,
        "previews": [(one.store, sorted(one.planned, key=_by_fate), one.grounds) for one in found.previews],
        "hold_form": HoldForm(),
        **approval_of(request, found),
    }
    return render(request, "console/case_erasure.html", context)


def case_document(request: HttpRequest, reference: str) -> HttpResponse:
    """The document by which somebody showed who they are, while it is kept: it is deleted after the decision."""
    one = find_case(reference)
    role = staff_of(request).role_for("case:values")
    content = get_desk().read_document(one.id, actor_of(request), role)
    if content is None:
        raise Http404
    answer = HttpResponse(content, content_type="application/octet-stream")
    answer["Content-Disposition"] = f'attachment; filename="{one.reference}-document"'
    return answer
