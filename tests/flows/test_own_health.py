"""`avow doctor` says what is wrong with Avow itself, and nothing where nothing is."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from avow.app import check_own_health, make_outbox, read_settings
from avow.control import open_control
from avow.outbox import Message
from avow.sealing import create_keys, open_company_keys
from avow.settings import Settings
from avow.work import defer, migrate_work

TOML = '[company]\nname = "acme"\n[policy]\nin_force = "2026-01"\n[mail]\nlive = true\nfrom = "p@acme.example"\napprove_above = 1\n'


@pytest.fixture
def settings(tmp_path: Path, database: str) -> Settings:
    (tmp_path / "avow.toml").write_text(TOML, encoding="utf-8")
    return read_settings(tmp_path, {"AVOW_CONTROL_DSN": database})


def codes(settings: Settings) -> list[str]:
    return [finding.code for finding in check_own_health(settings, lambda line: None)]


def use(settings: Settings, database: str, recipients: int = 1) -> None:
    """As the first request would."""
    keys, now, key_id = open_company_keys(settings.sealing_key), datetime.now(UTC), uuid4()
    with open_control(database, "acme"), psycopg.connect(database, autocommit=True) as connection:
        migrate_work(connection)
        key = create_keys(connection, keys.sealer, [key_id], now)[key_id]
        people = [f"person{n}@example.com" for n in range(recipients)]
        mails = [Message(uuid4(), "notice", to, "AV-1", "See AV-1", batch="notice") for to in people]
        make_outbox(settings).put(connection, mails, key_id, key, now)


def test_a_project_that_used_nothing_yet_is_well_and_gets_no_keys(settings: Settings) -> None:
    assert codes(settings) == []
    assert not settings.sealing_key.exists()


def test_another_key_file_is_noticed(settings: Settings, database: str) -> None:
    use(settings, database)
    assert "sealing.changed" not in codes(settings)
    settings.sealing_key.unlink()
    assert codes(settings)[0] == "sealing.key-missing"
    open_company_keys(settings.sealing_key)
    assert codes(settings)[0] == "sealing.changed"


def test_what_waits_for_nobody_is_noticed(settings: Settings, database: str) -> None:
    use(settings, database, recipients=2)
    with psycopg.connect(database, autocommit=True) as connection:
        assert codes(settings) == ["outbox.needs-approval"]
        defer(connection, "step", {})
        assert codes(settings) == ["work.nobody-works", "outbox.needs-approval"]


def test_messages_that_cannot_leave_are_noticed(settings: Settings, database: str) -> None:
    use(settings, database)
    assert codes(settings) == ["outbox.not-bound"]
    with psycopg.connect(database, autocommit=True) as connection:
        make_outbox(settings).bind(connection, "bob", datetime.now(UTC))
    assert codes(settings) == ["outbox.no-server"]


def test_a_database_that_does_not_answer_is_said(tmp_path: Path, settings: Settings) -> None:
    elsewhere = read_settings(tmp_path, {"AVOW_CONTROL_DSN": "postgresql://nobody@127.0.0.1:1/none"})
    assert codes(elsewhere) == ["control.unreachable"]
