"""A certificate for people to read: the same facts as a page and on paper. The JSON file is what counts, and says so.

Refuses to add a word that the signed document does not carry.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from avow.duties.rights.letters import Letter, Part
from avow.duties.rights.words import Words, load_words


def certificate_letter(document: Mapping[str, Any], signature: bytes, key: str, language: str = "en") -> Letter:
    """`key` is the public key as hexadecimal. Give it to `letters.letter_html` and `letter_pdf`."""
    words = load_words(language)
    return Letter(
        title=words("certificate_title"),
        reference=document["reference"],
        company=document["company"],
        language=language,
        made_at=datetime.fromisoformat(document["made_at"]),
        parts=(
            Part("p", (words("certificate_intro", company=document["company"]),)),
            Part("pairs", rows=_dates(words, document)),
            *_table(words, "certificate_counts", _counts(words, document)),
            *_table(words, "certificate_coverage", _coverage(words, document)),
            *_residuals(words, document),
            *_kept(words, document),
            Part("h", (words("certificate_search"),)),
            Part("p", (document["search"]["method"], words("searched_columns", count=document["search"]["columns"]))),
            Part("h", (words("certificate_verify"),)),
            Part(
                "p", (words("certificate_verify_how", key=key), f"{words('certificate_signature')}: {signature.hex()}")
            ),
            Part("h", (words("certificate_yours"),)),
            Part("p", (words("certificate_yours_how"),)),
        ),
    )


def _dates(words: Words, document: Mapping[str, Any]) -> tuple[tuple[str, ...], ...]:
    return (
        (words("certificate_id"), document["id"]),
        (words("certificate_request"), document["reference"]),
        (words("certificate_policy"), document["policy_version"] or words("unknown")),
        (words("certificate_erased_on"), document["erased_on"] or words("certificate_not_yet")),
        (words("certificate_gone_by"), document["gone_by"] or words("certificate_open_ended")),
    )


def _table(words: Words, heading: str, rows: tuple[tuple[str, ...], ...]) -> tuple[Part, ...]:
    body = Part("table", rows=rows) if len(rows) > 1 else Part("p", (words("none"),))
    return (Part("h", (words(heading),)), body)


def _counts(words: Words, document: Mapping[str, Any]) -> tuple[tuple[str, ...], ...]:
    head = tuple(words("certificate_" + name) for name in ("store", "table", "action", "rows"))
    rows = [
        (store["name"], count["table"], _action(words, count["action"]), str(count["rows"]))
        for store in document["stores"]
        for count in store["counts"]
    ]
    return (head, *rows)


def _action(words: Words, action: str) -> str:
    return words("action_" + action) if words.has("action_" + action) else action


def _coverage(words: Words, document: Mapping[str, Any]) -> tuple[tuple[str, ...], ...]:
    rows = [(store["name"], words("covered_" + store["covered"])) for store in document["stores"]]
    return ((words("certificate_store"), words("certificate_action")), *rows)


def _residuals(words: Words, document: Mapping[str, Any]) -> tuple[Part, ...]:
    heading = Part("h", (words("certificate_residuals"),))
    if not document["residuals"]:
        return (heading, Part("p", (words("certificate_residuals_none"),)))
    head = (
        words("certificate_action"),
        words("certificate_store"),
        words("certificate_table"),
        words("certificate_until"),
    )
    rows = [
        (words("residual_" + r["class"]), r["store"], r["where"], r["until"] or words("unknown"))
        for r in document["residuals"]
    ]
    return (heading, Part("table", rows=(head, *rows)))


def _kept(words: Words, document: Mapping[str, Any]) -> tuple[Part, ...]:
    heading = Part("h", (words("certificate_holds"),))
    if not document["kept"]:
        return (heading, Part("p", (words("certificate_holds_none"),)))
    names = ("store", "table", "ground", "review")
    rows = [(k["store"], k["table"], k["ground"], k["review_on"] or words("none")) for k in document["kept"]]
    return (heading, Part("table", rows=(tuple(words("certificate_" + n) for n in names), *rows)))
