"""What an answer is made of: who asked, what is known about the data beside the data itself, items, and what was written.

Frozen values only. `Facts` are gathered once for a request; items are made one by one while rows stream by. Nothing here
reads a store, a clock or a file. Refuses a fact that nobody knows: what is unknown stays empty and lowers the score.
Source: GDPR article 15(1) to (4), article 20.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from avow.duties.rights.written import AnswerFile
from avow.stores.duty import Identifier, StoreSpec

SHOWN = 2_000  # values that the page and the report show; the rest stands in data.csv, and both say how many

Place = tuple[str, str, str, str]  # store, table, row, column
Decision = Literal["mask", "show"]


@dataclass(frozen=True)
class Asked:
    """The request that is answered. `law` names the article in words ("article 15 of the GDPR"); `scope` holds category terms
    ("" or none: everything); `provided_only` limits a copy to what the person gave, as article 20 does."""

    reference: str
    kind: str  # access | copy
    company: str
    jurisdiction: str
    received_at: datetime
    made_at: datetime
    law: str
    language: str = "en"
    scope: tuple[str, ...] = ()
    provided_only: bool = True


@dataclass(frozen=True, order=True)
class RegisterUse:
    """A use that the policy in force permits, with its own words as `promise`. `condition` is in words, "" none;
    `stopped` is "" where it may happen to this person, else objected, restricted, erasing or not_agreed."""

    purpose: str
    recipient: str
    promise: str
    condition: str = ""
    stopped: str = ""


@dataclass(frozen=True, order=True)
class LoggedUse:
    """What the use log holds about this person, per pair and kind of entry: how often, first and last day (UTC).
    `tables` and `columns` are names as the log spells them; no columns: it does not tell. `days` are listed for entries by
    which data left."""

    purpose: str
    recipient: str
    kind: str  # read | write | export | disclose | ...
    tables: tuple[str, ...]
    columns: tuple[str, ...]
    times: int
    first: date
    last: date
    days: tuple[date, ...] = ()


@dataclass(frozen=True, order=True)
class RecipientFacts:
    """Somebody outside who received, or may receive, data. `name` is the legal entity, "" where only the kind is known;
    `categories` what they may receive; `dates` the days on which data of this person went there, by the use log."""

    name: str
    kind: str
    place: str = ""
    purposes: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    dates: tuple[date, ...] = ()
    contract_until: date | None = None


@dataclass(frozen=True)
class RetentionFacts:
    """How long. `days`, or `years` of the calendar, count from `after`: "row" is the date of the row itself, anything else an
    event in words. `ground` says why the law or a promise keeps it; `words` replaces the generated sentence."""

    categories: tuple[str, ...] = ()  # none: every category
    tables: tuple[tuple[str, str], ...] = ()  # (store, table); none: every table
    days: int | None = None
    after: str = ""
    ground: str = ""
    words: str = ""
    years: int = 0


@dataclass(frozen=True)
class StoreFacts:
    """One store that was looked into. `covered` is machine, hand or not; `words` names it for a customer; `searched` lists
    what was looked into; `outcome` tells why a store was not covered. Of a store that no machine reaches `by_hand` says how
    far a person is: open, found, nothing, impossible, not copied (found, and no copy could be taken); "" of any other."""

    spec: StoreSpec
    words: str = ""
    covered: str = "machine"
    searched: tuple[str, ...] = ()
    outcome: str = ""
    by_hand: str = ""

    @property
    def found(self) -> bool:
        return self.by_hand in ("found", "not copied")


@dataclass(frozen=True)
class HandFile:
    """A file that a person found and that goes with the answer as it is. `name` is its name there, `called` what it was called
    where it lay; `bytes` long."""

    store: str
    name: str
    called: str
    media_type: str
    bytes: int


@dataclass(frozen=True, order=True)
class Look:
    """One look of staff at the person's data. Never who: the date, the purpose and the role are what the person may know."""

    at: datetime
    purpose: str
    role: str


@dataclass(frozen=True)
class Contact:
    """Whom to ask, and where to complain: plain lines, "" unknown."""

    person: str = ""
    email: str = ""
    phone: str = ""
    address: str = ""
    authority: str = ""
    authority_url: str = ""
    court: str = ""


@dataclass(frozen=True)
class Facts:
    """Everything beside the rows. `register` is by (store, table, column). `own` are the person's own identifiers, never
    masked; `decisions` those of staff on single values. `automated` states what is decided by machines (art. 15(1)(h)); ""
    means that nobody has said. `retention_otherwise` is the criterion where no rule names one (15(1)(d)), `source_otherwise`
    what is known of the origin of rows that carry no source (15(1)(g)). `company_addresses` are e-mail addresses and domains
    of the company itself, which are nobody's personal data. `rights` are the rights that the law gives, as request kinds."""

    stores: tuple[StoreFacts, ...]
    register: Mapping[tuple[str, str, str], tuple[RegisterUse, ...]] = field(default_factory=dict)
    log: tuple[LoggedUse, ...] = ()
    log_complete: bool = True
    recipients: tuple[RecipientFacts, ...] | None = None  # None: nobody has written them down
    retention: tuple[RetentionFacts, ...] = ()
    retention_otherwise: str = ""
    source_otherwise: str = ""
    looks: tuple[Look, ...] = ()
    own: tuple[Identifier, ...] = ()
    decisions: Mapping[Place, Decision] = field(default_factory=dict)
    company_addresses: tuple[str, ...] = ()
    rights: tuple[str, ...] = ()
    automated: str = ""
    contact: Contact = Contact()
    calendar: frozenset[tuple[str, str]] = frozenset()  # tables whose rows are appointments; none: told by their names
    policy_version: str = ""
    files: tuple[HandFile, ...] = ()  # what was found in stores that no machine reaches

    def find_store(self, name: str) -> StoreFacts | None:
        return next((store for store in self.stores if store.spec.name == name), None)


@dataclass(frozen=True)
class Beside:
    """What is known about every value of one column: the part of an item that many items share. Its `key` names it in
    data.json. `uses` are the entries of the use log that touched the column or, where the log names no columns, its table."""

    key: str
    store: str
    store_words: str
    place: str
    table: str
    record_kind: str
    column: str
    categories: tuple[str, ...]
    register: tuple[RegisterUse, ...]
    uses: tuple[LoggedUse, ...]
    recipients: tuple[RecipientFacts, ...]
    retention: tuple[RetentionFacts, ...]
    kind: str = "value"  # of the column: value, text or json
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # of a JSON column: key -> categories


@dataclass(frozen=True)
class AnswerItem:
    """One value. `value` is what the person gets, masks included; `masked` is no, part or all; `kept_until` the day on which
    it goes, None where only the rule in `retention` is known. `source` is a source term, "" unknown;
    `source_name` the firm that passed it on, "" none."""

    number: int
    row: str
    at: str
    value: str
    masked: str
    source: str
    kept_until: date | None
    retention: str
    how: str
    beside: Beside
    source_name: str = ""


@dataclass(frozen=True)
class Redaction:
    """What was taken out of one column, and why: no value, how many pieces in how many values."""

    store: str
    table: str
    column: str
    what: str  # email | phone | customer_number | cookie | ip | name | value
    why: str  # another_person | staff
    pieces: int
    values: int


@dataclass(frozen=True)
class Completeness:
    """`points` of the eight letters of article 15(1); `missing` names what is not in the answer, by letter ("copy" is 15(3))."""

    points: int
    copy: bool
    missing: Mapping[str, tuple[str, ...]]

    @property
    def whole(self) -> bool:
        return self.points == 8 and self.copy


@dataclass(frozen=True)
class Answer:
    """What was written. `counts` is values by category term; `rows` by "store table"."""

    files: tuple[AnswerFile, ...]
    items: int
    counts: Mapping[str, int]
    rows: Mapping[str, int]
    redactions: tuple[Redaction, ...]
    completeness: Completeness
    held: bool
