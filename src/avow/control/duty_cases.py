"""Cases of the company's own duties: legal disclosure, abuse, support access, breach, complaint, credit, merger.

Promises: facts, scope and notes are sealed under the case's own key; a case past its end counts as expired the moment it is read,
whether or not anything ran. The database itself refuses a case that its requester approved, one that ends without an outcome, a
change after the end, and a disclosure line without an open case. Refuses to judge which facts a kind needs: that is
`avow.duties.cases`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from avow.control.session import Session
from avow.sealing import Slot

KINDS: tuple[str, ...] = ("legal_disclosure", "abuse", "support_access", "breach", "complaint", "credit", "merger")
REQUESTED, OPEN, EXPIRED, REFUSED, CLOSED = "requested", "open", "expired", "refused", "closed"
_TABLE = "duty_case"


@dataclass(frozen=True)
class DutyCase:
    """One case as it stands at the session's time. `state` is requested, open, expired, refused or closed; `scope` holds what the
    case opens, by name; facts and scope are empty when the case's key was dropped. Times are UTC."""

    id: UUID
    kind: str
    state: str
    requested_by: str
    approved_by: str
    facts: Mapping[str, str]
    scope: Mapping[str, str]
    opened_at: datetime | None
    expires_at: datetime
    outcome: str
    owner: str
    requested_at: datetime
    worked_at: datetime
    ended_at: datetime | None
    synthetic: bool

    @property
    def going(self) -> bool:
        """Whether the case opens anything now."""
        return self.state == OPEN

    @property
    def reference(self) -> str:
        """Short enough to say on the telephone."""
        return f"{self.kind[0].upper()}-{self.id.hex[:8]}"


@dataclass(frozen=True)
class CaseEvent:
    at: datetime
    actor: str
    name: str
    note: str
    by_cli: bool = False  # named on a command line: nothing proves that it was them


@dataclass(frozen=True)
class CaseDisclosure:
    """What left out of a case: `clause` of the terms in `terms_version`, whose document had the digest `terms_sha256`; `sha256`
    of the file that was handed over. Never a value."""

    id: UUID
    case: UUID
    at: datetime
    actor: str
    recipient: str
    clause: str
    terms_version: str
    terms_sha256: str
    fields: tuple[str, ...]
    rows: int
    sha256: str


def _slot(case: UUID, column: str) -> Slot:
    return Slot(_TABLE, column, str(case))


def record_case(
    session: Session,
    kind: str,
    requested_by: str,
    facts: Mapping[str, str],
    scope: Mapping[str, str],
    expires_at: datetime,
    opens: bool = False,
    owner: str = "",
    synthetic: bool = False,
) -> UUID:
    """A new case: requested, or with `opens` open at once (a kind that needs no approver). Raises psycopg.errors.CheckViolation
    for what no case may be."""
    case, key = session.new_id(), session.make_key()
    session.run(
        "duty_cases",
        "add",
        id=case,
        kind=kind,
        state=OPEN if opens else REQUESTED,
        requested_by=requested_by,
        owner=owner,
        fact_names=sorted(name for name, value in facts.items() if value.strip()),
        key=key,
        facts=session.seal(key, _slot(case, "facts_sealed"), json.dumps(dict(facts))),
        scope=session.seal(key, _slot(case, "scope_sealed"), json.dumps(dict(scope))),
        opened_at=session.now if opens else None,
        expires_at=expires_at,
        synthetic=synthetic,
    )
    return case


def find_case(session: Session, id: UUID) -> DutyCase | None:
    row = session.run("duty_cases", "find", id=id).fetchone()
    return None if row is None else _read(session, row)


def find_case_locked(session: Session, id: UUID) -> DutyCase | None:
    """The same, locked until the transaction ends."""
    session.run("duty_cases", "lock", id=id)
    return find_case(session, id)


def list_cases(
    session: Session,
    kind: str = "",
    going: bool = False,
    limit: int | None = 200,
    with_synthetic: bool = False,
    offset: int = 0,
) -> list[DutyCase]:
    """Those that have not ended first, newest first; `kind` "" for all; `going` leaves the ended out; `limit` None: every one."""
    wanted = {"kind": kind, "going": going, "limit": limit, "offset": offset, "with_synthetic": with_synthetic}
    rows = session.run("duty_cases", "list", **wanted).fetchall()
    session.load(row[6] for row in rows)
    return [_read(session, row) for row in rows]


def list_effective(session: Session, kinds: Sequence[str], since: datetime) -> list[DutyCase]:
    """Every real case of these kinds that is open, or ended after `since`."""
    rows = session.run("duty_cases", "effective", kinds=list(kinds), since=since).fetchall()
    session.load(row[6] for row in rows)
    return [_read(session, row) for row in rows]


def _read(session: Session, row: Sequence[Any]) -> DutyCase:
    case, kind, state, requested_by, approved_by, owner, key, facts, scope, requested_at, opened_at, *rest = row
    expires_at, worked_at, ended_at, outcome, sealed, synthetic = rest
    readable = session.has(key)
    return DutyCase(
        id=case,
        kind=kind,
        state=EXPIRED if ended_at is None and expires_at <= session.now else state,
        requested_by=requested_by,
        approved_by=approved_by,
        facts=json.loads(session.open(key, _slot(case, "facts_sealed"), facts)) if readable else {},
        scope=json.loads(session.open(key, _slot(case, "scope_sealed"), scope)) if readable else {},
        opened_at=opened_at,
        expires_at=expires_at,
        outcome=_outcome(session, case, key, outcome, sealed),
        owner=owner,
        requested_at=requested_at,
        worked_at=worked_at,
        ended_at=ended_at,
        synthetic=synthetic,
    )


def _outcome(session: Session, case: UUID, key: UUID, clear: str, sealed: bytes | None) -> str:
    """What a case came to; "" where it has not ended or its key was dropped."""
    if sealed is None:
        return clear
    return session.open(key, _slot(case, "outcome_sealed"), sealed) if session.has(key) else ""


def seal_clear_outcomes(session: Session) -> int:
    """Outcomes of cases from before they were sealed; gives how many there were."""
    rows = session.run("duty_cases", "clear_outcomes").fetchall()
    for case, key, outcome in rows:
        if session.has(key):
            sealed = session.seal(key, _slot(case, "outcome_sealed"), outcome)
            session.run("duty_cases", "seal_outcome", id=case, outcome=sealed)
    return len(rows)


def record_approved(session: Session, case: UUID, by: str, expires_at: datetime) -> bool:
    """The case opens now. False when it was not waiting. Raises psycopg.errors.CheckViolation when `by` asked for it."""
    return session.run("duty_cases", "approve", id=case, by=by, expires_at=expires_at).rowcount == 1


def record_owner(session: Session, case: UUID, owner: str) -> None:
    session.run("duty_cases", "take", id=case, owner=owner)


def record_ended(session: Session, case: UUID, state: str, outcome: str) -> bool:
    """closed or refused. False when it had ended. Raises psycopg.errors.CheckViolation without an outcome."""
    row = session.run("duty_cases", "find", id=case).fetchone()
    sealed = session.seal(row[6], _slot(case, "outcome_sealed"), outcome) if row and outcome.strip() else None
    return session.run("duty_cases", "end", id=case, state=state, outcome=sealed).rowcount == 1


def record_event(session: Session, case: UUID, actor: str, name: str, note: str = "") -> None:
    """A line of the case's history; it also counts as work on the case."""
    row = session.run("duty_cases", "find", id=case).fetchone()
    assert row is not None  # the caller holds the case
    sealed = session.seal(row[6], _slot(case, "note_sealed"), note) if note else None
    session.run("duty_cases", "add_event", id=case, actor=actor, name=name, note=sealed, by_cli=session.by_cli)
    session.run("duty_cases", "worked", id=case)


def access_events(session: Session, case: UUID) -> list[CaseEvent]:
    """The history with its notes; a note under a dropped key is empty."""
    row = session.run("duty_cases", "find", id=case).fetchone()
    if row is None:
        return []
    readable = session.has(row[6])
    return [
        CaseEvent(
            at, actor, name, session.open(row[6], _slot(case, "note_sealed"), note) if note and readable else "", by_cli
        )
        for _, at, actor, name, note, by_cli in session.run("duty_cases", "events", id=case)
    ]


def record_case_disclosure(
    session: Session,
    case: UUID,
    actor: str,
    recipient: str,
    clause: str,
    terms: tuple[str, str],
    fields: Sequence[str],
    rows: int,
    sha256: str,
) -> UUID:
    """`terms`: version and sha256 of the document that holds the clause. Raises psycopg.errors.RestrictViolation without an
    approved legal disclosure that is open now."""
    made = session.new_id()
    session.run(
        "duty_cases",
        "add_disclosure",
        id=made,
        duty_case=case,
        actor=actor,
        recipient=recipient,
        clause=clause,
        version=terms[0],
        terms=terms[1],
        fields=list(fields),
        rows=rows,
        sha256=sha256,
    )
    return made


def list_case_disclosures(session: Session, case: UUID) -> list[CaseDisclosure]:
    rows = session.run("duty_cases", "disclosures", id=case).fetchall()
    return [CaseDisclosure(*_with_tuple(row)) for row in rows]


def _with_tuple(row: Sequence[Any]) -> Any:
    return [tuple(value) if isinstance(value, list) else value for value in row]


def forget_synthetic_cases(session: Session) -> int:
    """Takes back the cases of the mystery shopper, and no other's."""
    keys = [row[0] for row in session.run("duty_cases", "forget_synthetic")]
    session.drop(keys)
    return len(keys)
