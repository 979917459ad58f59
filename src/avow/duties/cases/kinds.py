"""The kinds of case: which facts each needs, whether a second person must agree, how long it may stay open, what ends it.

Data, not code: a house of one page. Refuses kinds outside this list; each is also a word of `case_open` in rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from avow.errors import ControlError, Diagnostic, Place


@dataclass(frozen=True)
class CaseKind:
    """`facts` must be given; `approved`: opens only when somebody else than its requester agrees; `days`: the longest that it
    stays open; `ends` says what its outcome tells. `opens`: whether it opens data of the one it is about."""

    name: str
    says: str
    facts: tuple[str, ...]
    approved: bool
    days: int
    ends: str
    opens: bool = False


KINDS: Mapping[str, CaseKind] = {
    kind.name: kind
    for kind in (
        CaseKind(
            "legal_disclosure",
            "an authority asks for data",
            ("authority", "ground", "clause", "terms"),
            True,
            30,
            "what was handed over, or why nothing was",
            opens=True,
        ),
        CaseKind(
            "abuse", "somebody reports that the network is abused", ("allegation",), False, 60, "the finding", True
        ),
        CaseKind(
            "support_access",
            "staff must look at data that is closed",
            ("reason", "ticket"),
            True,
            2,
            "what was done",
            True,
        ),
        CaseKind(
            "breach", "personal data was lost or seen", ("what", "noticed"), False, 365, "what followed, who was told"
        ),
        CaseKind("complaint", "somebody complains outside a request", ("complaint",), False, 60, "the answer given"),
        CaseKind("credit", "a customer asks for terms", ("terms",), True, 90, "granted or not", opens=True),
        CaseKind(
            "merger", "the company or a part of it changes hands", ("parties", "notice"), True, 365, "what went over"
        ),
    )
}
FACTS: Mapping[str, str] = {
    "authority": "which authority, and who there",
    "ground": "the law or order, with its number and date",
    "clause": "the clause of the terms that the report is about",
    "terms": "which version of those terms, as it is named in the vault",
    "allegation": "what is reported",
    "reason": "why it is needed",
    "ticket": "the ticket in which the customer asked",
    "what": "what happened to which data",
    "noticed": "when it was noticed, in UTC: 2026-03-02T09:00",
    "complaint": "what is complained about",
    "parties": "who takes over from whom",
    "notice": "how the people concerned are told",
}


def get_kind(name: str) -> CaseKind:
    """Raises ControlError `cases.unknown-kind`."""
    if name not in KINDS:
        known = ", ".join(f"`{kind}`" for kind in KINDS)
        raise ControlError(
            Diagnostic(
                Place("case"),
                "cases.unknown-kind",
                f"`{name}` is no kind of case",
                f"choose from {known}",
                "no case was opened",
            )
        )
    return KINDS[name]
