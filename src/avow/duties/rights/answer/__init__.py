"""The answer to a request for access or for a copy: rows and facts in, files out.

Doors: `build_answer`, `build_confirmation`, `count_holdings`, `check_release`, and what gathers facts (`list_register`,
`list_logged_uses`, `list_recipients`, `list_retention`). Refuses a connection, a clock and a file system: all of them are
arguments.
"""

from avow.duties.rights.answer.build import build_answer
from avow.duties.rights.answer.confirmation import (
    Confirmation,
    Held,
    build_confirmation,
    held_of_findings,
    held_of_rows,
)
from avow.duties.rights.answer.gathering import list_logged_uses, list_recipients, list_register, list_retention
from avow.duties.rights.answer.holdings import count_holdings
from avow.duties.rights.answer.model import (
    Answer,
    AnswerItem,
    Asked,
    Completeness,
    Contact,
    Facts,
    LoggedUse,
    Look,
    RecipientFacts,
    Redaction,
    RegisterUse,
    RetentionFacts,
    StoreFacts,
)
from avow.duties.rights.answer.score import check_release, list_missing
from avow.duties.rights.written import CHUNK, AnswerFile, Write

__all__ = [
    "CHUNK",
    "Answer",
    "AnswerFile",
    "AnswerItem",
    "Asked",
    "Completeness",
    "Confirmation",
    "Contact",
    "Facts",
    "Held",
    "LoggedUse",
    "Look",
    "RecipientFacts",
    "Redaction",
    "RegisterUse",
    "RetentionFacts",
    "StoreFacts",
    "Write",
    "build_answer",
    "build_confirmation",
    "check_release",
    "count_holdings",
    "held_of_findings",
    "held_of_rows",
    "list_logged_uses",
    "list_missing",
    "list_recipients",
    "list_register",
    "list_retention",
]
