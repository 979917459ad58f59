"""Compares facts that an asker offered with what stands in the rows of the person that they say they are.

Promises: in the worker, normalised, in constant time for each fact; two that agree in the rows of one person suffice, and that
row is then the asker's; what was offered is deleted either way. Refuses to tell which fact agreed, to the asker and to the log.
Source: GDPR article 12(6); recital 64.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import islice

from avow.control import cases, proofs, rights
from avow.control.cases import MatchRow
from avow.control.proofs import OfferedFacts
from avow.control.rights import RequestRow
from avow.control.session import Session
from avow.duties.rights.identity import FACTS_NEEDED, compare_fact, record_reached
from avow.duties.rights.moves import WORKER, record_event
from avow.duties.rights.naming import list_identifiers
from avow.duties.rights.rules import Office
from avow.duties.rights.stores import THEIRS, OpenStore, Stores
from avow.errors import StoreError
from avow.stores.duty import Identifier, Person, StoreSpec, SubjectKey

# what may be offered -> where it may stand: an identifier kind, or categories
FACTS: Mapping[str, tuple[str, ...]] = {
    "email": ("email",),
    "phone": ("phone",),
    "name": ("name",),
    "customer_number": ("customer_number",),
    "postal_code": ("contact.postal_address",),
    "invoice_number": ("payment.invoice",),
}
MOST_ROWS = 5_000


def compare_offered(session: Session, office: Office, stores: Stores) -> int:
    """Compares what was offered lately; gives how many offers."""
    compared = 0
    for offer in proofs.access_offered_facts(session, 20):
        row = rights.get_requests(session, [offer.request])[0]
        try:
            agreed = _find_agreeing(session, office, stores, row, offer)
        except StoreError:
            continue  # a store is away: compared again with the next pass
        compared += 1
        if agreed is None:
            proofs.record_ended(session, [row.id], "facts")
            record_event(session, row.id, "facts compared", WORKER)
            continue
        store, key = agreed
        proofs.record_passed(session, offer.challenge)
        match = MatchRow(row.id, store, key.table, key.key, b"", "facts agree", 1.0, THEIRS)
        cases.record_match(session, row.key_id, match)
        record_reached(session, office, row, "facts", WORKER)
    return compared


def _find_agreeing(
    session: Session, office: Office, stores: Stores, row: RequestRow, offer: OfferedFacts
) -> tuple[str, SubjectKey] | None:
    facts: dict[str, str] = json.loads(offer.text)
    named = [i for i, _ in list_identifiers(session, row)]
    named += [Identifier(kind, value) for kind, value in facts.items() if kind in ("email", "phone", "customer_number")]
    for name in office.rules.stores:
        with stores.open(name) as store:
            for match in store.duty.find(list(dict.fromkeys(named))).matches:
                if count_agreeing(store, match.key, facts) >= FACTS_NEEDED:
                    return name, match.key
    return None


def count_agreeing(store: OpenStore, key: SubjectKey, facts: Mapping[str, str]) -> int:
    """How many of the facts stand in this person's rows. Every fact is compared, whatever the others gave."""
    agreed = dict.fromkeys(facts, False)
    for row in islice(store.duty.read(Person((key,))), MOST_ROWS):
        if row.how != "path":
            continue
        for column, value in row.values.items():
            said = _said_of(store.spec, row.table, column)
            for kind, told in facts.items():
                if value and said & set(FACTS.get(kind, ())):
                    agreed[kind] |= _agrees(kind, told, value)
    if "customer_number" in facts:
        agreed["customer_number"] |= compare_fact("customer_number", facts["customer_number"], key.key)
    return sum(agreed.values())


def _said_of(spec: StoreSpec, table: str, column: str) -> set[str]:
    found = spec.find_table(table)
    said = next((c for c in found.columns if c.name == column), None) if found else None
    return {said.identifies, *said.categories} if said else set()


def _agrees(kind: str, told: str, held: str) -> bool:
    """A postal code is a part of an address: any run of its words will do."""
    if kind != "postal_code":
        return compare_fact(kind, told, held)
    words: Sequence[str] = held.split()
    pieces = [" ".join(words[i : i + n]) for n in (1, 2, 3) for i in range(len(words))]
    return any([compare_fact(kind, told, piece.strip(",;.")) for piece in pieces])
