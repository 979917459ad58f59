"""A base backup that is recovered is another timeline: it mails nobody, while the original does."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from avow.control import open_control
from avow.outbox import Outbox, OutboxRules

RULES = OutboxRules("acme", "privacy@acme.example", live=True)


def pause(server: Any) -> None:
    server.process.send_signal(signal.SIGINT)
    server.process.wait(30)


@pytest.fixture
def two_servers() -> Any:
    servers = sys.modules["avow_test_servers"]
    version, binaries = sorted(servers.find_versions().items())[-1]
    pair = [servers.Server(version, binaries) for _ in range(2)]
    yield pair
    for server in pair:
        server.stop()


def recover(original: Any, copy: Any) -> None:
    """As a restore from a base backup: the data of one under the other, told to recover and to go on from there."""
    for server in (original, copy):
        pause(server)
    shutil.rmtree(copy.home / "data")
    shutil.copytree(original.home / "data", copy.home / "data", symlinks=True)
    with (copy.home / "data" / "postgresql.conf").open("a") as conf:
        conf.write(f"unix_socket_directories = '{copy.home}'\nrestore_command = 'false'\n")
    (copy.home / "data" / "recovery.signal").touch()
    owner = (copy.home).stat()
    for path in [copy.home / "data", *(copy.home / "data").rglob("*")]:
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)
    for server in (original, copy):
        server._start()
    await_end_of_recovery(copy)


def await_end_of_recovery(server: Any) -> None:
    """A server lets somebody look before it is done."""
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        for _ in range(300):
            if connection.execute("SELECT pg_is_in_recovery()").fetchone() == (False,):
                return
            connection.execute("SELECT pg_sleep(0.1)")
    raise AssertionError("the copy did not end its recovery")


def gate(server: Any) -> str:
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        return Outbox(RULES).find_gate(connection).reason


def test_a_recovered_base_backup_is_not_the_database_that_was_bound(two_servers: Any) -> None:
    original, copy = two_servers
    with open_control(original.dsn, "acme"), psycopg.connect(original.dsn, autocommit=True) as connection:
        Outbox(RULES).bind(connection, "bob", datetime.now(UTC))
    assert gate(original) == ""
    recover(original, copy)
    assert gate(copy) == "outbox.bound-elsewhere"
    assert gate(original) == ""
