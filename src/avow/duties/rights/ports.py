"""What requests need from others: mail, the record of deeds, a worker that wakes up.

`avow.app` puts the real ones in. Frozen values cross; nothing here knows a connection but the session that is passed through,
so that what is posted and recorded commits or vanishes with the move that caused it. Refuses to hold a default for any of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from avow.control.answers import KeptFile
from avow.control.rights import RequestRow
from avow.control.session import Session
from avow.stores.duty import Row


@dataclass(frozen=True)
class Mail:
    """A message that carries ids and links. `values` fill the template: reference, link, code, due, amount."""

    template: str
    to: str
    language: str
    values: Mapping[str, str]
    request: UUID | None = None
    synthetic: bool = False


Post = Callable[[Session, Mail], None]  # raises OutboxError
# Where those members of the staff are reached who may do something about it: by an owner (an address, a member or a department) and
# the department of the store; the privacy office where neither leads to anybody.
FindOwners = Callable[[Session, str, str], tuple[str, ...]]
Wake = Callable[[Session], None]  # asks the workers to look, when the transaction has committed


@dataclass(frozen=True)
class Deed:
    """What the ledger keeps of a step: `kind` is export, erase or choice; `tables` "schema.table" names; `what` a dotted name."""

    kind: str
    subject: str
    what: str
    tables: tuple[str, ...] = ()
    rows: int = 0


Journal = Callable[[tuple[Deed, ...]], None]  # returns when all of them are durable; raises LedgerError
# Subject -> its (table, key) in stores: from now on nobody can tell which entries of the ledger are about them.
Unlink = Callable[[Mapping[str, tuple[tuple[str, str], ...]]], None]


@dataclass(frozen=True)
class Made:
    """What was written as an answer. `masked` counts pieces about other people that were taken out; `missing` what the law
    asks for and the answer does not hold."""

    files: tuple[KeptFile, ...]
    score: int
    held: bool
    rows: Mapping[str, int]
    masked: int = 0
    missing: tuple[str, ...] = ()


Write = Callable[[str, bytes], None]
Build = Callable[[Session, RequestRow, Iterable[Row], Write], Made]


@dataclass(frozen=True)
class ErasedFacts:
    """What a certificate states: per store rows by "table action", what stays and why, and the two dates. `identifiers` are (kind,
    value) of the erased person: they enter a certificate as commitments only. `left` is (store, table.column, rows) that still
    stand on a ground; `reviews` when a hold is looked at again; `searched` columns looked into again, by store."""

    request: UUID
    reference: str
    stores: Mapping[str, Mapping[str, int]]
    by_hand: tuple[str, ...]
    not_covered: tuple[str, ...]
    kept: tuple[tuple[str, str, str], ...]  # (store, table, ground)
    erased_at: datetime
    gone_by: datetime
    told: tuple[str, ...] = ()  # recipients that were told
    identifiers: tuple[tuple[str, str], ...] = ()
    left: tuple[tuple[str, str, int], ...] = ()
    reviews: Mapping[tuple[str, str], date] = field(default_factory=dict)
    searched: Mapping[str, int] = field(default_factory=dict)


# Names of recipients that, by the use log, were given data of the person of a request; raises LedgerError.
FindTold = Callable[[Session, RequestRow], tuple[str, ...]]
Certify = Callable[[ErasedFacts], tuple[Mapping[str, Any], bytes]]
