"""The outbox: what waits and why, batches that need a second person, and the binding of mail to this database.

Addresses and texts stay sealed: a line shows the domain and the template. Refuses to bind mail without a person who says that this
is the database that writes.
"""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from avow.errors import AvowError
from avow.outbox import STATES
from avow.web.console.access import staff_of
from avow.web.console.accounts import addresses_of
from avow.web.console.refusals import explain
from avow.web.doors import get_outbox, lend, now


def outbox(request: HttpRequest) -> HttpResponse:
    state = request.GET.get("state", "held")
    state = state if state in STATES else "held"
    box = get_outbox()
    with lend() as connection:
        gate, lines = box.find_gate(connection), box.lines(connection, (state,))
        batches = box.waiting_batches(connection)
    names = addresses_of({asker for _batch, asker, _n, _at in batches})
    listed = [(batch, names.get(asker, asker), n, at) for batch, asker, n, at in batches]
    context = {"gate": gate, "lines": lines, "batches": listed, "state": state, "states": STATES}
    return render(request, "console/outbox.html", context)


@require_POST
def outbox_approve(request: HttpRequest) -> HttpResponse:
    batch, approved = request.POST.get("batch", ""), request.POST.get("decision") == "approve"
    try:
        with lend() as connection:
            count = get_outbox().approve(connection, batch, staff_of(request).ref, now(), approved)
    except AvowError as error:
        messages.error(request, explain(error))
    else:
        words = _("%(n)d messages may go.") if approved else _("%(n)d messages were refused.")
        messages.success(request, words % {"n": count})
    return redirect("outbox")


@require_POST
def outbox_bind(request: HttpRequest) -> HttpResponse:
    if request.POST.get("sure") != "yes":
        messages.error(request, _("Say first that this is the database that writes to people."))
        return redirect("outbox")
    with lend() as connection:
        waiting = get_outbox().bind(connection, staff_of(request).ref, now())
    messages.success(
        request, _("Mail is bound to this database. %(n)d messages from before stay held.") % {"n": waiting}
    )
    return redirect("outbox")
