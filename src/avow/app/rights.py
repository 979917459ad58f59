"""Opens the desk of a project, for web, CLI and API: rules of the company, law, outbox and queue meet here.

Promises that a desk needs the control database alone. Refuses to give it a store's credential: only workers get one
(`avow.app.workers`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg_pool import ConnectionPool

from avow.app.databases import control_dsn
from avow.app.desk import Desk
from avow.app.jurisdictions import read_law
from avow.app.outgoing import SEND_JOB, make_outbox
from avow.app.project import Progress, Project, open_project
from avow.control import open_control
from avow.control.session import Session
from avow.datamap.model import Table
from avow.duties.rights.model import OBJECTED
from avow.duties.rights.ports import Deed, Journal, Mail, Unlink
from avow.duties.rights.rules import HandStore, Office, Rules
from avow.duties.rights.wording import write_mail
from avow.outbox import Message, Outbox
from avow.sealing import CompanyKeys, open_company_keys
from avow.settings import Settings
from avow.work import defer, migrate_work

JOB = "requests.work"
GOVERNED = ("postgresql", "mariadb")  # kinds of store that duties reach by machine


def read_rules(project: Project) -> Rules:
    """The company's rules for requests, out of avow.toml and the data map."""
    settings = project.settings
    own = settings.rights
    governed = [s.name for s in project.datamap.stores if s.kind in GOVERNED]
    hands = tuple(
        HandStore(s.name, s.by_hand.owner, s.by_hand.instructions, s.by_hand.remind_days, s.by_hand.department)
        for s in project.datamap.stores
        if s.by_hand
    )
    by_hand = {hand.name for hand in hands}
    return Rules(
        stores=tuple(governed),
        hands=hands,
        uncovered=tuple(s.name for s in project.datamap.stores if s.name not in governed and s.name not in by_hand),
        officer=own.officer,
        centre=settings.centre.address,
        console=settings.console.address,
        purposes=list_objectable(project),
        undo_days=own.undo_days,
        wait_hours=own.wait_hours,
        lapse_days=own.lapse_days,
        answer_days=own.answer_days,
        fade_days=own.backup_days,
        task_days=own.task_days,
        approvals=own.approvals,
        look_at_masks=not own.release_masked,
        customer_tables=frozenset(own.customer_tables),
        correctable={(s.name, t.name): _correctable(t) for s in project.datamap.stores for t in s.tables},
    )


def _correctable(table: Table) -> tuple[str, ...]:
    if table.unchanging:
        return ()
    return tuple(c.name for c in table.columns if c.categories and not c.link and c.name != table.key)


def list_objectable(project: Project) -> tuple[str, ...]:
    """Every purpose of which a promise says that an objection stops it."""
    prefix = f"{OBJECTED}:"
    marks = {
        value.removeprefix(prefix)
        for rule in project.version.rules
        for condition in rule.when
        for value in condition.values
        if value.startswith(prefix)
    }
    return tuple(sorted(marks))


def open_keys(settings: Settings) -> CompanyKeys:
    """The company's keys; made at first use. Raises SealingError."""
    return open_company_keys(settings.sealing_key)


def post_into(outbox: Outbox) -> Callable[[Session, Mail], None]:
    """Puts a mail into the outbox in the words of its language, sealed under a key of its own."""

    def post(session: Session, mail: Mail) -> None:
        subject, text = write_mail(mail.template, mail.language, mail.values)
        key = session.make_key()
        message = Message(
            session.new_id(), mail.template, mail.to, subject, text, request=mail.request, synthetic=mail.synthetic
        )
        outbox.put(session.connection, [message], key, session.get_key(key), session.now)
        defer(session.connection, SEND_JOB, {}, key=SEND_JOB)  # a code that was asked for is waited for

    return post


def wake_workers(session: Session) -> None:
    """One job that waits is enough, however many changes there are."""
    defer(session.connection, JOB, {}, key=JOB)


def refuse_deeds(deeds: tuple[Deed, ...]) -> None:
    """A desk decides nothing that the ledger has to keep: workers do."""
    raise AssertionError("only workers record deeds")


def refuse_unlinking(subjects: object) -> None:
    """As `refuse_deeds`."""
    raise AssertionError("only workers drop keys of the ledger")


def make_office(project: Project, journal: Journal, unlink: Unlink) -> Office:
    settings = project.settings
    return Office(
        read_rules(project), read_law(settings), post_into(make_outbox(settings)), wake_workers, journal, unlink
    )


def open_pool(dsn: str, size: int) -> ConnectionPool:
    return ConnectionPool(dsn, min_size=1, max_size=size, open=True, kwargs={"application_name": "avow rights"})


def prepare_control(dsn: str, company: str) -> None:
    """Creates what is missing in Avow's own database. Raises StoreError `control.unreachable`."""
    with open_control(dsn, company), psycopg.connect(dsn, autocommit=True) as connection:
        migrate_work(connection)


@contextmanager
def open_sessions(
    settings: Settings, progress: Progress, by_cli: bool = False
) -> Iterator[tuple[str, Callable[[], AbstractContextManager[Session]]]]:
    """The control database's connection string, and what opens one short transaction there: for one command (`by_cli`), or one
    pass of a worker. Raises StoreError `control.unreachable`, SealingError."""
    with control_dsn(settings, progress) as dsn:
        prepare_control(dsn, settings.company)
        keys = open_keys(settings)
        with open_pool(dsn, 2) as pool:

            @contextmanager
            def session() -> Iterator[Session]:
                with pool.connection() as connection, connection.transaction():
                    yield Session(connection, settings.company, keys, datetime.now(UTC), uuid4, by_cli)

            yield dsn, session


def open_desk(
    folder: Path,
    environ: Mapping[str, str],
    progress: Progress = lambda line: None,
    prepare: bool = True,
    size: int = 8,
) -> Desk:
    """The desk of a folder's project, as `open_desk_of`."""
    return open_desk_of(open_project(folder, environ), progress, prepare, size)


def open_desk_of(project: Project, progress: Progress = lambda line: None, prepare: bool = True, size: int = 8) -> Desk:
    """The desk of a project. `prepare=False` for a login that may not create tables: somebody else has done so."""
    with control_dsn(project.settings, progress) as dsn:
        if prepare:
            prepare_control(dsn, project.settings.company)
        office = make_office(project, refuse_deeds, refuse_unlinking)
        keys = open_keys(project.settings)
        return Desk(open_pool(dsn, size), project.settings.company, keys, office, lambda: datetime.now(UTC), uuid4)
