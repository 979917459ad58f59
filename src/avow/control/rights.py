"""Requests as rows: opened, moved, listed; a timeline that is only added to.

Promises: a move is one statement for one request or thousands, changes only rows that stand in the state it starts from, and
writes its event with it. Contact and wish are sealed under the request's own key. Refuses to know what a state means: that is
`avow.duties.rights`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import sql
from psycopg.rows import class_row

from avow.control.session import Session
from avow.sealing import Slot


@dataclass(frozen=True)
class RequestRow:
    """One row of `control.request`, sealed columns sealed."""

    id: UUID
    reference: str
    kind: str
    state: str
    channel: str
    jurisdiction: str
    received_at: datetime
    original_received_at: datetime | None
    due_at: datetime
    due_source: str
    extended_at: datetime | None
    paused_at: datetime | None
    paused_seconds: int
    waits_until: datetime | None
    identity_needed: str
    identity_reached: str
    subject: UUID | None
    account: str
    opened_by: str
    scope: list[str]
    merged_into: UUID | None
    owner: str
    reason: str
    held: bool | None
    fee_cents: int | None
    fee_currency: str
    fee_basis: str
    fee_announced_at: datetime | None
    fee_accepted_at: datetime | None
    fee_paid_at: datetime | None
    synthetic: bool
    key_id: UUID
    contact_sealed: bytes
    wish_sealed: bytes
    duplicate_digest: bytes
    step_run: str
    closed_at: datetime | None
    changed_at: datetime


@dataclass(frozen=True)
class EventRow:
    """One line of a timeline."""

    at: datetime
    actor_kind: str
    actor_ref: str
    name: str
    from_state: str
    to_state: str
    detail: Mapping[str, str | int]


_COLUMNS = tuple(f.name for f in fields(RequestRow))
_LIST = sql.SQL(", ").join(map(sql.Identifier, _COLUMNS))
_CHANGED_BY_MOVE = {"id", "state", "key_id", "reference"}


def record_request(session: Session, values: Mapping[str, Any], contact: str, wish: str) -> UUID:
    """Inserts a request in state received, with its key and its first event. `values` are the columns of the row."""
    request: UUID = values["id"]
    key = session.make_key()
    actor_kind, actor_ref = values["actor_kind"], values["actor_ref"]
    sealed = {
        "contact_sealed": session.seal(key, _slot("contact_sealed", request), contact),
        "wish_sealed": session.seal(key, _slot("wish_sealed", request), wish),
    }
    session.run("rights", "add", **{**values, **sealed, "key_id": key})
    detail = json.dumps({"channel": values["channel"]})
    session.run("rights", "add_first_event", id=request, actor_kind=actor_kind, actor_ref=actor_ref, detail=detail)
    return request


def _slot(column: str, request: UUID) -> Slot:
    return Slot("request", column, str(request))


def get_requests(session: Session, ids: Iterable[UUID]) -> list[RequestRow]:
    """Those that exist, in the order asked."""
    wanted = list(ids)
    found = {row.id: row for row in _select(session, sql.SQL("id = ANY(%(ids)s)"), {"ids": wanted})}
    return [found[request] for request in wanted if request in found]


def find_request(session: Session, request: UUID) -> RequestRow | None:
    return next(iter(get_requests(session, [request])), None)


def find_by_reference(session: Session, reference: str) -> RequestRow | None:
    where = sql.SQL("reference = %(reference)s")
    return next(iter(_select(session, where, {"reference": reference})), None)


def list_requests(session: Session, filters: Mapping[str, Any], limit: int = 50, offset: int = 0) -> list[RequestRow]:
    """By due date. `filters`: state, kind, owner, account, subject (a value or a list), open, overdue (flags)."""
    clauses: list[sql.Composable] = [sql.SQL("true")]
    values: dict[str, Any] = {}
    for name in ("state", "kind", "owner", "account", "subject"):
        if wanted := filters.get(name):
            values[name] = list(wanted) if isinstance(wanted, list | tuple) else [wanted]
            clauses.append(sql.SQL("{} = ANY({})").format(sql.Identifier(name), sql.Placeholder(name)))
    if filters.get("open") or filters.get("overdue"):
        clauses.append(sql.SQL("closed_at IS NULL"))
    if filters.get("overdue"):
        clauses.append(sql.SQL("due_at < %(now)s AND paused_at IS NULL"))
    if not filters.get("merged"):
        clauses.append(sql.SQL("state <> 'merged'"))
    order = sql.SQL(" ORDER BY due_at, id LIMIT {} OFFSET {}").format(sql.Literal(limit), sql.Literal(offset))
    return _select(session, sql.SQL(" AND ").join(clauses), values, order)


def _select(
    session: Session, where: sql.Composable, values: Mapping[str, Any], after: sql.Composable | None = None
) -> list[RequestRow]:
    head = sql.SQL("SELECT {} FROM control.request WHERE company = %(company)s AND ").format(_LIST)
    with session.connection.cursor(row_factory=class_row(RequestRow)) as cursor:
        query = head + where + (after or sql.SQL(""))
        cursor.execute(query, {"company": session.company, "now": session.now, **values})
        return cursor.fetchall()


def lock_request(session: Session, request: UUID) -> RequestRow | None:
    """The row as it stands, locked until the transaction ends."""
    if session.run("rights", "lock", id=request).fetchone() is None:
        return None
    return find_request(session, request)


def record_columns(session: Session, request: UUID, **columns: Any) -> None:
    """Changes columns that are no state. Raises KeyError for a column that the row does not have."""
    unknown = set(columns) - (set(_COLUMNS) - _CHANGED_BY_MOVE)
    if unknown:
        raise KeyError(f"no such column: {', '.join(sorted(unknown))}")
    pairs = sql.SQL(", ").join(
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in columns
    )
    query = sql.SQL("UPDATE control.request SET {} WHERE id = %(id)s").format(pairs)
    session.connection.execute(query, {"id": request, **columns})


def record_move(
    session: Session,
    requests: Sequence[UUID],
    from_states: Sequence[str],
    to_state: str,
    event: str,
    actor: tuple[str, str],
    detail: Mapping[str, str | int] | None = None,
    closed: bool = False,
) -> list[UUID]:
    """Moves those of `requests` that stand in one of `from_states`; gives which they were."""
    rows = session.run(
        "rights",
        "move",
        **{"ids": list(requests), "from": list(from_states), "to": to_state, "event": event, "closed": closed},
        actor_kind=actor[0],
        actor_ref=actor[1],
        detail=json.dumps(detail or {}),
    )
    return [row[0] for row in rows]


def record_event(
    session: Session,
    requests: Sequence[UUID],
    event: str,
    actor: tuple[str, str],
    detail: Mapping[str, str | int] | None = None,
) -> None:
    """A line in the timeline that moves nothing."""
    session.run(
        "rights",
        "add_event",
        ids=list(requests),
        event=event,
        actor_kind=actor[0],
        actor_ref=actor[1],
        detail=json.dumps(detail or {}),
    )


def get_events(session: Session, request: UUID) -> tuple[EventRow, ...]:
    return tuple(EventRow(*row) for row in session.run("rights", "events", id=request))


def find_first_done(session: Session, request: UUID) -> datetime | None:
    """When it was done for the first time since it was last looked at again; None while it never was."""
    row = session.run("rights", "first_done", id=request).fetchone()
    return row[0] if row else None


def find_duplicate(session: Session, request: UUID, digest: bytes, words: bool) -> UUID | None:
    """An older open request of the same asker for the same thing. Asks in turn: of two that come together one sees the other.
    `words`: the digest holds the words of the asker, so nobody learns from the answer that another person asked."""
    session.run("rights", "wait_for_duplicates", digest=digest.hex())
    name = "duplicate_of_words" if words else "duplicate"
    row = session.run("rights", name, digest=digest, id=request).fetchone()
    return row[0] if row else None


def find_taker(session: Session, request: UUID) -> RequestRow | None:
    """The request under which a merged one goes on; None for one that was not merged."""
    row = session.run("rights", "goes_on_in", id=request).fetchone()
    return find_request(session, row[0]) if row else None


def list_open_beside(session: Session, requests: Sequence[UUID], subjects: Sequence[UUID]) -> list[RequestRow]:
    """Open requests of these people besides `requests`, whose search is over, the oldest first."""
    found = session.run("rights", "open_beside", ids=list(requests), subjects=list(subjects)).fetchall()
    rows = {row.id: row for row in get_requests(session, [one[0] for one in found])}
    return [rows[one[0]] for one in found if one[0] in rows]


def access_contact(session: Session, row: RequestRow) -> str:
    """The contact as it was written (JSON). Raises SealingError when the key was dropped."""
    return session.open(row.key_id, _slot("contact_sealed", row.id), row.contact_sealed)


def access_wish(session: Session, row: RequestRow) -> str:
    """The wish as it was written (JSON). Raises SealingError when the key was dropped."""
    return session.open(row.key_id, _slot("wish_sealed", row.id), row.wish_sealed)


def record_wish(session: Session, row: RequestRow, wish: str) -> None:
    sealed = session.seal(row.key_id, _slot("wish_sealed", row.id), wish)
    record_columns(session, row.id, wish_sealed=sealed)


def list_ready(session: Session, name: str, limit: int, **values: Any) -> list[UUID]:
    """The ids that a named statement finds and locks; what a rival holds is skipped."""
    return [row[0] for row in session.run("rights", name, limit=limit, **values)]


def record_run(session: Session, requests: Sequence[UUID], run: str) -> None:
    session.run("rights", "set_run", ids=list(requests), run=run)


def get_statistics(session: Session) -> tuple[list[tuple[str, str, int, float | None]], dict[str, int]]:
    """(kind, state, count, median days to the end), and refusals by reason; synthetic ones left out."""
    rows = [(kind, state, count, days) for kind, state, count, days in session.run("rights", "statistics")]
    return rows, {reason: count for reason, count in session.run("rights", "refusals")}


def get_request_keys(session: Session, subjects: Sequence[UUID]) -> list[UUID]:
    """The data keys of every request of these people: dropped when they are erased."""
    return [row[1] for row in session.run("rights", "keys_of_subject", subjects=list(subjects))]
