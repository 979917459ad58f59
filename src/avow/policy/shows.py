"""What can be shown of each right and of each duty, one by one: a sentence may promise only some of it (`shows`).

Every word here has a visit of the mystery shopper that shows it (a test compares the two). Refuses nothing by itself: the reader
of rules looks words up here.
"""

from __future__ import annotations

from collections.abc import Mapping

RIGHT_SHOWS: Mapping[str, tuple[str, ...]] = {
    "access": (
        "everything",
        "nobody-else",
        "stranger",
        "confirmation",
        "correspondent",
        "description",
        "purposes",
        "sources",
        "recipients",
        "clock",
        "jurisdiction",
        "fee",
        "routes",
    ),
    "copy": ("everything", "nobody-else", "expiry"),
    "rectification": ("everywhere", "old-value-gone", "history", "nobody-else", "clock"),
    "erasure": ("gone", "nobody-else", "certificate", "stays-gone"),
    "restriction": ("unreadable", "lifted", "nobody-else"),
    "objection": ("unseen", "later-import", "ticket", "nobody-else"),
    "withdrawal": ("unseen", "nobody-else"),
    "complaint": ("acknowledged", "needs-outcome", "ages"),
    "question": ("answered", "ages", "routes"),
}
# What a company does without anyone asking. A word belongs to one duty; each duty has a room of its own below `duties`.
DUTY_SHOWS: Mapping[str, tuple[str, ...]] = {
    "choices": ("recorded", "receipt", "at-once", "by-each-way", "in-person-wins", "nobody-else"),
    "campaigns": (
        "audience",
        "recorded",
        "asked-again",
        "one-click",
        "classes",
        "no-disclosure",
        "transactional",
        "nobody-else",
    ),
    "disclosures": (
        "unaffiliated",
        "consent",
        "obligation",
        "contract",
        "fields",
        "emergency",
        "inside",
        "abroad",
        "staff-address",
        "own-answer",
        "downstream",
    ),
    "places": ("resolved", "refused"),
    "notices": ("equal", "posted", "older", "complete", "told"),
    "cases": ("opens-and-closes", "approver", "ends", "finding", "ages", "police", "affected", "told"),
    "intakes": (
        "lead-source",
        "bought-again",
        "broker-facts",
        "screened",
        "broker-named",
        "no-other-way",
        "reseller-apart",
        "reseller-named",
        "order-channels",
        "enquiry-source",
        "network-source",
        "field-needs",
        "mostly-service",
    ),
    "retention": ("swept", "young-stay", "held-stay"),
    "reviews": ("extra-grant", "signature", "procedures-due", "figures", "effect-due"),
    "vault": ("sealed", "reminder"),
}
RIGHTS = tuple(RIGHT_SHOWS)
