"""A fee for one request: staff decides that it is excessive, says why and what it costs; the asker pays, declines or disagrees.

Promises: nothing is asked that the law of the case or the company's cap does not allow; the words reach the asker before anything
is owed; whoever disagrees has it looked at by somebody else, and a fee that nobody upholds is gone. Refuses a fee of somebody who
has not shown who they are: what is paid opens the search.
Source: GDPR article 12(5)(a); EDPB guidelines 01/2022, paragraphs 187 to 193.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from avow.control import cases, rights
from avow.control.rights import EventRow, RequestRow
from avow.control.session import Session
from avow.duties.rights.approvals import RELEASE
from avow.duties.rights.identity import announce_fee
from avow.duties.rights.model import FEE, FINDING, REVIEW, Actor
from avow.duties.rights.moves import check_staff, get_locked, move_one, refresh_due, refuse
from avow.duties.rights.rules import Office, is_marketing, is_reached
from avow.law import excessive_fee

EXCESSIVE, WAIVED = "excessive", "waived"
ITEM = "fee"  # under which it stands who of the staff decided about it
LONGEST_LETTER = 20_000


@dataclass(frozen=True)
class FeeStanding:
    """How far a fee is. `by_staff`: somebody decided that the request is excessive, and it can be contested."""

    by_staff: bool = False
    accepted: bool = False
    contested: bool = False


def read_standing(events: Sequence[EventRow]) -> FeeStanding:
    """By the timeline, from the newest announcement on."""
    found = FeeStanding()
    for event in events:
        if event.name == "fee announced":
            found = FeeStanding(by_staff=event.detail.get("because") == EXCESSIVE)
        elif event.name in ("fee accepted", "fee contested"):
            found = FeeStanding(found.by_staff, event.name == "fee accepted", event.name == "fee contested")
    return found


def ask_excessive_fee(
    session: Session, office: Office, request: UUID, amount: Decimal, why: str, staff: Actor, letter: str = ""
) -> None:
    """The request is excessive, and `why`: it costs `amount`. The asker reads `letter`, or the reason alone. Raises LawError,
    RightsError."""
    row = get_locked(session, request)
    _check(session, office, row, staff)
    if not why.strip() or len(letter or why) > LONGEST_LETTER:
        raise refuse(
            "rights.bad-request", "nobody is asked to pay without a reason", "say why the request is excessive"
        )
    fee = excessive_fee(office.law.profile(row.jurisdiction), row.kind, amount, office.law.cap)
    cases.record_decision(session, request, ITEM, EXCESSIVE, str(fee), staff.ref)
    cases.record_decisions_void(session, request, RELEASE)
    cases.record_message(session, request, row.key_id, "out", letter or why, (staff.kind, staff.ref), "fee")
    announce_fee(session, office, row, fee, staff, {"because": EXCESSIVE}, [FINDING, REVIEW])
    refresh_due(session, office.law, request)


def _check(session: Session, office: Office, row: RequestRow, staff: Actor) -> None:
    check_staff(staff)
    if is_marketing(tuple(row.scope)):
        raise refuse("rights.absolute", "a no to marketing costs nothing", "let it go on", "the no stands")
    if row.state not in (FINDING, REVIEW) or row.fee_paid_at is not None:
        raise refuse(
            "rights.no-such-move",
            "a fee is asked once, while the request is searched for or looked at",
            "look at its page: it has moved on, or the fee is paid",
        )
    if not is_reached(row.identity_reached, row.identity_needed):
        raise refuse(
            "rights.not-identified", "the asker has not shown who they are", "ask for it, or record how they did"
        )
    if row.jurisdiction not in office.law.profiles:
        raise refuse("rights.unknown-law", "nobody has decided which law applies", "decide that first")
    decided = {d.actor_ref for d in cases.get_decisions(session, row.id) if (d.item, d.decision) == (ITEM, EXCESSIVE)}
    if read_standing(rights.get_events(session, row.id)).contested and staff.ref in decided:
        raise refuse(
            "rights.own-decision",
            "the asker disagrees with a fee that this member of staff asked for",
            "a colleague looks at it, or lets the request go on without a fee",
        )


def contest_fee(session: Session, office: Office, row: RequestRow, text: str, actor: Actor) -> None:
    """The asker does not agree that the request is excessive: nothing is owed, and somebody else looks. Raises RightsError."""
    if not read_standing(rights.get_events(session, row.id)).by_staff:
        raise refuse(
            "rights.no-such-move", "this fee is the law's, nobody's decision", "accept it, or take the request back"
        )
    cases.record_message(session, row.id, row.key_id, "in", text, (actor.kind, actor.ref))
    _drop_fee(session, row)
    move_one(session, row.id, REVIEW, "fee contested", actor, from_states=[FEE])
    refresh_due(session, office.law, row.id)


def waive_fee(session: Session, office: Office, request: UUID, staff: Actor) -> None:
    """No fee after all: the request goes on. Raises RightsError."""
    row = get_locked(session, request)
    check_staff(staff)
    standing = read_standing(rights.get_events(session, request))
    if not standing.by_staff or row.fee_paid_at is not None:
        raise refuse("rights.no-such-move", "nobody asked a fee for this request", "look at its page")
    cases.record_decision(session, request, ITEM, WAIVED, "", staff.ref)
    _drop_fee(session, row)
    move_one(session, request, FINDING, "fee waived", staff, from_states=[FEE] if not standing.contested else [REVIEW])
    refresh_due(session, office.law, request)
    office.wake(session)


def _drop_fee(session: Session, row: RequestRow) -> None:
    rights.record_columns(
        session, row.id, fee_cents=None, fee_currency="", fee_basis="", fee_announced_at=None, fee_accepted_at=None
    )
