"""Both desks, really running against a real control database, and a real browser.

`site` starts `avow serve all` once per PostgreSQL version; `page` is a fresh browser window with JavaScript, `plain_page`
one without. Windows share no cookies. A page that writes an error to the browser's console fails its test.
"""

from __future__ import annotations

import base64
import hmac
import json
import secrets
import shutil
import socket
import struct
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from argon2 import PasswordHasher
from playwright.sync_api import Browser, Page

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "rights")]  # tests are imported by path
from in_process import run_avow  # noqa: E402

servers = sys.modules["avow_test_servers"]
LANTERN = Path(__file__).parent / "lantern"  # a small company: policy, promises, map, tables
PASSWORD = "lantern orbit walnut ferry"
PORTAL_KEY = "a key that the portal and the centre of these tests share"
TOML = """
[company]
name = "Lantern Hosting"
[policy]
in_force = "2026-01"
[stores.main]
kind = "postgresql"
location = "uk"
disposable = true
[centre]
address = "http://localhost:{centre}"
listen = "127.0.0.1:{centre}"
portal = "main.public.people"
publish_verdicts = true
{more}
[console]
address = "http://localhost:{console}"
listen = "127.0.0.1:{console}"
[rights]
undo_days = 0
[rights.approvals]
erasure = 2
[law.fee]
cap = "15.00"
currency = "EUR"
[contact]
name = "Bob Hale, privacy officer"
email = "privacy@lantern.example"
phone = "+44 20 7946 0018"
post = "Lantern Hosting, 1 Lamp Street, London"
authority = "Information Commissioner's Office"
authority_link = "https://ico.org.uk/"
[numbers.abuse_unworked]
words = "at once"
days = 30
owner = "bob"
"""
_serial = iter(range(1_000_000))


@dataclass(frozen=True)
class Colleague:
    """A member of staff of the tests; `code` is what their second factor shows now."""

    ref: str
    email: str
    secret: str

    def code(self) -> str:
        """The code of now; the desks take that of the half minute before as well."""
        counter = struct.pack(">Q", int(time.time()) // 30)
        digest = hmac.digest(base64.b32decode(self.secret), counter, "sha1")
        start = digest[-1] & 15
        return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


@dataclass
class Site:
    """Two running desks. `dsn` is the control database's owner; `environ` is what they were started with."""

    project: Path
    dsn: str
    centre: str
    console: str
    environ: dict[str, str]
    process: subprocess.Popen[str] | None = field(default=None, repr=False)

    def make_account(self, desk: str, email: str = "", role: str = "", password: str = PASSWORD) -> str:
        """A verified account on `desk`; gives its address."""
        email = email or f"alice{next(_serial)}@customer.example"
        user = uuid.uuid4()
        hashed = "argon2" + PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(password)
        with psycopg.connect(self.dsn) as connection:
            connection.execute(f"SET search_path = {desk}")
            connection.execute(
                "INSERT INTO accounts_user (id, email, password, role, language, is_active, date_joined) "
                "VALUES (%s, %s, %s, %s, '', true, now())",
                (user, email, hashed, role),
            )
            connection.execute(
                'INSERT INTO account_emailaddress (email, verified, "primary", user_id) VALUES (%s, true, true, %s)',
                (email, user),
            )
        return email

    def make_staff(self, *roles: str, email: str = "", departments: Sequence[str] = ()) -> Colleague:
        """A member of staff with a second factor, as if they had joined by invitation."""
        email = self.make_account("console", email or f"{roles[0]}{next(_serial)}@lantern.example")
        secret = base64.b32encode(secrets.token_bytes(20)).decode()
        with psycopg.connect(self.dsn) as connection:
            row = connection.execute("SELECT id FROM console.accounts_user WHERE email = %s", (email,)).fetchone()
            assert row is not None
            connection.execute(
                "INSERT INTO console.mfa_authenticator (user_id, type, data, created_at, last_used_at) "
                "VALUES (%s, 'totp', %s, now(), NULL)",
                (row[0], json.dumps({"secret": secret})),
            )
            connection.execute(
                "INSERT INTO control.staff_member (ref, company, roles, departments) VALUES (%s, 'Lantern Hosting', %s, %s)",
                (str(row[0]), list(roles), list(departments)),
            )
        return Colleague(str(row[0]), email, secret)

    def avow(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command of this company. In a thread of its own: in that of the tests the browser's event loop runs."""
        with ThreadPoolExecutor(1) as aside:
            return aside.submit(run_avow, self.project, ["--quiet", *words], self.environ).result()

    def work(self) -> None:
        """Everything that workers can do now, by the command itself."""
        done = self.avow("work", "--once")
        assert done.returncode == 0, done.stderr

    def sign_in_staff(self, page: Page, colleague: Colleague) -> None:
        """Signed in as `sign_in` does it, with the second factor."""
        self.sign_in(page, colleague.email, "console")
        self._send(page, "console", "/account/2fa/authenticate/", code=colleague.code())

    def sign_in(self, page: Page, email: str, desk: str = "centre") -> None:
        """The form is sent from the page's browser, and nothing is drawn: half of the work. The page stays where it is; the desk
        was asked for every page that a person is led to."""
        page.context.request.get(f"{getattr(self, desk)}/account/login/")
        self._send(page, desk, "/account/login/", login=email, password=PASSWORD)

    def _send(self, page: Page, desk: str, path: str, **fields: str) -> None:
        address = getattr(self, desk)
        token = next(one["value"] for one in page.context.cookies(address) if one["name"] == f"{desk}_csrf")
        form: dict[str, str | float | bool] = {"csrfmiddlewaretoken": token, **fields}
        answer = page.context.request.post(address + path, form=form)
        assert answer.url != address + path, answer.text()  # a form that is refused is shown again

    def type_in_staff(self, page: Page, colleague: Colleague) -> None:
        """As a person signs in: the pages are drawn and typed into."""
        self.type_in(page, colleague.email, "console")
        page.locator("input[name=code]").fill(colleague.code())
        page.locator("input[name=code]").press("Enter")
        page.wait_for_url(lambda address: "/account/" not in address)

    def type_in(
        self, page: Page, email: str, desk: str = "centre", password: str = PASSWORD, to: str = "/account/login/"
    ) -> None:
        """`to`: a page that leads through the sign-in, and comes after it."""
        page.goto(f"{getattr(self, desk)}{to}")
        page.locator("input[name=login]").fill(email)  # by its name: whatever language the page speaks
        page.locator("input[type=password]").fill(password)
        with page.expect_navigation():
            page.locator("main form button").first.click()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def start_site(folder: Path, dsn: str, more: str = "", environ: dict[str, str] | None = None, store: str = "") -> Site:
    centre, console = free_port(), free_port()
    folder.mkdir(exist_ok=True)
    if not (folder / "policy").exists():  # else a company stands there already
        shutil.copytree(LANTERN, folder, dirs_exist_ok=True)
    (folder / "avow.toml").write_text(TOML.format(centre=centre, console=console, more=more), encoding="utf-8")
    known = {"PATH": "/usr/bin:/bin", "AVOW_CONTROL_DSN": dsn, "AVOW_STORE_MAIN_DSN": store or dsn}
    known |= {"AVOW_PORTAL_KEY": PORTAL_KEY, **(environ or {})}
    site = Site(folder, dsn, f"http://localhost:{centre}", f"http://localhost:{console}", known)
    command = [sys.executable, "-m", "avow.cli.main", "--project", str(folder), "--quiet", "serve", "all"]
    site.process = subprocess.Popen(command, env=known, stdout=subprocess.PIPE, text=True)
    assert site.process.stdout is not None
    said = [site.process.stdout.readline(), site.process.stdout.readline()]
    assert said == [f"centre: {site.centre}\n", f"console: {site.console}\n"], said
    return site


def stop_site(site: Site) -> int:
    assert site.process is not None
    site.process.terminate()
    code = site.process.wait(30)
    site.process.stdout.close()  # type: ignore[union-attr]
    return code


@pytest.fixture(scope="session")
def site(_server: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    cluster = servers.Cluster(_server.dsn, _server.version)
    roles = cluster.get_roles()
    store = cluster.create_database()
    with psycopg.connect(store, autocommit=True) as connection:
        connection.execute((LANTERN / "company.sql").read_bytes())
    site = start_site(tmp_path_factory.mktemp("lantern"), cluster.create_database(), store=store)
    yield site
    stop_site(site)
    cluster.drop_made(roles)


@pytest.fixture(scope="session")
def governed(_server: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Another one, whose policy is applied to its database."""
    from governed import open_governed

    cluster = servers.Cluster(_server.dsn, _server.version)
    with open_governed(cluster, tmp_path_factory.mktemp("governed") / "lantern", start_site, stop_site) as opened:
        yield opened


@dataclass(frozen=True)
class Settled:
    """Requests that are done: alice's for access, from her account; those of two guests, for access and for erasure."""

    account: str
    own: str
    guests: tuple[str, str]
    access: str
    erasure: str
    cookies: list[Any]  # of the browser in which the guests showed their codes


@pytest.fixture(scope="session")
def settled(site: Site) -> Settled:
    """Asked at the desk itself and worked on by the real command, once for all modules."""
    from centre_flows import open_at_desk, settle, show_codes

    account = site.make_account("centre", "person51@customer.example")
    guests = ("person53@customer.example", "person54@customer.example")
    own = open_at_desk(site, "access", account, account=True)
    access, erasure = open_at_desk(site, "access", guests[0]), open_at_desk(site, "erasure", guests[1])
    cookies = show_codes(site, {access: guests[0], erasure: guests[1]})
    settle(site, own, access, erasure)
    return Settled(account, own, guests, access, erasure, cookies)


@pytest.fixture(scope="session")
def checked(site: Site) -> Mapping[str, str]:
    """Two checks: one by the command, and a later one in which everything that it found otherwise is kept. Gives what the
    first found: promise -> verdict."""
    done = site.avow("check", "--json")
    found = {one["id"]: one["verdict"] for one in json.loads(done.stdout)["statements"]}
    assert found["answers"] != "kept"
    with psycopg.connect(site.dsn) as control:
        control.execute(
            "INSERT INTO control.check_run (company, policy_version, checked_at, report)"
            " VALUES ('Lantern Hosting', '2026-01', now(), %s)",
            (done.stdout.replace(f'"{found["answers"]}"', '"kept"'),),
        )
    return found


@pytest.fixture(scope="session")
def published(site: Site) -> None:
    """The policy stands at its address from today on."""
    with psycopg.connect(site.dsn) as control:
        control.execute(
            "INSERT INTO control.policy_version (company, version, digest, published, reason, text)"
            " VALUES ('Lantern Hosting', '2026-01', 'd', '2026-01-12', '', 'We keep it.') ON CONFLICT DO NOTHING"
        )
        control.execute(
            "INSERT INTO control.publication"
            " SELECT gen_random_uuid(), 'Lantern Hosting', '2026-01', '/privacy', current_date, now(), 'bob'"
        )


@pytest.fixture(scope="session")
def delivered(site: Site) -> uuid.UUID:
    """A delivery of a broker of which one line was left out; gives its id."""
    delivery, key = uuid.uuid4(), uuid.uuid4()
    with psycopg.connect(site.dsn) as control:
        control.execute("INSERT INTO control.seal_key (id) VALUES (%s)", (key,))
        control.execute(
            "INSERT INTO control.delivery (id, company, store, intake, facts, notice, channel, opened_by, state, rows, worked,"
            " accepted, key_id, opened_at, finished_at) VALUES (%s, 'Lantern Hosting', 'main', 'broker_list',"
            " '{\"broker\": \"Example Lists\"}', '2026-01', 'file', 'bob', 'done', 2, 2, 1, %s, now(), now())",
            (delivery, key),
        )
        control.execute("INSERT INTO control.delivery_reject VALUES (%s, 2, 'not-an-address', 'email')", (delivery,))
    return delivery


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    yield from _window(browser, java_script_enabled=True)


@pytest.fixture
def plain_page(browser: Browser) -> Iterator[Page]:
    yield from _window(browser, java_script_enabled=False)


@pytest.fixture
def another_page(browser: Browser) -> Iterator[Page]:
    """A second person's browser."""
    yield from _window(browser, java_script_enabled=True)


def _window(browser: Browser, **options: Any) -> Iterator[Page]:
    context = browser.new_context(locale="en-GB", **options)
    context.set_default_timeout(10_000)
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    # a refused page says so in the browser's console too: that is what some tests are about
    assert [text for text in errors if "the server responded with a status of 4" not in text] == []


@pytest.fixture
def start_another_site() -> Iterator[Any]:
    """A site of one test's own: `start_another_site(folder, dsn, more_toml, environ)`; stopped after it."""
    started: list[Site] = []

    def start(*arguments: Any) -> Site:
        started.append(start_site(*arguments))
        return started[-1]

    yield start
    for site in started:
        if site.process is not None and site.process.poll() is None:
            stop_site(site)
        elif site.process is not None:
            site.process.stdout.close()  # type: ignore[union-attr]
