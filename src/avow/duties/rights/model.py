"""The words of a rights request: kinds, states, who acts, and the frozen values that cross the seams.

A request's state moves along `MOVES` and no other way; each move is one committed event. `docs/explanation/rights.md` draws them.
Nothing here holds personal data but `Contact` and `Wish`, which are stored sealed under the request's own key and are gone when
that key is dropped. Refuses any other kind or state by name.
Source: GDPR articles 12 to 22 and 77; DPV request states (RequestInitiated ... RequestUnfulfilled).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

KINDS: tuple[str, ...] = (
    "access",
    "copy",
    "rectification",
    "erasure",
    "restriction",
    "objection",
    "withdrawal",
    "complaint",
    "question",
)
CHANNELS: tuple[str, ...] = ("centre", "portal_ticket", "guest_form", "email", "phone", "letter", "cli", "api")
# least intrusive first; `none` suffices for a no to marketing, a question or a complaint
LADDER: tuple[str, ...] = ("none", "session", "reauthentication", "code", "facts", "document")

RECEIVED, IDENTITY, CLARIFYING, FEE = "received", "identity", "clarifying", "fee"
FINDING, REVIEW, WAITING, WORKING, HANDS = "finding", "review", "waiting", "working", "hands"
DONE, REFUSED, WITHDRAWN, LAPSED, FORWARDED, MERGED = "done", "refused", "withdrawn", "lapsed", "forwarded", "merged"
OPEN: tuple[str, ...] = (RECEIVED, IDENTITY, CLARIFYING, FEE, FINDING, REVIEW, WAITING, WORKING, HANDS)
CLOSED: tuple[str, ...] = (DONE, REFUSED, WITHDRAWN, LAPSED, FORWARDED, MERGED)

MOVES: Mapping[str, tuple[str, ...]] = {
    RECEIVED: (IDENTITY, FEE, FINDING, REVIEW, REFUSED, WITHDRAWN, MERGED),
    IDENTITY: (FEE, FINDING, REVIEW, REFUSED, WITHDRAWN, LAPSED, MERGED),
    CLARIFYING: (FINDING, REVIEW, REFUSED, WITHDRAWN, LAPSED),
    FEE: (FINDING, REVIEW, REFUSED, WITHDRAWN, LAPSED),
    FINDING: (REVIEW, WAITING, WORKING, CLARIFYING, FEE, FORWARDED, REFUSED, WITHDRAWN, DONE, MERGED),
    REVIEW: (IDENTITY, CLARIFYING, FEE, FINDING, WAITING, WORKING, REFUSED, WITHDRAWN, FORWARDED, DONE),
    WAITING: (WORKING, REFUSED, WITHDRAWN),
    WORKING: (HANDS, REVIEW, DONE),
    HANDS: (DONE, WORKING),
    REFUSED: (REVIEW,),  # a refusal that was contested is looked at again
    DONE: (WORKING, REVIEW),  # a hold was released and the erasure goes on; or staff opens it again
}
# What a person asks for that is answered by words, not by data.
WORDS: tuple[str, ...] = ("complaint", "question")
EXPORTS: tuple[str, ...] = ("access", "copy")
CONFIRMATION = "confirmation"  # the scope of a request that only asks whether something is held
# What says no to a use: a consent that is taken back is also an objection, so that no other ground takes its place.
NOES: tuple[str, ...] = ("objection", "withdrawal")
SAME, OTHER = "same_person", "another_person"  # whose a row or a value is, in a decision of staff
LEFT_IN = "left "  # before the name of a column in the counts of a search that found something left
LASTS_IN = "lasts "  # the same of a column in which nothing may be corrected
# Marks that stop a use at once while something is waited for or for as long as they stand.
ERASING, RESTRICTED, OBJECTED, CONSENTED = "erasing", "restricted", "objected", "consented"

WishedChange = tuple[str, str, str, str, str]  # store, table, row, column, new value


@dataclass(frozen=True)
class Part:
    """What can be refused by itself: a column of an answer or of a correction, or a whole table of an erasure (`column` "")."""

    store: str
    table: str
    column: str = ""

    def __str__(self) -> str:
        return f"{self.store} {self.table}.{self.column}" if self.column else f"{self.store} {self.table}"


@dataclass(frozen=True)
class Actor:
    """Who moves a request. `kind` is person, guest, staff, worker, shopper or api; `ref` a stable id of that account, never
    a name or address ("" for a guest)."""

    kind: str
    ref: str = ""


@dataclass(frozen=True)
class Contact:
    """Where the asker is reached, and what the asker says of themselves. Stored sealed. `language` as in BCP 47."""

    email: str = ""
    name: str = ""
    phone: str = ""
    postal_address: str = ""
    language: str = "en"
    identifiers: tuple[
        tuple[str, str], ...
    ] = ()  # further (kind, value) that the asker names, e.g. ("customer_number", "42")


@dataclass(frozen=True)
class Wish:
    """What is asked, in the asker's own terms. Stored sealed. `scope` names categories, purposes or items ("" all);
    `changes` are (store, table, row, column, new value) for a rectification; `ground` why data is wrong or use objected to."""

    text: str = ""
    scope: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    changes: tuple[WishedChange, ...] = ()
    ground: str = ""


@dataclass(frozen=True)
class Request:
    """A request as everybody who may see it sees it. Times are UTC; `due_at` already has pauses and extensions in it;
    `due_source` is the law article that sets it; `waits_until` is set in state waiting; `synthetic` marks a shopper's."""

    id: UUID
    reference: str  # "AV-7F3K-92QD": what mails and letters carry
    company: str
    kind: str
    state: str
    channel: str
    jurisdiction: str
    received_at: datetime
    due_at: datetime
    due_source: str
    identity_needed: str
    identity_reached: str
    subject: UUID | None = None
    waits_until: datetime | None = None
    extended: bool = False
    paused: bool = False
    fee: str = ""  # "20.00 USD", "" none due
    fee_basis: str = ""  # the law that allows it
    closed_at: datetime | None = None
    reason: str = ""  # code of the refusal, delay or partial fulfilment
    owner: str = ""  # staff account that is responsible
    synthetic: bool = False
    original_received_at: datetime | None = None


@dataclass(frozen=True)
class Event:
    """One step of a request's timeline. `detail` carries codes and counts only."""

    at: datetime
    actor: Actor
    name: str
    from_state: str
    to_state: str
    detail: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True)
class StoreProgress:
    """How far one store is with a request. `covered` is machine, hand or not; `error` a diagnostic code with `cause` in words."""

    store: str
    covered: str
    state: str  # waiting | done | failed | open_task | held
    attempts: int = 0
    error: str = ""
    cause: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
