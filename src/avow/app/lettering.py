"""Letters of a case, as they would be sent: refusal, extension, asking back. The reasons and routes are those of the case's law.

What is shown before sending and what is sent is made by the same function from the same facts. Refuses a reason that the law of the
case does not give.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from avow.duties.rights.identity import link_to
from avow.duties.rights.letters import Letter, LetterFacts, Reason, Route, make_letter
from avow.duties.rights.model import Request
from avow.duties.rights.rules import Office
from avow.law import Profile, due_of, local_day

KINDS: Mapping[str, str] = {"refuse": "refusal", "extend": "extension", "clarify": "clarification"}


@dataclass(frozen=True)
class Draft:
    """What a letter is made from: `deed` is refuse, extend or clarify; `reason` a code of the law; `question` the words of
    asking back; `language` the asker's; `contact` the human contact in one line."""

    deed: str
    reason: str = ""
    question: str = ""
    language: str = "en"
    contact: str = ""


def plan_letter(office: Office, request: Request, draft: Draft, now: datetime) -> Letter:
    """The letter, sent nowhere. Raises LawError `law.no-such-ground`, AnswerError when the law wants more than is given."""
    profile = office.law.profile(request.jurisdiction)
    reasons = () if draft.deed == "clarify" else (_reason(profile, request, draft.reason),)
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
    )
    return make_letter(KINDS[draft.deed], facts)


def _reason(profile: Profile, request: Request, code: str) -> Reason:
    ground = profile.get_ground(code, request.kind)
    return Reason(ground.code, ground.says, ground.source, ground.dpv)


def _extended_day(office: Office, profile: Profile, request: Request, now: datetime) -> date:
    """The day with the extension; what pauses have added until now stays added."""
    received = request.received_at
    plain, longer = (
        due_of(profile, request.kind, received, now, extended=extended, holidays=office.law.holidays)
        for extended in (False, True)
    )
    return longer.day + (local_day(request.due_at, profile.zone) - plain.day)
