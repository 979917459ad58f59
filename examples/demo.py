"""`make demo`: an example company from nothing to proven, with its programs working all the while.

Starts PostgreSQL (DATABASE_URL, else what the machine has, else the wheel's), makes the company with its data, logins and
programs, then runs what a person would run: check (mostly broken), plan, apply, check again. At a terminal, or with `--whole`,
a mystery shopper then tries what no look at a database proves, and the last check says so. Everything stands below .avow/demo
and is made anew each time. `--json` prints the report of the last check on standard output and nothing else.
Refuses to share its folder with another run, and to touch on your own server what it did not make there.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from avow.app import read_settings
from avow.cli.main import main as avow
from avow.embedded import RunningServer, ensure_server, remove_server
from avow.web.centre.links import LIVES, sign_link

ROOT = Path(__file__).parents[1]
STARTED = time.monotonic()
INTERRUPTED = 130  # what a shell gives for a program that Ctrl-C ended
TRY = ", and `make demo WHOLE=1` has the mystery shopper try what no look at a database proves"
_STOPPED = threading.Event()
# What is made anew by each run need not outlive a power cut; it does outlive every kill. Nobody waits for the disk then.
MADE_ANEW = {"fsync": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class Stage:
    """A company that was set up: its project folder, its programs' connection strings by login, the running server."""

    project: Path
    dsns: dict[str, str]
    server: RunningServer


def say(line: str) -> None:
    print(f"[{time.monotonic() - STARTED:5.1f} s] {line}", file=sys.stderr, flush=True)


def set_up(company: str, scale: int, home: Path) -> Stage:
    """Makes everything anew below `home`: server (unless DATABASE_URL names one), company, project with avow.env."""
    from cloudsentric.company.avow_logins import create_control, create_desks
    from cloudsentric.company.generate import create_company

    url = os.environ.get("DATABASE_URL", "")
    _forget_last_run(home)
    say("starting PostgreSQL" + (" named by DATABASE_URL" if url else ""))
    server = ensure_server(home / "server", database_url=url, settings=MADE_ANEW)
    _drop_last_company(server, company)
    say(f"making {company} with {scale:,} people")
    dsns = create_company(server.dsn, company, scale)
    control = create_control(server.dsn, f"avow_{company}")
    project = home / company
    shutil.copytree(ROOT / "examples" / company, project, ignore=shutil.ignore_patterns("company", "__pycache__"))
    stage = Stage(project, dsns, server)
    _write_environment(
        stage, {"AVOW_CONTROL_DSN": control, **({} if url else {"AVOW_SERVER_HOME": str(home / "server")})}
    )
    desks = create_desks(server.dsn, f"avow_{company}")
    _write_environment(stage, {f"AVOW_{name.upper()}_DSN": dsn for name, dsn in desks.items()})
    _write_environment(stage, {"AVOW_PORTAL_KEY": secrets.token_hex(32)})
    logins = grant(stage)
    _write_environment(stage, {f"AVOW_STORE_MAIN_{name.upper()}_DSN": dsn for name, dsn in logins.items()})
    return stage


def grant(stage: Stage) -> dict[str, str]:
    """As the administrator of the database: gives Avow's logins what `avow grants` prints, and nothing else."""
    from cloudsentric.company.avow_logins import give_logins

    store = stage.server.dsn_for(stage.project.name)
    os.environ["AVOW_STORE_MAIN_ADMIN_DSN"] = store  # for this one command
    try:
        printed = _output_of(stage.project, "grants", "--prefix", "cs_")
    finally:
        del os.environ["AVOW_STORE_MAIN_ADMIN_DSN"]
    return give_logins(store, printed)


def _forget_last_run(home: Path) -> None:
    """Stops the server of the last run, if it is still there, and removes its folder."""
    if not remove_server(home / "server"):
        sys.exit(f"{home} is in use by another run: end that one first")
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)


def _drop_last_company(server: RunningServer, company: str) -> None:
    """What the last run made on the server that DATABASE_URL names; what it did not make ends this run, untouched."""
    from cloudsentric.company.generate import drop_company
    from ours import NotOurs

    try:
        drop_company(server.dsn, company, control=f"avow_{company}")
    except NotOurs as error:
        sys.exit(f"nothing was changed: {error}")


def _write_environment(stage: Stage, more: dict[str, str]) -> None:
    """Adds to avow.env. One login for each credential of Avow; no superuser is among them."""
    path = stage.project / "avow.env"
    path.touch(mode=0o600)
    with path.open("a", encoding="utf-8") as file:
        file.writelines(f"{key}={value}\n" for key, value in more.items())


def run(project: Path, *words: str) -> int:
    """One command of Avow, as a person would type it. Ctrl-C ends the whole demo, not only this command."""
    code = avow(["--project", str(project), *words])
    if code == INTERRUPTED or _STOPPED.is_set():
        raise KeyboardInterrupt
    return code


def _stop(number: int, frame: FrameType | None) -> None:
    """Python forgets an exception that is raised while it tidies up (in a callback of an import, say): so it is also noted."""
    _STOPPED.set()
    raise KeyboardInterrupt


def end_with_starter() -> None:
    """Stops this run, as Ctrl-C does, when `make` is gone (it says in DEMO_STARTER who it is), or a terminal's shell is.
    A run that nobody sits at, and that `make` did not start, may outlive its starter: it comes to its end by itself."""
    starter = int(os.environ.pop("DEMO_STARTER", 0)) or (os.getppid() if sys.stdout.isatty() else 0)

    def watch() -> None:
        while os.getppid() == starter:
            time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGINT)

    if starter:
        threading.Thread(target=watch, daemon=True, name="end-with-starter").start()


@contextlib.contextmanager
def programs(stage: Stage) -> Iterator[None]:
    """The company's own programs work in a loop, unmodified; says afterwards how that went."""
    from cloudsentric.company.app.rounds import Load

    dsns = dict(stage.dsns)
    if shutil.which("php") is None:
        say("php is not on this machine: the invoicing program stays at rest")
        dsns.pop("finance")
    with Load(dsns, pause=0.5) as load:  # at work, and not a measurement of two cores
        yield
    done = sum(r.rounds for r in load.rounds)
    failed = sum(r.failed for r in load.rounds)
    say(f"the company's {len(load.rounds)} programs did {done} rounds of work meanwhile, {failed} failed")
    for each in load.rounds:
        if each.failed:
            say(f"  {each.app}: {each.failed} of {each.rounds} failed: {each.said.strip().splitlines()[-1:]}")


def record_day(stage: Stage) -> None:
    """A day at the desks that use Avow's client: what the record of uses holds is then work, not tests."""
    from cloudsentric.company.desks import work_at_desks

    say(f"the desks that use Avow's client did {work_at_desks(stage.project, stage.dsns)} recorded uses")


def demonstrate(company: str, scale: int, home: Path, whole: bool) -> int:
    stage, report = set_up(company, scale, home), home / "report.html"
    say("avow's own logins hold what `avow grants` prints; the superuser is not used from here on")
    with _beside(stage.project, "serve"):  # it takes a few seconds to open, and others use one core meanwhile
        _make_true(stage)
        publish(stage)
        _headline("avow check: again")
        run(stage.project, "check", "--html", str(report))
        _point_on(stage, report)
        return keep_open(stage, report if whole or sys.stdout.isatty() else None)


def _make_true(stage: Stage) -> None:
    """What is true today, what would make the policy true, and that it is done."""
    _headline("avow check: what is true of the policy today")
    with _told(stage, "plan") as told:  # neither changes anything: one core each
        print(_last_lines(_output_of(stage.project, "check"), 12))
        _headline("avow plan: what would make it true")
        print(_first_lines(told(), 14))
    with programs(stage):
        _headline("avow apply, while the company's own programs work on")
        if run(stage.project, "apply") != 0:
            sys.exit(2)
    _headline("avow grants: the pairs' roles are there now, so that probes can take them")
    grant(stage)
    print("done")
    record_day(stage)


def _point_on(stage: Stage, report: Path) -> None:
    _headline("where to go from here")
    command = f".venv/bin/avow --project {stage.project.relative_to(ROOT)}"
    print(f"the report, sentence by sentence: {report}\n\nthree commands to try:")
    print(f"  {command} explain internal.finance contacts.email marketing.own")
    print(f"  {command} ledger verify --heads {stage.project.relative_to(ROOT)}/.avow/heads.jsonl")
    print(f"  {command} remove")
    say("done")


def _try_everything(stage: Stage, report: Path) -> None:
    """What no look at a database proves is tried on the live system, and the verdicts say what came of it."""
    _headline("avow shopper run: a synthetic person uses every right and tries every duty (about a minute)")
    print(_last_lines(_output_of(stage.project, "shopper", "run"), 41))
    _headline("avow check: what was tried is proven now")
    run(stage.project, "check", "--html", str(report))
    print(f"\nthe report is new, too: {report}")


def open_again(company: str, scale: int, home: Path) -> int:
    """Serves what the last run made, as it stands now."""
    if not (home / company / "avow.env").exists():
        sys.exit("there is no example company here to open: `make demo` makes one")
    server = ensure_server(home / "server", database_url=os.environ.get("DATABASE_URL", ""))
    stage = Stage(home / company, {}, server)
    with _beside(stage.project, "serve"):
        return keep_open(stage, None)


def publish(stage: Stage) -> None:
    """The policy at its address, where anybody reads it for as long as the service is open."""
    _headline("avow notices publish: the policy at its address")
    run(stage.project, "notices", "publish", "--by", "bob")
    _wait_for(read_settings(stage.project, os.environ).centre.address)


def keep_open(stage: Stage, report: Path | None) -> int:
    """Says where the privacy centre and the console are, has everything tried where a report is to say so, starts a worker beside
    them, and keeps them open for a person at a terminal. Without one (in a test, in a pipe) they are looked at and stopped."""
    _headline("avow serve, avow work: the privacy centre and the console")
    settings = read_settings(stage.project, os.environ)
    for name, address in {"privacy centre": settings.centre.address, "console": settings.console.address}.items():
        _wait_for(address)
        print(f"  {name:15} {address}")
    joined = _output_of(stage.project, "staff", "add", "--role", "privacy_officer").splitlines()[0]
    print(f"  become Bob, the privacy officer (works once): {joined}")
    print(
        f"  become a customer: {ROOT / '.venv/bin/python'} examples/demo.py --sign-on CONTACT   (a number from 1 to 100)"
    )
    if report:
        _try_everything(stage, report)
    with _beside(stage.project, "work"):
        if not sys.stdout.isatty():
            say("no terminal: stopped again; `avow serve` and `avow work` start them" + TRY * (report is None))
            return 0
        say("open until Ctrl-C")
        _STOPPED.wait()
    raise KeyboardInterrupt


@contextlib.contextmanager
def _beside(project: Path, *words: str) -> Iterator[None]:
    """A command of Avow beside this one, which ends with it, however it ends."""
    with (project.parent / f"{words[0]}.log").open("wb") as log:
        process = subprocess.Popen(_bound(project, *words), stdout=log, stderr=log)
    with _ending(process):
        yield


@contextlib.contextmanager
def _told(stage: Stage, *words: str) -> Iterator[Callable[[], str]]:
    """A command of Avow beside this one; what it gives waits for it and has what it said. Its failure ends this run."""
    process = subprocess.Popen(_bound(stage.project, *words), stdout=subprocess.PIPE, text=True)

    def told() -> str:
        said, _ = process.communicate()
        if process.returncode != 0:
            sys.exit(2)
        return said

    with _ending(process):
        yield told


def _bound(project: Path, *words: str) -> list[str]:
    """A command of Avow that ends with this process: kill -9 of the demo, say."""
    bound = [sys.executable, "-I", str(Path(__file__).parent / "bound.py"), str(os.getpid())]
    return [*bound, sys.executable, "-m", "avow.cli.main", "--project", str(project), "--quiet", *words]


@contextlib.contextmanager
def _ending(process: subprocess.Popen[Any]) -> Iterator[None]:
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()


def _wait_for(address: str, seconds: float = 120.0) -> None:
    """Until a page comes; what went wrong stands in serve.log."""
    end = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except urllib.error.HTTPError:
            return  # it answers: the console asks who is there
        except OSError:
            if time.monotonic() > end:
                raise SystemExit(f"{address} does not answer: see serve.log") from None
            time.sleep(0.2)


def leave_out_others() -> None:
    """Forgets the settings of another company that this shell may hold: they would win over those of the demo, whose commands would
    then change that company's databases, and whose links would be signed with its key."""
    mine = "AVOW_TEST_"  # by which tests find the processes of a run
    for name in [name for name in os.environ if name.startswith("AVOW_") and not name.startswith(mine)]:
        del os.environ[name]


def print_sign_on(project: Path, subject: str) -> int:
    """A link as the customer portal makes it: it signs in as one contact of the example, once, within a minute."""
    settings = read_settings(project, os.environ)
    expires, nonce = int(time.time()) + LIVES, secrets.token_hex(16)
    signature = sign_link(settings.centre.portal_key, settings.centre.address, subject, expires, nonce)
    query = {"subject": subject, "expires": expires, "nonce": nonce, "signature": signature}
    print(f"{settings.centre.address}/sign-on/?{urllib.parse.urlencode(query)}")
    return 0


def _output_of(project: Path, *words: str) -> str:
    kept = io.StringIO()
    with contextlib.redirect_stdout(kept):
        run(project, *words)
    return kept.getvalue()


def _headline(words: str) -> None:
    print(f"\n=== {words}\n", flush=True)


def _first_lines(text: str, count: int) -> str:
    lines = text.splitlines()
    rest = f"\n  ... and {len(lines) - count} more lines" if len(lines) > count else ""
    return "\n".join(lines[:count]) + rest


def _last_lines(text: str, count: int) -> str:
    return "\n".join(text.splitlines()[-count:])


def print_verdicts(company: str, scale: int, home: Path) -> int:
    """The JSON of the check after apply, on standard output; everything else goes to standard error."""
    with contextlib.redirect_stdout(sys.stderr):
        stage = set_up(company, scale, home)
        if run(stage.project, "apply") != 0:
            return 2
        grant(stage)
        _move_centre(stage.project)
    with contextlib.ExitStack() as stack:
        with contextlib.redirect_stdout(sys.stderr):
            record_day(stage)
            stack.enter_context(_beside(stage.project, "serve", "centre"))
            publish(stage)
            run(stage.project, "shopper", "run")
        return run(stage.project, "check", "--json")


def _move_centre(project: Path) -> None:
    """To a free port: another company's centre must not be taken for this one's."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = int(listening.getsockname()[1])
    settings = project / "avow.toml"
    where = f'[centre]\naddress = "http://127.0.0.1:{port}"\nlisten = "127.0.0.1:{port}"\n'
    settings.write_text(settings.read_text(encoding="utf-8").replace("[centre]\n", where), encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description="an example company, from nothing to proven")
    parser.add_argument("--company", default="cloudsentric", choices=("cloudsentric",))
    parser.add_argument("--scale", type=int, default=10_000)
    parser.add_argument("--json", action="store_true", help="only the report of the last check, as JSON")
    parser.add_argument("--again", action="store_true", help="open what the last run made, and make nothing")
    parser.add_argument("--whole", action="store_true", help="let everything be tried without a terminal, too")
    parser.add_argument("--sign-on", metavar="CONTACT", help="a link into the running demo as a contact of the example")
    arguments = parser.parse_args()
    leave_out_others()
    if arguments.sign_on:
        return print_sign_on(ROOT / ".avow" / "demo" / arguments.company, arguments.sign_on)
    signal.signal(signal.SIGINT, _stop)
    end_with_starter()
    home = ROOT / ".avow" / ("verdicts" if arguments.json else "demo")
    whole = partial(demonstrate, whole=arguments.whole)
    work = print_verdicts if arguments.json else open_again if arguments.again else whole
    try:
        return work(arguments.company, arguments.scale, home)
    except KeyboardInterrupt:
        say("stopped; no process is left, and the next run begins anew")
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
