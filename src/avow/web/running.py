"""Runs one web process: sets Django up for its desk, migrates its schema, serves it with granian.

Each function here is the first thing of an operating-system process of its own: Django can be set up once. A served
process ends when the one that started it ends, however that happened, and never goes on alone.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import django
from django.conf import settings

from avow.web.process import WebProcess, enter

SETTINGS_MODULES = {"centre": "avow.web.settings.centre", "console": "avow.web.settings.console"}


def set_up(process: WebProcess) -> None:
    """Django for this process's desk. May be called again for the same process, never for another."""
    enter(process)
    if settings.configured:
        return
    module = importlib.import_module(SETTINGS_MODULES[process.desk.name])
    settings.configure(**{name: value for name, value in vars(module).items() if name.isupper()})
    django.setup()


def migrate(process: WebProcess) -> None:
    """Brings the desk's schema up to date. `process.dsn` is the owner's here. Without a change it changes nothing."""
    from django.core.management import call_command

    set_up(process)
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)


def serve(process: WebProcess) -> None:
    """Serves until it is told to stop."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    _end_with_parent()
    host, _, port = process.desk.listen.rpartition(":")
    server = Granian(
        process.desk.name,
        address=host.strip("[]"),
        port=int(port),
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=8,
        log_level=LogLevels.error,
    )
    server.serve(target_loader=partial(load, process), wrap_loader=False)


def load(process: WebProcess) -> Callable[..., Any]:
    """The WSGI application, in the worker that granian starts."""
    _end_with_parent()
    set_up(process)
    from django.core.wsgi import get_wsgi_application

    return get_wsgi_application()


def _end_with_parent() -> None:
    """Stops this process when its parent is gone, killed or not: nothing may go on listening alone."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def wait() -> None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True, name="end-with-parent").start()
