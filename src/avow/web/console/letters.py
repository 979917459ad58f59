"""Letters of a case: choose the deed and the reason, read the letter as the person will, then send it.

The letter that is shown is the letter that is sent. Refuses nothing beyond the gate: which reasons there are is the law's, and the
desk refuses a deed that the state does not allow.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from avow.app.desk_staff import Case
from avow.app.lettering import KINDS, Draft, plan_letter
from avow.duties.rights.letters import letter_text
from avow.errors import AvowError
from avow.web.console.access import staff_of
from avow.web.console.case import actor_of, look, shared
from avow.web.counter import get_desk
from avow.web.doors import now
from avow.web.process import current

NEEDS = {"refuse": "case:refuse", "extend": "case:work", "clarify": "case:work"}


def case_letter(request: HttpRequest, reference: str) -> HttpResponse:
    """GET: the forms. POST: the letter as it would be sent, or, with `send`, what came of sending it."""
    found, _cut = look(request, reference)
    context = {**shared(request, found.request), "case": found, **_choices(found)}
    if request.method == "POST":
        deed = request.POST.get("deed", "")
        if deed not in KINDS or not staff_of(request).may(NEEDS[deed]):
            return render(request, "failures/403.html", status=403)
        try:
            text = _letter(found, deed, request)
            if "send" in request.POST:
                _send(request, found, deed, text)
                return redirect("case", found.request.reference)
            context |= {"letter": text, "deed": deed, "given": request.POST}
        except AvowError as error:
            said = error.diagnostics[0]
            messages.error(request, f"{said.cause}: {said.help}.")
    return render(request, "console/case_letter.html", context)


def _choices(found: Case) -> dict[str, Any]:
    by_effect: dict[str, list[Any]] = {"refuse": [], "part": [], "delay": []}
    for reason in found.reasons:
        by_effect[reason.effect].append(reason)
    open_case = found.request.closed_at is None
    return {
        "refusals": [*by_effect["refuse"], *by_effect["part"]] if open_case else [],
        "delays": by_effect["delay"] if open_case and not found.request.extended else [],
        "open_case": open_case,
    }


def _letter(found: Case, deed: str, request: HttpRequest) -> str:
    contact = current().contact
    draft = Draft(
        deed=deed,
        reason=request.POST.get("reason", ""),
        question=request.POST.get("question", ""),
        language=found.contact.language if found.contact else "en",
        contact=", ".join(part for part in (contact.name, contact.email, contact.phone) if part) or current().company,
    )
    text = letter_text(plan_letter(get_desk().office, found.request, draft, now()))
    note = request.POST.get("note", "").strip()
    return f"{text.rstrip()}\n\n{note}\n" if note else text


def _send(request: HttpRequest, found: Case, deed: str, text: str) -> None:
    desk, one, actor = get_desk(), found.request.id, actor_of(request)
    reason = request.POST.get("reason", "")
    if deed == "refuse":
        desk.refuse(one, reason, actor, text)
        messages.success(request, _("Refused. The letter names the reason and where to complain."))
    elif deed == "extend":
        desk.extend(one, reason, actor)
        desk.add_message(one, text, actor)
        messages.success(request, _("Extended. The letter says until when and why."))
    else:
        desk.ask_clarification(one, text, actor)
        messages.success(request, _("Asked back. The clock stands still where the law lets it."))
