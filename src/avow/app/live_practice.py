"""The report of practice on the stores as they are now, for the command line. Refuses to go on when a store cannot be looked at."""

from __future__ import annotations

from contextlib import ExitStack

import psycopg

from avow.app.checking import open_scenes
from avow.app.databases import control_dsn
from avow.app.practice import report_practice
from avow.app.project import Progress, Project
from avow.datamap.practice import Practice
from avow.prove import Budget


def report_live_practice(project: Project, budget: Budget, progress: Progress) -> tuple[Practice, ...]:
    """The report of practice on the stores as they are now. Raises StoreError when one cannot be looked at."""
    with ExitStack() as stack:
        dsn = stack.enter_context(control_dsn(project.settings, progress))
        connection = stack.enter_context(psycopg.connect(dsn, autocommit=True))
        return report_practice(project, open_scenes(stack, project, budget, progress), connection)
