"""Opens the workers' hands of a project: governed stores by the duty credential, the ledger, answers, certificates.

Refuses a store without its duty credential (`store.no-credential`): the cases that need it show the cause.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from avow.app.answers import Answers, Certificates, FindUses, names_in_ledger
from avow.app.choices import make_choosing
from avow.app.databases import control_dsn, get_dsn
from avow.app.downstream import Downstream
from avow.app.jurisdictions import read_law
from avow.app.outgoing import make_outbox
from avow.app.owners import Owners
from avow.app.project import Progress, Project, open_project
from avow.app.recording import open_project_ledger
from avow.app.rights import GOVERNED, make_office, open_keys, open_pool, prepare_control
from avow.app.working import DutyStores, Working
from avow.compilers.duties import duty_spec
from avow.duties.rights.ports import Deed, Journal, Unlink
from avow.ledger import Kind, Ledger, find_uses
from avow.ledger.keys import load_digester, load_key
from avow.settings import Settings
from avow.stores.duty import DutyStore, StoreSpec
from avow.stores.postgres.duty import open_postgres_duty

_KINDS = {"export": Kind.EXPORT, "erase": Kind.ERASE, "choice": Kind.CHOICE}


def journal_into(ledger: Ledger) -> Journal:
    """Records deeds; returns when the last of them, and so all, are durable."""

    def journal(deeds: tuple[Deed, ...]) -> None:
        actor = ledger.digester.digest("actor", "avow")
        for number, deed in enumerate(deeds, 1):
            ledger.record_access(
                _KINDS[deed.kind],
                f"{deed.what}/subject",
                ",".join(deed.tables),
                "",
                actor,
                ledger.subject_digest(deed.subject),
                min(deed.rows, 0xFFFFFFFE),
                wait=number == len(deeds),
            )

    return journal


def unlink_in(ledger: Ledger) -> Unlink:
    """Drops the keys under which the ledger knows people, by every name that programs may have recorded them."""

    def unlink(subjects: Mapping[str, tuple[tuple[str, str], ...]]) -> None:
        for subject, keys in subjects.items():
            for name in (subject, *(name for table, key in keys for name in names_in_ledger(table, key))):
                ledger.drop_subject_key(name)

    return unlink


@contextmanager
def open_working(folder: Path, environ: Mapping[str, str], progress: Progress = lambda line: None) -> Iterator[Working]:
    """The hands of a worker for a folder's project, as `open_working_of`."""
    with open_working_of(open_project(folder, environ), progress) as working:
        yield working


@contextmanager
def open_working_of(project: Project, progress: Progress = lambda line: None) -> Iterator[Working]:
    """A worker's hands, for as long as it works: stores by the duty credential, the ledger, answers, certificates."""
    settings = project.settings
    with ExitStack() as stack:
        dsn = stack.enter_context(control_dsn(settings, progress))
        prepare_control(dsn, settings.company)
        ledger = stack.enter_context(open_project_ledger(settings, dsn))
        specs = tuple(duty_spec(store_map, project.vocabulary) for store_map in project.datamap.stores)
        keys, law = open_keys(settings), read_law(settings)
        answers = Answers(
            settings.title,
            project.version,
            project.datamap,
            specs,
            project.register or None,
            law,
            settings.contact,
            settings.answers,
            uses_of(settings, dsn),
            project.vocabulary,
        )
        downstream = Downstream(project.register, make_outbox(settings))
        key = load_key(settings.ledger_key)
        working = Working(
            open_pool(dsn, 4),
            settings.company,
            keys,
            make_office(project, journal_into(ledger), unlink_in(ledger)),
            DutyStores(tuple(s for s in specs if s.kind in GOVERNED), lambda spec: open_duty(settings, spec)),
            answers,
            answers.count,
            Certificates(settings.title, project.version.version, key, keys, uuid4),
            lambda session, row: tuple(
                dict.fromkeys((*answers.find_told(session, row), *downstream.tell(session, row)))
            ),
            lambda: datetime.now(UTC),
            uuid4,
            make_choosing(project),
            Owners(settings.contact.email),
        )
        stack.callback(working.close)
        yield working


def uses_of(settings: Settings, dsn: str) -> FindUses:
    """Looks into the ledger for what was done with one person's data, by the names that programs may have used."""
    digester = load_digester(settings.ledger_key.with_name("digest.key"))
    return lambda names: find_uses(dsn, digester, names)


def open_duty(settings: Settings, spec: StoreSpec) -> DutyStore:
    """Raises StoreError when no duty credential is given or the store does not answer."""
    return _OPEN[spec.kind](get_dsn(settings.get_store(spec.name), "duty"), spec)


def _open_mariadb_duty(dsn: str, spec: StoreSpec) -> DutyStore:
    from avow.stores.mariadb.duty import open_mariadb_duty  # its driver is loaded only where there is such a store

    return open_mariadb_duty(dsn, spec)


_OPEN: Mapping[str, Callable[[str, StoreSpec], DutyStore]] = {
    "postgresql": open_postgres_duty,
    "mariadb": _open_mariadb_duty,
}
