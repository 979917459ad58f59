"""CloudSentric with Avow's own logins, applied: what tests of rights on the real company share.

The logins hold what `avow grants` prints and nothing else. Refuses to be shared between modules: each makes its own and drops it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "examples"))
sys.path.insert(0, str(Path(__file__).parent))

from in_process import run_avow  # noqa: E402

from avow.app import open_desk, open_working  # noqa: E402
from avow.duties.rights.model import Actor, Contact, Request, Wish  # noqa: E402
from cloudsentric.company.avow_logins import create_control, give_logins  # noqa: E402
from cloudsentric.company.generate import create_company, drop_company, read_for_prefix  # noqa: E402

GUEST, BOB = Actor("guest"), Actor("staff", "bob")


@dataclass(frozen=True)
class Company:
    project: Path
    dsns: dict[str, str]
    superuser: str
    control: str
    prefix: str

    def avow(self, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return run_avow(self.project, words, environ)

    def grant(self) -> None:
        done = self.avow("grants", "--prefix", self.prefix, AVOW_STORE_MAIN_ADMIN_DSN=self.superuser)
        assert done.returncode == 0, done.stderr
        given = give_logins(self.superuser, done.stdout, self.prefix)
        if given:  # the second time they are there already
            self.write_secrets(*(f"AVOW_STORE_MAIN_{name.upper()}_DSN={dsn}" for name, dsn in given.items()))

    def write_secrets(self, *lines: str) -> None:
        """Without the control database's line a command would start a server of Avow's own."""
        secrets = self.project / "avow.env"
        secrets.touch(0o600)
        secrets.write_text("\n".join([f"AVOW_CONTROL_DSN={self.control}", *lines]) + "\n")

    def hire(self, ref: str, *roles: str) -> None:
        """A member of the staff, as if they had joined by invitation."""
        with psycopg.connect(self.control, autocommit=True) as connection:
            connection.execute(
                "INSERT INTO control.staff_member (ref, company, roles) VALUES (%s, 'cloudsentric', %s)",
                (ref, list(roles)),
            )

    def of(self, query: str, login: str = "") -> list[tuple[Any, ...]]:
        with psycopg.connect(self.dsns[login] if login else self.superuser) as connection:
            return connection.execute(query).fetchall()

    def work(self) -> None:
        with open_working(self.project, {}) as working:
            working.run_until_idle()

    def ask(self, kind: str, mail: str, **more: Any) -> Request:
        """A guest asks and shows the address; the code is read where only a test may: in the working memory of the desk."""
        codes: list[str] = []
        desk = open_desk(self.project, {})
        post = desk.office.post
        try:
            object.__setattr__(
                desk.office, "post", lambda s, m: (codes.append(m.values.get("code", "")), post(s, m))[1]
            )
            wish = Wish("please", purposes=more.pop("purposes", ()), changes=more.pop("changes", ()))
            request = desk.open_request(kind, Contact(mail), wish, more.pop("channel", "portal_ticket"), "uk", GUEST)
            if request.state == "identity":
                assert desk.answer_challenge(request.id, codes[0])
            return desk.get_request(request.id)
        finally:
            desk.close()

    def desk(self) -> Any:
        return open_desk(self.project, {})


@contextmanager
def newest_server() -> Iterator[Any]:
    """A server of the newest PostgreSQL found, for tests in which nothing differs between versions."""
    servers = sys.modules["avow_test_servers"]
    server = servers.Server(*max(servers.find_versions().items()))
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def make_company_alone(folder: Path, name: str) -> Iterator[Company]:
    """The company on a server of its own."""
    with newest_server() as server, make_company(server, folder, name) as made:
        yield made


@contextmanager
def make_company(server: Any, folder: Path, name: str = "rights") -> Iterator[Company]:
    """The company with 200 people, its project below `folder`, the policy applied."""
    prefix, database = f"{name}{os.getpid()}_", f"{name}_{os.getpid()}"
    dsns = create_company(server.dsn, database, 200, prefix)
    control = create_control(server.dsn, f"{database}_control", prefix)
    project = folder / "cloudsentric"
    shutil.copytree(ROOT / "examples" / "cloudsentric", project, ignore=shutil.ignore_patterns("company"))
    for file in ("datamap.yaml", "custodians.yaml"):
        (project / file).write_text(read_for_prefix(project / file, prefix), encoding="utf-8")
    superuser = psycopg.conninfo.make_conninfo(server.dsn, dbname=database)
    made = Company(project, dsns, superuser, control, prefix)
    made.write_secrets()
    made.grant()
    applied = made.avow("apply")
    assert applied.returncode == 0, applied.stderr
    made.grant()
    made.hire("bob", "privacy_officer")
    made.hire("dana", "approver")
    yield made
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{database}_control" WITH (FORCE)')
    drop_company(server.dsn, database, prefix)
