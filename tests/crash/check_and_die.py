"""Run by the crash tests: checks Lantern's policy and kills itself, as hard as there is, within its n-th probe.

It dies before the m-th statement of that probe, while what it opened, planted or took still stands open, or at the probe's end
where there are fewer.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "sabotage"))
import psycopg
from lantern import Company, make_scene

from avow.control import open_control
from avow.prove import check
from avow.prove.inquiry import Finding, Inquiry

LEVELS = frozenset({"catalogue", "trial", "canary"})
run, execute = Inquiry._run, psycopg.Cursor.execute
dsn, prefix, control_dsn, evidence, nth, most = sys.argv[1:7]
done = {"probes": 0, "statements": 0}


def counted_run(inquiry: Inquiry, name: str, probe: Any) -> Finding:
    done["probes"] += 1
    found = run(inquiry, name, probe)
    if done["probes"] == int(nth):
        os.kill(os.getpid(), signal.SIGKILL)
    return found


def counted_execute(cursor: Any, *args: Any, **more: Any) -> Any:
    done["statements"] += done["probes"] == int(nth)
    if done["statements"] == int(most):
        os.kill(os.getpid(), signal.SIGKILL)
    return execute(cursor, *args, **more)


if __name__ == "__main__":
    Inquiry._run, psycopg.Cursor.execute = counted_run, counted_execute  # type: ignore[method-assign]
    with open_control(control_dsn, "Lantern") as control:
        check(make_scene(Company(dsn, prefix), Path(evidence), control=control, store_levels=LEVELS))
