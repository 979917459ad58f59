"""CloudSentric with its policy published and its privacy centre serving: what tests of notices share.

The centre listens at a free port of its own. Refuses to go on with a centre that does not answer.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict

sys.path[:0] = [str(Path(__file__).parents[1] / "rights"), str(Path(__file__).parents[2] / "examples")]
from cloudsentric.company.avow_logins import create_desks  # noqa: E402
from company import Company, make_company  # noqa: E402

CENTRE = "[centre]\n"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def read(address: str) -> tuple[int, str]:
    """(status, body) of a GET; status 0 when nothing answers."""
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, ""
    except OSError:
        return 0, ""


@contextmanager
def make_served(server: Any, folder: Path, name: str) -> Iterator[tuple[Company, str]]:
    """(company, address of its centre)."""
    with make_company(server, folder, name) as company:
        address = move_centre(company.project)
        give_desks(server, company)
        published = company.avow("notices", "publish", "--by", "bob")
        assert published.returncode == 0, published.stderr
        with serve(company, address):
            yield company, address


def give_desks(server: Any, company: Company) -> None:
    """Logins for the centre and the console, as an administrator gives them."""
    database = conninfo_to_dict(company.control)["dbname"]
    lines = [f"AVOW_{k.upper()}_DSN={v}" for k, v in create_desks(server.dsn, str(database), company.prefix).items()]
    with (company.project / "avow.env").open("a") as secrets:
        secrets.write("\n".join(lines) + "\n")


def move_centre(project: Path) -> str:
    """Puts the centre on a free port; gives its address."""
    port, settings = free_port(), project / "avow.toml"
    where = f'{CENTRE}address = "http://localhost:{port}"\nlisten = "127.0.0.1:{port}"\n'
    settings.write_text(settings.read_text().replace(CENTRE, where), encoding="utf-8")
    return f"http://localhost:{port}"


@contextmanager
def serve(company: Company, address: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "avow.cli.main", "--project", str(company.project), "--quiet", "serve", "centre"]
    log = (company.project.parent / "serve.log").open("ab")
    process = subprocess.Popen(command, stdout=log, stderr=log, env=dict(os.environ))
    try:
        end = time.monotonic() + 240
        while not read(f"{address}/policy/")[0]:
            assert process.poll() is None, (company.project.parent / "serve.log").read_text()
            assert time.monotonic() < end, "the centre does not answer"
            time.sleep(0.1)
        yield process
    finally:
        process.terminate()
        process.wait(30)
        log.close()
