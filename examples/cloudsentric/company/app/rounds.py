"""Starts the example company's programs: one round of each, or all of them in a loop while something else happens.

Doors: `find_missing(app)` (what this machine lacks for it), `run_round(app, dsn) -> Round`, `run_rounds(dsns)` (every
program in the order in which work flows), `Load(dsns)` (a context manager: programs in a loop until it ends; then
`.rounds`). A round that failed has `failed` > 0 and what the program said in `said`; no value of a row passes here.
Refuses to change a program's environment beyond its database. Every process it starts is its own and ends with it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from psycopg.conninfo import conninfo_to_dict, make_conninfo

HERE = Path(__file__).parent
# program -> (login, module or script, further environment), in the order in which work flows through the company
APPS: dict[str, tuple[str, str, dict[str, str]]] = {
    "orders": ("app", "orders", {}),
    "deliveries": ("delivery", "fulfilment", {"CLOUDSENTRIC_SHEET": "deliveries"}),
    "installations": ("install", "fulfilment", {"CLOUDSENTRIC_SHEET": "installations"}),
    "invoicing": ("finance", "invoicing.php", {}),
    "credit": ("credit", "credit", {}),
    "helpdesk": ("support", "helpdesk", {}),
    "website": ("web", "website", {}),
    "collector": ("network", "collector", {}),
    "campaign": ("marketing", "campaign", {}),
}


@dataclass(frozen=True)
class Round:
    """What one program reported: `counts` of what it did, `failed` rounds out of `rounds`, `said` on its error output."""

    app: str
    rounds: int
    failed: int
    counts: dict[str, int]
    said: str = ""

    @property
    def ok(self) -> bool:
        return self.rounds > 0 and self.failed == 0


def find_missing(app: str) -> str:
    """What this machine lacks to run the program, "" if nothing."""
    if not APPS[app][1].endswith(".php"):
        return ""
    php = shutil.which("php")
    modules = subprocess.run([php, "-m"], capture_output=True, text=True, check=False).stdout.split() if php else []
    return "" if "pdo_pgsql" in modules else "php-pgsql" if php else "php-cli and php-pgsql"


def run_round(app: str, dsn: str, timeout: float = 60.0) -> Round:
    """One round of one program through `dsn`. Raises FileNotFoundError naming `php` where that is not installed."""
    done = subprocess.run(
        [*_command(app), "serve-one-round"],
        env=_environment(app, dsn),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    return _read(app, done.stdout, done.stderr)


def run_rounds(dsns: dict[str, str]) -> tuple[Round, ...]:
    """One round of every program whose login `dsns` has."""
    return tuple(run_round(app, dsns[login]) for app, (login, _, _) in APPS.items() if login in dsns)


@dataclass
class Load:
    """The programs of the given logins in a loop while the block runs; each has done a round when the block begins.

    A connection per round. `rounds` after the block has what they did. A program whose starter was killed ends itself."""

    dsns: dict[str, str]
    seconds: float = 600.0
    pause: float = 0.2  # seconds between two rounds of a program; invoicing has its own
    rounds: tuple[Round, ...] = ()
    _started: dict[str, subprocess.Popen[str]] = field(default_factory=dict)

    def __enter__(self) -> Load:
        for app, login in ((app, login) for app, (login, _, _) in APPS.items() if login in self.dsns):
            limit = (
                [str(self.seconds), "attended"]
                if app == "invoicing"
                else ["--seconds", str(self.seconds), "--pause", str(self.pause), "--attended"]
            )
            self._started[app] = subprocess.Popen(
                [*_command(app), "serve", *limit],
                env=_environment(app, self.dsns[login]),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        for process in self._started.values():
            assert process.stdout
            process.stdout.readline()  # the first round is over, or the program has ended
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._started.values():
            process.terminate()
        self.rounds = tuple(_end(app, process) for app, process in self._started.items())


def _end(app: str, process: subprocess.Popen[str]) -> Round:
    try:
        out, err = process.communicate(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
    return _read(app, out, err)


def _command(app: str) -> list[str]:
    program = APPS[app][1]
    if not program.endswith(".php"):
        return [sys.executable, "-m", f"cloudsentric.company.app.{program}"]
    php = shutil.which("php")
    if php is None:
        raise FileNotFoundError("`php` is not installed: the invoicing program needs php-cli and php-pgsql")
    return [php, str(HERE / program)]


def _environment(app: str, dsn: str) -> dict[str, str]:
    keyword = make_conninfo(**conninfo_to_dict(dsn))  # type: ignore[arg-type]  # PDO reads no URIs
    paths = [str(HERE.parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "CLOUDSENTRIC_DSN": keyword, "PYTHONPATH": os.pathsep.join(paths), **APPS[app][2]}


def _read(app: str, out: str, err: str) -> Round:
    lines = out.strip().splitlines()
    try:
        told = json.loads(lines[-1])
    except (IndexError, ValueError):
        return Round(app, 0, 1, {}, err.strip()[-2000:])
    counts = {name: value for name, value in told.items() if name not in {"app", "rounds", "failed"}}
    return Round(app, told["rounds"], told.get("failed", 0), counts, err.strip()[-2000:])


def main() -> int:
    parser = argparse.ArgumentParser(description="One round of every program of the example company.")
    parser.add_argument(
        "--dsn", required=True, help="any DSN of the database; user and password are replaced by each login's"
    )
    parser.add_argument("--prefix", default="cs_")
    parser.add_argument("--password", default=os.environ.get("CLOUDSENTRIC_PASSWORD", ""))
    chosen = parser.parse_args()
    secret = {"password": chosen.password} if chosen.password else {}
    dsns = {login: make_conninfo(chosen.dsn, user=chosen.prefix + login, **secret) for login, _, _ in APPS.values()}
    done = run_rounds(dsns)
    for each in done:
        print(f"{each.app:14} {'ok' if each.ok else 'FAILED':7} {json.dumps(each.counts)} {each.said}")
    return 0 if all(each.ok for each in done) else 1


if __name__ == "__main__":
    raise SystemExit(main())
