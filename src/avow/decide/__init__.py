"""Promises and facts -> allow or deny, with the promises that say so: the reference for every fast path.

Doors: `decide`, `decide_at`, `version_at` (engine), `decide_column` (column), `explain`, `explain_column` (explain).
Refuses to read a store, a clock or free text, and to be fast at the price of being plain.
"""

from avow.decide.column import ColumnDecision, ColumnUse, Kind, Part, decide_column
from avow.decide.engine import Covers, decide, decide_at, version_at
from avow.decide.explain import explain, explain_column
from avow.decide.question import Decision, Question, Reason

__all__ = [
    "ColumnDecision",
    "ColumnUse",
    "Covers",
    "Decision",
    "Kind",
    "Part",
    "Question",
    "Reason",
    "decide",
    "decide_at",
    "decide_column",
    "explain",
    "explain_column",
    "version_at",
]
