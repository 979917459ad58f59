"""Keeps a worker process alive: starts it again whenever it ends, and ends it when it hangs.

A worker can end with code 0 after a restart of the database, and can live on without hearing of new jobs: so every end is an
occasion to start again, and a worker that gives no pulse is killed. Refuses to restart faster than the database can bear: the
pause doubles up to 30 seconds and starts over after a minute of life.
"""

from __future__ import annotations

import logging
import os
import select
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

FIRST_PAUSE, LONGEST_PAUSE, LONG_LIFE = 0.2, 30.0, 60.0
SLOW_START = 60.0  # seconds until the first pulse: a busy machine reads the programs slowly
logger = logging.getLogger(__name__)


class _Told:
    """Whether somebody asked us to stop."""

    def __init__(self) -> None:
        self._stop = False

    def tell(self, *_: object) -> None:
        self._stop = True

    def stop(self) -> bool:
        return self._stop


def supervise(command: Sequence[str], patience: float = 60.0, graceful: float = 40.0) -> int:
    """Runs `command` with `--pulse FD` added until SIGTERM or SIGINT; gives 0 then. `patience` is how many seconds a worker
    may give no pulse once it gave one, `graceful` how many it gets to finish its jobs when it is to stop."""
    pause = FIRST_PAUSE
    with _told_to_stop() as told:
        while not told.stop():
            began = time.monotonic()
            code = _run_once(command, told, patience, graceful)
            if told.stop():
                break
            pause = FIRST_PAUSE if time.monotonic() - began > LONG_LIFE else min(pause * 2, LONGEST_PAUSE)
            logger.warning("the worker ended (%s); the next one starts in %.1f s", code, pause)
            _sleep(pause, told)
    return 0


def _run_once(command: Sequence[str], told: _Told, patience: float, graceful: float) -> int:
    """One worker, from its start to its end; its exit code."""
    read, write = os.pipe()
    try:
        process = subprocess.Popen([*command, "--pulse", str(write)], pass_fds=(write,))
    finally:
        os.close(write)
    try:
        _watch(process, read, told, patience)
        return _end(process, graceful if told.stop() else 0.0)
    finally:
        os.close(read)


def _watch(process: subprocess.Popen[bytes], read: int, told: _Told, patience: float) -> None:
    """Returns when the worker has ended, gives no pulse any more, or is to stop."""
    last, limit = time.monotonic(), max(patience, SLOW_START)
    while not told.stop() and process.poll() is None and time.monotonic() - last < limit:
        ready, _, _ = select.select([read], [], [], 0.2)
        if ready:
            if not os.read(read, 4096):
                time.sleep(0.1)  # it closed its end: it is ending
            else:
                last, limit = time.monotonic(), patience


def _end(process: subprocess.Popen[bytes], graceful: float) -> int:
    if process.poll() is None and graceful:
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(graceful)
    if process.poll() is None:
        process.kill()
    return process.wait()


def _sleep(seconds: float, told: _Told) -> None:
    until = time.monotonic() + seconds
    while not told.stop() and time.monotonic() < until:
        time.sleep(0.1)


@contextmanager
def _told_to_stop() -> Iterator[_Told]:
    told = _Told()
    handlers = {number: signal.signal(number, told.tell) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield told
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
