"""Cases: one mechanism for what a company does about somebody's data for a reason of its own. See `kinds` for the list.

Refuses a case without its facts, one that its requester approves, one without an end, and an end without a finding.
"""

from avow.duties.cases.kinds import KINDS, CaseKind, get_kind
from avow.duties.cases.rules import Numbers, check_approval, check_end, check_new, is_unworked, plan_end

__all__ = [
    "KINDS",
    "CaseKind",
    "Numbers",
    "check_approval",
    "check_end",
    "check_new",
    "get_kind",
    "is_unworked",
    "plan_end",
]
