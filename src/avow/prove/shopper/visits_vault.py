"""Visits of the vault: what is put in cannot be read beside it, cannot be exchanged, and its owner is reminded before it ends.

Refuses to touch a document that is not the shopper's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from avow.prove.shopper.shop import Saw, Shop, judged

WORDS = b"Avow Canary paper, signed by nobody."


class VaultOffice(Protocol):
    """The vault with the shopper's own paper in it."""

    def put(self, content: bytes, days_left: int) -> str:
        """The id of a paper that ends in so many days."""

    def read(self, document: str) -> bytes: ...
    def stands_in_the_clear(self, words: bytes) -> bool:
        """Whether the words stand readable in the table of documents."""

    def exchange_behind(self, document: str) -> str:
        """The SQLSTATE with which plain SQL was refused; "" when it was let through."""

    def remind(self) -> int: ...
    def reminders(self) -> int:
        """Reminders of the shopper's papers in the outbox."""

    def take_back(self) -> None: ...


def visit_vault(shop: Shop) -> Iterator[Saw]:
    office: VaultOffice = shop.office_of("vault")
    try:
        kept = office.put(WORDS, 200)
        wrong = [] if office.read(kept) == WORDS else ["what comes out is not what went in"]
        wrong += ["its words stand in the database in the clear"] if office.stands_in_the_clear(WORDS) else []
        wrong += [] if office.exchange_behind(kept) else ["plain SQL exchanged it"]
        yield judged("sealed", wrong, "sealed in the database, and plain SQL could not exchange it")
        office.remind()
        early = office.reminders()
        office.put(WORDS, 5)
        office.remind()
        office.remind()
        wrong = ["a reminder went for a paper that lasts long"] if early else []
        wrong += (
            [] if office.reminders() - early == 1 else [f"{office.reminders() - early} reminders went, and not one"]
        )
        yield judged("reminder", wrong, "its owner was reminded once before its last day, through the outbox")
    finally:
        office.take_back()
