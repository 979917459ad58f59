"""Who was told of a policy version: decisions, people by keyed digest, one mail for each address, acknowledgements.

Promises: a person, their mail and its place in the outbox stand or fall in the caller's transaction; who is on record is never
taken twice; told is only whose mail the outbox has sent, which the database itself demands. Refuses to hold an address or a key in
the clear, and to take back what was decided.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from avow.control.people import key_digest
from avow.control.session import Session

KEPT = timedelta(days=89)  # what was sent stays in the outbox for ninety days
BATCH = "policy"  # the mails of a version are the batches `policy VERSION DAY` of the outbox
PAGE, BANNER, MAIL = "page", "banner", "mail"
EXPIRED, NOT_APPROVED, FORGOTTEN = "expired", "outbox.not-approved", "outbox.person-erased"
UNREACHABLE: tuple[str, ...] = ("outbox.recipient-refused", "outbox.bad-address")
ERASED = "erased"


@dataclass(frozen=True)
class Decision:
    """How people are told of a version. `ways` from the least to the furthest; `told_by` the last day for it; `by` "" where
    nobody decided and the difference alone speaks."""

    ways: tuple[str, ...]
    ground: str
    told_by: date
    by: str = ""
    at: datetime | None = None

    @property
    def mails(self) -> bool:
        return MAIL in self.ways


@dataclass(frozen=True)
class Figures:
    """What came of it, in people. `queued` wait in the outbox, `approval` for a second person; `failed` were refused or ran out of
    time; `unreachable` have an address that takes no mail; `left_out` by reason; `audiences` are (store, table) -> closed;
    `lost` tables where fewer or more people stand on record than were taken; `untrue` marks without a mail."""

    told: int = 0
    queued: int = 0
    approval: int = 0
    failed: int = 0
    unreachable: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)
    acknowledged: int = 0
    audiences: Mapping[tuple[str, str], bool] = field(default_factory=dict)
    lost: tuple[str, ...] = ()
    untrue: int = 0

    @property
    def people(self) -> int:
        """How many must be told by mail."""
        return self.told + self.waiting + self.unreachable

    @property
    def waiting(self) -> int:
        return self.queued + self.approval + self.failed


@dataclass(frozen=True)
class Table:
    """An audience of one version: people of one table."""

    version: str
    store: str
    name: str
    synthetic: bool = False


def record_decision(session: Session, version: str, decision: Decision, synthetic: bool = False) -> None:
    given = {"ways": list(decision.ways), "ground": decision.ground, "told_by": decision.told_by, "by": decision.by}
    session.run("telling", "decide", version=version, synthetic=synthetic, **given)


def find_decision(session: Session, version: str) -> Decision | None:
    """The newest one."""
    row = session.run("telling", "decision", version=version).fetchone()
    return Decision(tuple(row[0]), row[1], row[2], row[3], row[4]) if row else None


def find_mailed_by(session: Session, version: str) -> date | None:
    """The earliest day by which anybody decided that people are told by mail: no later decision moves it."""
    row = session.run("telling", "mailed_by", version=version).fetchone()
    return row[0] if row else None


def find_effective(session: Session, version: str) -> date | None:
    """The first day of a published version; None where it was not published."""
    row = session.run("telling", "effective_on", version=version).fetchone()
    return row[0] if row else None


def find_known(session: Session, table: Table, keys: Sequence[str]) -> dict[int, bool]:
    """Place in `keys` -> whether a mail goes to them, of those who are on record."""
    digests = [key_digest(session, table.store, table.name, key) for key in keys]
    rows = session.run("telling", "known", version=table.version, store=table.store, table=table.name, digests=digests)
    return {int(number) - 1: bool(mailed) for number, mailed in rows}


def record_messages(session: Session, table: Table, addresses: Sequence[str]) -> tuple[dict[str, UUID], set[UUID]]:
    """(address -> the id of its mail, those that are new). Addresses in another spelling are one."""
    digests = {address: session.keys.lookup.digest("email", address) for address in addresses}
    distinct = list(dict.fromkeys(digests.values()))
    ids = [session.new_id() for _ in distinct]
    given = {"version": table.version, "digests": distinct}
    new = session.run("telling", "add_messages", ids=ids, synthetic=table.synthetic, **given).fetchall()
    held = {bytes(digest): id for digest, id in session.run("telling", "message_ids", **given)}
    return {address: held[digest] for address, digest in digests.items()}, {row[0] for row in new}


def record_people(session: Session, table: Table, lines: Iterable[tuple[str, UUID | None, str]]) -> None:
    """Lines are (key, mail, reason why there is none). Who has a mail keeps it."""
    listed = list(lines)
    session.run(
        "telling",
        "add_people",
        version=table.version,
        store=table.store,
        table=table.name,
        synthetic=table.synthetic,
        digests=[key_digest(session, table.store, table.name, key) for key, _, _ in listed],
        messages=[message for _, message, _ in listed],
        reasons=[reason for _, _, reason in listed],
    )


def find_ended(session: Session, table: Table, addresses: Sequence[str], codes: Sequence[str]) -> dict[str, UUID]:
    """Address -> the id of its mail, where that ended for one of `codes`; every spelling of an address is in it."""
    digests = {address: session.keys.lookup.digest("email", address) for address in addresses}
    given = {"version": table.version, "codes": list(codes), "digests": list(set(digests.values()))}
    ended = {bytes(digest): id for id, digest in session.run("telling", "ended", **given)}
    return {address: ended[digest] for address, digest in digests.items() if digest in ended}


def record_renewed(session: Session, ended: Mapping[str, UUID]) -> dict[str, UUID]:
    """Address -> the new id of its mail, which ended; one for each mail."""
    renewed = {old: (session.new_id(), address) for address, old in ended.items()}
    if renewed:
        session.run("telling", "renew", old=list(renewed), new=[new for new, _ in renewed.values()])
    return {address: new for new, address in renewed.values()}


def record_left_out(session: Session, table: Table, lines: Iterable[tuple[str, str]]) -> None:
    """Lines are (key, reason) of people against whom something stands by now. Whose mail was sent or still waits keeps it."""
    listed = list(lines)
    session.run(
        "telling",
        "leave_out",
        version=table.version,
        store=table.store,
        table=table.name,
        digests=[key_digest(session, table.store, table.name, key) for key, _ in listed],
        reasons=[reason for _, reason in listed],
    )


def is_notice(session: Session, message: UUID) -> bool:
    """Whether a message of the outbox is the notice of a version."""
    row = session.run("telling", "is_notice", message=message).fetchone()
    return bool(row and row[0])


def record_audience(session: Session, table: Table, closed: bool) -> None:
    """The table was gone through; `closed`: whoever comes in from now on was shown the new version."""
    given = {"store": table.store, "table": table.name, "closed": closed, "synthetic": table.synthetic}
    session.run("telling", "set_audience", version=table.version, **given)


def is_closed(session: Session, table: Table) -> bool:
    rows = session.run("telling", "audiences", version=table.version)
    return any((store, name) == (table.store, table.name) and closed for store, name, _, closed, _ in rows)


def list_begun(session: Session) -> tuple[str, ...]:
    """Versions that people are being told of."""
    return tuple(row[0] for row in session.run("telling", "begun"))


def get_figures(session: Session, version: str) -> Figures:
    counts, left_out = dict.fromkeys(("told", "queued", "approval", "failed", "unreachable"), 0), dict[str, int]()
    for reason, sent, ended, state, people in session.run("telling", "figures", version=version):
        if reason or ended == FORGOTTEN:
            left_out[reason or ERASED] = left_out.get(reason or ERASED, 0) + people
        else:
            counts[_state_of(sent, ended, state)] += people
    audiences = session.run("telling", "audiences", version=version).fetchall()
    since = session.now - KEPT
    (untrue,) = session.run("telling", "untrue", version=version, since=since).fetchone() or (0,)
    (acknowledged,) = session.run("telling", "count_acknowledged", version=version).fetchone() or (0,)
    return Figures(
        **counts,
        left_out=left_out,
        acknowledged=int(acknowledged),
        audiences={(store, name): closed for store, name, _, closed, _ in audiences},
        lost=tuple(f"{store}:{name}" for store, name, taken, _, there in audiences if taken != there),
        untrue=int(untrue),
    )


def _state_of(sent: bool, ended: str, state: str) -> str:
    if sent:
        return "told"
    if ended:
        return "unreachable" if ended in UNREACHABLE else "failed"
    return {"approval": "approval", "": "failed"}.get(state, "queued")


def is_due_again(session: Session, version: str) -> bool:
    """Whether a mail ran out of time, or somebody got none because their data was blocked, and is not blocked any more."""
    row = session.run("telling", "any_due_again", version=version).fetchone()
    return bool(row and row[0])


def list_unmarked(session: Session, version: str, marks: Sequence[str], limit: int) -> list[UUID]:
    """People whose mail was sent and who do not hold all of these marks yet."""
    rows = session.run("telling", "unmarked", version=version, marks=list(marks), limit=limit)
    return [row[0] for row in rows]


def record_acknowledged(session: Session, version: str, subject: UUID) -> None:
    """The first time counts."""
    session.run("telling", "acknowledge", version=version, subject=subject)


def find_acknowledged(session: Session, version: str, subject: UUID) -> datetime | None:
    row = session.run("telling", "acknowledged_at", version=version, subject=subject).fetchone()
    return row[0] if row else None


def find_to_show(session: Session) -> tuple[str, date] | None:
    """(version, its first day) of the one that was published last, where it is told by a banner."""
    row = session.run("telling", "to_show").fetchone()
    return (row[0], row[1]) if row else None


def find_lines(
    session: Session, version: str, places: Sequence[tuple[str, str, str]]
) -> tuple[set[tuple[str, str, str]], dict[tuple[str, str, str], str]]:
    """(places with a mail, place -> reason of those without one), of people in these places who are on record."""
    digests = {key_digest(session, *place): place for place in places}
    rows = session.run("telling", "lines", version=version, digests=list(digests)).fetchall()
    put = {digests[bytes(digest)] for digest, reason in rows if not reason}
    return put, {digests[bytes(digest)]: reason for digest, reason in rows if reason}


def count_in_outbox(session: Session, version: str) -> tuple[int, int]:
    """(messages that the outbox holds of a version, those of them that it has sent), whatever is noted about them elsewhere."""
    row = session.run("telling", "in_outbox", batch=f"{BATCH} {version} ").fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def forget_synthetic(session: Session, version: str) -> int:
    """Takes back what the mystery shopper's trial left, and nobody else's; gives how many records that were."""
    names = ("drop_people", "drop_messages", "drop_audiences", "drop_decisions", "drop_acknowledged")
    return sum(session.run("telling", name, version=version).rowcount for name in names)


def list_synthetic(session: Session) -> list[str]:
    """The trials of which the mystery shopper left something."""
    return [row[0] for row in session.run("telling", "synthetic_versions")]
