"""Backs up Avow's own state and keys, and restores them: with mail held, and with everybody erased again who was erased since.

A backup is a folder: one file for each table, the keys sealed under a passphrase, a manifest with every digest, signed. Refuses to
write into a folder that is in use, to restore over records that are there, and to believe a file that was changed.
Governed stores are the company's to back up: what a restore of one brings back is erased again by the list.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from cryptography.exceptions import InvalidSignature
from psycopg import sql

from avow import __version__
from avow.app.databases import control_dsn, public_key_of, start_own_server
from avow.app.erased_list import (
    Rows,
    find_written_at,
    forget_again,
    join_lists,
    keep_erased,
    names_of,
    read_erased,
    write_list,
)
from avow.app.project import Progress, read_settings
from avow.app.recording import open_project_ledger
from avow.app.rights import prepare_control
from avow.app.sealed_keys import key_files, open_keys_file, put_keys_back, seal_keys
from avow.app.workers import open_working
from avow.control import backup
from avow.control.backup import Copied
from avow.control.session import Session
from avow.errors import AvowError, ControlError, Diagnostic, Place, StoreError
from avow.ledger import create_ledger
from avow.ledger.keys import load_digester, load_key, load_public_key
from avow.ledger.verify import verify_ledger
from avow.outbox.queue import find_system
from avow.sealing import open_company_keys
from avow.settings import Settings

MANIFEST, SIGNATURE, KEYS, ERASED, HEADS, PUBLIC = (
    "manifest.json",
    "manifest.sig",
    "keys.sealed",
    "erased.json",
    "heads.jsonl",
    "ledger.pub",
)

# tables in which forgetting again changes how many rows there are
_FORGOTTEN_IN = (
    *("seal_key", "subject", "subject_key", "subject_identifier", "suppression", "holding", "request", "certificate"),
    *("erasure_replay", "erasure_replayed", "answer", "answer_file", "answer_chunk"),
    *("task_file", "task_chunk"),
)
_MOVED = frozenset({*(f"control.{name}" for name in _FORGOTTEN_IN), "ledger.subject_nonce"})


@dataclass(frozen=True)
class Restored:
    """What came back. `erased` people were forgotten again; `stores` maps a store to how many were erased there again, -1 where it
    could not be reached. `held` messages wait for somebody to bind mail."""

    taken_at: datetime
    tables: int
    rows: int
    erased: int
    stores: Mapping[str, int]
    held: int
    ledger: str


def erased_path(settings: Settings) -> Path:
    """Where the list of what was erased is kept outside the database."""
    return settings.project / ".avow" / ERASED


def backup_project(
    settings: Settings, folder: Path, passphrase: str, without_keys: bool, progress: Progress
) -> tuple[Copied, ...]:
    """Writes a backup into a new folder (mode 0700). Raises AvowError, among them `backup.short-passphrase`."""
    sealed = b"" if without_keys else seal_keys(key_files(settings), passphrase)  # refused before anything is written
    if folder.exists() and any(folder.iterdir()):
        raise ControlError(_in_use(folder))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with control_dsn(settings, progress) as dsn:
        prepare_control(dsn, settings.company)
        with open_project_ledger(settings, dsn):
            pass  # makes the ledger and its keys at first use, and signs a head over everything so far
        with psycopg.connect(dsn, autocommit=True, application_name="avow backup") as connection:
            keep_erased(connection, erased_path(settings))
            progress("copying tables")
            copies = backup.copy_out(connection, folder)
    shutil.copyfile(erased_path(settings), folder / ERASED)
    if settings.ledger_heads.exists():
        shutil.copyfile(settings.ledger_heads, folder / HEADS)
    shutil.copyfile(public_key_of(settings), folder / PUBLIC)
    if sealed:
        (folder / KEYS).write_bytes(seal_keys(key_files(settings), passphrase))  # with those made at first use
    _sign(settings, folder, copies)
    for path in folder.iterdir():
        path.chmod(0o600)
    return copies


def _sign(settings: Settings, folder: Path, copies: tuple[Copied, ...]) -> None:
    beside = {name: _sha256(folder / name) for name in (ERASED, HEADS, PUBLIC, KEYS) if (folder / name).exists()}
    text = json.dumps(
        {
            "company": settings.company,
            "release": __version__,
            "taken_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "tables": [asdict(one) for one in copies],
            "files": beside,
        },
        indent=1,
    )
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
    (folder / SIGNATURE).write_text(
        load_key(settings.ledger_key).sign((text + "\n").encode()).hex() + "\n", encoding="ascii"
    )


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@dataclass(frozen=True)
class Backup:
    """A backup whose every file was held against its signed manifest."""

    folder: Path
    company: str
    taken_at: datetime
    copies: tuple[Copied, ...]


def open_backup(folder: Path, key: Path) -> Backup:
    """Checks signature and digests. Raises ControlError `backup.changed`."""
    try:
        text = (folder / MANIFEST).read_bytes()
        load_public_key(key).verify(bytes.fromhex((folder / SIGNATURE).read_text(encoding="ascii").strip()), text)
        manifest: dict[str, Any] = json.loads(text)
        copies = tuple(Copied(**{**one, "columns": tuple(one["columns"])}) for one in manifest["tables"])
        wrong = [one.table for one in copies if backup.digest_of(folder, one.table) != one.sha256]
        wrong += [name for name, digest in manifest["files"].items() if _sha256(folder / name) != digest]
        taken = datetime.fromisoformat(manifest["taken_at"])
    except (OSError, EOFError, ValueError, KeyError, TypeError, InvalidSignature, zlib.error) as error:
        raise ControlError(_changed(folder, f"it cannot be verified ({type(error).__name__})")) from error
    if wrong:
        raise ControlError(_changed(folder, f"{', '.join(sorted(wrong)[:3])} is not what was written"))
    return Backup(folder, str(manifest["company"]), taken, copies)


def restore_project(
    folder: Path,
    environ: Mapping[str, str],
    source: Path,
    passphrase: str,
    progress: Progress,
    key: Path | None = None,
    erased: Path | None = None,
) -> Restored:
    """Restores into the project's own empty control database. `erased` is a list that was kept outside; what any list names counts.
    Raises AvowError; then nothing was restored but key files that were missing."""
    settings = read_settings(folder, environ)
    found = open_backup(source, key or _trusted(settings, source))
    with control_dsn(settings, progress) as dsn:
        _check_empty(dsn)
    if (source / KEYS).exists() and passphrase:
        put_keys_back(open_keys_file((source / KEYS).read_bytes(), passphrase), settings.project)
    open_company_keys(settings.sealing_key, create=False)  # without the keys the rows would be closed for good
    lists = [path for path in (source / ERASED, erased_path(settings), erased) if path and path.exists()]
    rows = _join(lists)
    _set_heads_aside(settings, source)
    with control_dsn(settings, progress) as dsn:
        restored = _restore(settings, dsn, found, rows, progress, environ)
    write_list(erased_path(settings), rows)
    stores = _replay(folder, environ, found, progress)
    return Restored(found.taken_at, len(found.copies), restored[0], restored[1], stores, restored[2], restored[3])


def _join(lists: Sequence[Path]) -> Rows:
    return join_lists([read_erased(path) for path in lists], [find_written_at(path) for path in lists])


def _check_empty(dsn: str) -> None:
    """Raises ControlError `backup.database-in-use`, before anything of the project is touched."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        if backup.holds_records(connection):
            raise ControlError(_not_empty())


def _restore(
    settings: Settings, dsn: str, found: Backup, rows: Rows, progress: Progress, environ: Mapping[str, str]
) -> tuple[int, int, int, str]:
    """(rows, people forgotten again, messages held, what the ledger's verifier says)."""
    _check_empty(dsn)
    progress("making the tables")
    _make_tables(settings, dsn, found, environ)
    with psycopg.connect(dsn, autocommit=True, application_name="avow restore") as connection:
        with connection.transaction():
            progress("filling the tables")
            count = backup.copy_in(connection, found.folder, found.copies)
            connection.execute("DELETE FROM control.outbox_binding")
            connection.execute(
                "UPDATE control.outbox SET state = 'held' WHERE state IN ('queued', 'sending', 'failed')"
            )
            connection.execute("DELETE FROM control.erasure_replayed")
            keys = open_company_keys(settings.sealing_key, create=False)
            session = Session(connection, settings.company, keys, datetime.now(UTC), uuid4)
            again = forget_again(session, rows, _unlink_in(connection, settings))
        held = connection.execute("SELECT count(*) FROM control.outbox WHERE state = 'held'").fetchone()
    verified = verify_ledger(dsn, (load_public_key(public_key_of(settings)),))
    return count, again, int(held[0]) if held else 0, verified.summary()


def _make_tables(settings: Settings, dsn: str, found: Backup, environ: Mapping[str, str]) -> None:
    prepare_control(dsn, settings.company)
    create_ledger(dsn)
    desks = sorted({one.table.partition(".")[0] for one in found.copies} & {"centre", "console"})
    if desks:
        command = [
            sys.executable,
            "-m",
            "avow.web.main",
            "--project",
            str(settings.project),
            "--quiet",
            "--tables-only",
        ]
        done = subprocess.run(
            [*command, "all" if len(desks) == 2 else desks[0]],
            env={**environ, "AVOW_CONTROL_DSN": dsn},
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise StoreError(_no_tables(done.stderr))


def _unlink_in(connection: psycopg.Connection[Any], settings: Settings) -> Callable[[Mapping[str, Any]], None]:
    """Drops the ledger's keys of people, on the connection of the restore: either all of it came back, or nothing."""
    digester = load_digester(settings.ledger_key.with_name("digest.key"))

    def unlink(subjects: Mapping[str, tuple[tuple[str, str], ...]]) -> None:
        references = [
            digester.reference(name) for subject, keys in subjects.items() for name in names_of(subject, keys)
        ]
        connection.execute("DELETE FROM ledger.subject_nonce WHERE reference = ANY (%s)", (references,))

    return unlink


def forget_listed(settings: Settings, erased: Path | None, progress: Progress) -> int:
    """Forgets in this database whoever the list names; gives how many people. For a database that was put back by other means."""
    rows = read_erased(erased or erased_path(settings))
    with control_dsn(settings, progress) as dsn:
        prepare_control(dsn, settings.company)
        create_ledger(dsn)
        keys = open_company_keys(settings.sealing_key, create=False)
        with psycopg.connect(dsn, autocommit=True) as connection, connection.transaction():
            session = Session(connection, settings.company, keys, datetime.now(UTC), uuid4)
            return forget_again(session, rows, _unlink_in(connection, settings))


def _set_heads_aside(settings: Settings, source: Path) -> None:
    """Heads that were signed after the backup stay, under another name: they show what the restored ledger lacks."""
    heads = settings.ledger_heads
    if heads.exists():
        heads.rename(heads.with_name(f"{heads.stem}-before-restore-{datetime.now(UTC):%Y%m%dT%H%M%S}{heads.suffix}"))
    if (source / HEADS).exists():
        heads.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / HEADS, heads)


def _replay(folder: Path, environ: Mapping[str, str], found: Backup, progress: Progress) -> dict[str, int]:
    """Erases again in every governed store; a store that does not answer is worked through when it does."""
    mark = f"restore of {found.taken_at:%Y-%m-%dT%H:%M:%SZ} {secrets.token_hex(4)}"
    done: dict[str, int] = {}
    with open_working(folder, environ, progress) as working:
        for name in working.stores.names:
            try:
                done[name] = working.replay_erasures(name, mark)
            except AvowError:
                done[name] = -1
    return done


def try_restore(
    settings: Settings, environ: Mapping[str, str], source: Path, progress: Progress, key: Path | None = None
) -> Restored:
    """Restores into a scratch database of Avow's own server, holds it against the manifest, and drops it. Touches no store, no key
    and no mail. Raises AvowError when the backup would not come back."""
    found = open_backup(source, key or _trusted(settings, source))
    rows = _join([path for path in (source / ERASED, erased_path(settings)) if path.exists()])
    with _scratch(settings, progress) as dsn:
        count, again, held, ledger = _restore(settings, dsn, found, rows, progress, environ)
        with psycopg.connect(dsn, autocommit=True) as connection:
            _check_whole(connection, found)
            _check_opens(connection, settings)
            if connection.execute("SELECT count(*) FROM control.outbox_binding").fetchone() != (0,):
                raise ControlError(_changed(source, "the restored copy would write to people"))
            assert find_system(connection)  # it has an identity of its own, to which no mail is bound
    return Restored(found.taken_at, len(found.copies), count, again, {}, held, ledger)


def _check_whole(connection: psycopg.Connection[Any], found: Backup) -> None:
    """Every table still has its rows at the end; those in which people were erased again have fewer, or digests more. That each got
    all its rows was seen while it was filled."""
    for one in found.copies:
        if one.table in _MOVED or one.table.startswith(("centre.", "console.")):
            continue
        query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(*one.table.split(".")))
        row = connection.execute(query).fetchone()
        if row is None or row[0] != one.rows:
            raise ControlError(_changed(found.folder, f"{one.table} did not come back whole"))


def _check_opens(connection: psycopg.Connection[Any], settings: Settings) -> None:
    """The newest sealed key must open with the keys of this machine. Raises SealingError."""
    newest = "SELECT id, wrapped FROM control.seal_key WHERE wrapped IS NOT NULL ORDER BY made_at DESC LIMIT 1"
    row = connection.execute(newest).fetchone()
    if row:
        open_company_keys(settings.sealing_key, create=False).sealer.unwrap(row[0], bytes(row[1]))


@contextmanager
def _scratch(settings: Settings, progress: Progress) -> Iterator[str]:
    server = start_own_server(replace(settings, control_dsn="", uses_own_server=True), progress)
    assert server is not None  # it was asked for
    name = f"avow_restore_test_{secrets.token_hex(6)}"
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield server.dsn_for(name)
    finally:
        with psycopg.connect(server.dsn, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _trusted(settings: Settings, source: Path) -> Path:
    """The project's public key; on a new machine that of the backup itself, which shows that it is whole, not whose it is."""
    own = public_key_of(settings)
    return own if own.exists() else source / PUBLIC


def _in_use(folder: Path) -> Diagnostic:
    return Diagnostic(
        Place(str(folder)),
        "backup.folder-in-use",
        "the folder is not empty",
        "name a folder that does not exist: a backup never writes over another",
        "nothing was written",
    )


def _not_empty() -> Diagnostic:
    return Diagnostic(
        Place("AVOW_CONTROL_DSN"),
        "backup.database-in-use",
        "Avow has records in this database already",
        "name an empty database in AVOW_CONTROL_DSN; keep the old one until the restored one is looked at",
        "nothing was restored",
    )


def _changed(folder: Path, why: str) -> Diagnostic:
    return Diagnostic(
        Place(str(folder)),
        "backup.changed",
        f"this is not the backup that was written: {why}",
        "take another copy of it; with --key name the public key of whoever wrote it",
        "nothing was restored",
    )


def _no_tables(said: str) -> Diagnostic:
    return Diagnostic(
        Place("the desks' tables"),
        "backup.no-tables",
        f"the tables of the desks could not be made: {said.strip().splitlines()[-1:] or 'no reason was given'}",
        "give the login in AVOW_CONTROL_DSN the right to create schemas",
        "nothing was restored",
    )
