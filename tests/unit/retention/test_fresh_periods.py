"""Which periods are counted when rows of some days go: whole ones, once, and none of which rows went already."""

from __future__ import annotations

from datetime import date

import pytest

from avow.stores.postgres.duty.figures import fresh_periods

JANUARY, FEBRUARY = date(2020, 1, 1), date(2020, 2, 1)
FIFTH, NINTH = date(2020, 1, 5), date(2020, 1, 9)


@pytest.mark.parametrize(
    ("begun", "limit", "fresh"),
    [
        ((), 365, {"month": [JANUARY, FEBRUARY]}),
        ((), 31, {"month": [JANUARY, FEBRUARY]}),
        ((), 30, {"day": [FIFTH, NINTH, FEBRUARY]}),
        ((("month", JANUARY),), 365, {"month": [FEBRUARY]}),
        ((("month", JANUARY),), 3, {"day": [FEBRUARY]}),
        ((("day", FIFTH),), 3, {"day": [NINTH, FEBRUARY]}),
        ((("day", FIFTH),), 365, {"day": [NINTH], "month": [FEBRUARY]}),
        ((("day", JANUARY),), 365, {"day": [FIFTH, NINTH], "month": [FEBRUARY]}),
        ((("month", JANUARY), ("day", FEBRUARY)), 365, {}),
    ],
)
def test_what_is_counted_when_rows_of_three_days_go(begun, limit, fresh):
    assert fresh_periods([NINTH, FIFTH, FEBRUARY], set(begun), limit) == fresh
