"""Opens a company's project folder: settings, policy versions, promises, data map, recipients, exceptions.

Every mistake in all of the files is told at once. Refuses to go on with half a project.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from avow.app.contracts import bind_contracts
from avow.app.excepting import read_exceptions
from avow.datamap.model import DataMap
from avow.datamap.read import read_custodians, read_datamap
from avow.errors import AvowError, Diagnostic, Place
from avow.policy import PolicyVersion, RecipientEntry, read_recipients, read_versions
from avow.prove.scene import ExceptionNote, Recipient
from avow.settings import Settings, load_settings
from avow.vocabulary import Vocabulary, load_vocabulary

Progress = Callable[[str], None]
Read = TypeVar("Read")


@dataclass(frozen=True)
class Project:
    """One company's project, read. `version` is the one in force; `versions` are all, oldest first."""

    settings: Settings
    vocabulary: Vocabulary
    versions: tuple[PolicyVersion, ...]
    version: PolicyVersion
    datamap: DataMap
    register: tuple[RecipientEntry, ...] = ()
    exceptions: tuple[ExceptionNote, ...] = ()

    @property
    def recipients(self) -> tuple[Recipient, ...]:
        """The register as far as places need it."""
        return tuple(Recipient(entry.id, entry.location) for entry in self.register)


def read_settings(folder: Path, environ: Mapping[str, str]) -> Settings:
    """Raises SettingsError with every mistake."""
    return load_settings(folder, environ)


def open_project(folder: Path, environ: Mapping[str, str], with_map: bool = True) -> Project:
    """Raises AvowError with the diagnostics of every file. `with_map=False` for commands that draft the map first."""
    settings = read_settings(folder, environ)
    vocabulary = load_vocabulary()
    found: list[Diagnostic] = []
    versions = _attempt(lambda: read_versions(settings.project, settings.company, vocabulary), found) or ()
    datamap = DataMap(())
    if with_map:
        datamap = _attempt(lambda: _read_map(settings, vocabulary), found) or datamap
    register = _attempt(lambda: read_recipients(settings.project, vocabulary), found) or ()
    datamap = _attempt(lambda: bind_contracts(datamap, register), found) or datamap
    exceptions = _attempt(lambda: read_exceptions(settings.project, versions), found) or ()
    version = next((v for v in versions if v.version == settings.in_force), None)
    if version is None and not found:
        found.append(_no_version(settings, versions))
    if any(d.severity == "error" for d in found) or version is None:
        raise AvowError(found)
    return Project(settings, vocabulary, versions, version, datamap, register, exceptions)


def _attempt(read: Callable[[], Read], found: list[Diagnostic]) -> Read | None:
    try:
        return read()
    except AvowError as error:
        found.extend(error.diagnostics)
        return None


def _read_map(settings: Settings, vocabulary: Vocabulary) -> DataMap:
    datamap = read_datamap(settings.project / "datamap.yaml", vocabulary)
    custodians = settings.project / "custodians.yaml"
    return read_custodians(custodians, datamap) if custodians.exists() else datamap


def _no_version(settings: Settings, versions: tuple[PolicyVersion, ...]) -> Diagnostic:
    known = ", ".join(f"`{v.version}`" for v in versions) or "none"
    return Diagnostic(
        Place("avow.toml"),
        "policy.no-version-in-force",
        f"`{settings.in_force}` is to be in force, and policy/ has {known}",
        "name one of them as [policy] in_force, or add the file",
        "nobody can say which promises hold today",
    )
