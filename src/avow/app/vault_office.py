"""The vault for the mystery shopper: synthetic papers alone, and reminders that go nowhere.

Refuses nothing itself; what it put in it takes back, reminders with it.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from avow.app.desk import Desk
from avow.app.outgoing import make_outbox
from avow.app.project import Project
from avow.app.tried import refusal_behind
from avow.app.vault import TEMPLATE, Vault, make_vault
from avow.control import vault

_CLEAR = "SELECT count(*) FROM control.vault_document d WHERE position(%s::bytea in d.content_sealed) > 0"
_MAILS = "SELECT count(*) FROM control.outbox WHERE template = %s AND synthetic AND made_at >= %s"


@dataclass
class ShopVault:
    desk: Desk
    vault: Vault

    def __post_init__(self) -> None:
        self.begun = self.desk.now()

    def put(self, content: bytes, days_left: int) -> str:
        today = self.desk.now().date()
        valid = (today - timedelta(days=1), today + timedelta(days=days_left))
        made = self.vault.put("contract", "Avow Canary paper", "shopper", content, valid, "shopper", synthetic=True)
        return str(made.id)

    def read(self, document: str) -> bytes:
        return self.vault.read(UUID(document)) or b""

    def stands_in_the_clear(self, words: bytes) -> bool:
        with self.desk.session() as session:
            row = session.connection.execute(_CLEAR, (words,)).fetchone()
            return bool(row and row[0])

    def exchange_behind(self, document: str) -> str:
        change = "UPDATE control.vault_document SET content_sealed = 'x', valid_until = 'infinity' WHERE id = %s"
        return refusal_behind(self.desk, lambda session: session.connection.execute(change, (document,)))

    def remind(self) -> int:
        return self.vault.remind(synthetic=True)

    def reminders(self) -> int:
        with self.desk.session() as session:
            row = session.connection.execute(_MAILS, (TEMPLATE, self.begun)).fetchone()
            return int(row[0]) if row else 0

    def take_back(self) -> None:
        with self.desk.session() as session:
            vault.forget_synthetic_documents(session)


def make_vault_office(stack: ExitStack, project: Project, desk: Desk) -> ShopVault:
    """The office of one run."""
    return ShopVault(desk, make_vault(project.settings, desk.session, make_outbox(project.settings)))
