"""What belongs to a request: steps per store, matches, messages, identity challenges, holds, decisions, looks of staff.

Promises: what a person wrote, and every key of a row of theirs, is sealed under the request's key; steps of one store are
locked apart from every other store's, and what a rival worker holds is skipped. Refuses to decide: verdicts, counts and causes
come from `avow.duties.rights`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from psycopg.rows import class_row

from avow.control.people import key_digest
from avow.control.session import Session
from avow.control.statements import load_statements
from avow.sealing import Slot


@dataclass(frozen=True)
class StepRow:
    """How far one step of one store is. `covered` is machine, hand or not."""

    request: UUID
    store: str
    step: str
    covered: str
    state: str
    attempts: int
    error: str
    cause: str
    counts: Mapping[str, int]
    searched: list[str]


@dataclass(frozen=True)
class MatchRow:
    """A subject row of a store that an identifier points at. `organisation` is a digest, b"" none."""

    request: UUID
    store: str
    table: str
    key: str
    organisation: bytes
    reason: str
    confidence: float
    verdict: str
    card: str = ""  # JSON of what stands in the row, for whoever has to decide


@dataclass(frozen=True)
class MessageRow:
    """`direction` is in (from the asker) or out."""

    at: datetime
    direction: str
    template: str
    actor_kind: str
    text: str


@dataclass(frozen=True)
class HoldRow:
    """Rows that stay. `row` "" holds every row of the table."""

    id: int
    request: UUID
    store: str
    table: str
    row: str
    ground: str
    owner: str
    review_on: date
    released_at: datetime | None


@dataclass(frozen=True)
class DecisionRow:
    item: str
    decision: str
    reason: str
    actor_ref: str
    at: datetime


@dataclass(frozen=True)
class LookRow:
    """A look of staff as its person may know it: never who."""

    at: datetime
    purpose: str
    role: str


def record_steps(session: Session, steps: Sequence[tuple[UUID, str, str, str]]) -> None:
    """(request, store, step, covered), waiting; those that exist stay as they are."""
    requests, stores, names, covered = (list(part) for part in zip(*steps, strict=True)) if steps else ([], [], [], [])
    session.run("cases", "add_steps", requests=requests, stores=stores, steps=names, covered=covered)


def record_steps_again(session: Session, requests: Sequence[UUID], steps: Sequence[str]) -> None:
    """The steps begin once more, under the request's next run."""
    session.run("cases", "reset_steps", requests=list(requests), steps=list(steps))


def list_ready_steps(
    session: Session, store: str, step: str, states: Sequence[str], before: Sequence[str], limit: int
) -> list[UUID]:
    """Requests whose `step` may run in `store`: locked until the transaction ends, in the order of their runs."""
    values = {"store": store, "step": step, "states": list(states), "before": list(before), "limit": limit}
    return [row[0] for row in session.run("cases", "ready_steps", **values)]


def find_at_work(session: Session) -> frozenset[str]:
    """What a pass can meet: states of open requests, and machine steps that may go on now, as "step store"."""
    return frozenset(row[0] for row in session.run("cases", "at_work"))


def is_unreachable(session: Session, store: str) -> bool:
    """Whether this very session noted that the store does not answer."""
    row = session.run("cases", "unreachable", store=store).fetchone()
    return bool(row and row[0])


def find_ready_answer(session: Session) -> UUID | None:
    """One request that can be answered from all stores, locked."""
    row = session.run("cases", "ready_answers").fetchone()
    return row[0] if row else None


def record_steps_done(
    session: Session,
    store: str,
    step: str,
    counts: Mapping[UUID, Mapping[str, int]],
    searched: Sequence[str] = (),
    state: str = "done",
) -> None:
    """Request -> counts: the step is done there (or, with `state`, held)."""
    places = "{" + ",".join('"' + place.replace('"', "") + '"' for place in searched) + "}"
    session.run(
        "cases",
        "steps_done",
        store=store,
        step=step,
        state=state,
        requests=list(counts),
        counts=[json.dumps(dict(each)) for each in counts.values()],
        searched=[places] * len(counts),
    )


def record_steps_failed(
    session: Session,
    store: str,
    step: str,
    requests: Sequence[UUID],
    error: str,
    cause: str,
    counts: Mapping[str, int] | None = None,
) -> None:
    """Tried again alone after 5 seconds, 15, 45 ... up to an hour; the case shows `cause`, and `counts` where there are any."""
    values = {"requests": list(requests), "error": error, "cause": cause[:500]}
    counted = None if counts is None else json.dumps(dict(counts))
    session.run("cases", "steps_failed", store=store, step=step, counts=counted, **values)


def record_erase_again(session: Session, requests: Sequence[UUID], store: str) -> None:
    """What is left in the store goes with another pass; the search after it is tried as failed steps are."""
    session.run("cases", "erase_again", requests=list(requests), store=store)


def record_steps_uncovered(
    session: Session, store: str, step: str, requests: Sequence[UUID], error: str, cause: str
) -> None:
    """The store cannot do this step at all: the case goes on and says so."""
    values = {"requests": list(requests), "error": error, "cause": cause[:500]}
    session.run("cases", "steps_uncovered", store=store, step=step, **values)


def record_retry(session: Session, request: UUID, store: str) -> tuple[str, ...]:
    """Failed steps of the store may run at once; gives which."""
    return tuple(row[0] for row in session.run("cases", "retry_now", request=request, store=store))


def get_steps(session: Session, requests: Iterable[UUID]) -> list[StepRow]:
    with session.connection.cursor(row_factory=class_row(StepRow)) as cursor:
        cursor.execute(load_statements("cases")["steps_of"], {"requests": list(requests)})
        return cursor.fetchall()


def record_detail(session: Session, request: UUID, key_id: UUID, store: str, step: str, text: str) -> None:
    """Working material of a step, sealed until the step is done."""
    slot = Slot("request_store", "detail_sealed", f"{request} {store} {step}")
    sealed = session.seal(key_id, slot, text)
    session.run("cases", "set_detail", request=request, store=store, step=step, sealed=sealed)


def access_details(session: Session, request: UUID, key_id: UUID, step: str) -> dict[str, str]:
    """Store -> working material of the step."""
    found = {}
    for store, sealed in session.run("cases", "details_of", request=request, step=step).fetchall():
        slot = Slot("request_store", "detail_sealed", f"{request} {store} {step}")
        found[store] = session.open(key_id, slot, sealed)
    return found


def record_details_gone(session: Session, requests: Sequence[UUID]) -> None:
    session.run("cases", "drop_details", requests=list(requests))


def find_next_time(session: Session) -> datetime | None:
    """When something will be ready next by the clock alone."""
    row = session.run("cases", "next_retry").fetchone()
    return row[0] if row else None


def _match_slot(request: UUID, store: str, table: str, digest: bytes) -> Slot:
    return Slot("request_match", "key_sealed", f"{request} {store} {table} {bytes(digest).hex()}")


def record_match(session: Session, key_id: UUID, match: MatchRow) -> None:
    """A match is found again with every search; what was decided about it stays."""
    digest = key_digest(session, match.store, match.table, match.key)
    session.run(
        "cases",
        "add_match",
        request=match.request,
        store=match.store,
        table=match.table,
        digest=digest,
        sealed=session.seal(key_id, _match_slot(match.request, match.store, match.table, digest), match.key),
        card=session.seal(key_id, _card_slot(match.request, digest), match.card) if match.card else None,
        organisation=match.organisation or None,
        reason=match.reason,
        confidence=match.confidence,
        verdict=match.verdict,
    )


def record_match_decision(session: Session, request: UUID, place: tuple[str, str, str], verdict: str) -> bool:
    """`place` is (store, table, key). False when there is no such match."""
    digest = key_digest(session, *place)
    cursor = session.run(
        "cases", "decide_match", request=request, store=place[0], table=place[1], digest=digest, verdict=verdict
    )
    return cursor.fetchone() is not None


def _card_slot(request: UUID, digest: bytes) -> Slot:
    return Slot("request_match", "card_sealed", f"{request} {bytes(digest).hex()}")


def access_matches(session: Session, requests: Iterable[UUID], cards: bool = False) -> dict[UUID, list[MatchRow]]:
    """Request -> its matches, with `cards` what stands in their rows. Nothing for those whose key was dropped."""
    rows = session.run("cases", "matches_of", requests=list(requests)).fetchall()
    session.load({row[1] for row in rows})
    found: dict[UUID, list[MatchRow]] = {}
    for request, key_id, store, table, digest, sealed, organisation, reason, confidence, verdict, card in rows:
        if session.has(key_id):
            key = session.open(key_id, _match_slot(request, store, table, digest), sealed)
            text = session.open(key_id, _card_slot(request, digest), card) if card and cards else ""
            match = MatchRow(request, store, table, key, bytes(organisation or b""), reason, confidence, verdict, text)
            found.setdefault(request, []).append(match)
    return found


def record_matches_gone(session: Session, requests: Sequence[UUID]) -> None:
    session.run("cases", "drop_matches", requests=list(requests))


def record_message(
    session: Session, request: UUID, key_id: UUID, direction: str, text: str, actor: tuple[str, str], template: str = ""
) -> None:
    sealed = session.seal(key_id, Slot("request_message", "sealed", str(request)), text)
    session.run(
        "cases",
        "add_message",
        request=request,
        direction=direction,
        template=template,
        actor_kind=actor[0],
        actor_ref=actor[1],
        sealed=sealed,
    )


def access_messages(session: Session, request: UUID, key_id: UUID) -> list[MessageRow]:
    """Oldest first; none when the key was dropped."""
    if not session.has(key_id):
        return []
    slot = Slot("request_message", "sealed", str(request))
    rows = session.run("cases", "messages_of", request=request).fetchall()
    return [
        MessageRow(at, way, template, kind, session.open(key_id, slot, text)) for at, way, template, kind, text in rows
    ]


def record_hold(session: Session, request: UUID, key_id: UUID, hold: HoldRow) -> int:
    """Gives the hold's id."""
    slot = Slot("request_hold", "row_sealed", f"{request} {hold.store} {hold.table}")
    row = session.run(
        "cases",
        "add_hold",
        request=request,
        store=hold.store,
        table=hold.table,
        sealed=session.seal(key_id, slot, hold.row) if hold.row else None,
        ground=hold.ground,
        owner=hold.owner,
        review_on=hold.review_on,
    ).fetchone()
    assert row is not None  # the insert gives its id back
    return int(row[0])


def record_hold_released(session: Session, hold: int) -> UUID | None:
    """The request of the hold; None when it was released before."""
    row = session.run("cases", "release_hold", id=hold).fetchone()
    return row[0] if row else None


def access_holds(session: Session, requests: Iterable[UUID], released: bool = False) -> dict[UUID, list[HoldRow]]:
    """Request -> its holds, with `released` also those that are over."""
    rows = session.run("cases", "holds_of", requests=list(requests), all=released).fetchall()
    found: dict[UUID, list[HoldRow]] = {}
    for number, request, key_id, store, table, sealed, ground, owner, review_on, released_at in rows:
        slot = Slot("request_hold", "row_sealed", f"{request} {store} {table}")
        held = session.open(key_id, slot, sealed) if sealed and session.has(key_id) else ""
        hold = HoldRow(number, request, store, table, held, ground, owner, review_on, released_at)
        found.setdefault(request, []).append(hold)
    return found


@dataclass(frozen=True)
class DueHold:
    """A hold that somebody should have looked at by now."""

    id: int
    request: UUID
    reference: str
    store: str
    table: str
    ground: str
    owner: str
    review_on: date
    synthetic: bool = False


def list_holds_to_review(session: Session) -> list[DueHold]:
    """Holds whose day has come (UTC), the oldest first."""
    rows = session.run("cases", "holds_to_review", today=session.now.date()).fetchall()
    return [DueHold(*row) for row in rows]


def record_hold_reminders(session: Session, before: datetime) -> list[DueHold]:
    """Those of them whose owner is to be reminded now: never yet, or not since `before`."""
    rows = session.run("cases", "holds_to_remind", today=session.now.date(), before=before).fetchall()
    return [DueHold(*row) for row in rows]


def record_decision(session: Session, request: UUID, item: str, decision: str, reason: str, actor_ref: str) -> None:
    session.run("cases", "decide", request=request, item=item, decision=decision, reason=reason, actor_ref=actor_ref)


def get_decisions(session: Session, request: UUID) -> list[DecisionRow]:
    return [DecisionRow(*row) for row in session.run("cases", "decisions_of", request=request)]


def list_confirmed(session: Session, requests: Sequence[UUID], prefix: str, decision: str) -> dict[UUID, list[int]]:
    """Request -> the numbers after `prefix` of those items about which `decision` was said last."""
    found: dict[UUID, list[int]] = {}
    rows = session.run("cases", "confirmed", requests=list(requests), prefix=prefix, decision=decision)
    for request, item in rows:
        found.setdefault(request, []).append(int(item.removeprefix(prefix)))
    return found


def record_mask(
    session: Session, request: UUID, key_id: UUID, place: tuple[str, str, str, str], decision: str, actor_ref: str
) -> None:
    """`place` is (store, table, row, column); `decision` is mask or show."""
    text = "\t".join(place)
    item = f"mask {session.keys.lookup.digest_form('mask', text).hex()[:32]}"
    sealed = session.seal(key_id, Slot("request_decision", "item_sealed", f"{request} {item}"), text)
    values = {"item": item, "sealed": sealed, "decision": decision, "actor_ref": actor_ref}
    session.run("cases", "decide_mask", request=request, **values)


def access_masks(session: Session, request: UUID) -> dict[tuple[str, str, str, str], str]:
    """(store, table, row, column) -> mask or show; the newest decision of a place counts."""
    found: dict[tuple[str, str, str, str], str] = {}
    for item, sealed, decision, key_id in session.run("cases", "masks_of", request=request).fetchall():
        text = session.open(key_id, Slot("request_decision", "item_sealed", f"{request} {item}"), sealed)
        store, table, row, column = text.split("\t")
        found[store, table, row, column] = decision
    return found


def record_decisions_void(session: Session, request: UUID, item: str) -> None:
    """What was approved is not what stands there now: approvals begin again."""
    session.run("cases", "drop_decisions", request=request, item=item)


def record_look(
    session: Session,
    subject: UUID | None,
    request: UUID | None,
    staff: str,
    role: str,
    purpose: str,
    what: str,
    departments: Sequence[str] = (),
) -> None:
    """`what` names tables or pages, never values; `departments` are those of whoever looked, none for the privacy office."""
    about = {"subject": subject, "request": request, "purpose": purpose, "what": what}
    session.run("cases", "add_look", **about, staff=staff, role=role, departments=list(departments))


def get_looks(session: Session, subject: UUID) -> list[LookRow]:
    """At a person and at their requests, also from before anybody knew whose they are; newest first."""
    return [LookRow(*row) for row in session.run("cases", "looks_of", subject=subject)]


def get_looks_at_request(session: Session, request: UUID) -> list[LookRow]:
    """At one request, newest first: for an asker of whom nothing else is known."""
    return [LookRow(*row) for row in session.run("cases", "looks_at_request", request=request)]
