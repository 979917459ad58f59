"""The doors that pages and the API go through: staff and clients, oversight, each opened once in this process.

They hold the process's own login to the control database. Refuses to be opened before the process was told what it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

import psycopg
from psycopg_pool import ConnectionPool

from avow.app.breaches import Breaches, make_breaches, read_laws
from avow.app.campaigns_asked import AskedCampaigns
from avow.app.departments import Sight
from avow.app.disclosures import Register
from avow.app.duty_cases import Cases, numbers_of
from avow.app.erased_list import names_of
from avow.app.intakes import Intakes
from avow.app.oversight import LedgerFiles, Oversight
from avow.app.project import Project, open_project, read_settings
from avow.app.retention import Retention
from avow.app.reviews import Reviews
from avow.app.staffing import Staffing
from avow.app.webhooks import Webhooks, open_outbox
from avow.control import people
from avow.control.duty_cases import DutyCase
from avow.errors import ControlError
from avow.outbox import Outbox
from avow.settings import Settings
from avow.web.counter import get_desk
from avow.web.process import current


def now() -> datetime:
    """The clock of the web processes, UTC."""
    return datetime.now(UTC)


@cache
def _pool() -> ConnectionPool[psycopg.Connection[Any]]:
    return ConnectionPool(
        current().dsn, min_size=1, max_size=8, open=True, kwargs={"autocommit": True}, name="avow-doors"
    )


@contextmanager
def lend() -> Iterator[psycopg.Connection[Any]]:
    """A connection for one short transaction."""
    with _pool().connection() as connection:
        yield connection


@cache
def get_staffing() -> Staffing:
    return Staffing(lend, current().company, now)


@cache
def get_oversight() -> Oversight:
    folder = current().project / ".avow"
    files = LedgerFiles(folder / "digest.key", (folder / "ledger.key").with_suffix(".pub"))
    return Oversight(lend, current().dsn, current().company, files)


@cache
def _project() -> Project:
    return open_project(current().project, {"AVOW_CONTROL_DSN": current().dsn})


@cache
def get_intakes() -> Intakes:
    """Handing in needs Avow's own database alone."""
    desk = get_desk()
    return Intakes(_project(), desk.pool, desk.keys, desk.now)


@cache
def get_campaigns() -> AskedCampaigns:
    """Asking needs Avow's own database alone: a worker reads the audience."""
    return AskedCampaigns(_project(), get_desk().session)


@cache
def get_settings() -> Settings:
    return read_settings(current().project, {"AVOW_CONTROL_DSN": current().dsn})


def get_cases() -> Cases:
    return Cases(get_desk().session, numbers_of(get_settings()), read_laws(get_settings()))


def find_case(id: UUID) -> DutyCase | None:
    """A case of company life; the shopper's own are nobody's business here."""
    try:
        found = get_cases().get(id)
    except ControlError:
        return None
    return None if found.synthetic else found


def get_reviews() -> Reviews:
    return Reviews(get_desk().session, get_settings())


def get_breaches() -> Breaches:
    return make_breaches(get_register().project, get_desk().session)


@cache
def get_retention() -> Retention:
    desk = get_desk()
    return Retention(_project(), desk.pool, desk.keys, desk.now)


def find_subject_names(reference: str) -> tuple[str, ...]:
    """The names under which the ledger was told of the person of a case, by Avow and by the company's programs; none for a case
    without a person."""
    found = get_desk().find_by_reference(reference)
    if found is None or found.subject is None:
        return ()
    with get_desk().session() as session:
        held = people.access_keys(session, [found.subject]).get(found.subject, [])
    return names_of(str(found.subject), tuple((one.table, one.key) for one in held))


State = tuple[tuple[str, int], ...]


def _state_on_disk() -> State:
    folder = current().project
    files = sorted([folder / "avow.toml", *folder.glob("*.yaml"), *folder.glob("policy/*"), *folder.glob("promises/*")])
    return tuple((str(path), path.stat().st_mtime_ns) for path in files)


@lru_cache(maxsize=1)
def _project_as_of(state: State) -> Project:
    return open_project(current().project, {"AVOW_CONTROL_DSN": current().dsn})


def get_register() -> Register:
    """The register of disclosures and the places, as the project has them on disk: a contract that is cut short there counts with
    the next call."""
    return _register(_state_on_disk())


@lru_cache(maxsize=1)
def _register(state: State) -> Register:
    return Register(_project_as_of(state), get_desk().session)


def get_sight(departments: tuple[str, ...], subject: UUID | None) -> Sight:
    """What these departments may see of a person, by the policy that the project has on disk now; of somebody whom nobody knows
    yet, as if they had said no to everything."""
    if subject is None:
        return _sight(_state_on_disk(), departments, frozenset()).strictest
    held = get_desk().choices(subject).marks
    return _sight(_state_on_disk(), departments, frozenset(mark for mark, is_held in held.items() if is_held))


@lru_cache(maxsize=64)
def _sight(state: State, departments: tuple[str, ...], marks: frozenset[str]) -> Sight:
    return Sight(_project_as_of(state), departments, marks)


@cache
def get_webhooks() -> Webhooks:
    desk = get_desk()
    return Webhooks(desk.session, get_outbox())


@cache
def get_outbox() -> Outbox:
    return open_outbox(current().project)
