"""Tasks of stores that no machine reaches: what is to be done where, for whom, what was found, and what shows that it was done.

Whoever may see the values of a case sees whom a task is about; that look is recorded. A file that is attached never touches a disk
in the clear. Refuses an outcome without evidence, and a copy without a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from avow.control.tasks import TaskRow
from avow.duties.rights.hands import EXPORT, FIND, LARGEST_FILE, list_outcomes
from avow.errors import AvowError
from avow.web.console.access import staff_of
from avow.web.console.case import actor_of, find_case, look
from avow.web.console.forms import TaskForm
from avow.web.console.lists import say
from avow.web.console.refusals import explain
from avow.web.counter import get_desk
from avow.web.doors import get_sight, now

STATES = ("open", "done", "impossible")
_SAYS: Mapping[tuple[str, str], Any] = {
    (FIND, "found"): gettext_lazy("something about them stands there"),
    (FIND, "impossible"): gettext_lazy("it cannot be searched"),
    (EXPORT, "done"): gettext_lazy("all that was found is attached"),
    (EXPORT, "impossible"): gettext_lazy("no copy of it can be taken"),
    ("", "done"): gettext_lazy("done"),
    ("", "nothing"): gettext_lazy("nothing about them stands there"),
    ("", "impossible"): gettext_lazy("it cannot be done"),
}


def tasks(request: HttpRequest) -> HttpResponse:
    state = request.GET.get("state", "open")
    state = state if state in STATES else "open"
    context = {"tasks": get_desk().tasks(state=state), "state": state, "now": now()}
    return render(request, "console/tasks.html", context)


def task(request: HttpRequest, id: UUID) -> HttpResponse:
    """One task: instructions, whom it is about, what was attached, and the form that ends it."""
    found = next((one for one in get_desk().tasks(state="") if one.id == id), None)
    if found is None:
        raise Http404
    filing = request.method == "POST" and ("attach" in request.POST or "remove" in request.POST)
    if filing:
        return _file(request, found)
    form = TaskForm(request.POST or None)
    outcome = form.fields["outcome"]
    assert isinstance(outcome, forms.ChoiceField)  # declared so
    outcome.choices = [(word, _say(found.step, word)) for word in list_outcomes(found.step)]
    if request.method == "POST" and form.is_valid() and _finish(request, found, form.cleaned_data):
        return _go_on(found)
    context: dict[str, Any] = {"task": found, "form": form, "most": LARGEST_FILE, "copies": found.step == EXPORT}
    context["instructions"] = get_desk().instructions(found.store, found.step)
    context["files"] = get_desk().task_files(found.request, found.id)
    if staff_of(request).may("case:values"):
        context |= _about(request, found)
    return render(request, "console/task.html", context)


def _say(step: str, outcome: str) -> Any:
    return _SAYS.get((step, outcome)) or _SAYS["", outcome]


def _file(request: HttpRequest, found: TaskRow) -> HttpResponse:
    """Attaches a file, or takes one away."""
    try:
        if "remove" in request.POST:
            get_desk().remove_file(found.id, _id(request.POST["remove"]), actor_of(request))
            messages.success(request, _("The file is gone."))
        elif (file := request.FILES.get("file")) is None or (file.size or 0) > LARGEST_FILE:
            messages.error(request, _("Choose a file of at most 20 MB."))
        else:
            called = file.name or ""
            name = get_desk().attach_file(found.id, called, file.read(), actor_of(request))
            messages.success(request, _("Attached, sealed: in the answer it is called %(name)s.") % {"name": name})
    except AvowError as error:
        messages.error(request, explain(error))
    return redirect("task", found.id)


def _id(text: str) -> UUID:
    """Raises Http404."""
    try:
        return UUID(text)
    except ValueError as error:
        raise Http404 from error


def _go_on(found: TaskRow) -> HttpResponse:
    """To what is to be done next in the same store, if anything is."""
    after = (one for one in get_desk().tasks(request_id=found.request) if one.store == found.store)
    following = next(after, None)
    return redirect("task", following.id) if following else redirect("tasks")


def _finish(request: HttpRequest, found: TaskRow, data: dict[str, Any]) -> bool:
    outcome = data["outcome"]
    try:  # what was found, word by word, is sealed: the note that everybody reads says no word of it
        get_desk().finish_task(found.id, outcome, outcome, data["evidence"].encode(), actor_of(request))
    except AvowError as error:
        messages.error(request, explain(error))
        return False
    messages.success(request, _("The task is finished; the request goes on."))
    return True


def _about(request: HttpRequest, found: TaskRow) -> dict[str, Any]:
    """Whom to look for, while the task is open; what was handed in, afterwards; and what attached files were called, which may
    name somebody."""
    staff = staff_of(request)
    role, theirs = staff.role_for("case:values"), staff.departments
    sees = not theirs or get_sight(theirs, find_case(found.reference).subject).sees_by_hand(found.store)
    if found.state != "open":
        if not sees:
            return {"withheld": ((_("what was handed in"), 1),)}
        evidence = get_desk().read_evidence(found.id, actor_of(request), role, theirs)
        return {"evidence": evidence.decode("utf-8", "replace") if evidence else "", "names_show": True}
    case, cut = look(request, found.reference)
    contact = case.contact
    if contact is None:
        return {"names_show": sees}
    lines = [(_("Name"), contact.name), (_("E-mail"), contact.email), (_("Telephone"), contact.phone)]
    lines += [(_("Post"), contact.postal_address), *((say(kind), value) for kind, value in contact.identifiers)]
    shown = [(label, value) for label, value in lines if value]
    return {"who": shown, "withheld": cut.of_contact if cut else (), "names_show": sees}
