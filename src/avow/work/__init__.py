"""The queue and periodic jobs, on PostgreSQL (procrastinate).

Refuses work that could not be done twice: delivery is at least once.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from avow.work.model import Ids, Job, Timing
from avow.work.queue import Waiting, defer, get_waiting, migrate_work
from avow.work.supervise import supervise

if TYPE_CHECKING:
    from avow.work.worker import Ran, run_worker

__all__ = [
    "Ids",
    "Job",
    "Ran",
    "Timing",
    "Waiting",
    "defer",
    "get_waiting",
    "migrate_work",
    "run_worker",
    "supervise",
]


def __getattr__(name: str) -> Any:
    """What runs jobs loads procrastinate, a third of a second; whoever only puts one in does without."""
    if name not in ("Ran", "run_worker"):
        raise AttributeError(name)
    return getattr(import_module("avow.work.worker"), name)
