"""The words of Avow itself, at most fifteen; `avow words` prints them and `docs/glossary.md` is made of them.

Refuses a sixteenth: a person must be able to learn the whole language in one sitting.
"""

from __future__ import annotations

from collections.abc import Mapping

MOST = 15

WORDS: Mapping[str, str] = {
    "promise": "one statement of a published policy version, anchored to its exact words",
    "rule": "what a person says a promise means for machines; typed, never free text",
    "control": "what keeps a rule: enforced, performed, observed or attested",
    "probe": "a try to break a rule on the live system",
    "verdict": "kept, broken, attested, unproven or not checkable; never rounded up",
    "unread": "a sentence of the policy that nobody has read into a promise",
    "pair": "a purpose together with the department or recipient that acts for it: the unit of access",
    "stage": "how far a login is governed: observe, enforce or closed",
    "record kind": "a table and a constant condition that tell whose data a row is",
    "owner path": "how a row leads to its data subject",
    "handling": "the facts that many rows share: source, ground, notice",
    "mark": "a fact about one data subject that opens or closes rows: objected, restricted, consented",
    "custodian": "somebody who can go round the controls and is declared",
    "canary": "a synthetic person, planted to see what becomes of real ones",
    "head": "a signed statement of everything the ledger held at one moment",
}


def words_page() -> str:
    """The glossary as Markdown."""
    lines = [
        "# Glossary",
        "",
        "The words of Avow. `avow words` prints the same.",
        "",
        "| word | meaning |",
        "|---|---|",
    ]
    return "\n".join([*lines, *(f"| **{word}** | {says} |" for word, says in WORDS.items())]) + "\n"
