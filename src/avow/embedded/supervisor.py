"""The process that runs `postgres` and stops it when nobody uses it any more. A script: standard library only.

Usage: supervisor.py HOME UID GID PROGRAM [ARGUMENT...], in a session of its own; UID is -1 to keep the user.

Promises: it holds `supervisor.lock` while it lives; the server is stopped when no process holds `users.lock`, when
this process ends in any way (the kernel then signals the server), and it ends when the server ends. Refuses to
restart a server that died: the next user does that, after looking.

Two things must stay as they are. The signal at our death (PR_SET_PDEATHSIG) belongs to the *thread* that forked:
the main thread forks and then only waits for the server. And no child may inherit a lock's descriptor: the lock
would outlive its holder.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1
FAST_SECONDS = 20  # a fast shutdown (SIGINT) that takes longer is made an immediate one (SIGQUIT)


def main(arguments: list[str]) -> int:
    """Gives 0 once the supervisor runs detached and holds its lock, 1 when another one does."""
    home, uid, gid, *command = arguments
    os.chdir("/")
    holder = os.open(Path(home) / "supervisor.lock", os.O_RDWR | os.O_CREAT, 0o600)
    if not take_lock(holder):
        return 1
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if os.fork():
        return 0  # the lock lives on in the child: it belongs to the open file
    supervise(Path(home), int(uid), int(gid), command)
    return 0


def take_lock(holder: int) -> bool:
    """Tries for a second: a user who looks whether a supervisor lives holds the lock for an instant."""
    for _ in range(100):
        try:
            fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            time.sleep(0.01)
    return False


def supervise(home: Path, uid: int, gid: int, command: list[str]) -> None:
    server = start(home, uid, gid, command)
    threading.Thread(target=stop_when_unused, args=(home / "users.lock", server), daemon=True).start()
    server.wait()
    os._exit(0)  # the waiting thread must not keep us


def start(home: Path, uid: int, gid: int, command: list[str]) -> subprocess.Popen[bytes]:
    user: dict[str, Any] = {} if uid < 0 else {"user": uid, "group": gid, "extra_groups": []}
    prctl, me = ctypes.CDLL(None, use_errno=True).prctl, os.getpid()

    def die_with_supervisor() -> None:
        # after the change of user, which would clear it; then see that we were not too late
        if prctl(PR_SET_PDEATHSIG, int(signal.SIGINT)) != 0 or os.getppid() != me:
            os._exit(1)

    with (home / "server.log").open("ab") as log:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env={"LC_ALL": "C", "PATH": "/usr/bin:/bin", "TZ": "UTC"},
            preexec_fn=die_with_supervisor,  # noqa: PLW1509 - this process has one thread here
            **user,
        )


def stop_when_unused(lock: Path, server: subprocess.Popen[bytes]) -> None:
    """Wait until no user holds the shared lock; keep it exclusively while stopping, so that new users wait."""
    users = os.open(lock, os.O_RDWR)
    fcntl.flock(users, fcntl.LOCK_EX)
    server.send_signal(signal.SIGINT)
    try:
        server.wait(FAST_SECONDS)
    except subprocess.TimeoutExpired:
        server.send_signal(signal.SIGQUIT)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
