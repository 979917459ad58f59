"""kill -9 of a recording process: unsealed entries are lost, nothing is half written, promised ones are there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from avow.ledger import create_digest_key, create_key, create_ledger, open_ledger
from avow.ledger.verify import verify_from_files

WRITER = """
import sys
from pathlib import Path
from avow.ledger import Kind, open_ledger
folder = Path(sys.argv[2])
ledger = open_ledger(sys.argv[1], folder / "ledger.key", folder / "heads.jsonl", folder / "digest.key")
actor = ledger.digester.digest("actor", "staff:42")
number = 0
while True:
    for _ in range(200):
        ledger.record_access(Kind.READ, "a/b", "public.t", "c", actor)
    ledger.record_access(Kind.EXPORT, "a/b", "public.t", "c", actor, wait=True)
    number += 1
    sys.stdout.write(f"{number}\\n")
    sys.stdout.flush()
"""


@pytest.mark.parametrize("seconds", [0.05, 0.21, 0.37])
def test_a_killed_writer_leaves_whole_blocks_and_every_promised_entry(database, tmp_path, seconds):
    create_ledger(database)
    public = create_key(tmp_path / "ledger.key")
    create_digest_key(tmp_path / "digest.key")
    promised = run_and_kill(database, tmp_path, seconds)
    done = verify_from_files(database, [public], tmp_path / "heads.jsonl")
    assert done.holds, done.findings
    assert done.entries >= promised * 201
    with open_ledger(database, tmp_path / "ledger.key", tmp_path / "heads.jsonl") as ledger:
        ledger.sign_head()
    assert verify_from_files(database, [public], tmp_path / "heads.jsonl").holds


def run_and_kill(dsn: str, folder: Path, seconds: float) -> int:
    """How many rounds the writer had been told were durable when it was killed."""
    output = folder / "out"
    with output.open("w") as file:
        writer = subprocess.Popen([sys.executable, "-c", WRITER, dsn, str(folder)], stdout=file)
    while not output.read_text():
        assert writer.poll() is None
        time.sleep(0.01)
    time.sleep(seconds)
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait()
    wait_until_gone(dsn)
    return output.read_text().count("\n")


def wait_until_gone(dsn: str) -> None:
    """A server notices a dead client only when it answers it."""
    with psycopg.connect(dsn, autocommit=True) as conn:
        while conn.execute(
            "select count(*) from pg_stat_activity"
            " where application_name = 'avow-ledger' and datname = current_database()"
        ).fetchone() != (0,):
            time.sleep(0.01)
