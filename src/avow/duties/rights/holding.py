"""Counts what is held about a person who wants to see it: categories, sources, recipients, times; no value.

Promises: whoever has shown an address is looked for by it in every store, and what is found is bound to them; counts are sealed
under the person's key. A store that does not answer makes the count wait, never smaller than it is. Refuses to count for an
address that nobody has shown.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from avow.control import people
from avow.control.rights import RequestRow
from avow.control.session import Session
from avow.duties.rights.rules import Office
from avow.duties.rights.searching import SURE
from avow.duties.rights.stores import OpenStore, Stores, read_own
from avow.errors import StoreError
from avow.stores.duty import Identifier, Person, Row, SubjectKey

Count = Callable[[Session, RequestRow, Iterable[Row]], Mapping[str, Any]]
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def count_asked(session: Session, office: Office, stores: Stores, count: Count) -> int:
    """Counts for one person who asked; 0 when nobody did."""
    asked = people.list_holdings_asked(session, 1)
    for subject in asked:
        try:
            with ExitStack() as stack, session.connection.transaction():
                opened = [stack.enter_context(stores.open(name)) for name in office.rules.stores]
                rows = _read_all(session, subject, opened)
                found = count(session, stand_in(subject), rows)
                people.record_holding(session, subject, json.dumps(found, ensure_ascii=False))
        except StoreError:
            return 0  # counted with a later pass
    return len(asked)


def _read_all(session: Session, subject: UUID, opened: Iterable[OpenStore]) -> Iterator[Row]:
    for store in opened:
        yield from store.duty.read(find_person(session, subject, store))


def find_person(session: Session, subject: UUID, store: OpenStore) -> Person:
    """Looks for the person by what they have shown, binds what is surely theirs, and gives them as this store knows them."""
    held = people.access_identifiers(session, [subject]).get(subject, [])
    shown = [Identifier(h.kind, h.value) for h in held if h.proven_at and h.kind != people.ACCOUNT]
    for match in store.duty.find(shown).matches if shown else ():
        if match.confidence >= SURE:
            place = (store.name, match.key.table, match.key.key)
            owner = people.record_key(session, subject, place, match.reason, match.confidence)
            if owner != subject:
                people.record_merge(session, subject, owner, "found by a shown address", "worker")
    known = people.access_keys(session, [subject]).get(subject, [])
    keys = tuple(SubjectKey(k.table, k.key) for k in known if k.store == store.name and k.confirmed)
    own = read_own(store, keys)
    for identifier in own:
        people.record_identifier(session, subject, identifier.kind, identifier.value)
    return Person(keys, tuple(dict.fromkeys([*shown, *own])))


def stand_in(subject: UUID) -> RequestRow:
    """A request that nobody made, about this person: what answers are built for."""
    return RequestRow(
        id=subject,
        reference="",
        kind="access",
        state="",
        channel="centre",
        jurisdiction="",
        received_at=_NEVER,
        original_received_at=None,
        due_at=_NEVER,
        due_source="",
        extended_at=None,
        paused_at=None,
        paused_seconds=0,
        waits_until=None,
        identity_needed="session",
        identity_reached="session",
        subject=subject,
        account="",
        opened_by="",
        scope=[],
        merged_into=None,
        owner="",
        reason="",
        held=None,
        fee_cents=None,
        fee_currency="",
        fee_basis="",
        fee_announced_at=None,
        fee_accepted_at=None,
        fee_paid_at=None,
        synthetic=False,
        key_id=subject,
        contact_sealed=b"",
        wish_sealed=b"",
        duplicate_digest=b"",
        step_run="",
        closed_at=None,
        changed_at=_NEVER,
    )
