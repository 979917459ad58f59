"""Who of an audience gets a message, and what stands in it beside its words. Pure.

Promises: one message for an address, however often it stands in the audience; a no of the person, of the address or to this way of
being written to leaves out; every message carries a link that says no for whoever opens it, and the headers by which a mail program
does it with one press. Refuses a header that holds an address: the link is a secret of its own.
Source: RFC 2369 (List-Unsubscribe), RFC 8058 (one-click), GDPR article 21(3).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from avow.errors import OutboxError
from avow.outbox.content import check_address

OBJECTED, LISTED, BY_MAIL, TWICE, NO_ADDRESS = (
    "the person said no",
    "the address is on the list",
    "not by e-mail",
    "the same address twice",
    "no address",
)
ONE_CLICK = "List-Unsubscribe=One-Click"


@dataclass(frozen=True)
class Receiver:
    """A person of an audience: where the role saw them, and the address as it stands there."""

    store: str
    table: str
    key: str
    address: str


@dataclass(frozen=True)
class Refusals:
    """What the one truth says: people by place who said no, people who want no mail, addresses (by place) that are listed."""

    objected: frozenset[tuple[str, str, str]]
    not_by_mail: frozenset[tuple[str, str, str]]
    listed: frozenset[tuple[str, str, str]]


def plan_sends(audience: Iterable[Receiver], refusals: Refusals) -> Iterator[tuple[Receiver, str]]:
    """Each receiver with "" where a message goes, or with the reason why none does."""
    known: set[str] = set()
    for one in audience:
        place, form = (one.store, one.table, one.key), one.address.strip().casefold()
        if place in refusals.objected:
            yield one, OBJECTED
        elif place in refusals.listed:
            yield one, LISTED
        elif place in refusals.not_by_mail:
            yield one, BY_MAIL
        elif not _is_address(one.address.strip()):
            yield one, NO_ADDRESS
        elif form in known:
            yield one, TWICE
        else:
            known.add(form)
            yield one, ""


def _is_address(address: str) -> bool:
    try:
        check_address(address)
    except OutboxError:
        return False
    return True


def headers_of(link: str) -> tuple[tuple[str, str], ...]:
    """The two headers by which a mail program says no with one POST."""
    return (("List-Unsubscribe", f"<{link}>"), ("List-Unsubscribe-Post", ONE_CLICK))


def text_of(body: str, link: str, company: str) -> str:
    """The words of the message, and the way to say no."""
    return f"{body.rstrip()}\n\n-- \n{company}\nStop these messages, without signing in: {link}\n"


def is_one_click(values: Mapping[str, str]) -> bool:
    """Whether a POST is the one that RFC 8058 describes."""
    return values.get("List-Unsubscribe") == "One-Click"
