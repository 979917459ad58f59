"""What one web process is told when it starts: everything it may know, and nothing else.

A process is told once, by `enter`, before Django is set up; the settings modules read it with `current`. Refuses to run
without having been told. It holds one login to the control database and no connection string of a store.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from avow.errors import Diagnostic, Place, WebError
from avow.settings import ContactSettings, DeskSettings


@dataclass(frozen=True)
class WebProcess:
    """One of the two processes. `dsn` is the login that it uses; `schema` is where its own tables are."""

    desk: DeskSettings
    company: str
    project: Path
    locale: Path  # compiled catalogues
    title: str = ""  # the company's name as people read it
    store_names: tuple[tuple[str, str], ...] = ()  # store -> what people call it
    contact: ContactSettings = ContactSettings()
    in_force: str = ""
    dsn: str = field(default="", repr=False)
    secret_key: str = field(default="", repr=False)

    @property
    def schema(self) -> str:
        return self.desk.name

    @property
    def secure(self) -> bool:
        """Whether people reach it by https; cookies and headers follow."""
        return self.desk.address.startswith("https://")


_current: list[WebProcess] = []


def enter(process: WebProcess) -> None:
    """Tells this operating-system process what it is. Raises WebError `web.two-desks` when it is told another thing."""
    if _current and _current[0] != process:
        raise WebError(
            Diagnostic(
                Place("avow serve"),
                "web.two-desks",
                "one process was told to be two web processes",
                "start each of them in a process of its own, as `avow serve all` does",
                "it stops: a cookie of one must never be accepted by the other",
            )
        )
    _current[:] = [process]


def current() -> WebProcess:
    """Raises WebError `web.not-told` before `enter`."""
    if not _current:
        raise WebError(
            Diagnostic(
                Place("avow.web"),
                "web.not-told",
                "a web settings module was loaded before the process was told what it is",
                "start it with `avow serve`",
                "nothing is served",
            )
        )
    return _current[0]
