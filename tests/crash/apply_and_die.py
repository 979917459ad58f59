"""Run by the crash tests: applies the shop's plan and kills itself, as hard as there is, before statement n."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "contracts" / "compile"))
from shop import Shop

from avow.compilers import apply_remove


def die_at(target: int) -> object:
    def progress(says: str, index: int, count: int) -> None:
        if index == target:
            os.kill(os.getpid(), signal.SIGKILL)

    return progress


if __name__ == "__main__":
    dsn, what, index = sys.argv[1:4]
    if what == "remove":
        apply_remove(dsn, "main", progress=die_at(int(index)))  # type: ignore[arg-type]
    else:
        Shop(dsn, dsn, 0).apply(progress=die_at(int(index)))
