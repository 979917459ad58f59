"""Tells whoever was given a person's data that it was corrected, erased or blocked: a notice in the register, a mail where the firm
has an address, and the name of each for the task of a person.

A mail names the lines of the files that the firm was handed, never the person. Refuses to call anybody told whose mail was not
sent: it is queued until then, and without an address the task stays open until somebody did it.
Source: GDPR article 19.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from avow.app.outgoing import SEND_JOB
from avow.control import disclosures, people
from avow.control.disclosures import Given
from avow.control.rights import RequestRow
from avow.control.session import Session
from avow.outbox import Message, Outbox
from avow.policy import RecipientEntry
from avow.work import defer

_DO = {
    "rectification": ("was corrected", "Please ask us for the corrected data, and use it in place of what you have."),
    "erasure": ("was erased", "Please erase it, too, and every copy of it."),
    "restriction": ("was blocked", "Please do not use it until we tell you that you may."),
}


@dataclass(frozen=True)
class Downstream:
    """`register` gives each firm's address for notices."""

    register: tuple[RecipientEntry, ...]
    outbox: Outbox

    def tell(self, session: Session, row: RequestRow) -> tuple[str, ...]:
        """Records and posts what is new, in the caller's transaction; gives the names of all who were given data of the person."""
        given = self._given(session, row)
        contacts = {entry.id: entry.contact for entry in self.register}
        new = disclosures.record_notices(session, row.id, row.kind, given, row.synthetic)
        if row.kind == "erasure":
            disclosures.record_files_gone(session, [one.disclosure for one in given])
        self._post(session, row, [line for line in new if contacts.get(line[1].recipient)], contacts)
        return tuple(dict.fromkeys(one.entity or one.recipient for one in given))

    def _given(self, session: Session, row: RequestRow) -> list[Given]:
        if row.subject is None or row.kind not in _DO:
            return []
        held = people.access_keys(session, [row.subject]).get(row.subject, [])
        return disclosures.list_given(session, [(key.store, key.table, key.key) for key in held])

    def _post(
        self, session: Session, row: RequestRow, notices: Iterable[tuple[UUID, Given]], contacts: dict[str, str]
    ) -> None:
        """One mail for each firm, and for each notice which mail that is."""
        ordered = sorted(notices, key=lambda line: (line[1].recipient, line[1].record))
        mails, told = [], []
        for recipient, lines in groupby(ordered, key=lambda line: line[1].recipient):
            listed = list(lines)
            mails.append(_mail(session, row, contacts[recipient], [given.record for _, given in listed]))
            told += [(notice, mails[-1].id) for notice, _ in listed]
        if mails:
            disclosures.record_notice_mails(session, told)
            key = session.make_key()
            self.outbox.put(session.connection, mails, key, session.get_key(key), session.now)
            defer(session.connection, SEND_JOB, {}, key=SEND_JOB)


def _mail(session: Session, row: RequestRow, to: str, records: list[str]) -> Message:
    what, please = _DO[row.kind]
    text = (
        f"Data that we gave you {what} with us. It stands in these lines of the files that you were handed:\n\n"
        + "\n".join(f"  {record}" for record in records)
        + f"\n\n{please}\n\nAnswer this mail when it is done, and name the lines. We have to keep your answer.\n"
    )
    subject = f"Data that we gave you {what}"
    return Message(
        session.new_id(), f"disclosure-{row.kind}", to, subject, text, request=row.id, synthetic=row.synthetic
    )
