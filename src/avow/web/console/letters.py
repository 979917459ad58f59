"""Letters of a case: choose the deed and the reason, read the letter as the person will, then send it. A refusal may be of one
part: a column of an answer, a table of an erasure; what is held for a customer goes to that customer.

The letter that is shown is the letter that is sent. Refuses nothing beyond the gate: which reasons there are is the law's, and the
desk refuses a deed that the state does not allow.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from avow.app.departments import Cut
from avow.app.desk_staff import Case
from avow.app.lettering import Draft, plan_letter, read_amount
from avow.duties.rights.changing import change_part, list_left
from avow.duties.rights.letters import letter_text
from avow.duties.rights.model import Part, Request
from avow.duties.rights.moves import refuse
from avow.errors import AvowError, LawError
from avow.law import excessive_fee
from avow.vocabulary import load_vocabulary
from avow.web.console.access import staff_of
from avow.web.console.case import actor_of, look, read_draft_of, shared
from avow.web.console.refusals import explain
from avow.web.console.words import terms
from avow.web.counter import get_desk
from avow.web.doors import now
from avow.web.process import current

NEEDS = {
    "refuse": "case:refuse",
    "part": "case:refuse",
    "forward": "case:refuse",
    "extend": "case:work",
    "clarify": "case:work",
    "fee": "case:refuse",
    "waive": "case:refuse",
}


@dataclass(frozen=True)
class Listed:
    """A part that can be refused: `says` is what staff choose by, `about` what the person reads."""

    part: Part
    says: str
    about: str

    @property
    def name(self) -> str:
        return str(self.part)


def case_letter(request: HttpRequest, reference: str) -> HttpResponse:
    """GET: the forms. POST: the letter as it would be sent, or, with `send`, what came of sending it."""
    found, cut = look(request, reference)
    parts = _parts(request, found, cut) if staff_of(request).may("case:refuse") else ()
    context = {**shared(request, found.request), "case": found, "parts": parts, **_choices(found)}
    if request.method == "POST":
        deed = request.POST.get("deed", "")
        if deed not in NEEDS or not staff_of(request).may(NEEDS[deed]):
            return render(request, "failures/403.html", status=403)
        try:
            if deed == "waive":
                get_desk().waive_fee(found.request.id, actor_of(request))
                messages.success(request, _("No fee is asked; the request goes on."))
                return redirect("case", found.request.reference)
            part = _chosen(parts, request) if deed == "part" else None
            text = _letter(found, deed, part, request)
            if "send" in request.POST:
                _send(request, found, deed, part, text)
                return redirect("case", found.request.reference)
            context |= {"letter": text, "deed": deed, "given": request.POST}
        except AvowError as error:
            messages.error(request, explain(error))
    return render(request, "console/case_letter.html", context)


def _choices(found: Case) -> dict[str, Any]:
    by_effect: dict[str, list[Any]] = {"refuse": [], "part": [], "delay": []}
    for reason in found.reasons:
        by_effect[reason.effect].append(reason)
    open_case = found.request.closed_at is None
    return {
        "refusals": [*by_effect["refuse"], *by_effect["part"]] if open_case else [],
        "part_refusals": _part_refusals(found, by_effect) if open_case else [],
        "by_table": found.request.kind == "erasure",
        "delays": by_effect["delay"] if open_case and not found.request.extended else [],
        "open_case": open_case,
        "fee_cap": _fee_cap(found.request),
        "fee_standing": get_desk().fee_standing(found.request.id),
    }


def _fee_cap(one: Request) -> str:
    """What may be asked at most for this request if it is excessive; "" where the law or the company asks nothing."""
    law = get_desk().office.law
    try:
        fee = excessive_fee(law.profile(one.jurisdiction), one.kind, law.cap.amount, law.cap)
    except LawError:
        return ""
    return str(fee) if one.state in ("finding", "review") else ""


def _part_refusals(found: Case, by_effect: dict[str, list[Any]]) -> list[Any]:
    """A correction that is refused in one column is refused there altogether."""
    return [*by_effect["refuse"], *by_effect["part"]] if found.request.kind == "rectification" else by_effect["part"]


def _parts(request: HttpRequest, found: Case, cut: Cut | None) -> tuple[Listed, ...]:
    """What can be refused by itself: the columns of the answer that is prepared, those that are to be corrected, or the tables that
    an erasure would touch."""
    if found.request.kind == "rectification":
        changes = found.wish.changes if found.wish else ()
        asked = dict.fromkeys(change_part(change) for change in list_left(changes, found.decisions))
        return tuple(Listed(part, str(part), _plain(part.column)) for part in asked) if len(asked) > 1 else ()
    if found.request.kind == "erasure":
        planned = [(one.store, table, action) for one in found.previews for table, action, _rows in one.planned]
        tables = sorted({(store, table) for store, table, action in planned if action != "keep"})
        return tuple(Listed(Part(*one), " ".join(one), _plain(one[1])) for one in tables)
    columns: dict[Part, tuple[str, ...]] = {}
    for item in read_draft_of(request, found, cut).items:
        columns.setdefault(Part(item.place[0], item.place[1], item.place[3]), item.categories)
    return tuple(_column(part, held) for part, held in columns.items() if part.table)


def _column(part: Part, categories: tuple[str, ...]) -> Listed:
    """Staff reads the labels in their language; the letter, which is the person's, as the vocabulary writes them."""
    if not categories:
        return Listed(part, str(part), _plain(part.column))
    about = ", ".join(load_vocabulary().label(one, "category") for one in categories)
    return Listed(part, f"{part} ({terms(categories, 'category')})", about)


def _plain(name: str) -> str:
    """A table or column as words, without its schema."""
    return name.rpartition(".")[2].replace("_", " ")


def _chosen(parts: tuple[Listed, ...], request: HttpRequest) -> Listed:
    found = next((one for one in parts if one.name == request.POST.get("part")), None)
    if found is None:
        raise refuse("rights.no-such-part", "this request has no such part", "choose one of those that its page lists")
    return found


def _review_on(request: HttpRequest) -> date | None:
    """The day on which what stays is looked at again; None where none was given, which the desk refuses."""
    try:
        return date.fromisoformat(request.POST.get("review_on", ""))
    except ValueError:
        return None


def _letter(found: Case, deed: str, part: Listed | None, request: HttpRequest) -> str:
    contact = current().contact
    draft = Draft(
        deed=deed,
        reason=request.POST.get("reason", ""),
        question=request.POST.get("question", ""),
        about=part.about if part else "",
        controller=request.POST.get("controller", "").strip(),
        language=found.contact.language if found.contact else "en",
        contact=", ".join(part for part in (contact.name, contact.email, contact.phone) if part) or current().company,
        fee=request.POST.get("amount", ""),
    )
    text = letter_text(plan_letter(get_desk().office, found.request, draft, now()))
    note = request.POST.get("note", "").strip()
    if deed == "fee" and not note:
        raise refuse(
            "rights.bad-request", "nobody is asked to pay without a reason", "say why the request is excessive"
        )
    return f"{text.rstrip()}\n\n{note}\n" if note else text


def _send(request: HttpRequest, found: Case, deed: str, part: Listed | None, text: str) -> None:
    desk, one, actor = get_desk(), found.request.id, actor_of(request)
    reason = request.POST.get("reason", "")
    if deed == "refuse":
        desk.refuse(one, reason, actor, text)
        messages.success(request, _("Refused. The letter names the reason and where to complain."))
    elif part:
        desk.refuse_part(one, part.part, reason, text, actor, _review_on(request))
        messages.success(request, _("This part is refused; the rest goes on. The letter names the reason."))
    elif deed == "forward":
        desk.forward(one, request.POST.get("controller", "").strip(), actor, text)
        messages.success(request, _("Forwarded. The letter says who decides and answers."))
    elif deed == "fee":
        amount = read_amount(request.POST.get("amount", ""))
        desk.ask_fee(one, amount, request.POST.get("note", ""), actor, text)
        messages.success(
            request, _("The fee is announced with your reasons. Nothing is owed until the person accepts it.")
        )
    elif deed == "extend":
        desk.extend(one, reason, actor)
        desk.add_message(one, text, actor)
        messages.success(request, _("Extended. The letter says until when and why."))
    else:
        desk.ask_clarification(one, text, actor)
        messages.success(request, _("Asked back. The clock stands still where the law lets it."))
