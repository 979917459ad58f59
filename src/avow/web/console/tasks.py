"""Tasks of stores that no machine reaches: what is to be done where, for whom, and what shows that it was done.

Whoever may see the values of a case sees whom a task is about; that look is recorded. Refuses an outcome without evidence.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from avow.control.tasks import TaskRow
from avow.errors import AvowError
from avow.web.console.access import staff_of
from avow.web.console.case import actor_of, find_case, look
from avow.web.console.forms import TaskForm
from avow.web.counter import get_desk
from avow.web.doors import get_sight, now

STATES = ("open", "done", "impossible")
OUTCOMES = (("done", _("done")), ("impossible", _("it cannot be done")))


def tasks(request: HttpRequest) -> HttpResponse:
    state = request.GET.get("state", "open")
    state = state if state in STATES else "open"
    context = {"tasks": get_desk().tasks(state=state), "state": state, "now": now()}
    return render(request, "console/tasks.html", context)


def task(request: HttpRequest, id: UUID) -> HttpResponse:
    """One task: instructions, whom it is about, and the form that ends it."""
    found = next((one for one in get_desk().tasks(state="") if one.id == id), None)
    if found is None:
        raise Http404
    form = TaskForm(request.POST or None)
    outcome = form.fields["outcome"]
    assert isinstance(outcome, forms.ChoiceField)  # declared so
    outcome.choices = list(OUTCOMES)
    if request.method == "POST" and form.is_valid() and _finish(request, found, form.cleaned_data):
        return redirect("tasks")
    context: dict[str, Any] = {"task": found, "form": form}
    context["instructions"] = get_desk().instructions(found.store, found.step)
    if staff_of(request).may("case:values"):
        context |= _about(request, found)
    return render(request, "console/task.html", context)


def _finish(request: HttpRequest, found: TaskRow, data: dict[str, Any]) -> bool:
    outcome = data["outcome"]
    try:  # what was found, word by word, is sealed: the note that everybody reads says no word of it
        get_desk().finish_task(found.id, outcome, outcome, data["evidence"].encode(), actor_of(request))
    except AvowError as error:
        messages.error(request, f"{error.diagnostics[0].cause}: {error.diagnostics[0].help}.")
        return False
    messages.success(request, _("The task is finished; the request goes on."))
    return True


def _about(request: HttpRequest, found: TaskRow) -> dict[str, Any]:
    """Whom to look for, while the task is open; what was handed in, afterwards."""
    staff = staff_of(request)
    role, theirs = staff.role_for("case:values"), staff.departments
    if found.state != "open":
        subject = find_case(found.reference).subject if theirs else None
        if theirs and not get_sight(theirs, subject).sees_by_hand(found.store):
            return {"withheld": ((_("what was handed in"), 1),)}
        evidence = get_desk().read_evidence(found.id, actor_of(request), role, theirs)
        return {"evidence": evidence.decode("utf-8", "replace") if evidence else ""}
    case, cut = look(request, found.reference)
    contact = case.contact
    if contact is None:
        return {}
    lines = [(_("Name"), contact.name), (_("E-mail"), contact.email), (_("Telephone"), contact.phone)]
    lines += [(_("Post"), contact.postal_address), *((kind, value) for kind, value in contact.identifiers)]
    return {"who": [(label, value) for label, value in lines if value], "withheld": cut.of_contact if cut else ()}
