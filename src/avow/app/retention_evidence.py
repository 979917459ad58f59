"""How the real sweeps stand now: one that stopped, one whose cause is on record, rows that are past their day.

Counts and names of things. Refuses to take a sweep's word: what is due is counted in the store by a login that cannot delete.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from avow.app.databases import control_dsn
from avow.app.retention import Line, Retention, lines_of
from avow.app.rights import open_keys, open_pool
from avow.prove.probes.bound import SWEEPS
from avow.prove.scene import Standing
from avow.prove.shopper.visits_retention import place_of
from avow.prove.verdict import BROKE, COULD_NOT, HELD

if TYPE_CHECKING:
    from avow.app.duty_look import Look

DUTY = "retention"
STOPPED = timedelta(hours=26)  # a sweep is due each hour: after a day without one somebody must look
GRACE = timedelta(days=2)
REPAIR = "start `avow work`, then look at `avow retention status`"


def read_retention(look: Look) -> Iterator[Standing]:
    with ExitStack() as stack:
        dsn = stack.enter_context(control_dsn(look.project.settings, lambda line: None))
        desk = Retention(look.project, open_pool(dsn, 1), open_keys(look.project.settings), lambda: datetime.now(UTC))
        stack.callback(desk.close)
        for one in desk.sweeps()[1]:
            seen = f"{one.table} cannot be swept: the data map does not name {one.lacks}"
            repair = (
                f"give {one.table} a `clock` or an attribute `{one.event}`" if one.event else "add one to `aggregates`"
            )
            repair += " in datamap.yaml"
            yield Standing(DUTY, f"undated-{place_of(one.store, one.table)}", COULD_NOT, seen, one.rule, repair)
        for line in lines_of(desk):
            yield judge(line, look.now)


def judge(line: Line, now: datetime) -> Standing:
    """One sweep. The alarm: it has not ended for more than a day, or rows that nothing keeps are past their day."""
    sweep, run, stands = line.sweep, line.run, line.standing
    name, aspect = f"{SWEEPS}{place_of(sweep.store, sweep.table)}", sweep.rule if sweep.promise else "swept"
    if run is not None and run.cause:
        return Standing(DUTY, name, BROKE, f"the sweep of {sweep.table} stopped: {run.cause}", aspect, REPAIR)
    if run is not None and (run.finished_at or run.started_at) < now - STOPPED:
        seen = f"the sweep of {sweep.table} has not run since {run.started_at:%Y-%m-%d %H:%M}"
        return Standing(DUTY, name, BROKE, seen, aspect, REPAIR)
    if stands is None:
        return Standing(DUTY, name, COULD_NOT, f"what is due in {sweep.table} could not be counted", aspect, REPAIR)
    if wrong := _find_wrong(line):
        return Standing(DUTY, name, BROKE, wrong[0], aspect, wrong[1])
    late = stands.due - stands.held - stands.referred
    named = f" ({', '.join(dict.fromkeys(table for table, _ in stands.waits))})" if stands.waits else ""
    if late and (stands.oldest is None or stands.oldest + timedelta(days=sweep.days) < (now - GRACE).date()):
        seen, repair = f"{late} rows of {sweep.table} are past their day", REPAIR
        if stands.others:  # no hold keeps them: the limit is not kept, and somebody has to decide
            seen += f"; {stands.others} of them would take along rows of another person{named}"
            repair = f"let rows of {sweep.table} go without those of others: give these a limit, or another key{named}"
        return Standing(DUTY, name, BROKE, seen, aspect, repair)
    kept = f"; {stands.held} are kept by a hold{named}" if stands.held else ""
    kept += f"; {stands.referred} wait for rows that refer to them" if stands.referred else ""
    return Standing(DUTY, name, HELD, f"no row of {sweep.table} is past its day{kept}", aspect)


def _find_wrong(line: Line) -> tuple[str, str] | None:
    """(what is wrong with figures that stay, what repairs it)."""
    sweep, kept = line.sweep, line.kept
    if kept is None:
        return None
    if kept.small:
        seen = f"{kept.small} figures of {sweep.table} stand there of fewer than {sweep.at_least} people"
        return seen, "take them out, and out of the count of their period, as docs/explanation/retention.md writes it"
    if kept.lost:
        seen = f"{kept.lost} figures of {sweep.table} were written and stand there no more"
        return seen, "put them back into avow.kept_figure from a backup of the store"
    if line.run is not None and line.run.counted and not kept.periods:
        seen = f"rows of {sweep.table} went and no period stands there that was counted before"
        return seen, "put avow.kept_period and avow.kept_figure back from a backup of the store"
    return None
