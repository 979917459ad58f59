"""The centre and the console are apart: logins, schemas, keys, cookies; and they stop as they should."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import psycopg
import pytest
from psycopg.conninfo import make_conninfo


def _login(site, desk):
    with psycopg.connect(site.dsn) as connection:
        oid = connection.execute("SELECT oid FROM pg_database WHERE datname = current_database()").fetchone()[0]
    return make_conninfo(site.dsn, user=f"avow_{desk}_{oid}", password="any")  # the tests' server trusts


def test_each_desk_answers_and_says_nothing_it_should_not(site):
    for address in (site.centre, site.console):
        with urlopen(f"{address}/health") as answer:
            assert answer.status == 204
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize(("desk", "other"), [("centre", "console"), ("console", "centre")])
def test_the_login_of_one_desk_cannot_read_the_schema_of_the_other(site, desk, other):
    with psycopg.connect(_login(site, desk)) as connection:
        assert connection.execute(f"SELECT count(*) FROM {desk}.accounts_user").fetchone()
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(f"SELECT count(*) FROM {other}.accounts_user")


def test_the_login_of_the_centre_may_not_see_what_only_staff_see(site):
    with psycopg.connect(_login(site, "centre"), autocommit=True) as connection:
        for table in ("task", "outbox_approval", "subject_merge", "canary", "erasure_replay"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"SELECT * FROM control.{table}")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE centre.mine (x int)")


@pytest.mark.parametrize("desk", ["centre", "console"])
def test_no_login_changes_a_finished_check_or_a_published_version(site, desk):
    with psycopg.connect(_login(site, desk), autocommit=True) as connection:
        for table in ("check_run", "policy_version"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"DELETE FROM control.{table}")


def test_a_cookie_of_one_desk_opens_nothing_on_the_other(site, page, browser):
    email = site.make_account("console", "bob-in-both@lantern.example")
    site.make_account("centre", email)
    site.type_in(page, email, "console")
    assert page.get_by_text("You are signed in.").is_visible()
    kept = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    assert set(kept) >= {"console_session"}
    context = browser.new_context(locale="en-GB")
    for name in ("console_session", "centre_session"):  # as it is, and under the name the centre looks for
        context.add_cookies([{"name": name, "value": kept["console_session"], "url": site.centre}])
    stolen = context.new_page()
    stolen.goto(site.centre)
    assert stolen.get_by_role("link", name="Sign in").first.is_visible()
    context.close()


def test_keys_and_passwords_lie_outside_the_database_and_are_closed_to_others(site):
    for name in ("centre.key", "console.key", "centre.password", "console.password"):
        path = site.project / ".avow" / name
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (site.project / ".avow/centre.key").read_text() != (site.project / ".avow/console.key").read_text()


def test_the_environment_of_a_web_process_holds_no_connection_string_of_a_store(site):
    seen = [
        Path(f"/proc/{pid}/environ").read_bytes()
        for pid in _descendants(site.process.pid)
        if b"AVOW_STORE" in Path(f"/proc/{pid}/environ").read_bytes()
    ]
    assert seen == []
    assert len(_descendants(site.process.pid)) >= 4  # two of granian's, two workers


def test_a_second_start_at_the_same_place_is_refused_by_name(site):
    command = [sys.executable, "-m", "avow.cli.main", "--project", str(site.project), "serve", "centre"]
    done = subprocess.run(command, env=site.environ, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "web.cannot-listen" in done.stderr


def test_killing_the_parent_leaves_nothing_listening(cluster, tmp_path, start_another_site):
    another = start_another_site(tmp_path / "project", cluster.create_database())
    children = _descendants(another.process.pid)
    os.kill(another.process.pid, signal.SIGKILL)
    another.process.wait()
    deadline = time.monotonic() + 20
    while any(Path(f"/proc/{pid}").exists() for pid in children) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert [pid for pid in children if Path(f"/proc/{pid}").exists()] == []
    with pytest.raises((OSError, HTTPError)):
        urlopen(f"{another.centre}/health", timeout=2)


def _descendants(pid: int) -> list[int]:
    children = [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return children + [below for child in children for below in _descendants(child)]
