"""A month of company life against the real databases, and an independent tally: nothing differs.

Every deed is done from outside (programs' logins, command line, API, pages, mail server). The tally hears of each and says what
should be; eyes say what is. A month with something broken behind Avow's back shows that the tally would tell.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from life import Life
from looking import look, read_books
from machine import make_machine
from tally import Tally, compare

from month import Month, live

pytestmark = pytest.mark.timeout(1500)
SEED = int(os.environ.get("MONTH_SEED", "2026"))
PEOPLE = int(os.environ.get("MONTH_PEOPLE", "300"))
STARTED = time.monotonic()


def say(line: str) -> None:
    """Seen with `make month`, or with -s."""
    print(f"[{time.monotonic() - STARTED:5.0f} s] {line}", flush=True)


@pytest.fixture(scope="module")
def month() -> Iterator[Month]:
    say(f"seed {SEED}, {PEOPLE} people")
    start = datetime(2026, 2, 2, 8, tzinfo=UTC)
    with (
        tempfile.TemporaryDirectory(prefix="avow-month-") as folder,
        make_machine(Path(folder), PEOPLE, start) as machine,
    ):
        tally = Tally()
        tally.open_books({table: list(rows.values()) for table, rows in read_books(machine.store).items()})
        machine.govern()
        life = Life(machine, tally, Random(SEED), machine.make_folder("papers"))
        say("the policy is applied and published, both desks are open")
        yield live(life, say)


def test_nothing_differs(month: Month) -> None:
    differences = compare(month.life.tally, look(month.life))
    assert differences == [], "\n".join([f"seed {SEED}", *differences])
