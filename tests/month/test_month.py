"""A month of company life against the real databases, and an independent tally: nothing differs.

Every deed is done from outside (programs' logins, command line, API, pages, mail server). The tally hears of each and says what
should be; eyes say what is. A month with something broken behind Avow's back shows that the tally would tell.
"""

from __future__ import annotations

import os
import smtplib
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import psycopg
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


# What follows breaks something behind Avow's back, one thing after the other, in the month that went well.


def differ(month: Month, before: list[str]) -> list[str]:
    return [line for line in compare(month.life.tally, look(month.life, check=False)) if line not in before]


def test_a_letter_to_somebody_who_said_no_is_named_with_the_person_and_the_reason(month: Month) -> None:
    life, before = month.life, compare(month.life.tally, look(month.life, check=False))
    objector = month.users[0].email
    with smtplib.SMTP("127.0.0.1", life.machine.inbox.port) as mail:
        mail.sendmail("sales@cloudsentric.example", [objector], "Subject: A chance for you\r\n\r\nBuy now.\r\n")
    (line,) = differ(month, before)
    assert line.startswith(f"mail: {objector} got `A chance for you` 1 times, not 0")
    assert "objected on the page" in line


def test_somebody_erased_who_comes_back_through_a_list_that_nothing_screened_is_named(month: Month) -> None:
    life, before = month.life, compare(month.life.tally, look(month.life, check=False))
    who = month.bought[1]
    with psycopg.connect(life.machine.store, autocommit=True) as behind:
        behind.execute("SET session_replication_role = replica")  # no trigger of anybody acts
        behind.execute(
            "INSERT INTO leads (source, broker_id, organisation, person, email)"
            " VALUES ('broker', 1, 'Sold Ltd', 'A Stranger', %s)",
            [who.email],
        )
    told = "\n".join(differ(month, before))
    assert f"gone: something of {who.kind} {who.name}" in told
    assert "stands in store public.leads.email" in told
    assert "should not be there" in told


def test_a_row_that_is_lost_is_named(month: Month) -> None:
    life, before = month.life, compare(month.life.tally, look(month.life, check=False))
    number = month.met[3].at["leads"]
    with psycopg.connect(life.machine.store, autocommit=True) as behind:
        behind.execute("DELETE FROM leads WHERE id = %s", [number])
    told = differ(month, before)
    assert f"books: leads ({number},) is lost" in told
