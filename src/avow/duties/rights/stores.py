"""What a step knows of one store and of one person in it.

Promises that a person in a store is the rows that were found and held to be theirs, and the addresses and numbers by which they
are known; nothing that staff decided is another's. Refuses to open a store: `avow.app` hands out open ones.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from avow.control import cases, people
from avow.control.cases import MatchRow
from avow.control.rights import RequestRow
from avow.control.session import Session
from avow.duties.rights.moves import access_contact
from avow.duties.rights.naming import access_confirmed
from avow.errors import StoreError
from avow.stores.duty import DutyStore, Identifier, Person, StoreSpec, SubjectKey

THEIRS, ASK, ANOTHER, CUSTOMER = "theirs", "ask", "another", "customer"
BATCH = 2_000


@dataclass(frozen=True)
class OpenStore:
    """Connections of the duty credential. `cards` sees the tables of people and organisations alone, without their texts:
    enough to read a person's own row and to tell whether a number is theirs alone."""

    name: str
    spec: StoreSpec
    duty: DutyStore
    cards: DutyStore


class Stores(Protocol):
    """Hands out governed stores. Raises StoreError when one does not answer."""

    def open(self, name: str) -> AbstractContextManager[OpenStore]: ...


def access_people(session: Session, rows: Sequence[RequestRow], store: str) -> dict[UUID, Person]:
    """Request -> the person in this store: many at once, each with what they have shown, is held of them, or was named and is
    theirs by a decision."""
    matches = cases.access_matches(session, [row.id for row in rows])
    confirmed = access_confirmed(session, rows)
    known = people.access_identifiers(session, {row.subject for row in rows if row.subject})
    found = {}
    for row in rows:
        keys = tuple(SubjectKey(m.table, m.key) for m in matches.get(row.id, []) if m.store == store and is_theirs(m))
        held = known.get(row.subject, []) if row.subject else []
        identifiers = [Identifier(h.kind, h.value) for h in held if h.kind != people.ACCOUNT]
        if not row.subject:
            contact = access_contact(session, row)
            identifiers = [Identifier("email", contact.email)] if contact and contact.email else []
        found[row.id] = Person(keys, tuple(dict.fromkeys([*identifiers, *confirmed.get(row.id, ())])))
    return found


def is_theirs(match: MatchRow) -> bool:
    return match.verdict == THEIRS


def strong_of(person: Person) -> tuple[Identifier, ...]:
    return tuple(i for i in person.identifiers if i.strong)


def read_cards(store: OpenStore, keys: Iterable[SubjectKey]) -> list[Identifier]:
    """Addresses, numbers and names that stand in the person's own rows."""
    wanted = tuple(keys)
    found: dict[Identifier, None] = {}
    for row in store.cards.read(Person(wanted)) if wanted else ():
        table = store.spec.find_table(row.table)
        if table is None or row.how != "path":
            continue
        for column in table.columns:
            value = row.values.get(column.name)
            if value and column.identifies and column.identifies != "ip":
                found[Identifier(column.identifies, value)] = None
    return list(found)


def read_own(store: OpenStore, keys: Iterable[SubjectKey]) -> list[Identifier]:
    """Of `read_cards` what is this person's alone: a number that a colleague or the organisation has as well would lead to
    them, and would rightly stand there after this person is gone."""
    mine = set(keys)
    return [i for i in read_cards(store, mine) if not i.strong or not _is_shared(store, i, mine)]


def _is_shared(store: OpenStore, identifier: Identifier, mine: set[SubjectKey]) -> bool:
    found = store.cards.find([identifier])
    organisations = {table.name for table in store.spec.tables if table.organisation}
    others = any(match.key not in mine for match in found.matches)
    return others or any(loose.table in organisations for loose in found.loose)


def read_card(store: OpenStore, key: SubjectKey) -> str:
    """JSON of what stands in one row of a person: whoever decides whose it is has to see it."""
    for row in store.cards.read(Person((key,))):
        if row.how == "path" and row.table == key.table:
            return json.dumps(dict(row.values), ensure_ascii=False)
    return ""


def explain(error: StoreError) -> tuple[str, str]:
    """(code, cause in words) of the first thing that went wrong; a store never quotes a value."""
    first = error.diagnostics[0]
    return first.code, first.cause


def is_down(error: StoreError) -> bool:
    """The store itself does not answer: trying the next item at once would not help."""
    return bool({"store.unreachable", "store.no-credential", "store.no-right", "store.bad-dsn"} & set(error.codes))


def group_by_run(rows: Sequence[RequestRow]) -> Mapping[str, list[RequestRow]]:
    """Items of one call share a run: those that began together go together."""
    found: dict[str, list[RequestRow]] = {}
    for row in rows:
        found.setdefault(row.step_run, []).append(row)
    return found
