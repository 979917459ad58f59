"""The vault at the desk: documents put in, read out, withdrawn, and their owners reminded before they end.

Promises: a reminder goes through the outbox like every mail, once a week while a document nears or is past its last day. Refuses to
name a person in a reminder: it says which paper, never what is in it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from avow.control import vault
from avow.control.session import Session
from avow.control.vault import KINDS, Document
from avow.errors import ControlError, Diagnostic, Place
from avow.outbox import Message, Outbox
from avow.settings import Settings
from avow.work import defer

OpenSession = Callable[[], AbstractContextManager[Session]]
LARGEST = 20 * 1024 * 1024
SEND_JOB = "send_outbox"
TEMPLATE = "vault_reminder"


@dataclass(frozen=True)
class Vault:
    """`outbox` takes the reminders; `officer` is the address that they go to when an owner is no address."""

    session: OpenSession
    outbox: Outbox
    officer: str

    def put(
        self,
        kind: str,
        name: str,
        owner: str,
        content: bytes,
        valid: tuple[date, date],
        by: str,
        media: str = "application/octet-stream",
        remind_days: int = 30,
        synthetic: bool = False,
    ) -> Document:
        """Raises ControlError `vault.bad-document` with what is wrong with it."""
        for wrong, help in _faults(kind, name, owner, content, valid):
            raise ControlError(Diagnostic(Place("vault"), "vault.bad-document", wrong, help, "nothing was kept"))
        with self.session() as session:
            made = vault.record_document(session, kind, name, owner, content, valid, by, media, remind_days, synthetic)
            found = vault.find_document(session, made)
            assert found is not None  # kept now
            return found

    def listed(self, kind: str = "") -> list[Document]:
        with self.session() as session:
            return vault.list_documents(session, kind)

    def find(self, document: UUID) -> Document | None:
        with self.session() as session:
            return vault.find_document(session, document)

    def read(self, document: UUID) -> bytes | None:
        with self.session() as session:
            return vault.access_content(session, document)

    def withdraw(self, document: UUID) -> bool:
        with self.session() as session:
            return vault.record_withdrawn(session, document)

    def remind(self, synthetic: bool = False) -> int:
        """Puts one mail for each document that nears its end into the outbox, in the transaction that notes it; gives how many."""
        with self.session() as session:
            due = vault.record_reminders(session, synthetic)
            messages = [self._mail(session, document) for document in due]
            if messages:
                key = session.make_key()
                self.outbox.put(session.connection, messages, key, session.get_key(key), session.now)
                defer(session.connection, SEND_JOB, {}, key=SEND_JOB)
            return len(messages)

    def _mail(self, session: Session, document: Document) -> Message:
        ended = document.valid_until < session.now.date()
        what = "has ended" if ended else "ends"
        text = (
            f"The {document.kind} “{document.name}” in the vault {what} on {document.valid_until:%d %B %Y}.\n\n"
            f"Its owner is {document.owner}. Put a new one in before that day, or withdraw it if nothing rests on it any more.\n"
        )
        to = document.owner if "@" in document.owner else self.officer
        subject = f"{document.name}: {what} on {document.valid_until:%Y-%m-%d}"
        return Message(session.new_id(), TEMPLATE, to, subject, text, synthetic=document.synthetic)


def _faults(kind: str, name: str, owner: str, content: bytes, valid: tuple[date, date]) -> Sequence[tuple[str, str]]:
    found = []
    if kind not in KINDS:
        found.append((f"`{kind}` is no kind of document", f"choose from {', '.join(KINDS)}"))
    if not name.strip() or not owner.strip():
        found.append(("a document has a name and an owner", "say what it is, with its version, and who answers for it"))
    if not content or len(content) > LARGEST:
        found.append(("the file is empty or above 20 MiB", "keep the paper itself, not a folder of them"))
    if valid[1] < valid[0]:
        found.append(("its last day is before its first", "give the first day, then the last"))
    return found


def make_vault(settings: Settings, session: OpenSession, outbox: Outbox) -> Vault:
    """The vault of a project over anybody's sessions."""
    return Vault(session, outbox, settings.contact.email)
