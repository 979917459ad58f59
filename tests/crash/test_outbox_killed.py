"""A sender is killed around the moment when the mail server takes a mail: the mail arrives, at worst twice as the same mail."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest

from avow.control import open_control
from avow.outbox import Message, Outbox, Poster, Smtp, SmtpMailer, send_due
from avow.sealing import create_keys

FOLDER = Path(__file__).parent
sys.path[:0] = [str(FOLDER), str(FOLDER.parent / "contracts")]
from outbox_servers import smtp_server  # noqa: E402
from send_and_die import NOW, RULES, SEALER  # noqa: E402


@pytest.mark.parametrize(("point", "copies"), [("before", 1), ("after", 2)])
def test_a_mail_whose_sender_was_killed_arrives_and_is_known_as_one(database: str, point: str, copies: int) -> None:
    outbox, ids = Outbox(RULES), [uuid4(), uuid4()]
    with (
        open_control(database, "acme"),
        psycopg.connect(database, autocommit=True) as connection,
        smtp_server() as inbox,
    ):
        key = create_keys(connection, SEALER, [UUID(int=1)], NOW)[UUID(int=1)]
        outbox.bind(connection, "bob", NOW - timedelta(hours=1))
        messages = [Message(id, "receipt", f"person{n}@example.com", "AV-1", "AV-1") for n, id in enumerate(ids)]
        outbox.put(connection, messages, UUID(int=1), key, NOW)
        call = [sys.executable, str(FOLDER / "send_and_die.py"), database, str(inbox.port), point]
        assert subprocess.run(call, check=False, timeout=60).returncode == -9
        assert sorted(line.state for line in outbox.lines(connection)) == ["queued", "sending"]
        mailer = SmtpMailer(Smtp("127.0.0.1", inbox.port, "none"), RULES)
        assert send_due(outbox, connection, SEALER, mailer, Poster(), NOW).sent == 2
        assert {line.state for line in outbox.lines(connection)} == {"sent"}
        assert set(inbox.message_ids) == {f"<{id}@acme.example>" for id in ids}
        assert len(inbox.mails) == copies + 1, "the mail that nobody was killed over arrives once"
        assert send_due(outbox, connection, SEALER, mailer, Poster(), NOW).sent == 0


def test_a_message_that_ends_every_sender_keeps_nobody_else_waiting(database: str) -> None:
    outbox, ids = Outbox(RULES), [uuid4(), uuid4()]
    with (
        open_control(database, "acme"),
        psycopg.connect(database, autocommit=True) as connection,
        smtp_server() as inbox,
    ):
        key = create_keys(connection, SEALER, [UUID(int=1)], NOW)[UUID(int=1)]
        outbox.bind(connection, "bob", NOW - timedelta(hours=1))
        first = [Message(id, "receipt", f"person{n}@example.com", "AV-1", "AV-1") for n, id in enumerate(ids)]
        outbox.put(connection, first[:1], UUID(int=1), key, NOW)
        outbox.put(connection, first[1:], UUID(int=1), key, NOW)
        connection.execute("UPDATE control.outbox SET attempts = 50, state = 'sending' WHERE id = %s", (ids[0],))
        mailer = SmtpMailer(Smtp("127.0.0.1", inbox.port, "none"), RULES)
        sent = send_due(outbox, connection, SEALER, mailer, Poster(), NOW)
        assert (sent.sent, sent.refused) == (1, 1)
        assert inbox.message_ids == [f"<{ids[1]}@acme.example>"]
