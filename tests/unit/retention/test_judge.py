"""How a sweep stands: what a lawful hold keeps is kept, what nothing keeps is past its day, and both are named."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from avow.app.retention import Line
from avow.app.retention_evidence import judge
from avow.compilers.limits import DELETE, Sweep
from avow.control.retention import SweepRun
from avow.prove.verdict import BROKE, HELD
from avow.stores.postgres.duty.figures import Kept
from avow.stores.postgres.duty.sweeping import Standing

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SWEEP = Sweep("keep/1", "keep", "main", "public.orders", "made_at", 100, DELETE)
STANDS = Standing(3, 3, 0, date(2020, 1, 1), waits=(("public.gifts", 2), ("public.gifts", 1)))


def test_rows_that_wait_for_a_held_persons_rows_are_kept_and_the_table_is_named():
    found = judge(Line(SWEEP, None, STANDS), NOW)
    assert found.result == HELD
    assert "3 are kept by a hold (public.gifts)" in found.seen


def test_rows_that_would_take_along_somebody_elses_are_past_their_day_and_the_table_is_named():
    found = judge(Line(SWEEP, None, replace(STANDS, held=1, others=2)), NOW)
    assert found.result == BROKE
    assert "2 of them would take along rows of another person (public.gifts)" in found.seen
    assert "public.gifts" in found.repair


def test_a_row_that_fell_due_yesterday_is_given_until_the_next_sweeps():
    young = replace(STANDS, held=0, others=3, oldest=date(2026, 2, 20))
    assert judge(Line(SWEEP, None, young), NOW).result == HELD


@pytest.mark.parametrize(
    ("kept", "counted", "seen"),
    [
        (Kept(4, small=2), True, "2 figures of public.orders stand there of fewer than 5 people"),
        (Kept(4, lost=3), True, "3 figures of public.orders were written and stand there no more"),
        (Kept(0), True, "rows of public.orders went and no period stands there that was counted before"),
        (Kept(4), True, ""),
        (Kept(0), False, ""),
    ],
)
def test_a_limit_whose_figures_do_not_stand_as_they_were_to_be_written_is_broken(kept, counted, seen):
    run = SweepRun("keep/1", "main", "public.orders", NOW, NOW, 0, 3, 0, "", counted=counted)
    found = judge(Line(replace(SWEEP, at_least=5), run, STANDS, kept), NOW)
    assert (found.result, seen in found.seen) == (BROKE if seen else HELD, True)
    assert judge(Line(SWEEP, run, STANDS), NOW).result == HELD  # of this one no figures stay
