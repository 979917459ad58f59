"""A backup of Avow's records comes back, with mail held, and without the people who were erased since; what must survive survives.

On the example company; Avow's own records are restored into another database. No old copy of the company's store is put back.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

sys.path.insert(0, str(Path(__file__).parents[1] / "rights"))
from company import BOB, Company, make_company_alone

PASSPHRASE = {"AVOW_BACKUP_PASSPHRASE": "lantern orbit walnut"}
MAILED = (
    "INSERT INTO control.outbox_binding (company, system, bound_by, bound_at) VALUES ('cloudsentric', 'old', 'bob', now()) "
    "ON CONFLICT DO NOTHING; UPDATE control.outbox SET state = 'queued' WHERE state = 'held'"
)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """On the newest PostgreSQL alone: what is copied is Avow's own, the same on each version."""
    with make_company_alone(tmp_path_factory.mktemp("backup"), "backup") as made:
        yield made


def of(dsn: str, query: str, *values: Any) -> list[tuple[Any, ...]]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(query.encode(), values).fetchall()


def erase(company: Company, mail: str) -> Any:
    request = company.ask("erasure", mail)
    desk = company.desk()
    try:
        for _ in range(6):
            company.work()
            with psycopg.connect(company.control) as control:
                control.execute("UPDATE control.request SET waits_until = now() WHERE id = %s", [request.id])
            for task in desk.tasks(request_id=request.id):
                desk.finish_task(task.id, "nothing", "nothing there", b"looked", BOB)
            state = desk.get_request(request.id).state
            if state == "done":
                return request
            if state == "review":
                desk.approve(request.id, BOB)
        raise AssertionError(desk.get_request(request.id))
    finally:
        desk.close()


def test_what_was_erased_since_the_backup_stays_erased_and_mail_is_held(company: Company, tmp_path: Path) -> None:
    people = company.of("SELECT email FROM contacts WHERE email <> '' ORDER BY id LIMIT 2")
    alice, charlie = people[0][0], people[1][0]
    stays = company.ask("question", charlie)  # what must survive
    company.work()
    with psycopg.connect(company.control) as control:
        control.execute(MAILED)
    copy = tmp_path / "backup"
    old_rows = company.of("SELECT count(*) FROM contacts WHERE email = '" + alice + "'")
    assert old_rows[0][0] >= 1
    done = company.avow("--quiet", "backup", str(copy), **PASSPHRASE)
    assert done.returncode == 0, done.stderr
    assert not any(alice.encode() in path.read_bytes() for path in copy.iterdir())

    tested = company.avow("--quiet", "restore", "--test", str(copy))
    assert tested.returncode == 0, tested.stderr
    assert "it was a test" in tested.stdout

    erased = erase(company, alice)
    assert company.avow("--quiet", "work", "--once").returncode == 0
    assert (company.project / ".avow" / "erased.json").exists()

    restored = into_new_database(company, "restored")
    done = company.avow("--quiet", "restore", str(copy), AVOW_CONTROL_DSN=restored, **PASSPHRASE)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    assert of(restored, "SELECT count(*) FROM control.outbox_binding") == [(0,)]
    assert of(restored, "SELECT count(*) FROM control.outbox WHERE state IN ('queued', 'sending', 'failed')") == [(0,)]
    held = "SELECT count(*) FROM control.outbox WHERE state = 'held'"
    assert of(restored, held)[0][0] >= 1
    # the person of the erasure is forgotten there, too, and stands on the list that a restored store is worked through with
    assert of(restored, "SELECT state FROM control.request WHERE id = %s", erased.id) == [("done",)]
    assert of(restored, "SELECT count(*) FROM control.erasure_replay WHERE request = %s", erased.id)[0][0] >= 1
    assert of(restored, "SELECT count(*) FROM control.suppression WHERE mark = 'erased'")[0][0] >= 1
    live = "SELECT count(*) FROM control.subject_identifier i JOIN control.subject s ON s.id = i.subject"
    live += " WHERE s.erased_at IS NOT NULL"
    assert of(restored, live) == [(0,)]
    assert of(restored, "SELECT count(*) FROM control.subject WHERE erased_at IS NOT NULL")[0][0] >= 1
    # and everybody else's request is there as it was
    kept = "SELECT kind, state FROM control.request WHERE id = %s"
    assert of(restored, kept, stays.id) == of(company.control, kept, stays.id)
    drop(company, restored)


def test_a_changed_backup_and_a_database_in_use_are_refused(company: Company, tmp_path: Path) -> None:
    copy = tmp_path / "backup"
    assert company.avow("--quiet", "backup", str(copy), **PASSPHRASE).returncode == 0
    again = company.avow("--quiet", "backup", str(copy), **PASSPHRASE)
    assert "backup.folder-in-use" in again.stderr
    full = company.avow("--quiet", "restore", str(copy), **PASSPHRASE)
    assert "backup.database-in-use" in full.stderr
    empty = into_new_database(company, "wrong")
    another = {"AVOW_BACKUP_PASSPHRASE": "another passphrase", "AVOW_CONTROL_DSN": empty}
    wrong = company.avow("--quiet", "restore", str(copy), **another)
    assert "backup.wrong-passphrase" in wrong.stderr
    drop(company, empty)
    (copy / "erased.json").write_text("{}")
    changed = company.avow("--quiet", "restore", "--test", str(copy))
    assert changed.returncode == 2
    assert "backup.changed" in changed.stderr


def test_without_a_passphrase_no_key_leaves(company: Company, tmp_path: Path) -> None:
    refused = company.avow("--quiet", "backup", str(tmp_path / "bare"))
    assert "backup.short-passphrase" in refused.stderr
    assert not (tmp_path / "bare").exists()
    assert company.avow("--quiet", "backup", str(tmp_path / "bare"), "--without-keys").returncode == 0
    assert not (tmp_path / "bare" / "keys.sealed").exists()


def into_new_database(company: Company, name: str) -> str:
    """Another empty database of the same owner."""
    given = conninfo_to_dict(company.control)
    database = f"{given['dbname']}_{name}"
    with psycopg.connect(make_conninfo(company.superuser, dbname="postgres"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{database}" OWNER "{given["user"]}"'.encode())
    return make_conninfo(company.control, dbname=database)


def drop(company: Company, dsn: str) -> None:
    name = conninfo_to_dict(dsn)["dbname"]
    with psycopg.connect(make_conninfo(company.superuser, dbname="postgres"), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())
