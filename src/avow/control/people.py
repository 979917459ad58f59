"""People as Avow's own database knows them: ids, keyed digests, sealed values, and the one truth about their state.

Promises: every function is a few statements on the caller's transaction, for one person or thousands; a merge re-seals what
it moves; a suppression outlives the person. Refuses to hold a name, an address or a number in the clear; `access_` is the only
way to a value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from avow.control.session import Session
from avow.sealing import NORMALISATION, Slot

ACCOUNT = "account"  # an identifier kind of Avow's own: an account of the privacy centre


@dataclass(frozen=True)
class HeldKey:
    """How a store knows a subject. `reason` says why it is theirs."""

    subject: UUID
    store: str
    table: str
    key: str
    reason: str
    confidence: float
    confirmed: bool


@dataclass(frozen=True)
class HeldIdentifier:
    """By what a subject is found or reached. `proven_at`: when they showed that they hold it."""

    subject: UUID
    kind: str
    value: str
    proven_at: datetime | None
    changed_at: datetime


def _key_slot(store: str, table: str, digest: bytes) -> Slot:
    return Slot("subject_key", "key_sealed", f"{store} {table} {bytes(digest).hex()}")


def _identifier_slot(kind: str, digest: bytes) -> Slot:
    return Slot("subject_identifier", "sealed", f"{kind} {bytes(digest).hex()}")


def key_digest(session: Session, store: str, table: str, key: str) -> bytes:
    """The look-up digest of a key: the same key in two tables has two."""
    return session.keys.lookup.digest_form("key", f"{store}\0{table}\0{key}")


def record_subject(session: Session, jurisdiction: str = "", synthetic: bool = False) -> UUID:
    """A new person, with a data key of their own."""
    subject = session.new_id()
    session.run(
        "people",
        "add_subjects",
        ids=[subject],
        keys=[session.make_key()],
        jurisdiction=jurisdiction,
        synthetic=synthetic,
    )
    return subject


def find_subjects_by_keys(session: Session, keys: Sequence[tuple[str, str, str]]) -> list[UUID | None]:
    """One answer per (store, table, key), in order."""
    digests = [key_digest(session, *key) for key in keys]
    stores, tables = [k[0] for k in keys], [k[1] for k in keys]
    rows = session.run("people", "by_key", stores=stores, tables=tables, digests=digests)
    found = {int(number): UUID(str(subject)) for number, subject in rows}
    return [found.get(number) for number in range(1, len(keys) + 1)]


def find_subjects_by_identifier(session: Session, kind: str, value: str, proven: bool = True) -> tuple[UUID, ...]:
    """Subjects that hold the value, those who have shown it first; with `proven` only those."""
    digests = list(session.keys.lookup.digests(kind, value))
    rows = session.run("people", "by_identifier", kind=kind, digests=digests)
    return tuple(dict.fromkeys(subject for subject, shown in rows if shown or not proven))


def record_key(
    session: Session,
    subject: UUID,
    key: tuple[str, str, str],
    reason: str,
    confidence: float = 1.0,
    confirmed: bool = True,
) -> UUID:
    """Binds (store, table, key) to the subject; gives whose it is, which is somebody else's where it was bound before."""
    store, table, text = key
    digest = key_digest(session, *key)
    sealed = session.seal(_data_key(session, subject), _key_slot(store, table, digest), text)
    row = session.run(
        "people",
        "add_key",
        subject=subject,
        store=store,
        table=table,
        digest=digest,
        sealed=sealed,
        reason=reason,
        confidence=confidence,
        confirmed=confirmed,
    ).fetchone()
    assert row is not None  # the insert or the update gives the row back
    if row[0] == subject and row[1]:
        session.run("people", "drop_effects", subjects=[subject])  # the new row must be told the state
    return UUID(str(row[0]))


def record_new_people(session: Session, places: Sequence[tuple[str, str, str]], reason: str, synthetic: bool) -> None:
    """A person for each (store, table, key) that nobody was known by, each with a data key of their own; thousands at once."""
    ids, keys = [session.new_id() for _ in places], session.make_keys(len(places))
    session.run("campaigns", "add_people", ids=ids, keys=keys, synthetic=synthetic)
    digests = [key_digest(session, *place) for place in places]
    sealed = [
        session.seal(key, _key_slot(store, table, digest), text)
        for key, digest, (store, table, text) in zip(keys, digests, places, strict=True)
    ]
    stores, tables = [place[0] for place in places], [place[1] for place in places]
    given = {"stores": stores, "tables": tables, "digests": digests, "sealed": sealed, "reason": reason}
    session.run("people", "add_keys", subjects=ids, **given)


def record_identifier(session: Session, subject: UUID, kind: str, value: str, proven: bool = False) -> None:
    """Adds an address or number; `proven` once is proven for good. An empty value is nobody's."""
    digest = session.keys.lookup.digest(kind, value)
    if not session.keys.lookup.digests(kind, value):
        return
    sealed = session.seal(_data_key(session, subject), _identifier_slot(kind, digest), value)
    session.run(
        "people",
        "add_identifier",
        subject=subject,
        kind=kind,
        digest=digest,
        normalisation=NORMALISATION,
        sealed=sealed,
        proven_at=session.now if proven else None,
    )


def record_changed(session: Session, kind: str, value: str) -> None:
    """Credentials or an address were changed now: exports and erasures wait after it."""
    session.run("people", "identifier_changed", kind=kind, digest=session.keys.lookup.digest(kind, value))


def record_reach_changed(session: Session, subject: UUID, at: datetime) -> None:
    """An address, a number or a way to sign in of the person was changed at `at`: exports and erasures wait after it."""
    session.run("people", "reach_changed", subject=subject, at=at)


def find_last_change(session: Session, subject: UUID, since: datetime) -> datetime | None:
    """When an address or the credentials of the person changed last, if after `since`."""
    row = session.run("people", "changed_since", subject=subject, since=since).fetchone()
    return row[0] if row else None


def _data_key(session: Session, subject: UUID) -> UUID:
    row = session.run("people", "subjects", ids=[subject]).fetchone()
    assert row is not None, "a subject is never deleted, only its key"
    return UUID(str(row[1]))


def access_keys(session: Session, subjects: Iterable[UUID]) -> dict[UUID, list[HeldKey]]:
    """Every key by which a store knows these people. Nothing for those whose key was dropped."""
    rows = session.run("people", "keys_of", subjects=list(subjects)).fetchall()
    session.load({row[1] for row in rows})
    found: dict[UUID, list[HeldKey]] = {}
    for subject, key_id, store, table, digest, sealed, reason, confidence, confirmed in rows:
        if session.has(key_id):
            text = session.open(key_id, _key_slot(store, table, digest), sealed)
            held = HeldKey(subject, store, table, text, reason, confidence, confirmed)
            found.setdefault(subject, []).append(held)
    return found


def access_identifiers(session: Session, subjects: Iterable[UUID]) -> dict[UUID, list[HeldIdentifier]]:
    """Every address and number of these people. Nothing for those whose key was dropped."""
    rows = session.run("people", "identifiers_of", subjects=list(subjects)).fetchall()
    session.load({row[1] for row in rows})
    found: dict[UUID, list[HeldIdentifier]] = {}
    for subject, key_id, kind, digest, sealed, proven_at, changed_at in rows:
        if session.has(key_id):
            value = session.open(key_id, _identifier_slot(kind, digest), sealed)
            found.setdefault(subject, []).append(HeldIdentifier(subject, kind, value, proven_at, changed_at))
    return found


def record_merge(session: Session, kept: UUID, gone: UUID, reason: str, actor: str) -> None:
    """Two are one person: keys, identifiers, requests and state move to `kept`. Denials of either stay, consent must be of both."""
    if kept == gone:
        return
    session.run("people", "lock_subjects", ids=[kept, gone])
    changed = find_last_change(session, gone, datetime.min.replace(tzinfo=UTC))
    if changed:  # a merge ends no wait
        record_reach_changed(session, kept, changed)
    keys = access_keys(session, [gone]).get(gone, [])
    identifiers = access_identifiers(session, [gone]).get(gone, [])
    session.run("people", "drop_keys_of", subjects=[gone])
    session.run("people", "drop_identifiers_of", subjects=[gone])
    for key in keys:
        record_key(session, kept, (key.store, key.table, key.key), key.reason, key.confidence, key.confirmed)
    for held in identifiers:
        record_identifier(session, kept, held.kind, held.value, held.proven_at is not None)
    session.run("people", "merge_state", kept=kept, gone=gone)
    session.run("people", "raise_version", subjects=[kept])
    session.run("people", "merge_requests", kept=kept, gone=gone)
    session.run("people", "merge_subject", kept=kept, gone=gone)
    session.run("people", "add_merge", kept=kept, gone=gone, undone=False, reason=reason, actor=actor)


def record_states(session: Session, changes: Mapping[UUID, Mapping[str, bool]], requests: Mapping[UUID, UUID]) -> None:
    """Subject -> mark -> held. Raises the version of each, so that every store is told."""
    lines = [(subject, mark, held) for subject, marks in changes.items() for mark, held in marks.items()]
    if not lines:
        return
    lock_subjects(session, changes)
    session.run("people", "raise_version", subjects=list(changes))
    session.run(
        "people",
        "set_state",
        subjects=[line[0] for line in lines],
        marks=[line[1] for line in lines],
        held=[line[2] for line in lines],
        requests=[requests.get(line[0]) for line in lines],
    )


def lock_subjects(session: Session, subjects: Iterable[UUID]) -> None:
    """Until the transaction ends; in the order of their ids, so that rivals wait for each other and never in a circle."""
    session.run("people", "lock_subjects", ids=list(subjects))


def get_states(session: Session, subjects: Iterable[UUID]) -> dict[UUID, dict[str, bool]]:
    """Subject -> mark -> held, as it stands now."""
    found: dict[UUID, dict[str, bool]] = {}
    for subject, mark, held, _ in session.run("people", "state_of", subjects=list(subjects)):
        found.setdefault(subject, {})[mark] = held
    return found


def get_versions(session: Session, subjects: Iterable[UUID]) -> dict[UUID, int]:
    return {subject: version for subject, version in session.run("people", "versions_of", subjects=list(subjects))}


def record_effects(session: Session, store: str, versions: Mapping[UUID, int]) -> None:
    """The store has these versions of these people's state. In one order for all workers, who may note the same people."""
    ordered = sorted(versions)
    session.run("people", "add_effects", store=store, subjects=ordered, versions=[int(versions[s]) for s in ordered])


def get_effects(session: Session, subject: UUID) -> dict[str, int]:
    """Store -> the version of the person's state that it has."""
    return {store: version for store, version in session.run("people", "effects_of", subject=subject)}


def list_lagging(session: Session, store: str, limit: int) -> dict[UUID, int]:
    """People whose state the store has not been told, locked until the transaction ends; those of rivals are skipped."""
    return {subject: version for subject, version in session.run("people", "lagging", store=store, limit=limit)}


def record_effects_gone(session: Session, store: str) -> None:
    """The store is an older copy: everybody's state has to be told to it again."""
    session.run("people", "effects_gone", store=store)


def has_unsettled(session: Session) -> bool:
    """Whether there is anybody whose state a store may lack: one look, however many people there are."""
    row = session.run("people", "any_unsettled").fetchone()
    return bool(row and row[0])


def record_settled(session: Session, limit: int) -> int:
    """Of up to `limit` people whose state a store may lack: no store lacks it. Gives of how many that is so."""
    return session.run("people", "settle", limit=limit).rowcount


def has_lagging(session: Session, store: str) -> bool:
    """Whether somebody's state has not reached the store."""
    row = session.run("people", "any_lagging", store=store).fetchone()
    return bool(row and row[0])


def record_suppressions(session: Session, values: Sequence[tuple[str, str, str, UUID | None]]) -> None:
    """(kind, value, mark, request): every spelling of the value is suppressed, for good."""
    lines = [
        (kind, digest, mark, request)
        for kind, value, mark, request in values
        for digest in session.keys.suppression.digests(kind, value)
    ]
    session.run(
        "people",
        "add_suppressions",
        kinds=[line[0] for line in lines],
        digests=[line[1] for line in lines],
        marks=[line[2] for line in lines],
        requests=[line[3] for line in lines],
        normalisation=NORMALISATION,
    )


def find_suppressed(session: Session, values: Sequence[tuple[str, str]]) -> list[tuple[str, ...]]:
    """The marks that stand against each (kind, value), in order; () where none does."""
    asked = [
        (number, kind, digest)
        for number, (kind, value) in enumerate(values)
        for digest in session.keys.suppression.digests(kind, value)
    ]
    found: list[list[str]] = [[] for _ in values]
    rows = session.run(
        "people",
        "suppressed",
        numbers=[line[0] for line in asked],
        kinds=[line[1] for line in asked],
        digests=[line[2] for line in asked],
    )
    for number, mark in rows:
        found[number].append(mark)
    return [tuple(dict.fromkeys(marks)) for marks in found]


def list_suppressions(session: Session) -> list[tuple[str, bytes, str]]:
    """(kind, digest, mark) of the whole list, for the copy that a governed database keeps."""
    return [(kind, bytes(digest), mark) for kind, digest, mark in session.run("people", "suppressions")]


def record_forgotten(session: Session, subjects: Sequence[UUID]) -> None:
    """Erased: keys, identifiers and holdings go, the data keys are dropped; the bare ids stay for the record. What waits in the
    outbox for their addresses, because they stood among many, does not leave."""
    session.run("telling", "refuse_waiting", subjects=list(subjects))
    keys = [row[0] for row in session.run("people", "mark_erased", subjects=list(subjects))]
    for name in ("drop_keys_of", "drop_identifiers_of", "drop_holdings_of"):
        session.run("people", name, subjects=list(subjects))
    session.drop(keys)


def record_holding_asked(session: Session, subject: UUID, minutes: int) -> None:
    """Somebody wants to see what is held; counts younger than `minutes` will do."""
    session.run("people", "ask_holding", subject=subject, minutes=minutes)


def record_rows_asked(session: Session, subjects: Iterable[UUID]) -> None:
    """Rows of those among them of whom no store's row is known are looked for, whenever that was done last."""
    session.run("people", "ask_rows", subjects=list(subjects))


def list_holdings_asked(session: Session, limit: int) -> list[UUID]:
    """People whose holdings are to be counted, locked."""
    return [row[0] for row in session.run("people", "asked_holdings", limit=limit)]


def record_holding(session: Session, subject: UUID, text: str) -> None:
    sealed = session.seal(_data_key(session, subject), Slot("holding", "sealed", str(subject)), text)
    session.run("people", "set_holding", subject=subject, sealed=sealed)


def access_holding(session: Session, subject: UUID) -> tuple[str, datetime] | None:
    """The counts as they were written, and when; None when nobody has counted or the key was dropped."""
    row = session.run("people", "holding_of", subject=subject).fetchone()
    if row is None or not session.has(row[2]):
        return None
    return session.open(row[2], Slot("holding", "sealed", str(subject)), row[0]), row[1]
