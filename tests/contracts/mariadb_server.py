"""A MariaDB of the tests' own: unprivileged, on a unix socket in a directory of its own, gone with the tests.

A machine without MariaDB is an error with a clear message, never a skip. Durability is off: for tests only.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket as socket_module
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pymysql

FAST = (
    "--skip-networking",
    "--skip-log-bin",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-buffer-pool-size=32M",
    "--innodb-log-file-size=8M",
    "--performance-schema=off",
    "--skip-name-resolve",
)


@contextmanager
def running() -> Iterator[str]:
    """The path of its socket; the account `root` may log in without a password."""
    server, install = shutil.which("mariadbd"), shutil.which("mariadb-install-db")
    if not server or not install:
        raise RuntimeError("these tests need MariaDB (mariadbd, mariadb-install-db): apt-get install mariadb-server")
    folder = Path(tempfile.mkdtemp(prefix="avow-mariadb-"))
    user = "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    process = None
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, user)
        data, socket = folder / "data", folder / "socket"
        subprocess.run(
            [
                install,
                "--no-defaults",
                f"--user={user}",
                f"--datadir={data}",
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
                "--innodb-log-file-size=8M",
            ],
            check=True,
            capture_output=True,
        )
        process = subprocess.Popen(
            [
                server,
                "--no-defaults",
                f"--user={user}",
                f"--datadir={data}",
                f"--socket={socket}",
                f"--pid-file={folder / 'pid'}",
                *FAST,
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _await(str(socket), process)
        yield str(socket)
    finally:
        if process:
            process.terminate()
            process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _await(socket: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise RuntimeError(f"mariadbd ended with {process.returncode} before it accepted a connection")
        with socket_module.socket(socket_module.AF_UNIX) as probe:
            if probe.connect_ex(socket) == 0:
                break
        time.sleep(0.1)
    else:
        raise RuntimeError("mariadbd did not accept a connection within 30 seconds")
    pymysql.connect(unix_socket=socket, user="root").close()
