"""`make first-hour`: docs/tutorial.md replayed against a real product from PyPI, the help desk `django-helpdesk`, unmodified.

Installs the product into a virtual environment of its own, lets it make its tables and a morning's rows through its own
models, then does what a person does: `avow init`, `map`, `lint`, `check` (a first true *broken*), `plan`, `apply`, `check` (a
first true *kept*), and the product's own programs again. What the person writes is YAML only and stands in `person/`; the
lines and the seconds of each step are printed. Everything stands below .avow/first-hour and is made anew each time, save
for the product's environment. Refuses to touch a database or a login that it did not make.
"""

from __future__ import annotations

import argparse
import contextlib
import difflib
import io
import json
import os
import secrets
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from avow.cli.main import main as avow
from avow.embedded import RunningServer, ensure_server
from ours import NotOurs, drop_all, make_login

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PRODUCT = ("django-helpdesk==2.6.1", "Django>=5.2,<5.3", "psycopg[binary]>=3.3,<3.4")
DATABASE = "first_hour_desk"
CONTROL = "first_hour_avow"
LOGINS = ("desk_owner", "desk_app", "desk_reports")
MARK = "made by the first hour with Avow; disposable"
STARTED = time.monotonic()


@dataclass(frozen=True)
class Desk:
    """The product, set up: its Python, its connection string by login, the server it runs on."""

    python: Path
    dsns: dict[str, str]
    server: RunningServer

    def run(self, login: str, *words: str) -> subprocess.CompletedProcess[str]:
        """One program of the product, as `login`; it knows nothing of Avow."""
        environ = {
            "PATH": os.environ["PATH"],
            "DESK_DSN": self.dsns[login],
            "PYTHONPATH": str(HERE),
            "DJANGO_SETTINGS_MODULE": "desk_settings",
        }
        return subprocess.run([str(self.python), *words], env=environ, capture_output=True, text=True, check=False)


@contextlib.contextmanager
def step(words: str) -> Iterator[None]:
    start = time.monotonic()
    print(f"\n== {words}", flush=True)
    yield
    print(f"   ({time.monotonic() - start:.1f} s; {time.monotonic() - STARTED:.0f} s since the start)", flush=True)


def install(home: Path) -> Path:
    """The product's own environment; kept for the next run."""
    python = home / "product" / "bin" / "python"
    if not python.exists():
        venv.create(home / "product", with_pip=True)
        subprocess.run(
            [str(python), "-m", "pip", "install", "--quiet", *PRODUCT], check=True, stderr=subprocess.DEVNULL
        )
    return python


def set_up(home: Path) -> Desk:
    """Databases and logins as such a company has them: one owner, one program that may do everything, one for reports."""
    server = ensure_server(home / "server", database_url=os.environ.get("DATABASE_URL", ""))
    dsns = {}
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        try:
            drop_all(connection, MARK, (DATABASE, CONTROL), LOGINS)
        except NotOurs as error:
            sys.exit(f"nothing was changed: {error}")
        for login in LOGINS:
            password = secrets.token_hex(12)
            may = " CREATEROLE" if login == "desk_owner" else ""
            make_login(connection, MARK, login, sql.SQL("LOGIN PASSWORD {}" + may).format(sql.Literal(password)))
            dsns[login] = server.dsn_for(DATABASE, login, password)
        for name, owner in ((DATABASE, "desk_owner"), (CONTROL, "DEFAULT")):
            database = sql.Identifier(name)
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER " + owner).format(database))
            connection.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(database, sql.Literal(MARK)))
    with psycopg.connect(server.dsn_for(DATABASE), autocommit=True) as connection:
        connection.execute("GRANT ALL ON SCHEMA public TO desk_owner")
    return Desk(install(home), dsns, server)


def fill(desk: Desk) -> None:
    """The product migrates its schema and works through its own models; then its two logins get what such logins have."""
    for words in (("-m", "django", "migrate", "--verbosity", "0"), (str(HERE / "desk_seed.py"), "200")):
        done = desk.run("desk_owner", *words)
        if done.returncode:
            sys.exit(f"the product failed before Avow had touched anything:\n{done.stderr}")
    print(f"   {done.stdout.strip()}")
    with psycopg.connect(desk.dsns["desk_owner"], autocommit=True) as connection:
        connection.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO desk_app")
        connection.execute("GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO desk_app")
        connection.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO desk_reports")
        connection.execute("ANALYZE")


def confirm(desk: Desk, project: Path) -> int:
    """What a person writes after reading the drafts, from `person/`; gives the number of lines that differ from them."""
    version = next((project / "policy").glob("*.md")).stem
    superuser = str(conninfo_to_dict(desk.server.dsn).get("user", "postgres"))
    lines = 0
    for name, target in (
        ("datamap.yaml", "datamap.yaml"),
        ("promises.yaml", f"promises/{version}.yaml"),
        ("custodians.yaml", "custodians.yaml"),
    ):
        text = (HERE / "person" / name).read_text(encoding="utf-8")
        text = text.replace("{version}", version).replace("{superuser}", superuser)
        path = project / target
        before = _plain(path.read_text(encoding="utf-8")) if path.exists() else []
        lines += sum(line.startswith("+ ") for line in difflib.ndiff(before, _plain(text)))
        path.write_text(text, encoding="utf-8")
    settings = project / "avow.toml"
    settings.write_text(settings.read_text(encoding="utf-8").replace('"world"', '"uk"'), encoding="utf-8")
    (project / "avow.env").write_text(
        f"AVOW_CONTROL_DSN={desk.server.dsn_for(CONTROL)}\n"
        f"AVOW_STORE_MAIN_DSN={desk.server.dsn_for(DATABASE)}\n"
        f"AVOW_STORE_MAIN_APPLY_DSN={desk.dsns['desk_owner']}\n",
        encoding="utf-8",
    )
    return lines + 1


def _plain(text: str) -> list[str]:
    """Lines that say something: a comment that a person deletes is not written."""
    return [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]


def output_of(project: Path, *words: str) -> tuple[int, str]:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        code = avow(["--quiet", "--project", str(project), *words])
    return code, printed.getvalue()


def verdicts(project: Path) -> dict[str, str]:
    """One check; prints each sentence with its verdict."""
    _, text = output_of(project, "check", "--json")
    statements = json.loads(text)["statements"]
    for statement in statements:
        print(f"   {statement['verdict']:13} {statement['quote'][:88]}")
        if statement["reason"]:
            print(f"                 {statement['reason'][:160]}")
    return {statement["id"]: statement["verdict"] for statement in statements}


def works(desk: Desk) -> bool:
    """The product again, unmodified, with its own login: new tickets, answers, reads."""
    done = desk.run("desk_app", str(HERE / "desk_seed.py"), "20")
    print(f"   {done.stdout.strip() or (done.stderr.strip().splitlines() or ['nothing'])[-1]}")
    return done.returncode == 0


def replay(home: Path) -> int:
    project = home / "fernhill"
    with step("the product: installed from PyPI, migrated, used"):
        desk = set_up(home)
        fill(desk)
    for path in sorted(project.rglob("*"), reverse=True) if project.exists() else ():
        path.rmdir() if path.is_dir() else path.unlink()
    project.mkdir(parents=True, exist_ok=True)
    with step("avow init"):
        policy = str(HERE / "policy.md")
        _, text = output_of(
            project, "init", "--policy", policy, "--dsn", desk.dsns["desk_owner"], "--company", "fernhill"
        )
        print("".join(f"   {line}\n" for line in text.splitlines()), end="")
    with step("avow map: the draft again, as anybody may ask for it"):
        _, text = output_of(project, "map")
        open_ = text.count("confirmed: false")
        print(f"   {len(text.splitlines())} lines, {open_} columns for a person to look at")
    with step("the person reads the drafts and writes YAML"):
        print(f"   {confirm(desk, project)} lines written or changed")
    with step("avow lint"):
        _, text = output_of(project, "lint")
        found = [line.split("  ")[1] for line in text.splitlines() if "  map." in line]
        print(f"   {len(found)} findings: {', '.join(sorted(set(found))) or 'none'}")
    with step("avow check: before anything was changed"):
        before = verdicts(project)
    with step("avow plan"):
        _, text = output_of(project, "plan")
        print(f"   {sum('[lock:' in line for line in text.splitlines())} statements")
    with step("avow apply"):
        if output_of(project, "apply")[0]:
            return 2
    with step("the product works on, unmodified"):
        working = works(desk)
    with step("avow check: again"):
        after = verdicts(project)
    return _sum_up(before, after, working)


def _sum_up(before: dict[str, str], after: dict[str, str], working: bool) -> int:
    """Exit code 0 only for a first broken that became kept, with the product at work."""
    mended = [name for name, verdict in before.items() if verdict == "broken" and after.get(name) == "kept"]
    print(
        f"\n{time.monotonic() - STARTED:.0f} s from nothing; broken before and kept now: {', '.join(mended) or 'none'}"
    )
    print(f"the product {'works on' if working else 'FAILED after apply'}")
    return 0 if mended and working else 1


def main() -> int:
    parser = argparse.ArgumentParser(description="The first hour on a real product.")
    parser.add_argument("--home", type=Path, default=ROOT / ".avow" / "first-hour", help="where everything stands")
    return replay(parser.parse_args().home.resolve())


if __name__ == "__main__":
    raise SystemExit(main())
