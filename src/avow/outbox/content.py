"""What may stand in a message: ids and links, never a person's data.

Promises that no identifier of the person (their own address included) stands in subject, text, HTML or payload, in any case,
percent-encoded or as an HTML entity, and no phone number with other spaces in it. Refuses a message that holds one
(`outbox.names-a-person`), and an address that is none (`outbox.bad-address`); says which kind of text, never the value.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from urllib.parse import unquote

from avow.errors import Diagnostic, OutboxError, Place

_ADDRESS = re.compile(r"[^\s@<>\"(),:;\\\[\]]{1,64}@[^\s@<>\"(),:;\\\[\]]{1,253}")
_FEWEST_DIGITS = 7  # shorter runs of digits stand in dates and references by chance
_SHORTEST = 3


def check_address(address: str) -> str:
    """Gives the domain in lower case. Raises OutboxError `outbox.bad-address`."""
    if not _ADDRESS.fullmatch(address) or address.rpartition("@")[2].startswith((".", "-")):
        raise OutboxError(
            Diagnostic(
                Place("outbox"),
                "outbox.bad-address",
                "the address of a message has not the form of an e-mail address",
                "ask the person again where to write, or write by letter",
                "the message was not put into the outbox",
            )
        )
    return address.rpartition("@")[2].lower()


def check_names_nobody(template: str, texts: Iterable[str], identifiers: Iterable[str]) -> None:
    """Raises OutboxError `outbox.names-a-person`."""
    forms = [form for text in texts for form in _forms(text)]
    for identifier in identifiers:
        if any(_stands_in(identifier.strip(), form) for form in forms):
            raise OutboxError(
                Diagnostic(
                    Place(f"template `{template}`"),
                    "outbox.names-a-person",
                    "the message holds a value by which the person is known",
                    "write the reference and a link instead; what is personal is read after signing in",
                    "the message was not put into the outbox",
                )
            )


def _forms(text: str) -> tuple[str, ...]:
    plain = html.unescape(text)
    return tuple({form.casefold() for form in (text, plain, unquote(plain))})


def _stands_in(identifier: str, text: str) -> bool:
    digits = re.sub(r"\D", "", identifier)
    if len(digits) >= _FEWEST_DIGITS and len(digits) * 2 > len(identifier):
        return digits in re.sub(r"(?<=\d)[\s().\-/]+(?=\d)", "", text)
    if len(identifier) < _SHORTEST:
        return False
    return re.search(rf"(?<!\w){re.escape(identifier.casefold())}(?!\w)", text) is not None
