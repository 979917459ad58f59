"""Moves of requests along `MOVES`, each one committed event; and the difference between a row and what others may see of it.

Refuses a move that the state machine does not have (`rights.no-such-move`) and a request that is not there
(`rights.no-such-request`). Moves many in one statement where a job moves them together.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any
from uuid import UUID

from avow.control import rights
from avow.control.rights import EventRow, RequestRow
from avow.control.session import Session
from avow.duties.rights.model import CLARIFYING, CLOSED, FEE, IDENTITY, MOVES, Actor, Contact, Request, Wish
from avow.errors import Diagnostic, Place, RightsError
from avow.law import CompanyLaw, Pause, due_of

WORKER = Actor("worker")


def refuse(code: str, cause: str, help: str, so: str = "nothing was changed") -> RightsError:
    """An error about a request. The place is the request's room: references and values never stand in it."""
    return RightsError(Diagnostic(Place("request"), code, cause, help, so))


def check_staff(staff: Actor) -> None:
    """Raises RightsError `rights.not-staff`."""
    if staff.kind != "staff" or not staff.ref:
        raise refuse("rights.not-staff", "only a member of staff with an account decides", "sign in to the console")


def find_from(to_state: str) -> list[str]:
    """The states from which a request may go to `to_state`."""
    return [state for state, onward in MOVES.items() if to_state in onward]


def move(
    session: Session,
    requests: Sequence[UUID],
    to_state: str,
    event: str,
    actor: Actor = WORKER,
    detail: Mapping[str, str | int] | None = None,
    from_states: Sequence[str] = (),
) -> list[UUID]:
    """Moves those that may go there; gives which. A closing move notes the time."""
    allowed = [state for state in find_from(to_state) if not from_states or state in from_states]
    return rights.record_move(
        session,
        requests,
        allowed,
        to_state,
        event,
        (actor.kind, actor.ref),
        detail,
        closed=to_state in CLOSED,
    )


def move_one(
    session: Session,
    request: UUID,
    to_state: str,
    event: str,
    actor: Actor,
    detail: Mapping[str, str | int] | None = None,
    from_states: Sequence[str] = (),
) -> None:
    """As `move`. Raises RightsError `rights.no-such-move` when the request stands elsewhere."""
    if not move(session, [request], to_state, event, actor, detail, from_states):
        raise refuse(
            "rights.no-such-move",
            f"the request does not stand where it could become `{to_state}`",
            "look at its timeline: somebody else has moved it, or it is closed",
        )


def record_event(
    session: Session, request: UUID, event: str, actor: Actor, detail: Mapping[str, str | int] | None = None
) -> None:
    rights.record_event(session, [request], event, (actor.kind, actor.ref), detail)


def get_locked(session: Session, request: UUID) -> RequestRow:
    """The row, locked. Raises RightsError `rights.no-such-request`."""
    row = rights.lock_request(session, request)
    if row is None:
        raise no_such_request()
    return row


def no_such_request() -> RightsError:
    return refuse(
        "rights.no-such-request",
        "there is no request of this company with that id or reference",
        "check the reference on the letter or the mail",
        "nothing is shown",
    )


def as_request(row: RequestRow, company: str) -> Request:
    """What everybody who may see the request sees of it."""
    return Request(
        id=row.id,
        reference=row.reference,
        company=company,
        kind=row.kind,
        state=row.state,
        channel=row.channel,
        jurisdiction=row.jurisdiction,
        received_at=row.received_at,
        due_at=row.due_at,
        due_source=row.due_source,
        identity_needed=row.identity_needed,
        identity_reached=row.identity_reached,
        subject=row.subject,
        waits_until=row.waits_until if row.state == "waiting" else None,
        extended=row.extended_at is not None,
        paused=row.paused_at is not None,
        fee=f"{row.fee_cents / 100:.2f} {row.fee_currency}" if row.fee_cents else "",
        fee_basis=row.fee_basis if row.fee_cents else "",
        closed_at=row.closed_at,
        reason=row.reason,
        owner=row.owner,
        synthetic=row.synthetic,
        original_received_at=row.original_received_at,
    )


def access_contact(session: Session, row: RequestRow) -> Contact | None:
    """Where the asker is reached; None when that was erased."""
    if not session.has(row.key_id):
        return None
    values = json.loads(rights.access_contact(session, row))
    values["identifiers"] = tuple((kind, value) for kind, value in values["identifiers"])
    return Contact(**values)


def access_wish(session: Session, row: RequestRow) -> Wish | None:
    """What is asked, in the asker's words; None when that was erased."""
    if not session.has(row.key_id):
        return None
    values: dict[str, Any] = json.loads(rights.access_wish(session, row))
    return Wish(
        text=values["text"],
        scope=tuple(values["scope"]),
        purposes=tuple(values["purposes"]),
        changes=tuple(tuple(change) for change in values["changes"]),
        ground=values["ground"],
    )


def as_text(value: Contact | Wish) -> str:
    """The form in which it is sealed."""
    return json.dumps(asdict(value), ensure_ascii=False)


_PAUSES = {IDENTITY: "identity", CLARIFYING: "clarification", FEE: "fee"}


def refresh_due(session: Session, law: CompanyLaw, request: UUID, ends_now: bool = False) -> None:
    """Reads the clock anew from the timeline: when the asker was waited for, and since when all was there that the law waits
    for. To be called after every move into or out of a state that waits for the asker, and after an extension; `ends_now` just
    before a move that ends the wait, where the asker is to learn the new day with it."""
    row = get_locked(session, request)
    profile = law.profile(row.jurisdiction)
    pauses = list_pauses(rights.get_events(session, request))
    if ends_now and pauses and pauses[-1].end is None:
        pauses[-1] = replace(pauses[-1], end=session.now)
    ready = [pause.end for pause in pauses if pause.end and pause.reason in ("identity", "fee")]
    due = due_of(
        profile,
        row.kind,
        row.received_at,
        session.now,
        ready_at=ready,
        pauses=pauses,
        extended=row.extended_at is not None,
        holidays=law.holidays,
    )
    stands = any(p.end is None and (p.reason in profile.pauses.words and profile.pauses.verified) for p in pauses)
    paused_at = (row.paused_at or session.now) if stands else None
    rights.record_columns(session, request, due_at=due.at, due_source=due.source, paused_at=paused_at)


def list_pauses(events: Sequence[EventRow]) -> list[Pause]:
    """The times in which the asker was waited for; the last one may have no end."""
    found: list[Pause] = []
    for event in events:
        if event.from_state in _PAUSES and event.to_state != event.from_state and found and found[-1].end is None:
            found[-1] = Pause(found[-1].reason, found[-1].start, event.at)
        if event.to_state in _PAUSES and event.to_state != event.from_state:
            found.append(Pause(_PAUSES[event.to_state], event.at))
    return found
