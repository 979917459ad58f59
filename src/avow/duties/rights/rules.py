"""What a company decided about rights: waits, approvals, fees, who is asked. And the ladder of identity, least intrusive first.

Pure. Refuses to ask for more than a rung needs: a no to marketing needs nothing at all.
Source: GDPR articles 7(3), 11, 12(2) to (6), 21(3); EDPB guidelines 01/2022 (identification must be proportionate).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from avow.duties.rights.model import LADDER, NOES, OBJECTED, WORDS
from avow.duties.rights.ports import Journal, Post, Unlink, Wake
from avow.law import CompanyLaw, Fee, fee_for


@dataclass(frozen=True)
class HandStore:
    """A store that no machine reaches. `instructions` by step: find, export, change, erase; `department` (a recipient term below
    `internal`) is whose members are reminded, "" where the owner's name is all that is known."""

    name: str
    owner: str
    instructions: Mapping[str, str] = field(default_factory=dict)
    remind_days: int = 7
    department: str = ""


@dataclass(frozen=True)
class Rules:
    """Times in the unit that the name says. `approvals`: kind -> how many of the staff must agree. `customer_tables`: (store,
    table) of data that the company holds for a customer, who is the controller. `correctable`: (store, table) -> the columns
    that a correction may name. `stores`: governed by machine; `hands`: not."""

    stores: tuple[str, ...]
    hands: tuple[HandStore, ...] = ()
    uncovered: tuple[str, ...] = ()
    officer: str = "privacy officer"
    centre: str = ""
    console: str = ""
    purposes: tuple[str, ...] = ()  # that can be objected to, for an objection to everything
    undo_days: int = 7
    wait_hours: int = 48
    lapse_days: int = 30
    answer_days: int = 30
    fade_days: int = 35
    task_days: int = 14
    code_minutes: int = 15
    code_tries: int = 5
    codes_per_hour: int = 5
    look_at_masks: bool = True  # somebody looks before an answer goes out from which something was taken
    approvals: Mapping[str, int] = field(default_factory=dict)
    customer_tables: frozenset[tuple[str, str]] = frozenset()
    correctable: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)

    @property
    def undo(self) -> timedelta:
        return timedelta(days=self.undo_days)

    def find_hand(self, store: str) -> HandStore | None:
        return next((hand for hand in self.hands if hand.name == store), None)


@dataclass(frozen=True)
class Office:
    """A company's rules and the doors that its requests go through."""

    rules: Rules
    law: CompanyLaw
    post: Post
    wake: Wake
    journal: Journal
    unlink: Unlink


def plan_fee(office: Office, jurisdiction: str, kind: str, purposes: tuple[str, ...] = ()) -> Fee:
    """What this request costs: nothing where the law forbids a fee, never above the law's table, never for marketing."""
    profile = office.law.profile(jurisdiction)
    return fee_for(profile, kind, office.law.fee, marketing=is_marketing(purposes))


def is_marketing(purposes: tuple[str, ...]) -> bool:
    """Only about being written to: every purpose named is one of marketing."""
    return bool(purposes) and all(purpose.split(".")[0] == "marketing" for purpose in purposes)


def is_no_to_marketing(kind: str, purposes: tuple[str, ...]) -> bool:
    """An objection to marketing, or a consent to it that is taken back: as easy as it was to give, and never refused (GDPR,
    articles 7(3) and 21(3))."""
    return kind in NOES and is_marketing(purposes)


def plan_identity(kind: str, purposes: tuple[str, ...], signed_in: bool, has_address: bool) -> str:
    """The lowest rung that suffices. A person without an address cannot get a code: facts that are held already show it."""
    if needs_no_identity(kind, purposes):
        return "none"
    if signed_in:
        return "reauthentication" if kind == "erasure" else "session"
    return "code" if has_address else "facts"


def needs_no_identity(kind: str, purposes: tuple[str, ...]) -> bool:
    return kind in WORDS or is_no_to_marketing(kind, purposes)


def is_reached(reached: str, needed: str) -> bool:
    return LADDER.index(reached) >= LADDER.index(needed)


def marks_of(kind: str, purposes: tuple[str, ...]) -> dict[str, bool]:
    """Mark -> held, that a request sets once it is worked on."""
    if kind == "restriction":
        return {"restricted": True}
    if kind == "objection":
        return {f"{OBJECTED}:{purpose}": True for purpose in purposes}
    if kind == "withdrawal":  # who takes a consent back does not want the use to go on upon another ground either
        return {f"consented:{purpose}": False for purpose in purposes} | marks_of("objection", purposes)
    return {}


def list_meant(purposes: tuple[str, ...], objectable: tuple[str, ...]) -> tuple[str, ...]:
    """What somebody means who names purposes in general terms: each that can be objected to below them; itself where there is
    none. Naming nothing means all of them."""
    if not purposes:
        return objectable
    found: dict[str, None] = {}
    for purpose in purposes:
        below = [known for known in objectable if known == purpose or known.startswith(f"{purpose}.")]
        found |= dict.fromkeys(below or [purpose])
    return tuple(found)
