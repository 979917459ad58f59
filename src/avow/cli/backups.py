"""`avow backup` and `avow restore`: Avow's own records and keys, out of one database and into an empty one.

Prints counts and names of tables; never a value of anybody, and never a key.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import avow.app
from avow.cli.printing import progress_of


def add_commands(commands: Any) -> None:
    backup = commands.add_parser("backup", help="write Avow's own records and keys into a new folder, signed")
    backup.add_argument("folder", type=Path, help="a folder that does not exist")
    backup.add_argument("--without-keys", action="store_true", help="the keys are kept elsewhere, by you")
    backup.set_defaults(run=run_backup)
    restore = commands.add_parser("restore", help="put a backup into the project's empty database, with mail held")
    restore.add_argument("folder", type=Path, nargs="?", help="the backup")
    restore.add_argument("--test", action="store_true", help="restore into a scratch database, look, and drop it")
    restore.add_argument("--key", type=Path, help="the public key of whoever wrote it (default: the project's own)")
    restore.add_argument("--erased", type=Path, help="a newer list of what was erased, kept outside")
    restore.add_argument(
        "--erased-only", action="store_true", help="only forget again whoever the list names, in the database as it is"
    )
    restore.set_defaults(run=run_restore)


def run_backup(arguments: argparse.Namespace) -> int:
    settings = avow.app.read_settings(arguments.project, arguments.environ)
    copies = avow.app.backup_project(
        settings, arguments.folder, settings.backup_passphrase, arguments.without_keys, progress_of(arguments)
    )
    keys = "without keys" if arguments.without_keys else "with the keys, sealed"
    print(f"{sum(one.rows for one in copies)} rows of {len(copies)} tables, {keys}, in {arguments.folder}")
    print("a backup that was never restored is a hope: `avow restore --test` tries it")
    return 0


def run_restore(arguments: argparse.Namespace) -> int:
    """Exit code 1 when a store could not be reached: there people who were erased may be back."""
    settings, progress = avow.app.read_settings(arguments.project, arguments.environ), progress_of(arguments)
    if arguments.erased_only:
        print(f"{avow.app.forget_listed(settings, arguments.erased, progress)} people were forgotten again")
        return 0
    folder = arguments.folder or Path()
    if arguments.test:
        done = avow.app.try_restore(settings, arguments.environ, folder, progress, arguments.key)
    else:
        done = avow.app.restore_project(
            arguments.project,
            arguments.environ,
            folder,
            settings.backup_passphrase,
            progress,
            arguments.key,
            arguments.erased,
        )
    print(f"{done.rows} rows of {done.tables} tables as of {done.taken_at:%Y-%m-%d %H:%M} UTC")
    print(f"{done.erased} people who were erased since were forgotten again")
    for store, people in done.stores.items():
        print(
            f"store `{store}`: " + (f"{people} people erased again" if people >= 0 else "NOT REACHED: run `avow work`")
        )
    print(f"ledger: {done.ledger}")
    print(f"mail is held ({done.held} messages); `avow outbox bind` lets it leave, once the old database is stopped")
    if arguments.test:
        print("it was a test: the scratch database is gone")
    return 1 if -1 in done.stores.values() else 0
