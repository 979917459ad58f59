"""When the mystery shopper's daily run is due, by the record of its runs."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from avow.app.project import read_settings
from avow.app.rights_evidence import open_records
from avow.app.shopping import is_shopper_due
from avow.control import open_control

TOML = """
[company]
name = "Lantern"
[policy]
in_force = "2026-01"
[stores.main]
kind = "postgresql"
location = "uk"
levels = ["catalogue", "trial", "canary"]
"""
BRIEF = """
{at}
intakes:
  order:
    store: main
    recognised_by: "addresses in example.test"
    effects: {{mail: none, invoice: none, webhook: none}}
    rows: {{public.people: {{}}}}
"""
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def due(database, tmp_path):
    """Whether it is due at a time, with this hour in shopper.yaml, after runs that began at these times."""

    def ask(now, at='at: "03:30"', runs=()):
        (tmp_path / "avow.toml").write_text(TOML, encoding="utf-8")
        (tmp_path / "shopper.yaml").write_text(BRIEF.format(at=at), encoding="utf-8")
        settings = read_settings(tmp_path, {"AVOW_CONTROL_DSN": database})
        with open_control(database, settings.company), open_records(database, settings.company) as records:
            for begun in runs:
                with records.running(uuid4(), "2026-01", begun):
                    pass
        return is_shopper_due(settings, database, now)

    return ask


def test_it_is_due_once_a_day_after_its_hour(due):
    assert due(NOON)
    assert not due(NOON, runs=[NOON - timedelta(hours=8)])
    assert not due(NOON + timedelta(hours=15))  # at three the next morning
    assert due(NOON + timedelta(hours=16))


def test_a_run_that_was_missed_is_made_up_for(due):
    assert due(NOON - timedelta(hours=10), runs=[NOON - timedelta(days=2)])


def test_without_an_hour_nothing_runs_by_itself(due):
    assert not due(NOON, at="")
