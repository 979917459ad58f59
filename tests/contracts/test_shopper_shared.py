"""How processes share a run of the mystery shopper: parts are claimed, turns are taken, and a part that was lost is made again."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from avow.app.rights_evidence import open_records
from avow.control import open_control
from avow.control.shopping import ShopperFinding

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
SOON = 0.3  # seconds in which nothing may happen


@pytest.fixture
def two(database):
    with (
        open_control(database, "Lantern"),
        open_records(database, "Lantern") as one,
        open_records(database, "Lantern") as two,
    ):
        yield one, two


def test_a_part_is_one_processs_alone_until_that_ends(two, database):
    one, other = two
    run = uuid4()
    with open_records(database, "Lantern") as dying:
        assert dying.claim(run, 3)
        assert not one.claim(run, 3)
        assert one.claim(run, 4)
        assert one.claim(uuid4(), 3)
    end = time.monotonic() + 10  # the server lets go of what a process held once it has seen that it is gone
    while not (got := other.claim(run, 3)) and time.monotonic() < end:
        time.sleep(0.02)
    assert got


@contextmanager
def going(hold):
    """Somebody beside who waits for `hold`: gives what tells that they got it. They are through when the block ends."""
    got = threading.Event()

    def go():
        with hold():
            got.set()

    helper = threading.Thread(target=go)
    helper.start()
    yield got
    helper.join(10)
    assert got.is_set()


def waits(held, wanted):
    """Whether `wanted` is not to be had while `held` is, and is afterwards."""
    holding = ExitStack()
    holding.enter_context(held())
    with going(wanted) as got:
        waited = not got.wait(SOON)
        holding.close()
    return waited


def test_turns_go_side_by_side_and_nobody_goes_beside_who_is_alone(two):
    one, other = two
    with one.turn(), going(other.turn) as went:
        assert went.wait(10)
    with one.alone(), one.turn():  # who is alone takes turns too
        pass
    assert waits(one.alone, other.turn)


def test_who_wants_to_be_alone_waits_for_the_turn_of_another(two):
    one, other = two
    assert waits(one.turn, other.alone)
    assert waits(one.alone, other.alone)


def test_a_visit_that_is_made_again_replaces_what_was_seen_before(two):
    one, other = two
    run = uuid4()
    with one.running(run, "2026-01", NOW):
        one.record_finding(run, ShopperFinding("access", "clock", "could_not", "it died", NOW))
        one.record_finding(run, ShopperFinding("access", "routes", "held", "all", NOW))
        later = ShopperFinding("access", "clock", "held", "in time", NOW + timedelta(minutes=1), 2.5)
        other.record_finding(run, later)
        assert [(f.aspect, f.result) for f in one.findings_of(run)] == [("routes", "held"), ("clock", "held")]
        assert one.findings("2026-01") == other.findings("2026-01")
