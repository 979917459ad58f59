"""What requests need from others: mail, the record of deeds, a worker that wakes up.

`avow.app` puts the real ones in. Frozen values cross; nothing here knows a connection but the session that is passed through,
so that what is posted and recorded commits or vanishes with the move that caused it. Refuses to hold a default for any of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from avow.control.session import Session


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
