"""Two requests of one person for the same thing become one, once a search has shown that it is one person.

Whoever asks by the centre and writes a mail, too, is two askers until both are bound to the same rows. Promises: the one that is
being worked on already takes the other in, with the earlier of the two days of arrival; both timelines say so. Refuses to merge
what is not the same: another kind, other purposes or fields, other words of a correction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from avow.control import rights
from avow.control.rights import RequestRow
from avow.control.session import Session
from avow.duties.rights.identity import merge_into, sign_wish
from avow.duties.rights.model import Actor
from avow.duties.rights.moves import access_contact, access_wish
from avow.duties.rights.rules import Office

Asked = tuple[UUID, str]  # subject, kind


def merge_bound(session: Session, office: Office, rows: Sequence[RequestRow], actor: Actor) -> set[UUID]:
    """Merges those of `rows` of which the same person has the same request open, or twice among them; gives which went."""
    asked = {row.id: (row.subject, row.kind) for row in rows if row.subject and row.identity_needed != "none"}
    beside = rights.list_open_beside(session, list(asked), [subject for subject, _ in asked.values() if subject])
    often = Counter([*asked.values(), *((one.subject, one.kind) for one in beside)])
    kept: dict[tuple[UUID | None, str, str], RequestRow] = {}
    for one in beside:
        if (one.subject, one.kind) in asked.values():
            kept.setdefault((one.subject, one.kind, _sign(session, one)), one)
    merged = set()
    for row in sorted(rows, key=lambda one: (one.received_at, one.id)):
        if row.id not in asked or often[asked[row.id]] < 2:
            continue
        first = kept.setdefault((row.subject, row.kind, _sign(session, row)), row)
        if first.id != row.id:
            merge_into(session, office, row, first.id, actor)
            merged.add(row.id)
    return merged


def _sign(session: Session, row: RequestRow) -> str:
    """What is asked, so that the same is seen; of what was forgotten nothing is the same. A number or address that was named stands
    in rows of theirs, or somebody would have to look first; a cookie may lead to more."""
    wish, contact = access_wish(session, row), access_contact(session, row)
    if wish is None or contact is None:
        return str(row.id)
    return sign_wish(row.kind, wish, [one for one in contact.identifiers if one[0] in ("cookie", "ip")])
