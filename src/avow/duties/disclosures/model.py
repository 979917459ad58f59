"""What is asked of the gate, and the circumstances by which it rules. Frozen values; times are UTC.

Refuses nothing by itself. A person is known here by an opaque text: whoever fills the circumstances in knows whose it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from avow.policy import RecipientEntry

# On what a disclosure may rest. `inside`: passed on between departments, which no register of firms knows.
GROUNDS: tuple[str, ...] = ("contract", "consent", "obligation", "emergency", "transfer", "inside")
CHANNELS: tuple[str, ...] = ("file", "api", "mail", "login")
REVIEW_HOURS = 72  # within which a second person looks at what was given away in an emergency


class Ordinary(Protocol):
    """The one question that is asked of the vocabulary."""

    def covers(self, general: str, special: str) -> bool: ...


@dataclass(frozen=True)
class Ask:
    """What somebody wants to give away: `recipient` is an id of the register, or a department for the ground `inside`; `data`
    the categories; `people` whose; `giver` the department of who asks; `by` their account; `why` their reason in words."""

    recipient: str
    purpose: str
    ground: str
    channel: str
    data: frozenset[str]
    people: tuple[str, ...]
    by: str
    giver: str = ""
    why: str = ""


@dataclass(frozen=True)
class Order:
    """A case that a disclosure may rest on, as far as the gate needs it. `going`: approved, open and not past its end;
    `basis` the law, order or contract that obliges; `document` whether the vault holds it and it runs; `notice` whether the
    people concerned were told (a transfer of the business)."""

    kind: str
    going: bool
    requested_by: str
    approved_by: str
    basis: str = ""
    document: bool = False
    notice: bool = False


@dataclass(frozen=True)
class Circumstances:
    """Everything that the gate looks at beside the ask. `entry` is the register's line (None: there is none); `places` where
    data may be (empty: the policy promises no place); `fields` what the policy lets this kind of recipient have for the purpose,
    `received` what the receiving department may read and `given` what the giving one may; `agreed` are the people who consented
    to this recipient and purpose and have not withdrawn."""

    now: datetime
    entry: RecipientEntry | None
    places: frozenset[str]
    fields: frozenset[str]
    agreed: frozenset[str] = frozenset()
    order: Order | None = None
    received: frozenset[str] = frozenset()
    given: frozenset[str] = frozenset()
