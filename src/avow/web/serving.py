"""Starts the privacy centre and the console: schemas, logins, keys, then one process for each.

May run at every start and by many at once: what is there already stays. Serves on loopback unless `listen` says
otherwise. When one of the processes ends, the other is stopped too: half a service is not left behind.
"""

from __future__ import annotations

import multiprocessing
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing.process import BaseProcess
from typing import Any

from avow.app import control_dsn
from avow.app.rights import prepare_control
from avow.errors import Diagnostic, Place, WebError
from avow.settings import DeskSettings, Settings
from avow.web.catalogues import compile_all
from avow.web.keys import ensure_secret
from avow.web.logins import ensure_schema, prepare_login
from avow.web.process import WebProcess
from avow.web.running import migrate, serve

READY_WITHIN = 60.0  # seconds
_spawn = multiprocessing.get_context("spawn")
Progress = Callable[[str], None]


def serve_desks(settings: Settings, names: tuple[str, ...], progress: Progress, say: Progress) -> int:
    """Serves until SIGINT or SIGTERM. Gives 0 after those, 1 when a process ended by itself."""
    with control_dsn(settings, progress) as dsn:
        processes = prepare(settings, names, dsn, progress)
        with _stop_on_signal() as stop:
            children = [_start(process) for process in processes]
            try:
                _announce(processes, children, stop, say)
                return _watch(children, stop)
            finally:
                _stop(children)


def prepare(settings: Settings, names: tuple[str, ...], dsn: str, progress: Progress) -> list[WebProcess]:
    """Schema, tables, login and keys of each desk; gives what their processes are told. `dsn` is the owner's."""
    for name in names:
        _check_free(_desk_of(settings, name))
    return [replace(owner, dsn=_login_of(owner)) for owner in prepare_tables(settings, names, dsn, progress)]


def prepare_tables(settings: Settings, names: tuple[str, ...], dsn: str, progress: Progress) -> list[WebProcess]:
    """Schema and tables of each desk, without a login and without serving: what a restore fills. `dsn` is the owner's."""
    prepare_control(dsn, settings.company)
    for name in names:
        ensure_schema(dsn, name)
    owners = [_describe(settings, name, dsn) for name in names]
    progress(f"bringing the tables of {' and '.join(names)} up to date")
    _migrate(owners)
    return owners


def _desk_of(settings: Settings, name: str) -> DeskSettings:
    return settings.centre if name == "centre" else settings.console


def _describe(settings: Settings, name: str, dsn: str) -> WebProcess:
    folder = settings.project / ".avow"
    return WebProcess(
        desk=_desk_of(settings, name),
        company=settings.company,
        project=settings.project,
        locale=compile_all(folder / "locale"),
        title=settings.title,
        store_names=tuple(settings.answers.stores.items()),
        contact=settings.contact,
        in_force=settings.in_force,
        dsn=dsn,
        secret_key=ensure_secret(folder / f"{name}.key"),
    )


def _login_of(owner: WebProcess) -> str:
    password = ensure_secret(owner.project / ".avow" / f"{owner.schema}.password")
    return prepare_login(owner.dsn, owner.schema, owner.desk.dsn, password)


def _migrate(owners: list[WebProcess]) -> None:
    """Each in a process of its own, side by side. Raises WebError `web.migration-failed`."""
    children = [_spawn.Process(target=migrate, args=(owner,), name=f"avow migrate {owner.schema}") for owner in owners]
    for child in children:
        child.start()
    for child in children:
        child.join()
    failed = [owner.schema for owner, child in zip(owners, children, strict=True) if child.exitcode]
    if failed:
        raise WebError(
            Diagnostic(
                Place(f"schema {failed[0]}"),
                "web.migration-failed",
                f"the tables of the {failed[0]} could not be brought up to date; the reason stands above",
                "mend what it says (most often a right of the login in AVOW_CONTROL_DSN) and start again",
                "nothing is served; what was there before is unchanged",
            )
        )


def _check_free(desk: DeskSettings) -> None:
    host, _, port = desk.listen.rpartition(":")
    try:
        with socket.create_server((host.strip("[]"), int(port))):
            return
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "that is not host:port"
        raise WebError(
            Diagnostic(
                Place("avow.toml"),
                "web.cannot-listen",
                f"the {desk.name} cannot listen at `{desk.listen}`: {reason}",
                f"stop what listens there, or set {desk.name}.listen in avow.toml to a free host:port",
                "nothing is served",
            )
        ) from error


def _start(process: WebProcess) -> BaseProcess:
    child = _spawn.Process(target=serve, args=(process,), name=f"avow {process.desk.name}")
    child.start()
    return child


@contextmanager
def _stop_on_signal() -> Iterator[threading.Event]:
    stop = threading.Event()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def told(number: int, frame: Any) -> None:
        stop.set()

    for number in before:
        signal.signal(number, told)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _announce(processes: list[WebProcess], children: list[BaseProcess], stop: threading.Event, say: Progress) -> None:
    deadline = time.monotonic() + READY_WITHIN
    for process, child in zip(processes, children, strict=True):
        while not _answers(process.desk) and child.is_alive() and not stop.is_set() and time.monotonic() < deadline:
            stop.wait(0.05)
        if _answers(process.desk):
            say(f"{process.desk.name}: {process.desk.address}")


def _answers(desk: DeskSettings) -> bool:
    """Whether it answers a request: the listening socket is there before the application is."""
    host, _, port = desk.listen.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=1) as connection:
            connection.sendall(f"GET /health HTTP/1.1\r\nHost: {desk.listen}\r\nConnection: close\r\n\r\n".encode())
            return connection.recv(12).endswith(b"204")
    except OSError:
        return False


def _watch(children: list[BaseProcess], stop: threading.Event) -> int:
    while not stop.wait(0.2):
        if not all(child.is_alive() for child in children):
            return 1
    return 0


def _stop(children: list[BaseProcess]) -> None:
    for child in children:
        child.terminate()
    for child in children:
        child.join(10)
        if child.is_alive():
            child.kill()
            child.join()
