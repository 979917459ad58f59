"""What the mystery shopper asks of the duty of choices, for synthetic people alone: the same functions as everybody's.

Refuses to know, or to choose for, a person who was not planted.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from uuid import UUID

import psycopg

from avow.app.campaigns import find_refusals
from avow.app.choices import record_preferences
from avow.app.desk import Desk
from avow.app.project import Project
from avow.control import choices, people
from avow.control.choices import Record
from avow.duties.campaigns.gate import Receiver
from avow.duties.choices.receipt import check_receipt
from avow.ledger.keys import load_public_key
from avow.prove.inquiry import CannotTell
from avow.prove.shopper import Guest
from avow.prove.shopper.visits_choices import Wanted


@dataclass(frozen=True)
class ShopChoices:
    """Implements `visits_choices.ChoicesOffice`."""

    desk: Desk
    project: Project

    def know(self, guest: Guest, tables: Sequence[str] = ()) -> UUID:
        with self.desk.session() as session:
            mine = [key for key in guest.keys if (key[1] in tables if tables else self._is_person(key))]
            if not mine:
                raise CannotTell("the synthetic person has no row by which they could be known")
            known = people.find_subjects_by_keys(session, mine)
            subject = next((one for one in known if one), None) or people.record_subject(session, synthetic=True)
            for key, one in zip(mine, known, strict=True):
                if one is None:
                    people.record_key(session, subject, key, "planted")
            return subject

    def _is_person(self, key: tuple[str, str, str]) -> bool:
        store = self.project.datamap.find_store(key[0])
        table = store.find_table(key[1]) if store else None
        return table is not None and bool(table.key) and not table.organisation

    def choose(self, subject: UUID, wanted: Wanted) -> int:
        return record_preferences(self.desk, subject, wanted)

    def records(self, store: str, table: str, key: str) -> list[Record]:
        with self.desk.session() as session:
            subject = people.find_subjects_by_keys(session, [(store, table, key)])[0]
            return choices.list_records(session, [subject]).get(subject, []) if subject else []

    def receipt_faults(self, record: Record) -> list[str]:
        """Checked as an outsider does: with the public key alone."""
        with self.desk.session() as session:
            made = choices.find_receipt(session, record.id)
        if made is None:
            return ["an answer has no receipt"]
        key = load_public_key(self.project.settings.ledger_key.with_suffix(".pub"))
        return check_receipt(*made, key, record)

    def can_change(self, record: Record) -> bool:
        """Tries to, in a transaction that is always rolled back."""
        with self.desk.session() as session:
            try:
                with session.connection.transaction(force_rollback=True):
                    session.connection.execute(
                        "UPDATE control.consent SET outcome = 'given', said_at = now() WHERE id = %s", (record.id,)
                    )
            except psycopg.Error:
                return False
        return True

    def refuses(self, guest: Guest, purpose: str) -> bool:
        audience = [Receiver(*key, "") for key in guest.keys if self._is_person(key)]
        with self.desk.session() as session:
            found = find_refusals(session, purpose, audience)
        return bool(audience) and {(r.store, r.table, r.key) for r in audience} <= found.objected | found.not_by_mail


def make_office(stack: ExitStack, project: Project, desk: Desk) -> ShopChoices:
    return ShopChoices(desk, project)
