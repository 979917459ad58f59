"""What staff do to a case, each by one form that is sent: the desk decides whether it can be done, and says why not.

Every deed is POST, so that no link and no crawler does one. Refuses nothing itself: the gate asked for the permission, the desk
knows the law and the state.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from avow.app.departments import check_seen
from avow.duties.rights.model import EXPORTS, Request
from avow.errors import AvowError
from avow.web.console.access import staff_of
from avow.web.console.case import actor_of, find_case, find_cut, look
from avow.web.console.forms import HoldForm, MessageForm
from avow.web.console.refusals import explain
from avow.web.counter import get_desk

Deed = Callable[[HttpRequest, Request], str]
View = Callable[..., HttpResponse]


def deed(back: str) -> Callable[[Deed], View]:
    """A view that does one thing, says what came of it, and goes back to the page `back` of the case."""

    def wrap(do: Deed) -> View:
        @require_POST
        @wraps(do)
        def view(request: HttpRequest, reference: str) -> HttpResponse:
            one = find_case(reference)
            try:
                messages.success(request, do(request, one))
            except AvowError as error:
                messages.error(request, explain(error))
            wanted = request.POST.get("back", "")
            return redirect(wanted if wanted in _BACK else back, one.reference)

        return view

    return wrap


_BACK = ("case", "case_values", "case_preview", "case_erasure", "case_corrections", "case_letter")


@deed("case")
def case_assign(request: HttpRequest, one: Request) -> str:
    get_desk().assign(one.id, staff_of(request).ref, actor_of(request))
    return _("The case is yours.")


@deed("case_values")
def case_message(request: HttpRequest, one: Request) -> str:
    form = MessageForm(request.POST)
    if form.is_valid():
        get_desk().add_message(one.id, form.cleaned_data["text"], actor_of(request))
        return _("The message stands in the request; the person gets a mail that there is one.")
    return _("An empty message is not sent.")


@deed("case_values")
def case_match(request: HttpRequest, one: Request) -> str:
    same = request.POST.get("same") == "yes"
    store, table, key = (request.POST.get(name, "") for name in ("store", "table", "key"))
    _check_sees_row(request, one, (store, table, key))
    reason = request.POST.get("reason", "").strip()
    get_desk().decide_match(one.id, store, table, key, same, reason, actor_of(request))
    return _("It is this person's row.") if same else _("It is another person's row, and stays out.")


@deed("case_values")
def case_named(request: HttpRequest, one: Request) -> str:
    """Decided by the privacy office: where it stands may be anything."""
    check_seen(not staff_of(request).departments)
    same, text = request.POST.get("same") == "yes", request.POST.get("number", "")
    number = int(text) if text.isdecimal() else -1
    get_desk().decide_named(one.id, number, same, request.POST.get("reason", "").strip(), actor_of(request))
    return (
        _("It is this person's: what it leads to is theirs.") if same else _("It is not this person's, and stays out.")
    )


def _check_sees_row(request: HttpRequest, one: Request, key: tuple[str, str, str]) -> None:
    """Whose a row is, is said by somebody to whom all of it shows: a row that does not has no key on their page."""
    if staff_of(request).departments:
        found, _cut = look(request, one.reference)
        check_seen(any((m.store, m.table, m.key) == key for m in found.matches if m.key))


@deed("case_values")
def case_mask(request: HttpRequest, one: Request) -> str:
    mask = request.POST.get("decision") == "mask"
    place = [request.POST.get(key, "") for key in ("store", "table", "row", "column")]
    if cut := find_cut(request, one.subject):
        check_seen(cut.sight.sees_column(place[0], place[1], place[3]))
    get_desk().decide_mask(one.id, (place[0], place[1], place[2], place[3]), mask, actor_of(request))
    return _("The value will be masked.") if mask else _("The value will be shown.")


@deed("case_erasure")
def case_hold(request: HttpRequest, one: Request) -> str:
    form = HoldForm(request.POST)
    if not form.is_valid():
        return " ".join(str(error) for errors in form.errors.values() for error in errors)
    data = form.cleaned_data
    get_desk().set_hold(
        one.id,
        data["store"],
        data["table"],
        data["row"],
        data["ground"],
        staff_of(request).ref,
        data["review_on"],
        actor_of(request),
    )
    return _("These rows stay; the person is told the ground.")


@deed("case_erasure")
def case_release_hold(request: HttpRequest, one: Request) -> str:
    text = request.POST.get("hold", "")
    get_desk().release_hold(int(text) if text.isdecimal() else 0, actor_of(request))
    return _("The hold is released; the erasure goes on.")


@deed("case")
def case_retry(request: HttpRequest, one: Request) -> str:
    steps = get_desk().retry(one.id, request.POST.get("store", ""), actor_of(request))
    return _("%(n)d steps are tried again now.") % {"n": len(steps)}


@deed("case")
def case_payment(request: HttpRequest, one: Request) -> str:
    get_desk().record_payment(one.id, actor_of(request))
    return _("The payment is recorded; the request goes on.")


@deed("case")
def case_identity(request: HttpRequest, one: Request) -> str:
    rung = request.POST.get("rung", "")
    if "ask" in request.POST:
        get_desk().ask_identity(one.id, rung, actor_of(request))
        return _("The person is asked.")
    check_seen(
        not staff_of(request).departments
    )  # a document, and facts to compare with, show to the privacy office alone
    shown = request.POST.get("shown") == "yes"
    get_desk().decide_identity(one.id, rung, shown, actor_of(request))
    return _("Recorded: they showed who they are.") if shown else _("Recorded: they did not show who they are.")


@deed("case")
def case_search_again(request: HttpRequest, one: Request) -> str:
    get_desk().search_again(one.id, actor_of(request))
    return _("Every store is searched once more.")


@deed("case")
def case_approve(request: HttpRequest, one: Request) -> str:
    """An answer is approved by whoever may see the whole of it."""
    check_seen(one.kind not in EXPORTS or not staff_of(request).departments)
    if get_desk().approve(one.id, actor_of(request), request.POST.get("reason", "")):
        return _("Approved: the request goes on.")
    return _("Your approval is recorded. A second person has to agree.")


@deed("case_letter")
def case_close(request: HttpRequest, one: Request) -> str:
    outcome, answer, notes = (request.POST.get(key, "") for key in ("outcome", "answer", "notes"))
    get_desk().close_with_words(one.id, outcome, answer, notes, actor_of(request))
    return _("Answered and closed.")


@deed("case")
def case_reopen(request: HttpRequest, one: Request) -> str:
    get_desk().reopen(one.id, request.POST.get("note", ""), actor_of(request))
    return _("The case is open again.")
