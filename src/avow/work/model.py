"""Jobs and times of the queue, as values.

A job's function takes ids and nothing else, may run twice with the same ids, and leaves the same behind (the marker pattern of
governed stores, or a state that it only moves forward). It is a plain function: it runs in a thread, so that the heartbeat goes on.
Refuses arguments that are no ids: a queue is read by many and kept for days, so no person's data may stand in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from avow.errors import Diagnostic, Place, WorkError

SCHEMA = "work"
QUEUE = "avow"
Ids = Mapping[str, str | int | UUID]
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/-]{0,127}")


@dataclass(frozen=True)
class Job:
    """`run` gets the ids as keyword arguments, as text or whole numbers. `every` is a cron line (a sixth field, last, means
    seconds); a periodic job gets no ids. `alone`: never two of it at once, in any process. `attempts` counts tries in all."""

    name: str
    run: Callable[..., object]
    every: str = ""
    alone: bool = False
    attempts: int = 12


@dataclass(frozen=True)
class Timing:
    """Seconds. A job of a worker that died is taken over after `stalled` and at most one more run of `retry_every`."""

    heartbeat: float = 5.0
    stalled: float = 20.0
    retry_every: str = "*/10 * * * * *"
    polling: float = 1.0  # a job that waited for another of its kind is not announced, only polled for
    graceful: float = 30.0
    keep_done_hours: int = 24
    keep_failed_hours: int = 720


def check_ids(ids: Ids) -> dict[str, str | int]:
    """The ids as JSON holds them. Raises WorkError `work.not-an-id`, without the value."""
    checked: dict[str, str | int] = {}
    for name, value in ids.items():
        text = str(value) if isinstance(value, UUID) else value
        if isinstance(text, bool) or not (isinstance(text, int) or (isinstance(text, str) and _ID.fullmatch(text))):
            raise WorkError(
                Diagnostic(
                    Place(f"job argument `{name}`"),
                    "work.not-an-id",
                    "a job was given something else than an id",
                    "pass the id of the row, and read the rest from its table when the job runs",
                    "the job was not put into the queue",
                )
            )
        checked[name] = text
    return checked
