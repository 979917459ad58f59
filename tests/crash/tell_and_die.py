"""Tells people of a version in steps of twenty and dies by SIGKILL inside the third: `tell_and_die.py PROJECT VERSION`."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from avow.app import open_project, telling
from avow.outbox import Outbox


class Dying(Outbox):
    """An outbox whose process is killed when it has just put the third time, before that is committed."""

    puts = 0

    def put(self, *given: Any, **more: Any) -> None:
        super().put(*given, **more)
        self.puts += 1
        if self.puts == 3:
            os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    telling.STEP = 20
    project = open_project(Path(sys.argv[1]), {})
    version = next(one for one in project.versions if one.version == sys.argv[2])
    with telling.open_teller(project) as teller:
        replace(teller, outbox=Dying(teller.outbox.rules)).tell(version, "bob")


if __name__ == "__main__":
    main()
