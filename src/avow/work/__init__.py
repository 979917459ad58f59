"""The queue and periodic jobs, on PostgreSQL (procrastinate).

Refuses work that could not be done twice: delivery is at least once.
"""

from avow.work.model import Ids, Job, Timing
from avow.work.queue import Waiting, defer, get_waiting, migrate_work
from avow.work.supervise import supervise
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
