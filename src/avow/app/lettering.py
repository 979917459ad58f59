"""Letters of a case, as they would be sent: refusal, whole or in part, extension, asking back, forwarding, a fee.

The reasons and routes are those of the case's law; what is shown before sending and what is sent is made by the same function from
the same facts. Refuses a reason that the law of the case does not give.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from avow.duties.rights.identity import link_to
from avow.duties.rights.letters import Letter, LetterFacts, Reason, Route, make_letter
from avow.duties.rights.model import Request
from avow.duties.rights.rules import Office
from avow.law import NO_FEE, Fee, Profile, due_of, excessive_fee, local_day

KINDS: Mapping[str, str] = {
    "refuse": "refusal",
    "part": "partial",
    "extend": "extension",
    "clarify": "clarification",
    "forward": "forwarded",
    "fee": "fee",
}
WITHOUT_REASON = ("clarify", "forward", "fee")


@dataclass(frozen=True)
class Draft:
    """What a letter is made from: `deed` is one of KINDS; `reason` a code of the law; `about` which part is refused; `question`
    the words of asking back; `controller` who decides about the data; `language` the asker's; `contact` the human contact;
    `fee` what an excessive request costs, as a number."""

    deed: str
    reason: str = ""
    question: str = ""
    about: str = ""
    controller: str = ""
    language: str = "en"
    contact: str = ""
    fee: str = ""


def plan_letter(office: Office, request: Request, draft: Draft, now: datetime) -> Letter:
    """The letter, sent nowhere. Raises LawError `law.no-such-ground`, AnswerError when the law wants more than is given."""
    profile = office.law.profile(request.jurisdiction)
    reasons = () if draft.deed in WITHOUT_REASON else (_reason(profile, request, draft),)
    fee = _fee(office, profile, request, draft.fee) if draft.deed == "fee" else NO_FEE
    facts = LetterFacts(
        reference=request.reference,
        company=request.company,
        request_kind=request.kind,
        received=local_day(request.received_at, profile.zone),
        made_at=now,
        link=link_to(office, request.reference),
        contact=draft.contact,
        language=draft.language,
        due=local_day(request.due_at, profile.zone),
        due_source=request.due_source,
        new_due=_extended_day(office, profile, request, now) if draft.deed == "extend" else None,
        reasons=reasons,
        routes=tuple(Route(route.kind, route.name, route.at) for route in profile.routes),
        question=draft.question,
        controller=draft.controller,
        fee=str(fee),
        fee_basis=fee.basis,
    )
    return make_letter(KINDS[draft.deed], facts)


def read_amount(text: str) -> Decimal:
    """A number as staff type it; 0 for what is none, which the law refuses."""
    try:
        amount = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        return Decimal(0)
    return amount if amount.is_finite() else Decimal(0)


def _fee(office: Office, profile: Profile, request: Request, amount: str) -> Fee:
    return excessive_fee(profile, request.kind, read_amount(amount), office.law.cap)


def _reason(profile: Profile, request: Request, draft: Draft) -> Reason:
    ground = profile.get_ground(draft.reason, request.kind)
    return Reason(ground.code, ground.says, ground.source, ground.dpv, draft.about)


def _extended_day(office: Office, profile: Profile, request: Request, now: datetime) -> date:
    """The day with the extension; what pauses have added until now stays added."""
    received = request.received_at
    plain, longer = (
        due_of(profile, request.kind, received, now, extended=extended, holidays=office.law.holidays)
        for extended in (False, True)
    )
    return longer.day + (local_day(request.due_at, profile.zone) - plain.day)
