"""A company's machine whose clock the test moves: PostgreSQL, Avow's processes and the mail server, met from outside alone.

Every process but the test itself is started with `clock.c` before the C library, so that a night passes for the database, for the
workers and for the privacy centre at once, and nothing of Avow knows. Refuses a machine without a C compiler.
"""

from __future__ import annotations

import base64
import hmac
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_string, policy
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests" / "contracts"), str(ROOT / "examples")]
from outbox_servers import Inbox, smtp_server  # noqa: E402

from cloudsentric.company.avow_logins import create_control, create_desks, give_logins  # noqa: E402
from cloudsentric.company.generate import create_company, read_for_prefix  # noqa: E402

servers = sys.modules["avow_test_servers"]
BOB, DANA = "bob@cloudsentric.example", "dana@cloudsentric.example"
PASSWORD = "lantern orbit walnut ferry"
SETTINGS = """
[mail]
live = true
from = "CloudSentric <news@cloudsentric.example>"
approve_above = 50
per_hour = 100000
"""


def build_library(folder: Path) -> Path:
    """`clock.c` as a library that `folder` keeps. Raises FileNotFoundError where there is no compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        raise FileNotFoundError("no C compiler on this machine: apt-get install gcc libc6-dev")
    library = folder / "clock.so"
    subprocess.run(
        [compiler, "-O2", "-shared", "-fPIC", "-o", library, Path(__file__).with_name("clock.c"), "-ldl"], check=True
    )
    library.chmod(0o755)
    return library


class Clock:
    """The time that everybody but the test reads. Only goes forward."""

    def __init__(self, folder: Path, start: datetime) -> None:
        self.library, self.file = build_library(folder), folder / "clock"
        self.shift = timedelta()
        self._write(start - datetime.now(UTC))

    @property
    def environ(self) -> dict[str, str]:
        return {"LD_PRELOAD": str(self.library), "MONTH_CLOCK": str(self.file)}

    def now(self) -> datetime:
        return datetime.now(UTC) + self.shift

    def advance(self, **span: float) -> None:
        """Lets that much time pass for every process at once."""
        self._write(self.shift + timedelta(**span))

    def _write(self, shift: timedelta) -> None:
        self.shift = shift
        with self.file.open("r+b" if self.file.exists() else "wb") as file:
            file.write(struct.pack("=q", int(shift / timedelta(microseconds=1)) * 1000))
        self.file.chmod(0o644)


class Server(servers.Server):  # type: ignore[name-defined, misc]
    """A throwaway PostgreSQL that lives in the time of a clock."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        version, self.tools = max(servers.find_versions().items())
        super().__init__(version, self.tools)

    def _options(self) -> dict[str, object]:
        options = super()._options()
        return {**options, "env": {**options["env"], **self.clock.environ}}

    def dsn_for(self, database: str) -> str:
        return make_conninfo(self.dsn, dbname=database)


@dataclass(frozen=True)
class Letter:
    """One mail as the server took it in: the address of one receiver, and what stood in it."""

    to: str
    subject: str
    text: str
    headers: Mapping[str, str]

    @property
    def link(self) -> str:
        """Where one press says no."""
        return self.headers.get("List-Unsubscribe", "").strip(" <>")


@dataclass
class Visitor:
    """A browser without JavaScript: keeps cookies whatever their date, fills forms in, follows redirects."""

    site: str
    cookies: dict[str, str] = field(default_factory=dict)
    page: str = ""
    path: str = ""

    def get(self, path: str) -> int:
        return self._ask(path, None)

    def post(self, path: str, **values: Any) -> int:
        """Sends a form as the page that is open would: with its hidden token. Values may be lists."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.page)
        given = {**({"csrfmiddlewaretoken": token[1]} if token else {}), **values}
        return self._ask(path, urllib.parse.urlencode(given, doseq=True).encode())

    def wrong(self) -> str:
        """What the page says is wrong, for a failing test."""
        said = re.findall(r'class="(?:wrong|messages?|error)[^"]*"[^>]*>(.*?)</(?:div|ul)>', self.page, re.S)
        return f"{self.path}: {' '.join(re.sub('<[^>]+>', ' ', ' '.join(said)).split())}"

    def _ask(self, path: str, data: bytes | None) -> int:
        address = urllib.parse.urljoin(f"{self.site}{self.path or '/'}", path)
        headers = {
            "Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items()),
            "Referer": f"{self.site}{self.path}",
        }
        asked = urllib.request.Request(address, data, headers | ({"Origin": self.site} if data is not None else {}))
        opener = urllib.request.build_opener(_Stay)
        try:
            with opener.open(asked, timeout=60) as answer:
                status, said, self.page = answer.status, answer.headers, answer.read().decode("utf-8", "replace")
        except urllib.error.HTTPError as error:
            status, said, self.page = error.code, error.headers, error.read().decode("utf-8", "replace")
        for cookie in said.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        self.path = address.removeprefix(self.site)
        if status in (301, 302, 303):
            return self._ask(said["Location"], None)
        return status


class _Stay(urllib.request.HTTPRedirectHandler):
    """Redirects are followed by the visitor, who keeps cookies."""

    def redirect_request(self, *arguments: Any) -> None:
        return None


def code_of(secret: str, at: datetime) -> str:
    """What a second factor shows at that moment (RFC 6238)."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", int(at.timestamp()) // 30), "sha1")
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


@dataclass
class Machine:
    """The company in its time. `control` and `store` are connection strings of an administrator, for looking and nothing else."""

    clock: Clock
    server: Server
    project: Path
    inbox: Inbox
    dsns: dict[str, str]
    control: str
    store: str
    prefix: str
    centre: str
    console: str
    environ: dict[str, str]
    portal_key: str
    seen: int = 0
    spent: dict[str, float] = field(default_factory=dict)
    _desks: subprocess.Popen[bytes] | None = None

    def avow(self, *words: str, ok: tuple[int, ...] = (0,), **environ: str) -> str:
        """One command, as a person types it; gives what it printed. Fails on another exit code than `ok`."""
        command = [sys.executable, "-m", "avow.cli.main", "--project", str(self.project), "--quiet", *words]
        began = time.monotonic()
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=300, env={**self.environ, **environ}
        )
        self.spent[words[0]] = self.spent.get(words[0], 0.0) + time.monotonic() - began
        assert done.returncode in ok, f"{' '.join(words)}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def work(self) -> None:
        """Everything that workers can do now."""
        self.avow("work", "--once")

    def govern(self) -> None:
        """What a company does once: applies the policy, publishes it, says that mail may leave, opens its desks."""
        self.avow("apply")
        self.grant()
        self.avow("notices", "publish", "--by", "bob")
        self.avow("outbox", "bind", "--by", "bob")
        self.start_desks()

    def make_folder(self, name: str) -> Path:
        """A folder beside the project."""
        folder = self.project.parent / name
        folder.mkdir(mode=0o700)
        return folder

    def visitor(self, site: str = "") -> Visitor:
        return Visitor(site or self.centre)

    def call(self, method: str, path: str, token: str, body: Any = None) -> tuple[int, Any]:
        """One call of the API; (status, answer)."""
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(f"{self.console}{path}", data, headers, method=method)
        try:
            with urllib.request.urlopen(asked, timeout=60) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"null")

    def of(self, login: str, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """A statement of the company's own programs, by one of their logins; committed. Rows, where it gives any."""
        with psycopg.connect(self.dsns[login]) as connection:
            cursor = connection.execute(query.encode(), values or None)
            return cursor.fetchall() if cursor.description else []

    def see(self, dsn: str, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """A look with an administrator's eyes, at a database as it stands."""
        with psycopg.connect(dsn) as connection:
            return connection.execute(query.encode(), values or None).fetchall()

    def mails(self) -> list[Letter]:
        """What came to the mail server since this was asked last."""
        new, self.seen = self.inbox.mails[self.seen :], len(self.inbox.mails)
        return [_read(to, text) for receivers, text in new for to in receivers]

    def start_desks(self) -> None:
        command = [sys.executable, "-m", "avow.cli.main", "--project", str(self.project), "--quiet", "serve", "all"]
        with (self.project.parent / "serve.log").open("ab") as log:
            self._desks = subprocess.Popen(command, stdout=log, stderr=log, env=self.environ)
        end = time.monotonic() + 400
        for site in (self.centre, self.console):
            while True:
                try:
                    with urllib.request.urlopen(f"{site}/health", timeout=5):
                        break
                except urllib.error.HTTPError:
                    break
                except OSError:
                    assert self._desks.poll() is None, (self.project.parent / "serve.log").read_text()
                    assert time.monotonic() < end, f"{site} does not answer"
                    time.sleep(0.1)

    def stop_desks(self) -> None:
        if self._desks is not None:
            self._desks.terminate()
            self._desks.wait(30)
            self._desks = None

    def grant(self) -> None:
        """As an administrator of the database: what `avow grants` prints, and nothing else."""
        printed = self.avow("grants", "--prefix", self.prefix, AVOW_STORE_MAIN_ADMIN_DSN=self.store)
        given = give_logins(self.store, printed, self.prefix)
        self.write_environment({f"AVOW_STORE_MAIN_{name.upper()}_DSN": dsn for name, dsn in given.items()})

    def work_at_desks(self) -> None:
        """A day at the desks that use Avow's client: what they read for what stands in the record of uses."""
        code = (
            "import json, sys; from pathlib import Path; from cloudsentric.company.desks import work_at_desks;"
            " work_at_desks(Path(sys.argv[1]), json.loads(sys.stdin.read()))"
        )
        environ = {**self.environ, "PYTHONPATH": str(ROOT / "examples")}
        command = [sys.executable, "-c", code, str(self.project)]
        done = subprocess.run(
            command, input=json.dumps(self.dsns), env=environ, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0, done.stderr

    def dump(self, file: Path) -> None:
        """The nightly copy of the company's store, by the tools of the server's own release."""
        self._tool("pg_dump", "--format=custom", f"--file={file}", self.store)

    def restore(self, file: Path) -> None:
        """The copy in place of the store, under the same name: another database for whoever looks at its identity."""
        name = str(conninfo_to_dict(self.store)["dbname"])
        with psycopg.connect(self.server.dsn, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())
        # with --create: what a login starts with in this database (its pair, its search path) is a setting of the database
        self._tool("pg_restore", "--create", "--exit-on-error", f"--dbname={self.server.dsn}", str(file))

    def _tool(self, name: str, *words: str) -> None:
        done = subprocess.run(
            [self.server.tools / name, *words], capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0, done.stderr

    def write_version(self, version: str, sentence: tuple[str, str]) -> None:
        """A new version of the policy, in force from now on: one more sentence before the words that `sentence` names."""
        new, before = sentence
        policy, promises = (self.project / folder for folder in ("policy", "promises"))
        text = (
            (policy / "2026-01.md")
            .read_text(encoding="utf-8")
            .replace("published: 2026-01-12", f"published: {self.clock.now().date()}")
        )
        text = text.replace(before, f"{new} {before}", 1)
        (policy / f"{version}.md").write_text(text, encoding="utf-8")
        meant = (
            (promises / "2026-01.yaml")
            .read_text(encoding="utf-8")
            .replace('policy: "2026-01"', f'policy: "{version}"', 1)
        )
        (promises / f"{version}.yaml").write_text(meant, encoding="utf-8")
        settings = self.project / "avow.toml"
        settings.write_text(
            settings.read_text().replace('in_force = "2026-01"', f'in_force = "{version}"'), encoding="utf-8"
        )

    def write_environment(self, more: Mapping[str, str]) -> None:
        secrets = self.project / "avow.env"
        secrets.touch(0o600)
        with secrets.open("a", encoding="utf-8") as file:
            file.writelines(f"{key}={value}\n" for key, value in more.items())


def _read(to: str, text: str) -> Letter:
    mail = message_from_string(text, policy=policy.default)
    body = mail.get_body(("plain",))
    return Letter(
        to.casefold(),
        str(mail["Subject"]),
        str(body.get_content()) if body else "",
        {k: str(v) for k, v in mail.items()},
    )


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@contextmanager
def make_machine(folder: Path, people: int, start: datetime, name: str = "month") -> Iterator[Machine]:
    """The company with its data, its logins and Avow's; nothing applied, nothing published, no desk open."""
    clock = Clock(folder, start)
    prefix, database = f"{name}{os.getpid()}_", f"{name}_{os.getpid()}"
    folder.chmod(0o711)
    with ExitStack() as stack:
        server = Server(clock)
        stack.callback(server.stop)
        inbox = stack.enter_context(smtp_server())
        dsns = create_company(server.dsn, database, people, prefix)
        control = create_control(server.dsn, f"{database}_control", prefix)
        project = folder / "cloudsentric"
        shutil.copytree(
            ROOT / "examples" / "cloudsentric", project, ignore=shutil.ignore_patterns("company", "__pycache__")
        )
        for file in ("datamap.yaml", "custodians.yaml"):
            (project / file).write_text(read_for_prefix(project / file, prefix), encoding="utf-8")
        centre, console = _settle(project)
        environ = {k: v for k, v in os.environ.items() if not k.startswith("AVOW_")} | clock.environ
        environ |= {"AVOW_SMTP_HOST": "127.0.0.1", "AVOW_SMTP_PORT": str(inbox.port), "AVOW_SMTP_TLS": "none"}
        key = "a key that the portal and the centre of this month share"
        machine = Machine(
            clock,
            server,
            project,
            inbox,
            dsns,
            server.dsn_for(f"{database}_control"),
            server.dsn_for(database),
            prefix,
            centre,
            console,
            environ,
            key,
        )
        machine.write_environment({"AVOW_CONTROL_DSN": control, "AVOW_PORTAL_KEY": key})
        desks = create_desks(server.dsn, str(conninfo_to_dict(control)["dbname"]), prefix)
        machine.write_environment({f"AVOW_{desk.upper()}_DSN": dsn for desk, dsn in desks.items()})
        machine.grant()
        stack.callback(machine.stop_desks)
        yield machine


def _settle(project: Path) -> tuple[str, str]:
    """Puts both desks on free ports, and lets mail leave; gives their addresses."""
    ports = free_port(), free_port()
    settings = project / "avow.toml"
    centre, console = (f'address = "http://localhost:{port}"\nlisten = "127.0.0.1:{port}"\n' for port in ports)
    text = settings.read_text().replace("[centre]\n", f"[centre]\n{centre}") + f"\n[console]\n{console}{SETTINGS}"
    text = text.replace("[places.networks]\n", "[places.networks]\n").replace(
        '"198.51.100.0/24"', '"198.51.100.0/24", "127.0.0.0/8"'
    )
    settings.write_text(text, encoding="utf-8")
    return f"http://localhost:{ports[0]}", f"http://localhost:{ports[1]}"
