"""Runs a program that is told to stop (SIGTERM) when whoever started it ends, however that ended. Standard library only.

Usage: bound.py PARENT PROGRAM [ARGUMENT...], PARENT being the process id of the starter, which starts it from its main thread:
the kernel watches the thread. Becomes the program. Off Linux nothing watches: the program is only run.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> int:
    """Gives 1, and starts nothing, when the starter is gone already."""
    parent, *command = arguments
    if sys.platform.startswith("linux"):
        bound = ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM)) == 0
        if not bound or os.getppid() != int(parent):
            return 1
    os.execv(command[0], command)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
