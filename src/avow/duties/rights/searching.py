"""Finds the person of a request in every store, and says how it goes on.

Promises: each store is looked into apart; what was searched is on record; a row that a shown address points at is the asker's,
any other waits for a person to decide, and so does every request in which something was named that nobody has shown.
Refuses to export or erase an organisation, a colleague, or what is held for a customer.
Source: GDPR articles 4(7), 11, 12(6), 28(3)(e); UK GDPR article 15 (reasonable and proportionate search).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from avow.control import cases, people, rights
from avow.control.cases import MatchRow, StepRow
from avow.control.people import HeldIdentifier
from avow.control.rights import RequestRow
from avow.control.session import Session
from avow.duties.rights.approvals import count_needed
from avow.duties.rights.hands import AFTER, FIND
from avow.duties.rights.identity import link_to
from avow.duties.rights.merging import merge_bound
from avow.duties.rights.model import (
    ERASING,
    EXPORTS,
    FINDING,
    FORWARDED,
    KINDS,
    NOES,
    REVIEW,
    WAITING,
    WORKING,
    Actor,
)
from avow.duties.rights.moves import WORKER, access_contact, access_wish, move, record_event
from avow.duties.rights.naming import (
    ANY,
    NAMED,
    NOWHERE,
    OWN,
    Named,
    list_claims,
    list_identifiers,
    list_named,
    list_reached,
)
from avow.duties.rights.ports import Mail
from avow.duties.rights.rules import Office, marks_of
from avow.duties.rights.stores import (
    ASK,
    BATCH,
    CUSTOMER,
    THEIRS,
    OpenStore,
    explain,
    is_down,
    read_card,
    read_own,
)
from avow.errors import StoreError
from avow.stores.duty import Finding, Identifier, Match, SubjectKey

SURE = 0.85  # below it a match of a shown identifier is for a person to decide
TO_DECIDE = "matches to decide"  # also where only something named waits: the timeline is the same for both
WARNED = (*EXPORTS, "erasure")  # what somebody who took an account over would ask for
OTHERS_TOLD = "other addresses told"
_SEARCHED_IN = (FINDING, REVIEW, WAITING, WORKING)


def begin_search(session: Session, office: Office) -> int:
    """Lays out the search of new requests: one step per store."""
    ready = rights.list_ready(session, "without_find", BATCH)
    rules = office.rules
    covered = [*((store, "machine") for store in rules.stores), *((store, "not") for store in rules.uncovered)]
    cases.record_steps(session, [(request, store, "find", how) for request in ready for store, how in covered])
    erasures = [row.id for row in rights.get_requests(session, ready) if row.kind == "erasure"]
    cases.record_steps(session, [(r, store, "preview", "machine") for r in erasures for store in rules.stores])
    return len(ready)


def search_store(session: Session, office: Office, store: OpenStore, limit: int = 100) -> int:
    """Looks in one store for the people of up to `limit` requests; gives how many were looked for."""
    ready = cases.list_ready_steps(session, store.name, "find", _SEARCHED_IN, (), limit)
    rows = rights.get_requests(session, ready)
    for number, row in enumerate(rows):
        try:
            _search_one(session, office, store, row)
        except StoreError as error:
            left = [r.id for r in rows[number:]] if is_down(error) else [row.id]
            cases.record_steps_failed(session, store.name, "find", left, *explain(error))
            if is_down(error):
                break
    return len(rows)


def _search_one(session: Session, office: Office, store: OpenStore, row: RequestRow) -> None:
    identifiers = list_identifiers(session, row)
    shown = [i for i, proven in identifiers if proven]
    told = [i for i, proven in identifiers if not proven]
    if row.identity_needed == "none":
        shown, told = [i for i, _ in identifiers if i.kind == "email"], []
    sure = store.duty.find(shown)
    claims = {one: store.duty.find([one]) for one in told}
    matches = plan_matches(office, store.name, sure.matches, [m for found in claims.values() for m in found.matches])
    known = people.access_keys(session, [row.subject]).get(row.subject, []) if row.subject else []
    for held in known:
        if held.store == store.name and held.confirmed:
            matches[SubjectKey(held.table, held.key)] = (
                Match(SubjectKey(held.table, held.key), held.reason, 1.0),
                THEIRS,
            )
    for match, verdict in matches.values():
        _record_match(session, store, row, match, verdict)
    mine = [key for key, (_, verdict) in matches.items() if verdict == THEIRS]
    counts = {"matches": len(matches)}
    for loose in sure.loose:
        counts[f"loose {loose.table}.{loose.column}"] = loose.rows
    counts |= _count_claims(session, row, claims, set(mine))
    _learn(session, store, row, mine)
    searched = dict.fromkeys([*sure.searched, *(place for found in claims.values() for place in found.searched)])
    cases.record_steps_done(session, store.name, "find", {row.id: counts}, tuple(searched))


def _count_claims(
    session: Session, row: RequestRow, claims: Mapping[Identifier, Finding], mine: set[SubjectKey]
) -> dict[str, int]:
    """Where each thing stands that the asker named and has not shown, by its place among what they said; and which of it stands in
    rows of theirs and of nobody else."""
    contact = access_contact(session, row) if claims else None
    counts: dict[str, int] = {ANY: len(claims)} if claims else {}
    for number, one in enumerate(list_claims(contact) if contact else ()):
        if one not in claims:
            continue
        found = {match.key for match in claims[one].matches}
        if found and found <= mine:
            counts[f"{OWN}{number}"] = len(found)
        for loose in claims[one].loose:
            counts[f"{NAMED}{number} {loose.table}.{loose.column}"] = loose.rows
    return counts


def plan_matches(
    office: Office, store: str, sure: Iterable[Match], unsure: Iterable[Match]
) -> dict[SubjectKey, tuple[Match, str]]:
    """Key -> (match, verdict): theirs by what was shown, to be asked about otherwise."""
    found: dict[SubjectKey, tuple[Match, str]] = {}
    for match in unsure:
        found[match.key] = (match, ASK)
    for match in sure:
        found[match.key] = (match, THEIRS if match.confidence >= SURE else ASK)
    for key, (match, _) in found.items():
        if (store, key.table) in office.rules.customer_tables:
            found[key] = (match, CUSTOMER)
    return found


def _record_match(session: Session, store: OpenStore, row: RequestRow, match: Match, verdict: str) -> None:
    organisation = match.organisation_key
    digest = session.keys.lookup.digest_form("organisation", organisation) if organisation else b""
    cases.record_match(
        session,
        row.key_id,
        MatchRow(
            row.id,
            store.name,
            match.key.table,
            match.key.key,
            digest,
            match.reason,
            match.confidence,
            verdict,
            read_card(store, match.key) if verdict == ASK else "",
        ),
    )


def _learn(session: Session, store: OpenStore, row: RequestRow, keys: Sequence[SubjectKey]) -> None:
    """Binds rows to the person, and takes note of the addresses and numbers in them: erasure has to search for them all."""
    if row.identity_needed == "none":
        return  # an address that nobody has shown binds nothing
    subject = row.subject or _subject_of(session, store.name, row, keys)
    for key in keys:
        owner = people.record_key(session, subject, (store.name, key.table, key.key), "found by a shown address")
        if owner != subject:
            people.record_merge(session, subject, owner, "found by a shown address", "worker")
    for identifier in read_own(store, keys):
        people.record_identifier(session, subject, identifier.kind, identifier.value)


def _subject_of(session: Session, store: str, row: RequestRow, keys: Sequence[SubjectKey]) -> UUID:
    """The person whom the shown address or one of the rows belongs to; a new one where nobody does."""
    shown = [i for i, proven in list_identifiers(session, row) if proven]
    found = [s for i in shown for s in people.find_subjects_by_identifier(session, i.kind, i.value)]
    bound = people.find_subjects_by_keys(session, [(store, key.table, key.key) for key in keys])
    found += [subject for subject in bound if subject]
    subject = found[0] if found else people.record_subject(session, row.jurisdiction, row.synthetic)
    for identifier in shown:
        people.record_identifier(session, subject, identifier.kind, identifier.value, proven=True)
    rights.record_columns(session, row.id, subject=subject)
    return subject


# -- what was found decides how it goes on ------------------------------------------------------------------------------


def settle_found(session: Session, office: Office, limit: int = BATCH) -> int:
    """Moves requests of which every store was looked into. For an answer a store that fails is waited for; anything else
    goes on in the stores that answer."""
    waited = rights.list_ready(session, "found_everywhere", limit, all=True, kinds=list(EXPORTS))
    others = rights.list_ready(
        session, "found_everywhere", limit, all=False, kinds=[kind for kind in KINDS if kind not in EXPORTS]
    )
    rows = rights.get_requests(session, [*waited, *others])
    if rows:
        settle(session, office, rows)
    return len(rows)


def settle(session: Session, office: Office, rows: Sequence[RequestRow], actor: Actor = WORKER) -> None:
    """To review where a person has to decide, to the controller where it is a customer's data, else onwards."""
    ids = [row.id for row in rows]
    matches = cases.access_matches(session, ids)
    steps: dict[UUID, list[StepRow]] = {}
    for step in cases.get_steps(session, ids):
        steps.setdefault(step.request, []).append(step)
    review: dict[str, list[UUID]] = {}
    forwarded, onwards = list[RequestRow](), list[RequestRow]()
    for row in rows:
        found, looked = matches.get(row.id, []), steps.get(row.id, [])
        asked = any(step.counts.get(ANY) for step in looked)
        named = list_named(session, row, looked, cases.get_decisions(session, row.id)) if asked else []
        rights.record_columns(session, row.id, held=is_held(found, looked, named))
        why = plan_review(session, office, row, found, named)
        if why:
            review.setdefault(why, []).append(row.id)
        elif any(m.verdict == CUSTOMER for m in found) and not any(m.verdict == THEIRS for m in found):
            forwarded.append(row)
        else:
            onwards.append(row)
    merged = merge_bound(session, office, [row for row in rows if row.id not in review.get(TO_DECIDE, ())], actor)
    for why, requests in review.items():
        move(session, [one for one in requests if one not in merged], REVIEW, why, actor)
    forwarded, onwards = ([row for row in part if row.id not in merged] for part in (forwarded, onwards))
    forward(session, office, forwarded, actor)
    proceed(session, office, onwards, actor)


def is_held(matches: Iterable[MatchRow], steps: Iterable[StepRow], named: Iterable[Named] = ()) -> bool:
    """The written yes or no: rows of theirs, or rows in which one of their identifiers stands, or one that was named and is theirs
    by a decision."""
    mine = any(match.verdict == THEIRS for match in matches)
    loose = any(
        count for step in steps if step.step == "find" for name, count in step.counts.items() if name[:5] == "loose"
    )
    return mine or loose or any(one.verdict == THEIRS and one.places for one in named)


def plan_review(
    session: Session, office: Office, row: RequestRow, matches: Iterable[MatchRow], named: Iterable[Named] = ()
) -> str:
    """Why a person has to look before it goes on; "" when nobody has to. What was named and stands nowhere waits like what does:
    whoever names somebody else must not learn from it whether they are known."""
    open_claim = any(one.verdict in (ASK, NOWHERE) for one in named)
    if open_claim or any(match.verdict == ASK for match in matches):
        return TO_DECIDE
    if row.kind == "rectification":
        wish = access_wish(session, row)
        if wish is None or not wish.changes:
            return "corrections to be written down"
    if count_needed(office.rules, row.kind):
        return "approval needed"
    return ""


def forward(session: Session, office: Office, rows: Sequence[RequestRow], actor: Actor) -> None:
    """The company holds the data for a customer, who decides: the asker is told, the customer by staff."""
    move(session, [row.id for row in rows], FORWARDED, "forwarded to the controller", actor)
    for row in rows:
        write(session, office, row, "forwarded")


def write(session: Session, office: Office, row: RequestRow, template: str, **values: str) -> None:
    """A mail to the asker, if there is an address."""
    contact = access_contact(session, row)
    if contact and contact.email:
        told = {"reference": row.reference, "link": link_to(office, row.reference), **values}
        office.post(session, Mail(template, contact.email, contact.language, told, row.id, row.synthetic))


def proceed(session: Session, office: Office, rows: Sequence[RequestRow], actor: Actor) -> None:
    """Waits where the person is to be protected from somebody else or from themselves, else work begins. Blocks act at once."""
    waiting, working = list[UUID](), list[UUID]()
    states: dict[UUID, Mapping[str, bool]] = {}
    held = people.access_identifiers(session, {row.subject for row in rows if row.subject and row.kind in WARNED})
    for row in rows:
        until = plan_wait(session, office, row)
        if until and until > session.now:
            rights.record_columns(session, row.id, waits_until=until)
            waiting.append(row.id)
            if row.kind == "erasure" and row.subject:
                states[row.subject] = {ERASING: True}
        else:
            working.append(row.id)
        if row.kind in WARNED and row.subject:
            _warn_others(session, office, row, until if row.id in waiting else None, held.get(row.subject, []))
    people.record_states(session, states, {row.subject: row.id for row in rows if row.subject in states})
    blocked = [row.id for row in rows if row.id in waiting and row.kind == "erasure"]
    if waiting:
        rights.record_run(session, waiting, str(session.new_id()))
        cases.record_steps(session, [(r, store, "mark", "machine") for r in blocked for store in office.rules.stores])
        move(session, waiting, WAITING, "waits", actor)
    begin_work(session, office, [row for row in rows if row.id in working], actor)


def plan_wait(session: Session, office: Office, row: RequestRow) -> datetime | None:
    """Until when nothing is handed out or erased. A wait that is over is none."""
    if row.waits_until:
        return row.waits_until
    until = []
    if row.kind == "erasure" and office.rules.undo_days:
        until.append(session.now + office.rules.undo)
    if row.subject and row.kind in WARNED:
        span = timedelta(hours=office.rules.wait_hours)
        changed = people.find_last_change(session, row.subject, session.now - span)
        if changed:
            until.append(changed + span)
    return max(until) if until else None


def _warn_others(
    session: Session, office: Office, row: RequestRow, until: datetime | None, held: Iterable[HeldIdentifier]
) -> None:
    """Every other address that is held of the person is told, once, what was asked, whether it waits or is done at once: whoever
    took an account over is found out."""
    contact = access_contact(session, row)
    if contact is None:
        return
    mine = session.keys.lookup.digest("email", contact.email)
    others = [i.value for i in held if i.kind == "email" and session.keys.lookup.digest("email", i.value) != mine]
    if not others or any(event.name == OTHERS_TOLD for event in rights.get_events(session, row.id)):
        return
    values = {"reference": row.reference, "link": link_to(office, row.reference)}
    values |= {"until": until.date().isoformat()} if until else {}
    template = f"asked-{row.kind}" if until else f"begun-{row.kind}"
    for address in others:
        office.post(session, Mail(template, address, contact.language, values, row.id, row.synthetic))
    record_event(session, row.id, OTHERS_TOLD, WORKER, {"addresses": len(others)})


_STEPS: Mapping[str, tuple[str, ...]] = {
    "access": ("read",),
    "copy": ("read",),
    "rectification": ("change", "verify"),
    "erasure": ("erase", "verify"),
    "restriction": ("mark",),
    "objection": ("mark",),
    "withdrawal": ("mark",),
}


def begin_work(session: Session, office: Office, rows: Sequence[RequestRow], actor: Actor) -> None:
    """Work begins for all of them together: one run, durable with the move and before any effect."""
    moved = set(move(session, [row.id for row in rows], WORKING, "work begins", actor))
    begun = [row for row in rows if row.id in moved]
    if not begun:
        return
    rights.record_run(session, [row.id for row in begun], str(session.new_id()))
    record_choices(session, office, begun)
    rules = office.rules
    steps = [
        (row.id, store, step, "machine") for row in begun for store in rules.stores for step in _STEPS.get(row.kind, ())
    ]
    steps += [(row.id, hand.name, FIND, "hand") for row in begun if row.kind in AFTER for hand in rules.hands]
    cases.record_steps(session, steps)
    office.wake(session)


def record_choices(session: Session, office: Office, rows: Sequence[RequestRow]) -> None:
    """What a restriction, an objection or a withdrawal changes in the one truth, before any store is told; and the list that
    beats every later import."""
    states: dict[UUID, dict[str, bool]] = {}
    requests: dict[UUID, UUID] = {}
    suppressed: list[tuple[str, str, str, UUID | None]] = []
    for row in rows:
        marks = marks_of(row.kind, tuple(row.scope))
        if row.kind == "erasure":
            marks = {ERASING: True}
        for subject in _subjects_of(session, row) if marks else ():
            states.setdefault(subject, {}).update(marks)
            requests[subject] = row.id
        if row.kind in NOES:
            suppressed += [
                (i.kind, i.value, mark, row.id)
                for i in list_reached(session, row)
                for mark, held in marks.items()
                if held
            ]
    people.record_states(session, states, requests)
    if suppressed:
        people.record_suppressions(session, suppressed)


def _subjects_of(session: Session, row: RequestRow) -> list[UUID]:
    """The person of the request; for an address that nobody has shown, each person whose row it stands in."""
    if row.identity_needed != "none":
        return [row.subject] if row.subject else []
    found = [row.subject] if row.subject else []
    for match in cases.access_matches(session, [row.id]).get(row.id, []):
        key = (match.store, match.table, match.key)
        owner = people.find_subjects_by_keys(session, [key])[0]
        if match.verdict == THEIRS:
            subject = owner or people.record_subject(session, row.jurisdiction, row.synthetic)
            if owner is None:
                people.record_key(session, subject, key, match.reason, match.confidence, confirmed=False)
            found.append(subject)
    return found
