"""Takes back what runs of the mystery shopper left that were killed: requests, records of offices, planted rows.

Promises: what is taken back is found by what stands on record (a request, a case, a paper that is marked as synthetic; a row that
was registered before it stood there), never by the memory of a run; what fails is left for the next time, and nothing else waits.
Refuses to touch what is not synthetic. To be called by whoever holds the lock of runs: a run under way would lose its scene.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

import psycopg

from avow.app.breach_work import TEMPLATE
from avow.app.desk import Desk
from avow.control import (
    campaigns,
    disclosures,
    duty_cases,
    duty_reviews,
    intakes,
    retention,
    shopping,
    telling,
    vault,
)
from avow.control.session import Session
from avow.duties.rights.hands import say_nobody
from avow.duties.rights.model import HANDS, REVIEW, WORKING
from avow.duties.rights.moves import move
from avow.errors import AvowError
from avow.prove.shopper import Planter
from avow.prove.shopper.shop import FIRST, SHOPPER

_MANY = 10_000


@dataclass(frozen=True)
class Cleared:
    """How much was taken back: planted rows, open requests that were closed, records of offices."""

    rows: int = 0
    requests: int = 0
    records: int = 0

    def __str__(self) -> str:
        return f"{self.rows} planted rows, {self.requests} open requests and {self.records} records"

    def __bool__(self) -> bool:
        return bool(self.rows or self.requests or self.records)


def clear(desk: Desk, planters: Mapping[str, Planter]) -> Cleared:
    """Requests first: a worker that meets one of them afterwards has nothing to do in the stores."""
    requests = close_requests(desk)
    records = sum(_try(desk, forget) for forget in _FORGET)
    return Cleared(sum(_remove(planter) for planter in planters.values()), requests, records)


def close_requests(desk: Desk) -> int:
    """Every open synthetic request is taken back, tasks of staff and blocks included; gives how many."""
    with desk.session() as session:
        found = shopping.list_open_synthetic(session)
    return sum(_close(desk, request) for request in found)


def _close(desk: Desk, request: UUID) -> bool:
    """What is being done is handed to review first: from there it can be taken back."""
    try:
        for task in desk.tasks(request_id=request):
            desk.finish_task(
                task.id, say_nobody(task.step), "nothing held: the person is synthetic", b"synthetic", FIRST
            )
        with desk.session() as session:
            move(session, [request], WORKING, "the shopper's run ended", SHOPPER, from_states=[HANDS])
            move(session, [request], REVIEW, "the shopper's run ended", SHOPPER, from_states=[WORKING])
        desk.withdraw(request, SHOPPER)
    except AvowError:
        return False  # somebody moved it meanwhile, or it closed by itself
    return True


def _remove(planter: Planter) -> int:
    try:
        return planter.remove()
    except (psycopg.Error, AvowError):
        return 0


def _try(desk: Desk, forget: Callable[[Session], int]) -> int:
    try:
        with desk.session() as session:
            return forget(session)
    except (psycopg.Error, AvowError):
        return 0


# -- what offices leave -------------------------------------------------------------------------------------------------


def _forget_disclosures(session: Session) -> int:
    listed = disclosures.list_disclosures(session, synthetic=True, limit=_MANY)
    return disclosures.forget_synthetic(session, [one.id for one in listed])


def _forget_notices(session: Session) -> int:
    trials: Iterable[str] = telling.list_synthetic(session)
    return sum(telling.forget_synthetic(session, trial) for trial in trials)


def _release_holds(session: Session) -> int:
    """Holds on planted rows; one on anybody else's stays."""
    planted = shopping.list_planted(session)
    held = [one for one in retention.access_holds(session) if (one.store, one.table, one.key) in planted]
    return sum(retention.record_released(session, one.id) for one in held)


_FORGET: tuple[Callable[[Session], int], ...] = (
    _forget_disclosures,
    duty_cases.forget_synthetic_cases,
    vault.forget_synthetic_documents,
    duty_reviews.forget_synthetic_reviews,
    campaigns.drop_synthetic,
    intakes.drop_synthetic,
    _forget_notices,
    shopping.forget_publications,
    lambda session: shopping.forget_mails(session, TEMPLATE),
    _release_holds,
)
