"""What goes wrong, said so that a person can act on it.

One root, one subclass per room. An error carries diagnostics, never only a text: each has a place, a cause,
a next step and a consequence, and a stable dotted code with a page in `docs/errors/`.

Refuses to hold personal data: no value read from a governed store may stand in a diagnostic; user text that
may be echoed is what stands in the company's own project files (policy, promises, data map, configuration).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, order=True)
class Place:
    """Where in the project (or in which store object) the cause stands. Lines and columns count from 1; 0 is 'whole'."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part)


@dataclass(frozen=True, order=True)
class Diagnostic:
    """One finding: `cause` (what is so), `help` (the next step), `so` (what follows if nothing is done)."""

    place: Place
    code: str
    cause: str
    help: str
    so: str
    severity: str = "error"  # or "warning"

    def __str__(self) -> str:
        return f"{self.place}  {self.code}\n  {self.cause}\n  help: {self.help}\n  so:   {self.so}"


class AvowError(Exception):
    """The root. `diagnostics` is sorted by place; `str()` prints all of them, a blank line between."""

    def __init__(self, diagnostics: Iterable[Diagnostic] | Diagnostic) -> None:
        found = [diagnostics] if isinstance(diagnostics, Diagnostic) else list(diagnostics)
        self.diagnostics: tuple[Diagnostic, ...] = tuple(sorted(found))
        super().__init__("\n\n".join(map(str, self.diagnostics)))

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(d.code for d in self.diagnostics)


class SettingsError(AvowError):
    """`avow.toml` or the environment cannot be used."""


class VocabularyError(AvowError):
    """A term is not in the vocabulary."""


class PolicyError(AvowError):
    """A policy version or its promises cannot be read as written."""


class DataMapError(AvowError):
    """`datamap.yaml` is wrong in itself or against the store."""


class StoreError(AvowError):
    """A store cannot be reached, or refused what Avow asked for."""


class CompileRefused(AvowError):
    """A rule uses a construct that the target cannot enforce; names the construct and the target."""


class ApplyError(AvowError):
    """A plan could not be carried out; says what was done and what the next apply will finish."""


class LedgerError(AvowError):
    """The ledger cannot be written or does not verify."""


class ClientError(AvowError):
    """A purpose cannot be taken, or was left in a way that must not go unseen."""


class WebError(AvowError):
    """The privacy centre or the console cannot be started as told."""


class ServerError(AvowError):
    """The embedded PostgreSQL could not be found, created or started."""


class SealingError(AvowError):
    """A key file cannot be used, a key was dropped, or a sealed value is not what was sealed."""


class LawError(AvowError):
    """A jurisdiction is unknown, or the company's own numbers go beyond what its law allows."""


class OutboxError(AvowError):
    """A message may not leave as it is, or not from here."""


class WorkError(AvowError):
    """The queue cannot be opened, or a job is not one that may stand in it."""


class RightsError(AvowError):
    """A rights request cannot go the way that was asked for."""


class ChoicesError(AvowError):
    """A choice, or a message to many people, is not one that may be recorded or sent as it is."""


class DisclosureError(AvowError):
    """Data may not leave as asked, or the file is no longer handed over."""


class PlacesError(AvowError):
    """Something holds or receives data in a place where the policy says that none is."""


class ControlError(AvowError):
    """Avow's own records refuse what was asked."""


@dataclass
class Collector:
    """Collects diagnostics so that every error is told at once; `raise_as` raises if any is an error."""

    found: list[Diagnostic] = field(default_factory=list)

    def add(self, code: str, place: Place, cause: str, help: str, so: str, severity: str = "error") -> None:
        self.found.append(Diagnostic(place, code, cause, help, so, severity))

    def raise_as(self, error: type[AvowError]) -> None:
        if any(d.severity == "error" for d in self.found):
            raise error(self.found)
