"""By what the asker of a request may be found: what they have shown to be theirs, and what they only name.

Promises: what somebody names without having shown it (a customer number, a cookie, a telephone number, an address of the network
at a time) is looked for, counted by place, and used for nothing before a member of staff has said that it is theirs; a request in
which something was named waits for a person whether or not it is found anywhere, so that nobody learns from the wait whom the
company knows. Refuses an address of the network without its time.
Source: GDPR articles 11(2), 12(6), 15; recital 64.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from avow.control import cases, people
from avow.control.cases import DecisionRow, StepRow
from avow.control.rights import RequestRow
from avow.control.session import Session
from avow.duties.rights.model import Contact
from avow.duties.rights.moves import access_contact
from avow.stores.duty import IDENTIFIER_KINDS, Identifier

ASK, THEIRS, ANOTHER, NOWHERE = "ask", "theirs", "another", "nowhere"
# in the counts of a search: how much was named at all; "named 3 public.sessions.cookie", "own 3". Decisions: "named 3".
ANY, NAMED, OWN = "named", "named ", "own "
SAME_PERSON = "same_person"


@dataclass(frozen=True)
class Named:
    """One thing that the asker named. `number` is its place among what they said of themselves; `places` are (store, table.column)
    with how many rows hold it; `verdict` is ask, theirs, another, or nowhere where no store holds it."""

    number: int
    kind: str
    value: str
    places: Mapping[tuple[str, str], int] = field(default_factory=dict)
    verdict: str = NOWHERE


def read_identifier(kind: str, value: str) -> Identifier:
    """An address that many have one after the other carries its time: "192.0.2.7 2026-01-01T00:00Z/2026-01-02T00:00Z"."""
    address, _, span = value.partition(" ")
    since, _, until = span.partition("/")
    return Identifier(kind, address, since, until) if kind == "ip" else Identifier(kind, value)


def write_address(address: str, since: datetime, until: datetime) -> str:
    """The value of an address of the network with its time, as `read_identifier` reads it."""
    start, end = (at.astimezone(UTC).isoformat().replace("+00:00", "Z") for at in (since, until))
    return f"{address} {start}/{end}"


def find_fault(kind: str, value: str) -> str:
    """What is wrong with something that was named; "" when it can be looked for."""
    if kind not in IDENTIFIER_KINDS:
        return "nobody can be found by a thing of this kind"
    if not value.strip():
        return f"what was named as {kind} is empty"
    return _fault_of_address(read_identifier(kind, value)) if kind == "ip" else ""


def _fault_of_address(named: Identifier) -> str:
    """Many have such an address one after the other: without its time it would lead to somebody else."""
    try:
        ipaddress.ip_address(named.value)
    except ValueError:
        return "what was named as an address of the network is none"
    try:
        since, until = (datetime.fromisoformat(at) for at in (named.since, named.until))
    except ValueError:
        return "an address of the network was named without the time in which it was theirs"
    if since.tzinfo is None or until.tzinfo is None or since >= until:
        return "the time of an address of the network does not begin before it ends, or lacks its zone"
    return ""


def list_claims(contact: Contact) -> list[Identifier]:
    """What the asker said of themselves, in an order that stays: decisions go by the place in it."""
    said = [("email", contact.email), ("phone", contact.phone), *contact.identifiers]
    return [read_identifier(kind, value) for kind, value in said]


def list_identifiers(session: Session, row: RequestRow) -> list[tuple[Identifier, bool]]:
    """By what the asker of a request may be found, and whether it is known to be theirs. What was learned from rows of theirs is
    not among it: it leads to nothing that those rows do not."""
    found: dict[Identifier, bool] = {}
    if row.subject:
        for held in people.access_identifiers(session, [row.subject]).get(row.subject, []):
            if held.kind != people.ACCOUNT and held.proven_at is not None:
                found[Identifier(held.kind, held.value)] = True
    contact = access_contact(session, row)
    if contact is None:
        return list(found.items())
    shown = row.identity_reached in ("facts", "document")
    if contact.email:
        mail = Identifier("email", contact.email)
        found[mail] = found.get(mail, False) or shown or row.identity_reached == "code"
    if contact.phone:
        found.setdefault(Identifier("phone", contact.phone), shown)
    for kind, value in contact.identifiers:
        found.setdefault(read_identifier(kind, value), False)
    if not all(found.values()):
        found |= dict.fromkeys(access_confirmed(session, [row]).get(row.id, ()), True)
    return list(found.items())


def list_reached(session: Session, row: RequestRow) -> list[Identifier]:
    """Addresses and numbers by which the asker is written to or called. Of an address that nobody has shown, only itself."""
    listed = [i for i, _ in list_identifiers(session, row)]
    if row.subject and row.identity_needed != "none":
        held = people.access_identifiers(session, [row.subject]).get(row.subject, [])
        listed += [Identifier(h.kind, h.value) for h in held]
    kinds = ("email", "phone") if row.subject else ("email",)
    return list(dict.fromkeys(i for i in listed if i.kind in kinds))


def access_confirmed(session: Session, rows: Sequence[RequestRow]) -> dict[UUID, tuple[Identifier, ...]]:
    """Request -> what was named in it and is theirs by a decision of staff."""
    numbers = cases.list_confirmed(session, [row.id for row in rows], NAMED, SAME_PERSON)
    found: dict[UUID, tuple[Identifier, ...]] = {}
    for row in rows:
        contact = access_contact(session, row) if row.id in numbers else None
        claims = list_claims(contact) if contact else []
        found[row.id] = tuple(claims[number] for number in numbers.get(row.id, ()) if number < len(claims))
    return {request: named for request, named in found.items() if named}


def list_named(
    session: Session, row: RequestRow, steps: Iterable[StepRow], decisions: Iterable[DecisionRow]
) -> list[Named]:
    """What the asker named and has not shown, with where it stands and whose it is held to be. What stands in a row that is theirs
    needs nobody's word."""
    looked = [step for step in steps if step.step == "find"]
    contact = access_contact(session, row) if any(step.counts.get(ANY) for step in looked) else None
    if contact is None:
        return []
    said = {one.item: one.decision for one in decisions}
    proven = {one for one, shown in list_identifiers(session, row) if shown}
    places, own = _read_counts(looked)
    found = []
    for number, one in enumerate(list_claims(contact)):
        item = f"{NAMED}{number}"
        if not one.value or one.kind == "name" or (one in proven and item not in said):
            continue
        verdict = ASK if places.get(number) else NOWHERE
        if number in own:
            verdict = THEIRS
        if item in said:
            verdict = THEIRS if said[item] == SAME_PERSON else ANOTHER
        span = f" {one.since}/{one.until}" if one.since else ""
        found.append(Named(number, one.kind, f"{one.value}{span}", places.get(number, {}), verdict))
    return found


def _read_counts(steps: Iterable[StepRow]) -> tuple[dict[int, dict[tuple[str, str], int]], set[int]]:
    """Number -> place -> rows; and the numbers of those that stand in a row of the asker's."""
    places: dict[int, dict[tuple[str, str], int]] = {}
    own: set[int] = set()
    for step in steps:
        for name, rows in step.counts.items():
            if name.startswith(OWN):
                own.add(int(name.removeprefix(OWN)))
            elif name.startswith(NAMED):
                number, _, place = name.removeprefix(NAMED).partition(" ")
                places.setdefault(int(number), {})[step.store, place] = rows
    return places, own
