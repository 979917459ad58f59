"""`avow outbox` at the command line, and what a worker sends: from held to bound to sent, with a real mail server."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from avow.app import make_outbox, read_settings, send_waiting
from avow.cli.main import main
from avow.errors import OutboxError
from avow.outbox import Message
from avow.sealing import create_keys, open_company_keys

sys.path.insert(0, str(Path(__file__).parents[1] / "contracts"))
from outbox_servers import smtp_server

TOML = """
[company]
name = "acme"
[policy]
in_force = "2026-01"
[mail]
live = true
from = "Acme <privacy@acme.example>"
approve_above = 1
"""


@pytest.fixture
def project(tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "avow.toml").write_text(TOML, encoding="utf-8")
    monkeypatch.setenv("AVOW_CONTROL_DSN", database)
    return tmp_path


def run(project: Path, *arguments: str) -> int:
    return main(["--quiet", "--project", str(project), "outbox", *arguments])


def put(project: Path, database: str, *recipients: str, batch: str = "") -> None:
    settings = read_settings(project, {"AVOW_CONTROL_DSN": database})
    sealer = open_company_keys(settings.sealing_key).sealer
    now, key_id = datetime.now(UTC), uuid4()
    messages = [Message(uuid4(), "receipt", to, "AV-1", "See AV-1", batch=batch) for to in recipients]
    with psycopg.connect(database) as connection:
        key = create_keys(connection, sealer, [key_id], now)[key_id]
        make_outbox(settings).put(connection, messages, key_id, key, now, asked_by="bob")


def send(project: Path, database: str, **environ: str):
    settings = read_settings(project, {"AVOW_CONTROL_DSN": database, **environ})
    return send_waiting(settings, database, datetime.now(UTC))


def test_a_message_leaves_after_somebody_bound_the_database(project: Path, database: str, capsys) -> None:
    assert run(project, "list") == 1
    assert "nothing leaves: outbox.not-bound" in capsys.readouterr().out
    put(project, database, "early@example.com")
    with smtp_server() as inbox:
        server = {"AVOW_SMTP_HOST": "127.0.0.1", "AVOW_SMTP_PORT": str(inbox.port), "AVOW_SMTP_TLS": "none"}
        assert send(project, database).sent == 0, "no mail server is needed while nothing may leave"
        assert run(project, "bind", "--by", "bob") == 0
        assert "1 messages from before stay held" in capsys.readouterr().out
        put(project, database, "alice@example.com")
        assert send(project, database, **server).sent == 1
        assert run(project, "list") == 0
        out = capsys.readouterr().out
        assert "messages may leave" in out
        assert "alice@" not in out
        assert run(project, "bind", "--release") == 0
        assert send(project, database, **server).sent == 1
        assert [to for to, _ in inbox.mails] == [["alice@example.com"], ["early@example.com"]]
    assert (project / ".avow" / "seal.key").stat().st_mode & 0o777 == 0o600


def test_a_large_batch_needs_a_second_person_at_the_command_line_too(project: Path, database: str, capsys) -> None:
    assert run(project, "bind", "--by", "bob") == 0
    put(project, database, "alice@example.com", "charlie@example.com", batch="notice")
    with psycopg.connect(database) as connection:
        for ref, role in (("bob", "privacy_officer"), ("dana", "approver"), ("eve", "auditor")):
            hire = "INSERT INTO control.staff_member (ref, company, roles) VALUES (%s, 'acme', %s)"
            connection.execute(hire, (ref, [role]))
    capsys.readouterr()
    run(project, "list", "--state", "approval")
    assert "batch notice: 2 recipients, asked for by bob" in capsys.readouterr().out
    assert run(project, "approve", "notice", "--by", "bob") == 2
    assert "outbox.same-person" in capsys.readouterr().err
    for who, code in (("mallory", "staff.nobody"), ("eve", "staff.may-not")):
        assert run(project, "approve", "notice", "--by", who) == 2
        assert code in capsys.readouterr().err
    assert run(project, "approve", "notice", "--by", "dana") == 0
    with psycopg.connect(database) as connection:
        decided = connection.execute("SELECT decided_by, by_cli FROM control.outbox_approval").fetchall()
    assert decided == [("dana", True)]
    assert "2 messages may go" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("environ", "code"),
    [
        ({}, "outbox.no-server"),
        ({"AVOW_SMTP_HOST": "mail.example", "AVOW_SMTP_TLS": "none"}, "outbox.server-without-tls"),
    ],
)
def test_nothing_is_sent_without_a_server_or_in_the_clear(project: Path, database: str, environ, code: str) -> None:
    run(project, "bind")
    put(project, database, "alice@example.com")
    with pytest.raises(OutboxError) as caught:
        send(project, database, **environ)
    assert caught.value.codes == (code,)
